"""One function a verb: open what it needs, call one operation, commit."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from flask import Flask

from mentorship import clock, config
from mentorship.app import HANDLERS, SLOW, TIMED, create_app, settings_of
from mentorship.availability.report import availability_report
from mentorship.cli import show
from mentorship.closeout.operations import close_cycle
from mentorship.config import Settings
from mentorship.cycles.operations import open_cycle
from mentorship.cycles.queries import cycle_named
from mentorship.errors import Refused
from mentorship.extensions import db, reading
from mentorship.invites.operations import publish_plan
from mentorship.operate.demo_mark import refuse_demo
from mentorship.operate.dump import dump
from mentorship.operate.readiness import troubles
from mentorship.operate.schema import require_schema, upgrade
from mentorship.outbox.operations import outbox_is_paused, pause_outbox, resume_outbox
from mentorship.outbox.queries import messages
from mentorship.people.operations import create_person
from mentorship.people.queries import school_named
from mentorship.plans.operations import problem_file
from mentorship.plans.queries import cycle_view
from mentorship.plans.supervisor import make_plan
from mentorship.web.policies import routes

BY = "command line"


@dataclass(frozen=True)
class Result:
    """What a verb came to: `data` is its JSON, `text` the same for a person; `error` means exit code 1."""

    data: dict[str, Any]
    text: str = ""
    error: str | None = None


def run(found: Namespace) -> Result:
    name = "-".join(filter(None, [found.verb, getattr(found, "action", None)]))
    return VERBS[name](found)


def _app() -> Flask:
    """The app over a database of this version that is no demo."""
    app = create_app()
    require_schema(app)
    refuse_demo(app)
    return app


@contextmanager
def _opened(*, writes: bool) -> Iterator[Flask]:
    """An app context; a verb that only reads is refused a write by the database."""
    app = _app()
    with app.app_context():
        if writes:
            yield app
        else:
            with reading():
                yield app


def _import(found: Namespace) -> Result:
    # Reading files takes pydantic and openpyxl, which no other verb waits for.
    from mentorship.invites.rechecking import apply_import

    with _opened(writes=True):
        report = apply_import(
            found.paths,
            by=BY,
            now=clock.now(),
            school_id=found.school,
            dry_run=found.dry_run,
            skip_errors=found.skip_errors,
            accept=found.accept,
        )
        if report.applied:
            db.session.commit()
        else:
            db.session.rollback()
        return Result(report.as_json(), show.import_report(report), report.error)


def _availability(found: Namespace) -> Result:
    with _opened(writes=False):
        school = school_named(found.school)
        data = availability_report(school, found.people, found.other, found.starts_on, found.ends_on)
        return Result(data, show.availability(data))


def _create_person(found: Namespace) -> Result:
    with _opened(writes=True):
        school = None if found.role == "admin" else school_named(found.school)
        person, is_new = create_person(
            email=found.email, name=found.name, role=found.role, school=school, by=BY, now=clock.now()
        )
        db.session.commit()
        what = "was added" if is_new else "is known already"
        data = {"person": person.id, "email": person.email, "role": found.role, "new": is_new}
        return Result(data, f"{person.name} {what} and has the role {found.role}.")


def _cycle_open(found: Namespace) -> Result:
    with _opened(writes=True):
        both = not (found.pairings or found.walkthroughs)
        cycle = open_cycle(
            school_named(found.school),
            found.name,
            starts_on=found.starts_on,
            ends_on=found.ends_on,
            everyone=found.everyone,
            with_pairings=found.pairings or both,
            with_walkthroughs=found.walkthroughs or both,
            by=BY,
            now=clock.now(),
        )
        db.session.commit()
        people = len(cycle.participants)
        data = {**cycle_view(cycle)["cycle"], "participants": people}
        return Result({"cycle": data}, f"{cycle.name} is open with {people} people.")


def _cycle_show(found: Namespace) -> Result:
    with _opened(writes=False):
        data = cycle_view(cycle_named(found.cycle, found.school))
        return Result(data, show.cycle(data))


def _plan(found: Namespace) -> Result:
    with _opened(writes=True):
        cycle = cycle_named(found.cycle, found.school)
        planned = make_plan(
            cycle, seconds=found.seconds, seed=found.seed, by=BY, progress=None if found.json else show.progress
        )
        view = cycle_view(cycle)
        data: dict[str, Any] = {part.part: show.outcome_counts(part.outcome) for part in planned}
        return Result({**view, "planned": data}, show.planned(data, view))


def _problem(found: Namespace) -> Result:
    with _opened(writes=False):
        cycle = cycle_named(found.cycle, found.school)
        part = "pairings" if found.part == "pair" else "visits"
        data = problem_file(cycle, part, now=clock.now(), seconds=found.seconds, seed=found.seed)  # type: ignore[arg-type]
        return Result(data, show.as_json(data))


def _publish(found: Namespace) -> Result:
    with _opened(writes=True):
        cycle = cycle_named(found.cycle, found.school)
        counts = publish_plan(cycle, [found.part] if found.part else None, by=BY, now=clock.now())
        db.session.commit()
        return Result({"published": True, **counts}, show.published(counts))


def _close(found: Namespace) -> Result:
    with _opened(writes=True):
        cycle = cycle_named(found.cycle, found.school)
        summary = close_cycle(cycle, by=BY, now=clock.now())
        db.session.commit()
        return Result({"closed": True, **summary}, show.closed(cycle.name, summary))


def _outbox_list(_found: Namespace) -> Result:
    with _opened(writes=False):
        rows = messages()
        return Result({"paused": outbox_is_paused(), "messages": rows}, show.outbox(rows))


def _outbox_deliver(_found: Namespace) -> Result:
    from mentorship.outbox.delivery import deliver_once

    with _opened(writes=True) as app:
        if outbox_is_paused():
            raise Refused("The outbox is paused; “mentorship outbox resume” lets mail go again.")
        counts = deliver_once(HANDLERS, lease_seconds=settings_of(app).lease_seconds)
        return Result(counts, f"{counts['sent']} sent, {counts['waiting']} waiting, {counts['failed']} failed.")


def _outbox_pause(_found: Namespace) -> Result:
    with _opened(writes=True):
        pause_outbox(clock.now())
        db.session.commit()
        return Result({"paused": True}, "The outbox is paused: nothing is sent until “mentorship outbox resume”.")


def _outbox_resume(_found: Namespace) -> Result:
    with _opened(writes=True):
        resume_outbox()
        db.session.commit()
        return Result({"paused": False}, "The outbox sends again.")


def _mail_ingest(found: Namespace) -> Result:
    from mentorship.replies.ingest import ingest_files

    with _opened(writes=True) as app:
        rows = ingest_files(
            found.files,
            mail_from=settings_of(app).mail_from,
            recipient=found.to,
            dry_run=found.dry_run,
            now=clock.now(),
        )
        return Result({"messages": rows}, show.ingested(rows))


def _dump(found: Namespace) -> Result:
    with _opened(writes=False):
        data = dump(private=found.private)
        return Result(data, show.as_json(data))


def _upgrade(_found: Namespace) -> Result:
    upgrade(create_app())
    return Result({"upgraded": True}, "The database is at the newest version.")


def _check(_found: Namespace) -> Result:
    with _opened(writes=False):
        found = troubles()
        return Result(
            {"ready": not found, "troubles": found},
            "\n".join(found) or "Everything is well.",
            " ".join(found) if found else None,
        )


def _routes(_found: Namespace) -> Result:
    data = routes(create_app())
    return Result({"routes": data}, show.routes(data))


def _verify_audit(_found: Namespace) -> Result:
    from mentorship.audit.operations import first_broken_line

    with _opened(writes=False):
        broken = first_broken_line()
        error = None if broken is None else f"The audit log was changed at its line {broken}."
        return Result(
            {"ok": broken is None, "broken_at": broken}, "The audit log is whole." if error is None else "", error
        )


def _web(_found: Namespace) -> Result:
    from mentorship.operate import processes

    app = _app()
    settings = settings_of(app)
    processes.require_free_port(settings.host, settings.port)
    _tell_first(app, settings)
    processes.serve(app, settings.host, settings.port)
    return Result({})


def _tell_first(app: Flask, settings: Settings) -> None:
    """With nobody in the database, whoever reads standard error may become its first administrator."""
    from mentorship.people.account import set_up_code, somebody_is_here

    with app.app_context():
        if not somebody_is_here():
            words = f"Nobody is here yet. Set up on {settings.public_url}/set-up with the code {set_up_code()}"
            print(words, file=sys.stderr, flush=True)


def _worker(_found: Namespace) -> Result:
    from mentorship.operate import processes

    app = _app()
    stop = processes.stop_on_signal()
    processes.work(app, HANDLERS, TIMED, stop, lease_seconds=settings_of(app).lease_seconds, slow=SLOW)
    return Result({})


def _intake(_found: Namespace) -> Result:
    from mentorship.operate import processes
    from mentorship.replies import jobs as reply_jobs

    app = _app()
    settings = settings_of(app)
    stop = processes.stop_on_signal()
    processes.take_mail_in(app, settings.intake_host, settings.intake_port, reply_jobs.TIMED, stop)
    return Result({})


def _demo(found: Namespace) -> Result:
    from mentorship.demo.beside import serve_demo
    from mentorship.demo.opening import open_demo
    from mentorship.demo.walk import walk_demo
    from mentorship.operate import processes

    if not found.no_serve:
        processes.require_free_port("127.0.0.1", found.port)
    demo = open_demo(config.instance_folder(), port=found.port)
    steps = walk_demo(demo, tell=None if found.json else show.step)
    if not found.no_serve:
        words, place = show.demo_is_ready(demo.settings.public_url), sys.stderr if found.json else sys.stdout
        serve_demo(demo, tell=lambda: print(words, file=place, flush=True))
    return Result({"steps": steps})


VERBS: dict[str, Callable[[Namespace], Result]] = {
    "demo": _demo,
    "web": _web,
    "worker": _worker,
    "intake": _intake,
    "import": _import,
    "availability": _availability,
    "create-person": _create_person,
    "cycle-open": _cycle_open,
    "cycle-show": _cycle_show,
    "plan": _plan,
    "problem": _problem,
    "publish": _publish,
    "close": _close,
    "outbox-list": _outbox_list,
    "outbox-deliver": _outbox_deliver,
    "outbox-pause": _outbox_pause,
    "outbox-resume": _outbox_resume,
    "mail-ingest": _mail_ingest,
    "dump": _dump,
    "upgrade": _upgrade,
    "check": _check,
    "routes": _routes,
    "verify-audit": _verify_audit,
}
