"""What a person reads on the terminal."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from mentorship.roster.report import ImportReport


def as_json(data: Any) -> str:
    return json.dumps(data, ensure_ascii=False, indent=1)


def import_report(report: ImportReport) -> str:
    lines = []
    for file in report.files:
        lines.append(f"{file.name}: {file.kind}, {file.rows} row{'s' * (file.rows != 1)}")
        lines += [_fault(file.name, fault) for fault in (*file.errors, *file.gaps)]
        lines += [f"  note: {warning}" for warning in file.warnings]
    for kind, counts in report.records.items():
        words = [f"{count} {word}" for word, count in vars(counts).items() if count]
        lines.append(f"{kind.replace('_', ' ')}: {', '.join(words) or 'none'}")
    if report.applied:
        lines.append(f"Imported into {report.school}.")
    elif report.error is None:
        lines.append("Nothing was written: this was a dry run.")
    return "\n".join(lines)


def _fault(name: str, fault: Any) -> str:
    where = ", ".join(filter(None, [f"line {fault.line}" if fault.line else "", fault.column or ""]))
    return f"  {name}, {where}: {fault.message}"


def availability(data: Mapping[str, Any]) -> str:
    lines = []
    for person in data["people"]:
        lines.append(person["person"])
        lines += [f"  unknown: {reason}" for reason in person["unknown_because"]]
        for day in person["days"]:
            label = " ".join(filter(None, [day["cycle_day"], day["bell_schedule"], day["note"]]))
            pieces = [f"{piece['starts']}-{piece['ends']} (period {piece['period']})" for piece in day["planning"]]
            shared = [f"{piece['starts']}-{piece['ends']}" for piece in day["shared"]]
            both = f"; shared: {', '.join(shared)}" if shared else ""
            unknown = [f"{piece['starts']}-{piece['ends']} (period {piece['period']})" for piece in day["unknown"]]
            words = ", ".join(pieces) or (f"unknown {', '.join(unknown)}" if unknown else "no planning")
            lines.append(f"  {day['date']} {label}: {words}{both}")
    return "\n".join(lines)


def cycle(data: Mapping[str, Any]) -> str:
    head = data["cycle"]
    lines = [f"{head['name']}, {head['from']} to {head['to']}: {head['status'].replace('_', ' ')}"]
    lines += [f"  mentor {row['mentor']} of {row['mentee']}: {row['status']}" for row in data["pairings"]]
    lines += [f"  {row['person']} has no mentor: {' '.join(row['reasons'])}" for row in data["unpaired"]]
    lines += [
        f"  {row['date']} {row['starts']}-{row['ends']} {row['visitor']} visits {row['host']}"
        f" ({row['section']}): {row['status']}"
        for row in data["visits"]
    ]
    lines += [f"  video: {row['visitor']} of {row['host']}: {row['status']}" for row in data["videos"]]
    lines += [f"  {row['person']} lacks a {row['unit']}: {' '.join(row['reasons'])}" for row in data["missing"]]
    return "\n".join(lines)


def progress(part: str, line: Mapping[str, Any]) -> None:
    """One line of a running solve, on standard error."""
    aims = " ".join(f"{aim['name']}={aim['value']}/{aim['bound']}" for aim in line.get("aims", []))
    print(f"{part} {line.get('at', 0):5.1f} s {line.get('phase', '')} {aims}", file=sys.stderr)


def outcome_counts(outcome: Mapping[str, Any]) -> dict[str, Any]:
    """An outcome in counts, with each aim's value and proven bound."""
    kinds = ("pairs", "unpaired", "visits", "videos", "missing")
    counts = {kind: len(outcome[kind]) for kind in kinds if kind in outcome}
    return {"status": outcome["status"], **counts, "aims": outcome["aims"], "seconds": outcome["seconds"]}


def planned(data: Mapping[str, Any], view: Mapping[str, Any]) -> str:
    lines = []
    for part, counts in data.items():
        words = ", ".join(f"{counts[kind]} {kind}" for kind in counts if kind not in {"status", "aims", "seconds"})
        lines.append(f"{part}: {words} ({counts['status']}, {counts['seconds']} s)")
        lines += [f"  {aim['name']} {aim['value']}, best possible {aim['bound']}" for aim in counts["aims"]]
    lines += [f"{row['person']} has no mentor: {' '.join(row['reasons'])}" for row in view["unpaired"]]
    lines += [f"{row['person']} lacks a {row['unit']}: {' '.join(row['reasons'])}" for row in view["missing"]]
    return "\n".join(lines)


def published(counts: Mapping[str, int]) -> str:
    return (
        f"Published {counts['pairings']} pairings, {counts['visits']} visits and {counts['videos']} video reviews; "
        f"{counts['mails']} mails wait in the outbox."
    )


def closed(name: str, summary: Mapping[str, Mapping[str, int]]) -> str:
    words = [f"{count} {status.replace('_', ' ')}" for status, count in summary["visits"].items()]
    return f"{name} is closed. Visits: {', '.join(words) or 'none'}."


def outbox(rows: Sequence[Mapping[str, Any]]) -> str:
    return (
        "\n".join(f"{row['id']:5} {row['state']:8} {row['to']} {row['subject']}" for row in rows)
        or "The outbox is empty."
    )


def ingested(rows: Sequence[Mapping[str, Any]]) -> str:
    return "\n".join(f"{row['file']}: {row['outcome']}: {row['reason']}" for row in rows)


def routes(rows: Sequence[Mapping[str, Any]]) -> str:
    return "\n".join(f"{','.join(row['methods']):10} {row['rule']:40} {', '.join(row['who'])}" for row in rows)


def step(name: str, counts: Mapping[str, Any], seconds: float) -> None:
    words = ", ".join(f"{count} {word.replace('_', ' ')}" for word, count in counts.items())
    print(f"{name:14} {seconds:6.1f} s  {words}", flush=True)


def demo_is_ready(address: str) -> str:
    return (
        f"The demo is on {address} (Ctrl+C ends it).\n"
        "Sign in as coach, teacher or new teacher by one click. "
        f"Everybody’s mail is on {address}/demo/mail."
    )
