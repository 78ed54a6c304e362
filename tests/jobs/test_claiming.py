"""The job table: a claim is taken once, a lease runs out, and whoever lost it marks nothing."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from flask import Flask

from mentorship import clock, config
from mentorship.app import create_app
from mentorship.extensions import db
from mentorship.jobs.models import Job
from mentorship.jobs.operations import (
    Claim,
    add_job,
    claim_job,
    complete_job,
    fail_job,
    give_back_job,
    put_off_job,
)
from mentorship.jobs.runner import WAIT_AFTER_TROUBLE, run_one, run_timed

LEASE = 60
LATER = timedelta(seconds=LEASE + 5)


@pytest.fixture(autouse=True)
def _context(app: Flask) -> Iterator[None]:
    with app.app_context():
        yield


def add(kind: str = "work", *, late: int = 0) -> int:
    job = add_job(kind, {"thing": 7}, run_at=clock.now() - timedelta(seconds=late))
    db.session.commit()
    return job.id


def claim(**given: object) -> Claim | None:
    found = claim_job(lease_seconds=LEASE, **given)  # type: ignore[arg-type]
    db.session.commit()
    return found


def job(job_id: int) -> Job:
    db.session.expire_all()
    return db.session.get_one(Job, job_id)


def test_the_oldest_due_job_is_claimed_first_and_only_once() -> None:
    newer, older = add(late=1), add(late=100)
    claims = [claim(), claim(), claim()]
    assert [found.id if found else None for found in claims] == [older, newer, None]
    assert claims[0] is not None and (claims[0].attempt, claims[0].kind, claims[0].ids) == (1, "work", {"thing": 7})


def test_a_job_waits_for_its_time_unless_it_is_named() -> None:
    ahead = add(late=-3600)
    assert claim() is None
    found = claim(only=ahead)
    assert found is not None and found.id == ahead
    assert claim(only=ahead) is None


def test_a_job_of_another_kind_is_left_alone() -> None:
    add("other")
    assert claim(kinds=["work"]) is None


def test_a_lease_that_ran_out_may_be_taken_and_its_first_holder_marks_nothing() -> None:
    job_id = add()
    first = claim()
    assert first is not None and claim() is None
    with clock.shifted(LATER):
        for mark in (complete_job, lambda lost: fail_job(lost, error="late")):
            assert not mark(first)
        second = claim()
        assert second is not None and (second.id, second.attempt) == (job_id, 2)
        assert not put_off_job(first, run_at=clock.now(), error="late")
        assert complete_job(second)
        db.session.commit()
    assert (job(job_id).state, job(job_id).error) == ("done", None)


def test_what_is_done_or_failed_is_never_taken_again() -> None:
    ids = [add(), add()]
    first, second = claim(), claim()
    assert first is not None and second is not None
    assert complete_job(first) and fail_job(second, error="x" * 1000)
    db.session.commit()
    with clock.shifted(timedelta(days=1)):
        assert claim() is None and claim(only=ids[0]) is None and claim(only=ids[1]) is None
    assert len(job(ids[1]).error or "") == 400
    assert not complete_job(first)


def test_a_job_given_back_counts_no_try() -> None:
    job_id = add()
    found = claim()
    assert found is not None and give_back_job(found, run_at=clock.now() + LATER)
    db.session.commit()
    assert (job(job_id).state, job(job_id).attempts) == ("waiting", 0)
    assert not complete_job(found)


def test_threads_with_apps_of_their_own_share_no_claim(settings: config.Settings) -> None:
    expected = {add() for _ in range(20)}
    db.session.commit()
    taken: list[int] = []
    barrier = threading.Barrier(4)
    apps = [create_app(settings) for _ in range(4)]

    def take(made: Flask) -> None:
        with made.app_context():
            barrier.wait(timeout=30)
            while (found := claim()) is not None:
                taken.append(found.id)
            db.session.remove()
            db.engine.dispose()

    threads = [threading.Thread(target=take, args=(made,)) for made in apps]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert sorted(taken) == sorted(expected)


def test_the_runner_puts_a_broken_job_off_and_does_the_next(caplog: pytest.LogCaptureFixture) -> None:
    broken, whole = add("breaks", late=10), add("works")
    done: list[int] = []

    def breaks(_claim: Claim, _now: datetime) -> None:
        raise ValueError("a private text")

    def works(found: Claim, _now: datetime) -> None:
        done.append(found.id)
        complete_job(found)

    handlers = {"breaks": breaks, "works": works}
    assert run_one(handlers, lease_seconds=LEASE) and run_one(handlers, lease_seconds=LEASE)
    assert not run_one(handlers, lease_seconds=LEASE)
    assert done == [whole] and job(whole).state == "done"
    assert (job(broken).state, job(broken).error, job(broken).attempts) == ("waiting", "ValueError", 1)
    assert job(broken).run_at > clock.now() + WAIT_AFTER_TROUBLE / 2
    assert str(broken) in caplog.text


def test_a_job_without_a_handler_waits_for_a_worker_that_has_one() -> None:
    job_id = add("unknown")
    assert not run_one({}, lease_seconds=LEASE)
    assert job(job_id).state == "waiting"


def test_one_broken_timed_operation_leaves_the_others_their_turn(caplog: pytest.LogCaptureFixture) -> None:
    rounds = [3]

    def broken(_now: datetime) -> bool:
        add_job("half", {}, run_at=clock.now())
        db.session.flush()
        raise RuntimeError("a fault of ours")

    def counting(_now: datetime) -> bool:
        rounds[0] -= 1
        return rounds[0] >= 0

    assert run_timed([broken, counting]) == 3
    assert "broken failed: RuntimeError" in caplog.text
    assert db.session.query(Job).count() == 0


def test_the_table_is_the_truth_across_processes(settings: config.Settings) -> None:
    job_id = add()
    assert claim() is not None
    db.session.remove()
    other = create_app(settings)
    with other.app_context():
        assert claim() is None
        assert job(job_id).state == "running"
        db.session.remove()
        db.engine.dispose()
