"""One whole cycle of the demo school, step by step, through the operations that a school uses."""

from __future__ import annotations

import shutil
import tempfile
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from time import perf_counter
from typing import Any
from zoneinfo import ZoneInfo

from flask import Flask
from sqlalchemy import select

from mentorship import clock, config
from mentorship.app import HANDLERS, create_app
from mentorship.availability.queries import calendar
from mentorship.availability.report import availability_report
from mentorship.closeout.operations import close_cycle
from mentorship.config import LOOPBACK, MailServer, Settings
from mentorship.cycles.models import Cycle
from mentorship.cycles.operations import open_cycle
from mentorship.demo.answers import reply_to
from mentorship.demo.mailbox import Mailbox
from mentorship.demo.school import write_school
from mentorship.errors import Refused
from mentorship.extensions import db
from mentorship.invites.models import Invite
from mentorship.invites.operations import publish_plan
from mentorship.operate.demo_mark import mark_demo
from mentorship.operate.schema import upgrade
from mentorship.outbox.delivery import deliver_once
from mentorship.people.queries import school_named
from mentorship.plans.queries import visits_of
from mentorship.plans.supervisor import make_plan
from mentorship.replies.ingest import ingest_files
from mentorship.replies.operations import answer_by_link
from mentorship.roster.operations import import_files
from mentorship.timetable.models import LESSON_DAYS

BY = "demo"
MARK = "demo.txt"
CYCLE_SCHOOL_DAYS = 20
PLAN_SECONDS = 10
SAYS_NO_EVERY, SAYS_MAYBE_EVERY = 17, 23
Tell = Callable[[str, dict[str, Any], float], None]


@dataclass(frozen=True)
class Demo:
    """The demo's app and its own mail server."""

    app: Flask
    settings: Settings
    mailbox: Mailbox


def open_demo(instance: Path, *, port: int) -> Demo:
    """An empty demo in `<instance>/demo`. It reads no setting of the school's: neither database nor mail server."""
    folder = instance / "demo"
    _empty(folder)
    mailbox = Mailbox(folder / "mail")
    settings = config.load({"MENTORSHIP_PORT": str(port)}, instance=folder, demo=True)
    settings = replace(settings, smtp=MailServer("smtp", "127.0.0.1", mailbox.port))
    if settings.host not in LOOPBACK or not settings.database_url.startswith("sqlite"):
        raise Refused("The demo runs on this machine alone, over a database of its own.")
    app = create_app(settings)
    upgrade(app)
    with app.app_context():
        mark_demo(clock.now())
        db.session.commit()
    return Demo(app, settings, mailbox)


def _empty(folder: Path) -> None:
    """Only a folder that a demo made is emptied; its mark goes last, so that a demo killed midway can run again."""
    mark = folder / MARK
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        raise Refused(f"{folder} is no folder of a demo; move it away first.")
    if folder.is_dir() and any(folder.iterdir()) and not mark.is_file():
        raise Refused(f"{folder} holds something that no demo made; move it away first.")
    folder.mkdir(parents=True, exist_ok=True)
    mark.write_text("Made by “mentorship demo”, which empties this folder each time.\n", encoding="utf-8")
    for path in folder.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        elif path != mark:
            path.unlink()


def walk_demo(demo: Demo, tell: Tell | None = None) -> list[dict[str, Any]]:
    """Walk import to close; one line a step with counts and seconds."""
    steps: list[dict[str, Any]] = []
    demo.mailbox.start()
    try:
        with demo.app.app_context():
            for name, step in STEPS.items():
                begun = perf_counter()
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
        "First round",
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
    return db.session.scalars(select(Cycle)).one()


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
    """Everybody answers in their calendar: most say yes, a few no or maybe; pairs answer by their link."""
    with tempfile.TemporaryDirectory(prefix="mentorship-demo-") as folder:
        files = _write_answers(demo, Path(folder))
        lines = ingest_files(files, mail_from=demo.settings.mail_from, recipient=None, dry_run=False, now=clock.now())
    counts = Counter(f"{(line['partstat'] or line['outcome']).lower()} by mail" for line in lines)
    for invite in db.session.scalars(select(Invite).where(Invite.pairing_id.is_not(None))).all():
        answer_by_link(invite, "yes", comment="", now=clock.now())
        counts["yes by link"] += 1
    db.session.commit()
    counts["taken back"] = deliver_once(HANDLERS, lease_seconds=demo.settings.lease_seconds)["sent"]
    return dict(counts)


def _write_answers(demo: Demo, folder: Path) -> list[Path]:
    files: list[Path] = []
    for place, path in enumerate(demo.mailbox.files(), start=1):
        partstat = (
            "DECLINED" if place % SAYS_NO_EVERY == 0 else "TENTATIVE" if place % SAYS_MAYBE_EVERY == 0 else "ACCEPTED"
        )
        answer = reply_to(path.read_bytes(), partstat, clock.now())
        if answer is not None:
            files.append(folder / path.name)
            files[-1].write_bytes(answer)
    return files


def _close(demo: Demo) -> dict[str, int]:
    """Look at the clock as it will be on the day after the last visit."""
    cycle = _the_cycle()
    ends = [visit.ends_at for visit in visits_of(cycle) if visit.ends_at is not None]
    ahead = max(ends, default=clock.now()) + timedelta(days=1) - clock.now()
    with clock.shifted(ahead):
        summary = close_cycle(cycle, by=BY, now=clock.now())
        db.session.commit()
        deliver_once(HANDLERS, lease_seconds=demo.settings.lease_seconds)
    return {f"visits {status}": count for status, count in summary["visits"].items()} | {
        f"pairings {status}": count for status, count in summary["pairings"].items()
    }


STEPS: dict[str, Callable[[Demo], dict[str, int]]] = {
    "import": _import,
    "availability": _availability,
    "cycle": _cycle,
    "plan": _plan,
    "publish": _publish,
    "deliver": _deliver,
    "answer": _answer,
    "close": _close,
}
