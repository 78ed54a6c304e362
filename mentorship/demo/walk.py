"""Two cycles of the demo school, step by step, through the operations that a school uses: one over, one under way."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from time import perf_counter
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select

from mentorship import clock
from mentorship.app import HANDLERS
from mentorship.availability.queries import calendar
from mentorship.availability.report import availability_report
from mentorship.closeout.operations import close_cycle
from mentorship.cycles.models import Cycle
from mentorship.cycles.operations import open_cycle
from mentorship.cycles.queries import cycle_named
from mentorship.demo.answers import link_in, reply_to
from mentorship.demo.opening import Demo
from mentorship.demo.school import write_school
from mentorship.demo.second import SECOND_ROUND
from mentorship.demo.words import write_about
from mentorship.errors import Refused
from mentorship.extensions import db
from mentorship.invites import jobs as invite_jobs
from mentorship.invites.models import Invite
from mentorship.invites.operations import publish_plan
from mentorship.invites.queries import invite_of_link
from mentorship.jobs.runner import run_timed
from mentorship.outbox.delivery import deliver_once
from mentorship.people.queries import school_named
from mentorship.plans.queries import pairings_of, visits_of
from mentorship.plans.supervisor import make_plan
from mentorship.replies.decisions import ANSWER_BY_PARTSTAT
from mentorship.replies.ingest import ingest_files
from mentorship.replies.operations import answer_by_link, waits_for_answer
from mentorship.roster.operations import import_files
from mentorship.timetable.models import LESSON_DAYS

BY = "demo"
FIRST = "First round"
# So long ago the school imported its files and opened its first cycle: both are over before the second begins.
FIRST_BEGAN = timedelta(weeks=8)
CYCLE_SCHOOL_DAYS = 20
PLAN_SECONDS = 10
SAYS_NO_EVERY, SAYS_MAYBE_EVERY, PAIR_SILENT_EVERY = 17, 23, 3
# Each mailed answer is read in a process of its own, which takes a while.
BY_MAIL_EVERY = 12
WRITTEN_ABOUT = 20
Tell = Callable[[str, dict[str, Any], float], None]


def walk_demo(demo: Demo, tell: Tell | None = None) -> list[dict[str, Any]]:
    """Walk the first cycle from import to close and the second to this day; one line a step with counts and seconds."""
    steps: list[dict[str, Any]] = []
    demo.mailbox.start()
    try:
        with demo.app.app_context():
            for name, step in STEPS.items():
                begun = perf_counter()
                with clock.shifted(-FIRST_BEGAN if name in FIRST_ROUND else timedelta()):
                    counts = step(demo)
                db.session.commit()
                seconds = round(perf_counter() - begun, 2)
                steps.append({"name": name, "counts": counts, "seconds": seconds})
                if tell is not None:
                    tell(name, counts, seconds)
    finally:
        demo.mailbox.stop()
    return steps


def _import(_demo: Demo) -> dict[str, int]:
    with tempfile.TemporaryDirectory(prefix="mentorship-demo-") as folder:
        write_school(Path(folder), clock.now().date())
        report = import_files([Path(folder)], by=BY, now=clock.now())
    if report.error:
        raise Refused(report.error)
    return {kind: counts.new for kind, counts in report.records.items() if counts.new}


def _availability(_demo: Demo) -> dict[str, int]:
    school = school_named(None)
    today = clock.now().date()
    people = availability_report(school, [], None, today, today + timedelta(days=13))["people"]
    days = [day for person in people for day in person["days"]]
    return {
        "people": len(people),
        "planning periods": sum(len(day["planning"]) for day in days),
        "lessons": sum(len(day["teaching"]) for day in days),
        "unknown people": sum(bool(person["unknown_because"]) for person in people),
    }


def _cycle(_demo: Demo) -> dict[str, int]:
    school = school_named(None)
    now = clock.now()
    today = now.astimezone(ZoneInfo(school.time_zone)).date()
    starts_on, ends_on = _next_school_days(today)
    cycle = open_cycle(
        school,
        FIRST,
        starts_on=starts_on,
        ends_on=ends_on,
        everyone=True,
        with_pairings=True,
        with_walkthroughs=True,
        by=BY,
        now=now,
    )
    return {"people": len(cycle.participants), "school days": CYCLE_SCHOOL_DAYS}


def _next_school_days(today: date) -> tuple[date, date]:
    """The next stretch of school days that still gives notice."""
    ahead = calendar(school_named(None), today, today + timedelta(days=90))
    days = [each.on for each in ahead if each.filed and each.filed.kind in LESSON_DAYS][3 : 3 + CYCLE_SCHOOL_DAYS]
    return days[0], days[-1]


def _the_cycle() -> Cycle:
    return cycle_named(FIRST, None)


def _plan(_demo: Demo) -> dict[str, int]:
    counts: Counter[str] = Counter()
    for planned in make_plan(_the_cycle(), seconds=PLAN_SECONDS, seed=1, by=BY):
        for kind in ("pairs", "unpaired", "visits", "videos", "missing"):
            if kind in planned.outcome:
                counts[kind] += len(planned.outcome[kind])
    return dict(counts)


def _publish(_demo: Demo) -> dict[str, int]:
    return publish_plan(_the_cycle(), None, by=BY, now=clock.now())


def _deliver(demo: Demo) -> dict[str, int]:
    return deliver_once(HANDLERS, lease_seconds=demo.settings.lease_seconds)


def _answer(demo: Demo) -> dict[str, int]:
    """Most say yes, a few no or maybe: some in their calendars, most by their link, as do most pairs."""
    counts: Counter[str] = Counter()
    with tempfile.TemporaryDirectory(prefix="mentorship-demo-") as folder:
        files = _write_answers(demo, Path(folder), counts)
        lines = ingest_files(files, mail_from=demo.settings.mail_from, recipient=None, dry_run=False, now=clock.now())
    counts.update(f"{(line['partstat'] or line['outcome']).lower()} by mail" for line in lines)
    for place, pairing in enumerate(pairings_of(_the_cycle()), start=1):
        if place % PAIR_SILENT_EVERY == 0:
            # Whoever does not answer is asked anew in the second round.
            continue
        for invite in db.session.scalars(select(Invite).where(Invite.pairing_id == pairing.id)).all():
            answer_by_link(invite, "yes", comment="", now=clock.now())
            counts["yes by link"] += 1
    db.session.commit()
    counts["taken back"] = deliver_once(HANDLERS, lease_seconds=demo.settings.lease_seconds)["sent"]
    return dict(counts)


def _write_answers(demo: Demo, folder: Path, counts: Counter[str]) -> list[Path]:
    """The answers that come by mail, as files; the others are given by their links at once. Commits."""
    files: list[Path] = []
    for place, path in enumerate(demo.mailbox.files(), start=1):
        partstat = (
            "DECLINED" if place % SAYS_NO_EVERY == 0 else "TENTATIVE" if place % SAYS_MAYBE_EVERY == 0 else "ACCEPTED"
        )
        invitation = path.read_bytes()
        answer = reply_to(invitation, partstat, clock.now())
        if answer is not None and place % BY_MAIL_EVERY == 0:
            files.append(folder / path.name)
            files[-1].write_bytes(answer)
        elif answer is not None:
            counts[_click(invitation, ANSWER_BY_PARTSTAT[partstat])] += 1
    return files


def _click(invitation: bytes, word: str) -> str:
    """Answer by the link of a mail; what was done, in words."""
    token = link_in(invitation)
    invite = invite_of_link(token) if token else None
    if invite is None or not waits_for_answer(invite):
        return "too late"
    answer_by_link(invite, word, comment="", now=clock.now())
    db.session.commit()
    return f"{word} by link"


def _feedback(demo: Demo) -> dict[str, int]:
    """Visits that are over count as held, and some people write about theirs without having been asked."""
    with clock.shifted(_until_over(_the_cycle())):
        run_timed(invite_jobs.TIMED)
        held = [visit for visit in visits_of(_the_cycle()) if visit.status == "held"]
        counts = write_about(held[:WRITTEN_ABOUT])
        counts["sent"] = deliver_once(HANDLERS, lease_seconds=demo.settings.lease_seconds)["sent"]
    return {"visits held": len(held), **counts}


def _close(demo: Demo) -> dict[str, int]:
    """Look at the clock as it will be on the day after the last visit."""
    cycle = _the_cycle()
    with clock.shifted(_until_over(cycle)):
        summary = close_cycle(cycle, by=BY, now=clock.now())
        db.session.commit()
        deliver_once(HANDLERS, lease_seconds=demo.settings.lease_seconds)
    return {f"visits {status}": count for status, count in summary["visits"].items()} | {
        f"pairings {status}": count for status, count in summary["pairings"].items()
    }


def _until_over(cycle: Cycle) -> timedelta:
    ends = [visit.ends_at for visit in visits_of(cycle) if visit.ends_at is not None]
    return max(ends, default=clock.now()) + timedelta(days=1) - clock.now()


FIRST_ROUND: dict[str, Callable[[Demo], dict[str, int]]] = {
    "import": _import,
    "availability": _availability,
    "cycle": _cycle,
    "plan": _plan,
    "publish": _publish,
    "deliver": _deliver,
    "answer": _answer,
    "feedback": _feedback,
    "close": _close,
}
STEPS = {**FIRST_ROUND, **SECOND_ROUND}
