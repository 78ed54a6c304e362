"""The whole path on real schools, by commands alone: import to closed, over real SMTP, judged from outside.

`python -m tests.journeys.walk [SCHOOL_FOLDER ...]` walks each folder and fails with one sentence where a step does
not do what it promises. Without folders it walks the real schools beside the checkout.
"""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import perf_counter
from typing import Any

from mentorship.demo.answers import reply_to
from mentorship.demo.mailbox import Mailbox

CHECKOUT = Path(__file__).resolve().parents[2]
SCHOOLS = CHECKOUT.parent / "shared" / "data" / "schools"
CYCLE_SCHOOL_DAYS = 20
LONGEST_SECONDS = 120
DECLINES_EVERY = 9
CYCLE = "Walk"


class Broken(Exception):
    """A step did not do what it promises."""


@dataclass
class Walk:
    """One school on one fresh instance, with a mail server of its own on loopback."""

    school: Path
    folder: Path
    mailbox: Mailbox
    offset: float = 0.0
    extra: dict[str, str] = field(default_factory=dict)

    def run(self, *words: str, refused: bool = False) -> Any:
        """The JSON of one command; `refused` expects exit code 1."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith("MENTORSHIP_")}
        environment |= {
            "MENTORSHIP_INSTANCE": str(self.folder / "instance"),
            "MENTORSHIP_SMTP_URL": f"smtp://127.0.0.1:{self.mailbox.port}",
            "MENTORSHIP_CLOCK_OFFSET": str(self.offset),
            **self.extra,
        }
        command = [sys.executable, "-m", "mentorship", *words, "--json"]
        done = subprocess.run(command, env=environment, cwd=CHECKOUT, capture_output=True, text=True, timeout=600)
        if done.returncode != (1 if refused else 0):
            raise Broken(
                f"{' '.join(words[:3])} ended with {done.returncode}: {done.stdout[-400:]} {done.stderr[-400:]}"
            )
        return json.loads(done.stdout)

    def dump(self) -> Any:
        return self.run("dump")

    def set_clock(self, to: datetime) -> None:
        self.offset = (to - datetime.now(UTC)).total_seconds()


def walk(school: Path, folder: Path, extra: dict[str, str] | None = None) -> dict[str, Any]:
    """Walk one school; returns what it came to in counts. Raises `Broken`."""
    mailbox = Mailbox(folder / "mail")
    mailbox.start()
    one = Walk(school, folder, mailbox, extra=extra or {})
    try:
        counts: dict[str, Any] = {"school": school.name}
        first, last = _dates(school)
        one.set_clock(first - timedelta(days=14))
        _import(one, counts)
        _plan(one, counts, first, last)
        _publish(one, counts)
        _answer(one, counts)
        _close(one, counts, last)
        return counts
    finally:
        mailbox.stop()


def _dates(school: Path) -> tuple[datetime, datetime]:
    with (school / "school_days.csv").open(encoding="utf-8-sig", newline="") as file:
        days = [row["date"] for row in csv.DictReader(file) if row["kind"] == "instructional"][:CYCLE_SCHOOL_DAYS]
    return tuple(datetime.fromisoformat(day).replace(tzinfo=UTC) for day in (days[0], days[-1]))  # type: ignore[return-value]


def _import(one: Walk, counts: dict[str, Any]) -> None:
    preview = one.run("import", str(one.school), "--dry-run")
    _require(not preview["applied"] and one.dump()["person"] == [], "a dry run wrote something")
    first = one.run("import", str(one.school))
    before = one.dump()
    again = one.run("import", str(one.school))
    changed = {
        name: row for name, row in again["records"].items() if row["new"] or row["changed"] or row["deactivated"]
    }
    _require(not changed and one.dump() == before, f"importing twice changed {changed or 'the dump'}")
    counts["people"], counts["sections"] = (first["records"][kind]["new"] for kind in ("people", "sections"))


def _plan(one: Walk, counts: dict[str, Any], first: datetime, last: datetime) -> None:
    dates = ("--from", str(first.date()), "--to", str(last.date()))
    availability = one.run("availability", *dates)
    counts["planning periods"] = sum(len(day["planning"]) for row in availability["people"] for day in row["days"])
    one.run("cycle", "open", CYCLE, *dates)
    planned = one.run("plan", CYCLE)["planned"]
    for part, outcome in planned.items():
        counts[f"{part} status"] = outcome["status"]
        counts[f"{part} seconds"] = outcome["seconds"]
        _require(
            all(aim["bound"] is None or isinstance(aim["bound"], int) for aim in outcome["aims"]),
            "a bound is no number",
        )
    counts["unpaired"], counts["missing"] = planned["pairings"]["unpaired"], planned["visits"]["missing"]
    view = one.run("cycle", "show", CYCLE)
    listed = [*view["unpaired"], *view["missing"]]
    _require(all(row["reasons"] for row in listed), "somebody is without a place and without a reason")
    _require(one.run("outbox", "list")["messages"] == [], "a draft mailed somebody")


def _publish(one: Walk, counts: dict[str, Any]) -> None:
    published = one.run("publish", CYCLE)
    counts |= {name: published[name] for name in ("pairings", "visits", "videos", "mails")}
    before = one.dump()
    one.run("publish", CYCLE, refused=True)
    _require(one.dump() == before, "publishing twice changed something")
    delivered = one.run("outbox", "deliver")
    _require(delivered["sent"] == published["mails"] and not delivered["waiting"], f"not every mail went: {delivered}")
    counts["checked"] = independent_check(one.school, one.mailbox.folder)


def _answer(one: Walk, counts: dict[str, Any]) -> None:
    """Everybody answers by mail, some with no; a forged answer changes nothing."""
    answers = one.folder / "answers"
    answers.mkdir()
    now = datetime.now(UTC) + timedelta(seconds=one.offset)
    invitations = one.mailbox.files()
    for place, path in enumerate(invitations, start=1):
        reply = reply_to(path.read_bytes(), "DECLINED" if place % DECLINES_EVERY == 0 else "ACCEPTED", now)
        if reply is not None:
            (answers / path.name).write_bytes(reply)
    files = sorted(answers.iterdir())
    forged = one.folder / "forged.eml"
    forged.write_bytes(_with_another_token(files[0].read_bytes()))
    before = one.dump()
    outcome = one.run("mail", "ingest", str(forged))["messages"][0]["outcome"]
    _require(outcome == "reject" and one.dump() == before, f"a forged answer was taken as {outcome}")
    lines = one.run("mail", "ingest", *map(str, files))["messages"]
    outcomes = {line["outcome"] for line in lines}
    _require(outcomes <= {"apply", "stale"}, f"answers were taken as {sorted(outcomes)}")
    delivered = one.run("outbox", "deliver")
    view = one.run("cycle", "show", CYCLE)
    statuses = [visit["status"] for visit in view["visits"]]
    counts["accepted"], counts["needs a new time"] = statuses.count("accepted"), statuses.count("needs_new_time")
    _require(
        set(statuses) == {"accepted", "needs_new_time"}, f"after everybody answered visits are {sorted(set(statuses))}"
    )
    _require(delivered["sent"] == statuses.count("needs_new_time"), "a no did not cancel the other's entry")
    independent_check(one.school, one.mailbox.folder)


def _with_another_token(reply: bytes) -> bytes:
    token = reply.split(b"To: visits+", 1)[1][:26]
    return reply.replace(token, b"a" * 26)


def _close(one: Walk, counts: dict[str, Any], last: datetime) -> None:
    one.run("close", CYCLE, refused=True)
    one.set_clock(last + timedelta(days=2))
    closed = one.run("close", CYCLE)
    _require(closed["visits"].get("held") == counts["accepted"], f"accepted visits were not held: {closed['visits']}")
    _require(one.run("cycle", "show", CYCLE)["cycle"]["status"] == "closed", "the cycle did not close")
    _require(one.run("verify-audit")["ok"], "the audit log is broken")
    counts["held"] = closed["visits"]["held"]


def independent_check(school: Path, mails: Path) -> dict[str, Any]:
    """What the checker that reads only the files and the mails says; raises `Broken` with its first faults."""
    script = CHECKOUT / "tests" / "independent_check.py"
    done = subprocess.run([sys.executable, str(script), str(school), str(mails)], capture_output=True, text=True)
    if done.returncode != 0:
        raise Broken(f"the independent check: {(done.stdout + done.stderr)[:1000]}")
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _require(holds: bool, sentence: str) -> None:
    if not holds:
        raise Broken(sentence)


def main() -> int:
    folders = [Path(word) for word in sys.argv[1:]]
    if not folders:
        if not SCHOOLS.is_dir():
            print(
                f"The real schools are not there: {SCHOOLS} is missing, so there is nothing to walk.", file=sys.stderr
            )
            return 1
        folders = sorted(path for path in SCHOOLS.iterdir() if path.is_dir())
    for school in folders:
        begun = perf_counter()
        with tempfile.TemporaryDirectory(prefix="mentorship-walk-") as folder:
            try:
                counts = walk(school, Path(folder))
            except Broken as broken:
                print(f"{school.name}: {broken}", file=sys.stderr)
                return 1
        seconds = perf_counter() - begun
        print(f"{school.name}: {seconds:.1f} s {json.dumps(counts)}", flush=True)
        if seconds > LONGEST_SECONDS:
            print(f"{school.name} took over {LONGEST_SECONDS} seconds.", file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
