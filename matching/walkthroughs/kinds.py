"""The kinds of walkthrough rule: what each says of one choice, and how it judges a finished plan."""

from __future__ import annotations

from abc import abstractmethod
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Iterator
from typing import Any, ClassVar, Generic, TypeVar

from matching.rule import POINTS, Eligibility, Finding, Limit, Preference
from matching.walkthroughs.candidates import Candidates, Choice, Pair, Plan, Visit
from matching.walkthroughs.model import Model
from matching.walkthroughs.problem import VisitProblem

GroupT = TypeVar("GroupT", bound=Hashable)


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


class Cap(VisitLimit, Generic[GroupT]):
    """A limit that counts: of all visits (and videos, where they count) in a group at most so many are
    chosen."""

    counts_videos: ClassVar[bool] = False

    @abstractmethod
    def group(self, problem: VisitProblem, visit: Visit) -> GroupT | None:
        """Where a visit counts; None where this limit has nothing to say about it."""

    def video_group(self, pair: Pair) -> GroupT:
        """Where a video counts; a limit that counts none is never asked."""
        raise TypeError(f"{self.key} counts no videos")

    @abstractmethod
    def most(self, problem: VisitProblem, group: GroupT) -> int:
        """How many a group may hold."""

    @abstractmethod
    def sentence(self, problem: VisitProblem, group: GroupT, count: int) -> str:
        """What a broken rule says."""

    def people(self, problem: VisitProblem, group: GroupT) -> tuple[str, ...]:
        """Whom a broken limit concerns: by default the person who stands first in the group."""
        return (str(group[0]),) if isinstance(group, tuple) else ()

    def post(self, candidates: Candidates, model: Model) -> None:
        problem = candidates.problem
        numbers: dict[GroupT, list[int]] = defaultdict(list)
        for number, visit in candidates.numbered_visits():
            group = self.group(problem, visit)
            if group is not None:
                numbers[group].append(number)
        if self.counts_videos:
            for number, pair in candidates.numbered_videos():
                numbers[self.video_group(pair)].append(number)
        for group, members in numbers.items():
            model.at_most(self.key, members, self.most(problem, group))

    def check(self, problem: VisitProblem, plan: Plan) -> Iterator[Finding]:
        groups = [self.group(problem, visit) for visit in plan.visits]
        counts = Counter(group for group in groups if group is not None)
        if self.counts_videos:
            counts.update(self.video_group(pair) for pair in plan.videos)
        for group, count in counts.items():
            most = self.most(problem, group)
            if count > most:
                text = self.sentence(problem, group, count)
                yield Finding(self.key, text, self.people(problem, group), {"count": count, "most": most})


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
