from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from matching.rule import Finding
from matching.walkthroughs.candidates import Candidates, Plan
from matching.walkthroughs.kinds import VisitLimit
from matching.walkthroughs.model import Model
from matching.walkthroughs.problem import VisitProblem

Side = tuple[str, str]


class VideoIsNeeded(VisitLimit):
    """A recorded lesson is second best: it stands in for a required visit that no timetable allows, never for
    more."""

    key = "video_is_needed"
    title = "A video covers a required visit that can't be live, where both agree to video"

    def post(self, candidates: Candidates, model: Model) -> None:
        """Which unit a video covers is part of the aims: `units` ties each video to an open one."""

    def check(self, problem: VisitProblem, plan: Plan) -> Iterator[Finding]:
        for pair in plan.videos:
            for side, agrees in (
                (pair.visitor, problem.person_by_id[pair.visitor].video.visit),
                (pair.host, problem.person_by_id[pair.host].video.host),
            ):
                if not agrees:
                    yield Finding(self.key, f"{side} takes no part in videos", (side,))
        for place in _without_unit(problem, plan):
            pair = plan.videos[place]
            text = f"the video of {pair.host} for {pair.visitor} covers no open required visit"
            yield Finding(self.key, text, (pair.visitor, pair.host))


def open_units(problem: VisitProblem, plan: Plan) -> dict[Side, int]:
    """Required units of each person and side that no live visit covers."""
    live = Counter((visit.visitor, "visit") for visit in plan.visits)
    live.update((visit.host, "host") for visit in plan.visits)
    found = {}
    for person in problem.people:
        found[person.id, "visit"] = max(0, person.visits_required - live[person.id, "visit"])
        found[person.id, "host"] = max(0, person.hosts_required - live[person.id, "host"])
    return found


def _without_unit(problem: VisitProblem, plan: Plan) -> list[int]:
    # Each video takes an open unit of one of its two sides: a matching, grown by augmenting paths.
    left = open_units(problem, plan)
    taken: dict[Side, list[int]] = {}

    def place(video: int, tried: set[Side]) -> bool:
        pair = plan.videos[video]
        for side in ((pair.visitor, "visit"), (pair.host, "host")):
            if side in tried:
                continue
            tried.add(side)
            holders = taken.setdefault(side, [])
            if len(holders) < left[side]:
                holders.append(video)
                return True
            for seat, holder in enumerate(holders):
                if place(holder, tried):
                    holders[seat] = video
                    return True
        return False

    return [video for video in range(len(plan.videos)) if not place(video, set())]
