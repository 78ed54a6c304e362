"""Moving one visit: where it may go, what stands against it in sentences with names, and what a lock keeps."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from builders import BY, NOW, Round

from mentorship.errors import Refused
from mentorship.extensions import db
from mentorship.plans.findings import BreaksRules, Broken, broken
from mentorship.plans.models import Visit
from mentorship.plans.moving import judge_move, open_moves, possible_moves
from mentorship.plans.operations import lock_visit, move_visit, problem_file
from mentorship.plans.queries import plans_of
from mentorship.plans.supervisor import make_plan

HAND: dict[str, Any] = {"by": BY, "now": NOW}


def visit_of(made: Round, visitor: str, host: str) -> Visit:
    return next(each for each in made.visits() if (each.visitor.code, each.host.code) == (visitor, host))


def faults(made: Round) -> list[str]:
    plan = plans_of(made.cycle)["visits"]
    return broken(problem_file(made.cycle, "visits", now=NOW, seconds=1, seed=1), plan.outcome)


def test_each_possible_move_can_be_made_and_the_nearest_comes_first(planned: Round) -> None:
    visit = planned.visit()
    moves = possible_moves(visit, NOW)
    assert visit.on_date is not None and 0 < len(moves) <= 12
    distances = [abs(move.on_date - visit.on_date) for move in moves]
    assert distances == sorted(distances)
    assert visit.lesson not in {move.lesson for move in moves}
    assert len({move.host.code for move in moves}) > 1
    for move in moves[:4]:
        assert judge_move(visit, move.lesson, NOW) == []
        move_visit(visit, move.lesson, **HAND)
        assert (visit.on_date, visit.starts, visit.host, visit.room) == (
            move.on_date,
            move.starts,
            move.host,
            move.room,
        )
        assert faults(planned) == []


def test_a_moved_visit_stands_in_the_outcome_and_puts_the_cycle_in_review(planned: Round) -> None:
    visit = planned.visit()
    version, cycle_version = visit.version, planned.cycle.version
    move = possible_moves(visit, NOW)[0]
    move_visit(visit, move.lesson, **HAND)
    db.session.commit()
    plan = plans_of(planned.cycle)["visits"]
    assert {row["lesson"] for row in plan.outcome["visits"]} == {each.lesson for each in planned.visits()}
    assert (planned.cycle.status, visit.version, planned.cycle.version) == (
        "in_review",
        version + 1,
        cycle_version + 1,
    )
    assert planned.publish("visits")["visits"] == 8


def test_a_move_that_breaks_rules_is_refused_in_their_sentences(planned: Round) -> None:
    visit = visit_of(planned, "Chen", "Lund")
    own = visit_of(planned, "Chen", "Okafor")
    with pytest.raises(BreaksRules) as refused:
        move_visit(visit, own.lesson, **HAND)
    assert Broken("The same two people meet once, live or by video", "Sam Chen visits Sam Okafor 2 times.") in (
        refused.value.broken
    )
    assert "Sam Chen makes 2 visits on Tue, Jan 19." in {each.text for each in refused.value.broken}
    teaching = open_moves(visit, NOW, whole=True).lesson_at(planned.member("Okafor"), date(2027, 1, 11), "1")
    assert teaching is not None
    assert open_moves(visit, NOW, whole=True).broken(teaching)[0] == Broken(
        "The visitor is free while the host teaches",
        "Sam Chen has no free interval long enough for Sam Okafor’s lesson of Mon, Jan 11, period 1.",
    )
    assert judge_move(visit, "nothing", NOW) == [
        Broken("", "Nobody can visit that lesson: it is too soon, or it is no longer in the timetable.")
    ]
    assert (visit.lesson, planned.cycle.status) == ("Lund-3(A)@Lund@2027-01-11T09:30", "planned")


def test_a_published_visit_is_judged_around_all_that_stands(published: Round) -> None:
    visit = published.visit()
    moves = possible_moves(visit, NOW)
    assert moves
    assert all(judge_move(visit, move.lesson, NOW) == [] for move in moves[:3])
    later = NOW + timedelta(days=30)
    dates = {move.on_date for move in possible_moves(visit, later)}
    assert min(dates) >= date(2027, 1, 22)
    assert not any(move.on_date == date(2027, 1, 19) for move in possible_moves(visit, NOW))
    with pytest.raises(Refused, match="published"):
        move_visit(visit, moves[0].lesson, **HAND)
    with pytest.raises(Refused, match="published"):
        lock_visit(visit, True, **HAND)


def test_a_video_has_no_time_that_could_be_moved(planned: Round) -> None:
    video = planned.add_video()
    with pytest.raises(Refused, match="no time that could be moved"):
        open_moves(video, NOW)
    with pytest.raises(Refused, match="could be locked"):
        lock_visit(video, True, **HAND)


def test_a_locked_visit_stays_through_a_new_proposal(planned: Round) -> None:
    visit = planned.visit()
    move = possible_moves(visit, NOW)[5]
    move_visit(visit, move.lesson, **HAND)
    lock_visit(visit, True, **HAND)
    db.session.commit()
    number = visit.id
    make_plan(planned.cycle, seconds=2, seed=1, by=BY, parts=["visits"])
    kept = next(each for each in planned.visits() if each.id == number)
    assert (kept.lesson, kept.locked, len(planned.visits())) == (move.lesson, True, 8)
    assert faults(planned) == []


def test_a_locked_visit_whose_day_is_too_near_is_said_with_names(planned: Round) -> None:
    visit = planned.visit()
    lock_visit(visit, True, **HAND)
    with pytest.raises(Refused) as refused:
        problem_file(planned.cycle, "visits", now=NOW + timedelta(days=21), seconds=1, seed=1)
    assert str(refused.value) == (
        "The visit of Sam Lund with Sam Okafor on Mon, Jan 11 is locked, but it can no longer take place there. "
        "Unlock it or move it first."
    )


def test_a_stale_page_moves_nothing(planned: Round) -> None:
    visit = planned.visit()
    lock_visit(visit, True, **HAND)
    with pytest.raises(Refused, match="Here is the new version"):
        move_visit(visit, possible_moves(visit, NOW)[0].lesson, seen=str(visit.version - 1), **HAND)
