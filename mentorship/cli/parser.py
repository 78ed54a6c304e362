"""The words of the command line."""

from __future__ import annotations

import argparse
from datetime import date
from pathlib import Path


def build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="mentorship",
        description="Mentoring and peer walkthroughs for a school.",
        epilog="Every command takes --json, and --school ID where there is more than one school.",
    )
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="COMMAND")
    _processes(verbs)
    _school(verbs)
    _cycle(verbs)
    _mail(verbs)
    _operation(verbs)
    return parser


def _verb(verbs: argparse._SubParsersAction, name: str, text: str) -> argparse.ArgumentParser:  # type: ignore[type-arg]
    parser: argparse.ArgumentParser = verbs.add_parser(name, help=text, description=text)
    parser.add_argument("--json", action="store_true", help="one JSON object on standard output and nothing else")
    parser.add_argument("--school", metavar="ID", help="the school, where there is more than one")
    return parser


def _processes(verbs: argparse._SubParsersAction) -> None:  # type: ignore[type-arg]
    demo = _verb(verbs, "demo", "walk one whole cycle of an invented school, then serve it on this machine")
    demo.add_argument("--port", type=int, default=8000)
    demo.add_argument("--no-serve", action="store_true", help="print each step and end")
    _verb(verbs, "web", "serve pages")
    _verb(verbs, "worker", "run what is due: mail out, mail in, the passing of time")
    _verb(verbs, "intake", "take mail in by SMTP and read it")


def _school(verbs: argparse._SubParsersAction) -> None:  # type: ignore[type-arg]
    bring = _verb(verbs, "import", "bring in a folder, a zip or files of a school")
    bring.add_argument("paths", nargs="+", type=Path, metavar="PATH")
    bring.add_argument("--dry-run", action="store_true", help="show what would change, write nothing")
    bring.add_argument("--skip-errors", action="store_true", help="leave out the rows that are wrong")
    bring.add_argument("--accept", type=_at_least_one, metavar="N", help="yes, N people are to be deactivated")
    free = _verb(verbs, "availability", "when people plan and when they teach")
    free.add_argument("people", nargs="*", metavar="PERSON")
    free.add_argument("--with", dest="other", metavar="PERSON", help="show the time shared with this person")
    _dates(free)
    person = _verb(verbs, "create-person", "add a person by hand, or a role to one")
    person.add_argument("--email", required=True)
    person.add_argument("--name", required=True)
    person.add_argument("--role", required=True, choices=("admin", "coach", "leader", "teacher"))


def _cycle(verbs: argparse._SubParsersAction) -> None:  # type: ignore[type-arg]
    cycle = verbs.add_parser("cycle", help="open or show a cycle", description="open or show a cycle")
    inner = cycle.add_subparsers(dest="action", required=True, metavar="open|show")
    opening = _verb(inner, "open", "open a cycle")
    opening.add_argument("name")
    _dates(opening)
    opening.add_argument("--everyone", action="store_true", help="every teacher takes part")
    opening.add_argument("--pairings", action="store_true", help="mentor pairings (with neither: both)")
    opening.add_argument("--walkthroughs", action="store_true", help="peer visits (with neither: both)")
    _verb(inner, "show", "show a cycle whole").add_argument("cycle")
    plan = _verb(verbs, "plan", "make or renew the draft of a cycle")
    plan.add_argument("cycle")
    problem = _verb(verbs, "problem", "print the engine's problem file of a cycle")
    problem.add_argument("cycle")
    problem.add_argument("part", choices=("pair", "visit"))
    for each in (plan, problem):
        each.add_argument("--seconds", type=_at_least_one, default=10)
        each.add_argument("--seed", type=int, default=1)
    publish = _verb(verbs, "publish", "publish a plan: invitations go to the outbox")
    publish.add_argument("cycle")
    publish.add_argument("part", nargs="?", choices=("pairings", "visits"))
    _verb(verbs, "close", "close a cycle with a summary in counts").add_argument("cycle")


def _mail(verbs: argparse._SubParsersAction) -> None:  # type: ignore[type-arg]
    outbox = verbs.add_parser("outbox", help="mail that waits or went", description="mail that waits or went")
    inner = outbox.add_subparsers(dest="action", required=True, metavar="list|deliver|pause|resume")
    _verb(inner, "list", "every mail with its state")
    _verb(inner, "deliver", "try everything that waits once, now")
    _verb(inner, "pause", "send nothing until resumed")
    _verb(inner, "resume", "send again")
    mail = verbs.add_parser("mail", help="mail that came in", description="mail that came in")
    taking = mail.add_subparsers(dest="action", required=True, metavar="ingest")
    ingest = _verb(taking, "ingest", "apply raw messages as the intake would")
    ingest.add_argument("files", nargs="+", type=Path, metavar="FILE.eml")
    ingest.add_argument("--dry-run", action="store_true")
    ingest.add_argument("--to", metavar="ADDRESS", help="the address the mail server was told")


def _operation(verbs: argparse._SubParsersAction) -> None:  # type: ignore[type-arg]
    dump = _verb(verbs, "dump", "canonical JSON of all business state")
    dump.add_argument("--private", action="store_true", help="private text in clear instead of as digests")
    _verb(verbs, "upgrade", "make or migrate the database")
    _verb(verbs, "check", "say what stands in the way of working")
    _verb(verbs, "routes", "every address with who may call it")
    _verb(verbs, "verify-audit", "verify the chain of the audit log")


def _dates(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--from", dest="starts_on", type=_date, required=True, metavar="DATE")
    parser.add_argument("--to", dest="ends_on", type=_date, required=True, metavar="DATE")


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"“{text}” is not a date; write it as 2027-01-31") from error


def _at_least_one(text: str) -> int:
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"“{text}” is not a whole number of 1 or more")
    return int(text)
