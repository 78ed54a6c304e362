"""The kinds of walkthrough rule: what each says of one choice, and how it judges a finished plan."""

from __future__ import annotations

from abc import abstractmethod
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from operator import attrgetter
from typing import TYPE_CHECKING, Any, ClassVar

from matching.rule import POINTS, Eligibility, Finding, Limit, Preference
from matching.walkthroughs.candidates import Candidates, Choice, Pair, Plan, Visit
from matching.walkthroughs.model import Model, integers, joined
from matching.walkthroughs.problem import VisitProblem

if TYPE_CHECKING:
    from matching.walkthroughs.arrays import Integers

Group = tuple[Any, ...]


class PairEligibility(Eligibility[VisitProblem, Choice, Plan]):
    """Says whether two people may meet at all, live or by video."""

    @abstractmethod
    def sentence(self, problem: VisitProblem, choice: Choice) -> str:
        """What a broken rule says."""

    def check(self, problem: VisitProblem, plan: Plan) -> Iterator[Finding]:
        live = [visit for visit in plan.visits if visit.place not in problem.fixed_visits]
        choices: list[Choice] = [*live, *plan.videos]
        for choice in choices:
            if not self.allows(problem, choice):
                people = (choice.visitor, choice.host)
                yield Finding(self.key, self.sentence(problem, choice), people)


class VisitEligibility(Eligibility[VisitProblem, Visit, Plan]):
    """Says whether a visitor may come to this lesson."""

    def is_asked(self, problem: VisitProblem) -> bool:
        """Whether there is any visit in this problem that the rule could forbid."""
        return True

    @abstractmethod
    def sentence(self, problem: VisitProblem, visit: Visit) -> str:
        """What a broken rule says."""

    def check(self, problem: VisitProblem, plan: Plan) -> Iterator[Finding]:
        for visit in plan.visits:
            if visit.place not in problem.fixed_visits and not self.allows(problem, visit):
                text = self.sentence(problem, visit)
                yield Finding(self.key, text, (visit.visitor, visit.host), {"lesson": visit.lesson})


class VisitLimit(Limit[VisitProblem, Visit, Plan]):
    """Must hold. Debriefs are placed among visits that keep the posted rows; `check` judges both together."""

    @abstractmethod
    def post(self, candidates: Candidates, model: Model) -> None:
        """Tell the solver."""


class Cap(VisitLimit):
    """A limit that counts: of all visits (and videos, where they count) in a group at most so many are chosen.

    `by` names the attributes of a visit that make its group; a video is in the group of those that it has too.
    """

    by: ClassVar[tuple[str, ...]]
    counts_videos: ClassVar[bool] = False

    @abstractmethod
    def most(self, problem: VisitProblem, group: Group) -> int | None:
        """How many a group may hold; None where nothing limits it."""

    @abstractmethod
    def sentence(self, problem: VisitProblem, group: Group, count: int) -> str:
        """What a broken rule says."""

    def is_implied(self, problem: VisitProblem, group: Group) -> bool:
        """Whether another rule says as much to the solver already."""
        return False

    def people(self, group: Group) -> tuple[str, ...]:
        """Whom a broken limit concerns: by default the person who stands first in the group."""
        return (str(group[0]),)

    def group(self, choice: Choice) -> Group:
        """Where a visit or a video counts."""
        found = attrgetter(*self.by)(choice)
        return found if len(self.by) > 1 else (found,)

    def post(self, candidates: Candidates, model: Model) -> None:
        videos: dict[Group, list[int]] = defaultdict(list)
        if self.counts_videos:
            for number, pair in candidates.numbered_videos():
                videos[self.group(pair)].append(number)
        for numbers in candidates.groups(*self.by):
            group = self.group(candidates.visits[numbers[0]])
            if group in videos:
                numbers = joined([numbers, videos.pop(group)])
            self._post(candidates.problem, group, numbers, model)
        for group, shown in videos.items():
            self._post(candidates.problem, group, integers(shown), model)

    def _post(self, problem: VisitProblem, group: Group, numbers: Integers, model: Model) -> None:
        most = self.most(problem, group)
        if most is not None and len(numbers) > most and not self.is_implied(problem, group):
            model.at_most(self.key, numbers, most)

    def check(self, problem: VisitProblem, plan: Plan) -> Iterator[Finding]:
        counts = Counter(self.group(visit) for visit in plan.visits)
        if self.counts_videos:
            counts.update(self.group(pair) for pair in plan.videos)
        for group, count in counts.items():
            most = self.most(problem, group)
            if most is not None and count > most:
                text = self.sentence(problem, group, count)
                yield Finding(self.key, text, self.people(group), {"count": count, "most": most})


class VisitPreference(Preference[VisitProblem, Pair, Plan]):
    """Gives a share, from 0 to 1, of its points to the fit of a pair, with the fact behind it."""

    def full(self, problem: VisitProblem) -> int:
        """The points of a whole share, by the weight in words."""
        word = problem.weight(self)
        return 0 if word == "on" else POINTS[word]


AnyRule = PairEligibility | VisitEligibility | VisitLimit | VisitPreference
Values = dict[str, Any]


def posted(limits: Iterable[VisitLimit], candidates: Candidates) -> Model:
    """The rows of all limits over the candidates."""
    model = Model()
    for limit in limits:
        limit.post(candidates, model)
    return model
