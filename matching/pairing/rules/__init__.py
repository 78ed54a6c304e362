"""The rules of a good pairing, in the order in which people are counted out and reasons are listed."""

from __future__ import annotations

from matching.pairing.problem import Pair, PairingPlan, PairingProblem
from matching.pairing.rules.apart import Apart
from matching.pairing.rules.building import Building
from matching.pairing.rules.common_planning import CommonPlanning
from matching.pairing.rules.evaluator import Evaluator
from matching.pairing.rules.even_load import EvenLoad
from matching.pairing.rules.expertise import Expertise
from matching.pairing.rules.fixed import Fixed
from matching.pairing.rules.grade_near import GradeNear
from matching.pairing.rules.keep_last import KeepLast
from matching.pairing.rules.listed import Listed
from matching.pairing.rules.one_mentor import OneMentor
from matching.pairing.rules.places import Places
from matching.pairing.rules.same_subject import SameSubject
from matching.pairing.rules.trained import Trained
from matching.pairing.rules.wishes import Wishes
from matching.pairing.shares import SharePreference
from matching.rule import Limit, Rule, Weighted

EVEN_LOAD = EvenLoad()
RULES: tuple[Rule[PairingProblem, Pair, PairingPlan], ...] = (
    Evaluator(),
    Apart(),
    Listed(),
    Trained(),
    OneMentor(),
    Places(),
    Fixed(),
    SameSubject(),
    GradeNear(),
    CommonPlanning(),
    Expertise(),
    Building(),
    Wishes(),
    KeepLast(),
    EVEN_LOAD,
)
PREFERENCES: tuple[SharePreference, ...] = tuple(rule for rule in RULES if isinstance(rule, SharePreference))
BANS: tuple[Apart, ...] = tuple(rule for rule in RULES if isinstance(rule, Apart))
WEIGHTED: tuple[Weighted, ...] = (*PREFERENCES, EVEN_LOAD)
LIMITS: tuple[Limit[PairingProblem, Pair, PairingPlan], ...] = tuple(rule for rule in RULES if isinstance(rule, Limit))


def fit_of(problem: PairingProblem, pair: Pair) -> int:
    """The fit of a pair: as listed (0 where it is not), else the sum of the preferences' points."""
    if problem.candidates is not None:
        return problem.candidates.fit_of(pair.mentee.id, pair.mentor.id) or 0
    return sum(rule.points(problem, pair) for rule in PREFERENCES)
