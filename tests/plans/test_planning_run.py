"""A plan made by the worker: asked for once, watched, ended early, stopped, broken off and taken up again."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from builders import BY, NOW, Round
from sqlalchemy import update

from mentorship import clock
from mentorship.app import HANDLERS
from mentorship.cycles.models import Cycle
from mentorship.errors import Refused
from mentorship.extensions import db
from mentorship.jobs.models import Job
from mentorship.jobs.operations import claim_job, note_progress
from mentorship.jobs.runner import run_one
from mentorship.plans import solving, supervisor
from mentorship.plans.findings import broken
from mentorship.plans.jobs import BROKEN_OFF
from mentorship.plans.models import Plan, Visit
from mentorship.plans.operations import STOPPED, ask_for_plan, problem_file, wish_of_planning
from mentorship.plans.queries import MAKE_PLAN, planning_job, plans_of

HAND: dict[str, Any] = {"by": BY, "now": NOW}
LEASE = 60


def ask(made: Round, seconds: int = 2, **options: Any) -> Job:
    job = ask_for_plan(made.cycle, seconds=seconds, **options, **HAND)
    db.session.commit()
    return job


def work(lease: int = LEASE) -> bool:
    done = run_one({MAKE_PLAN: HANDLERS[MAKE_PLAN]}, lease_seconds=lease)
    db.session.commit()
    return done


def job_of(made: Round) -> Job:
    db.session.expire_all()
    found = planning_job(made.cycle)
    assert found is not None
    return found


def forget_plans(made: Round) -> None:
    for plan in plans_of(made.cycle).values():
        db.session.execute(Visit.__table__.delete().where(Visit.plan_id == plan.id))
        plan.outcome = {}
    db.session.commit()


def telling(monkeypatch: pytest.MonkeyPatch, tell: Callable[[str, Callable[[dict[str, Any]], Any]], None]) -> None:
    """Each solve first calls `tell(part, progress)`, as the engine tells of its progress."""
    solve = supervisor.solve

    def slow(part: Any, problem: dict[str, Any], *, seconds: int, progress: Any) -> dict[str, Any]:
        tell(part, progress)
        return solve(part, problem, seconds=seconds, progress=progress)

    monkeypatch.setattr(supervisor, "solve", slow)


def line(at: float = 1.0) -> dict[str, Any]:
    return {"at": at, "phase": "greedy", "aims": [{"name": "covered", "value": 1, "bound": 0}]}


def test_the_worker_makes_the_plan_that_was_asked_for(planned: Round) -> None:
    forget_plans(planned)
    job = ask(planned)
    assert work()
    assert (job_of(planned).state, job_of(planned).error) == ("done", None)
    assert job_of(planned).id == job.id
    assert len(planned.visits()) == 8
    assert not work()


def test_one_plan_is_made_at_a_time(planned: Round) -> None:
    ask(planned)
    with pytest.raises(Refused, match="A plan is being made already"):
        ask_for_plan(planned.cycle, seconds=2, **HAND)
    db.session.rollback()
    assert work()
    ask(planned)


def test_planning_takes_a_sensible_time_and_an_open_part(planned: Round) -> None:
    with pytest.raises(Refused, match="may take 1 to 600 seconds"):
        ask_for_plan(planned.cycle, seconds=0, **HAND)
    planned.publish("pairings")
    with pytest.raises(Refused, match="is published"):
        ask_for_plan(planned.cycle, seconds=2, parts=["pairings"], **HAND)
    planned.cycle.status = "closed"
    with pytest.raises(Refused, match="is closed"):
        ask_for_plan(planned.cycle, seconds=2, **HAND)


def test_progress_stands_on_the_job_and_renews_its_lease(planned: Round, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[str, dict[str, Any], bool]] = []

    def tell(part: str, progress: Any) -> None:
        db.session.execute(update(Job).values(lease_until=clock.now() + timedelta(seconds=5)))
        db.session.commit()
        assert not progress(line())
        job = job_of(planned)
        assert job.lease_until is not None and job.progress is not None
        seen.append((part, job.progress, job.lease_until > clock.now() + timedelta(seconds=30)))
        db.session.commit()

    telling(monkeypatch, tell)
    ask(planned)
    work()
    assert [(part, renewed) for part, _, renewed in seen] == [("pairings", True), ("visits", True)]
    assert seen[1][1]["sizes"] == {"people": 4, "required": 4, "wanted": 4}
    assert (seen[1][1]["part"], seen[1][1]["seconds"], seen[1][1]["at"]) == ("visits", 2, 1.0)


def test_the_best_so_far_is_a_complete_plan(planned: Round, monkeypatch: pytest.MonkeyPatch) -> None:
    """The wish reaches the engine's front process as a signal, and that part alone."""
    signals: list[int] = []
    run = solving._hear

    def wish(part: str, _progress: Any) -> None:
        if part == "visits":
            wish_of_planning(planned.cycle, "best", **HAND)
            db.session.commit()

    def hear(process: Any, lines: Any, deadline: float, progress: Any) -> str:
        send = process.send_signal
        monkeypatch.setattr(process, "send_signal", lambda number: (signals.append(number), send(number)))
        return run(process, lines, deadline, progress)

    telling(monkeypatch, wish)
    monkeypatch.setattr(solving, "_hear", hear)
    ask(planned, seconds=30)
    work()
    assert job_of(planned).state == "done"
    assert len(signals) >= 1
    plan = plans_of(planned.cycle)["visits"]
    assert len(planned.visits()) == 8
    assert broken(problem_file(planned.cycle, "visits", now=NOW, seconds=1, seed=1), plan.outcome) == []


def test_the_engine_ends_with_its_best_plan_when_asked(planned: Round) -> None:
    problem = plans_of(planned.cycle)["visits"].problem
    db.session.commit()
    outcome = solving.solve("visits", problem, seconds=60, progress=lambda _line: True)
    assert len(outcome["visits"]) == 8
    assert broken(problem, outcome) == []


def test_a_stopped_planning_changes_nothing_and_says_so(planned: Round, monkeypatch: pytest.MonkeyPatch) -> None:
    before = planned.dump()

    def stop(_part: str, progress: Any) -> None:
        wish_of_planning(planned.cycle, "stop", **HAND)
        db.session.commit()
        progress(line())

    telling(monkeypatch, stop)
    ask(planned)
    work()
    assert (job_of(planned).state, job_of(planned).error) == ("failed", STOPPED)
    assert planned.dump() == before


def test_a_planning_that_nobody_began_is_stopped_at_once(planned: Round) -> None:
    ask(planned)
    wish_of_planning(planned.cycle, "stop", **HAND)
    db.session.commit()
    assert (job_of(planned).state, job_of(planned).error) == ("failed", STOPPED)
    assert not work()
    with pytest.raises(Refused, match="No plan is being made any more"):
        wish_of_planning(planned.cycle, "best", **HAND)


def test_a_worker_killed_in_mid_plan_leaves_the_job_to_the_next(planned: Round) -> None:
    forget_plans(planned)
    job = ask(planned)
    killed = claim_job(lease_seconds=LEASE, kinds=[MAKE_PLAN])
    db.session.commit()
    assert killed is not None and not work()
    with clock.shifted(timedelta(seconds=LEASE + 1)):
        assert work()
        assert (job_of(planned).state, job_of(planned).attempts) == ("done", 2)
        assert len(planned.visits()) == 8
        # The first worker wakes up late: it keeps nothing and marks nothing.
        before = planned.dump()
        supervisor.carry_out(killed, lease_seconds=LEASE)
        db.session.commit()
        assert planned.dump() == before
    assert job_of(planned).id == job.id


def test_a_plan_that_is_broken_off_again_and_again_ends_with_a_sentence(planned: Round) -> None:
    ask(planned)
    for attempt in range(3):
        with clock.shifted(timedelta(seconds=attempt * (LEASE + 1))):
            assert claim_job(lease_seconds=LEASE, kinds=[MAKE_PLAN])
            db.session.commit()
    with clock.shifted(timedelta(seconds=3 * (LEASE + 1))):
        assert work()
    assert (job_of(planned).state, job_of(planned).error) == ("failed", BROKEN_OFF)


def test_what_goes_wrong_on_our_side_is_tried_again_and_its_words_are_not_kept(
    planned: Round, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(*_args: Any, **_options: Any) -> None:
        raise ValueError("Sam Lund")

    monkeypatch.setattr(supervisor, "solve", breaks)
    ask(planned)
    work()
    assert (job_of(planned).state, job_of(planned).error) == ("waiting", "ValueError")


def test_the_plan_of_a_cycle_that_was_edited_meanwhile_is_not_kept(
    planned: Round, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = {part: plan.made_at for part, plan in plans_of(planned.cycle).items()}

    def edit(_part: str, _progress: Any) -> None:
        db.session.get_one(Cycle, planned.cycle.id).status = "in_review"
        db.session.commit()

    telling(monkeypatch, edit)
    ask(planned)
    work()
    assert job_of(planned).error == "Round was changed while the plan was being made; make the plan again."
    assert {part: plan.made_at for part, plan in plans_of(planned.cycle).items()} == before


def test_the_pairs_alone_are_proposed_again(planned: Round) -> None:
    numbers = [visit.id for visit in planned.visits()]
    ask(planned, parts=["pairings"])
    work()
    assert [visit.id for visit in planned.visits()] == numbers
    assert db.session.query(Plan).count() == 2


def test_how_a_run_got_better_is_kept_on_its_job_part_by_part(planned: Round, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[list[Any]] = []

    def tell(part: str, progress: Any) -> None:
        aim = "paired" if part == "pairings" else "covered"
        for at, value in enumerate((4, 2, 2, 2, 1)):
            progress({"at": at, "phase": "x", "aims": [{"name": aim, "value": value, "bound": None}]})
        job = job_of(planned)
        assert job.progress is not None
        seen.append(job.progress["history"])
        db.session.commit()

    telling(monkeypatch, tell)
    ask(planned)
    work()
    assert seen[1] == [[at, {"covered": [value, None]}] for at, value in ((0, 4), (1, 2), (3, 2), (4, 1))]
    assert len(seen) == 2


def test_the_weighing_of_pairs_draws_nothing(planned: Round, monkeypatch: pytest.MonkeyPatch) -> None:
    ask(planned, parts=["pairings"])
    claim = claim_job(lease_seconds=LEASE, kinds=[MAKE_PLAN])
    db.session.commit()
    assert claim is not None

    def tell(_part: str, progress: Any) -> None:
        progress({"at": 1, "phase": "flow", "aims": [{"name": "paired", "value": 1, "bound": 1}]})
        progress({"at": 2, "phase": "weights", "aims": [{"name": "paired", "value": 1, "bound": 1}]})
        job = job_of(planned)
        assert job.progress is not None and [point[0] for point in job.progress["history"]] == [1]
        db.session.commit()

    telling(monkeypatch, tell)
    supervisor.carry_out(claim, lease_seconds=LEASE)


def running(made: Round, **values: tuple[int, int | None]) -> str:
    """The page of a run in the middle of the visits, with these aims."""
    ask(made, seconds=120)
    claim = claim_job(lease_seconds=600, kinds=[MAKE_PLAN])
    assert claim is not None
    names = ("covered", "live", "moved", "wanted", "fit")
    aims = [dict(zip(("name", "value", "bound"), (name, *values.get(name, (0, 0))), strict=True)) for name in names]
    sizes = {"people": 44, "required": 40, "wanted": 10}
    history = [[2.0, {"covered": [9, None]}], [41.0, {"covered": [values["covered"][0], values["covered"][1]]}]]
    told = {"part": "visits", "at": 41.3, "seconds": 120, "aims": aims, "sizes": sizes, "history": history}
    note_progress(claim, told, lease_seconds=600)
    db.session.commit()
    return made.browser_as(made.member("Bell")).open(f"/cycles/{made.cycle.id}/plan").text


def test_the_running_page_shows_the_best_how_close_it_is_and_how_it_got_there(planned: Round) -> None:
    page = running(planned, covered=(2, 1), live=(3, 3), wanted=(4, None))
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))
    for words in (
        "35 of 40 in the room",
        "The others: 3 by video, 2 without a place",
        "within 2.6%",
        "Proven. At most 1 more needed visits could have a place",
        "4 of 10 More visits that people would like",
        "Needed visits that have a place rose from 31 to 38 in 41 seconds.",
        "Hard to place so far 2 visits",
        "Rules in this run",
        "Stop and change the rules",
        "No plan can rise above the dashed line",
    ):
        assert words in text, words
    assert page.count("btn-primary") == 1
    table = re.search(r"The same as a table.*?</table>", page, re.DOTALL)
    assert table is not None and re.findall(r">(\d+)</t", table[0]) == ["2", "31", "40", "41", "38", "39"]


def test_stopping_leads_to_the_rules(planned: Round) -> None:
    running(planned, covered=(2, 1))
    browser, path = planned.browser_as(planned.member("Bell")), f"/cycles/{planned.cycle.id}/plan"
    answer = browser.post(f"{path}/stop", form_on=path)
    assert answer.location == f"/cycles/{planned.cycle.id}/settings"
    assert "Planning stops, and no plan was changed." in browser.open(answer.location).text
    assert job_of(planned).wish == "stop"
