"""What publishing would send, to whom, and what it would leave out: told beforehand, nothing is written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from mentorship.cycles.models import Cycle
from mentorship.invites.operations import open_parts
from mentorship.invites.queries import visits_to_show
from mentorship.outbox.letters import can_be_mailed
from mentorship.people.models import Membership
from mentorship.plans.contacting import contacts_to_name
from mentorship.plans.findings import missing, unpaired
from mentorship.plans.models import Plan
from mentorship.plans.queries import names_of, pairings_of, plans_of
from mentorship.plans.solving import Part

KINDS = ("pairings", "contacts", "visits", "videos", "mails")


@dataclass
class Mails:
    """What one person would get: one mail for each thing that they are asked about."""

    member: Membership
    pairings: int = 0
    contacts: int = 0
    visiting: int = 0
    hosting: int = 0
    videos: int = 0

    @property
    def count(self) -> int:
        return self.pairings + self.contacts + self.visiting + self.hosting + self.videos

    @property
    def has_address(self) -> bool:
        return can_be_mailed(self.member.person.email)


@dataclass(frozen=True)
class Missing:
    """Somebody whom a part leaves without a place, and why, in sentences; `member_id` is None where they left."""

    part: Part
    member_id: int | None
    name: str
    reasons: tuple[str, ...]


@dataclass
class Preview:
    """The parts that would be published, their plans as they stand, and everything that would go out."""

    parts: list[Part]
    plans: dict[str, Plan]
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(KINDS, 0))
    people: list[Mails] = field(default_factory=list)
    left_out: list[Missing] = field(default_factory=list)

    @property
    def without_address(self) -> list[Membership]:
        return [each.member for each in self.people if not each.has_address]

    @property
    def seen(self) -> str:
        """The versions that this page shows, for `publish_plan`."""
        return " ".join(f"{part}:{self.plans[part].version}" for part in self.parts)


def publish_preview(cycle: Cycle, parts: Sequence[Part] | None = None) -> Preview:
    """Who would get what if these parts (all open drafts where None) were published now.

    Raises `Refused` as publishing itself would where there is no draft or nothing is left to publish.
    """
    plans = plans_of(cycle)
    preview = Preview(open_parts(cycle, plans, parts), plans)
    mails: dict[int, Mails] = {}

    def mail(member: Membership, kind: str) -> None:
        each = mails.setdefault(member.id, Mails(member))
        setattr(each, kind, getattr(each, kind) + 1)
        preview.counts["mails"] += 1

    if "pairings" in preview.parts:
        asked: set[int] = set()
        for pairing in pairings_of(cycle):
            if pairing.plan_id == plans["pairings"].id and pairing.status == "proposed":
                preview.counts["pairings"] += 1
                asked.add(pairing.mentee_id)
                for member in pairing.people:
                    mail(member, "pairings")
        for contact, mentee in contacts_to_name(plans["pairings"]):
            preview.counts["contacts"] += 1
            for member in (contact,) if mentee.id in asked else (contact, mentee):
                mail(member, "contacts")
    if "visits" in preview.parts:
        for visit in visits_to_show(cycle):
            if visit.plan_id == plans["visits"].id and visit.status == "proposed":
                is_live = visit.medium == "live"
                preview.counts["visits" if is_live else "videos"] += 1
                mail(visit.visitor, "visiting" if is_live else "videos")
                mail(visit.host, "hosting" if is_live else "videos")
    preview.people = sorted(mails.values(), key=lambda each: each.member.sort_name)
    preview.left_out = people_left_out(cycle, {part: plans[part] for part in preview.parts})
    return preview


def people_left_out(cycle: Cycle, plans: Mapping[str, Plan]) -> list[Missing]:
    """Whom these plans leave without a place, by part and name, each person once."""
    found: dict[tuple[Part, str], list[str]] = {}
    helping: set[str] = set()
    for part, rows, told in _left_out(plans):
        helping |= {fix["person"] for row in rows for fix in row.get("would_fix", ()) if fix.get("person")}
        for row in told:
            sentences = found.setdefault((part, row["person"]), [])
            sentences += [text for text in row["reasons"] if text not in sentences]
    names = names_of(cycle.school_id, {code for _, code in found} | helping)
    people = []
    for (part, code), sentences in found.items():
        member_id, name = names.get(code, (None, code))
        people.append(Missing(part, member_id, name, tuple(_readable(text, names) for text in sentences)))
    return sorted(people, key=lambda each: (each.part, each.name.casefold()))


def _left_out(plans: Mapping[str, Plan]) -> Iterator[tuple[Part, list[dict[str, Any]], list[dict[str, Any]]]]:
    """Each part with its rows as the engine wrote them and as sentences."""
    if "pairings" in plans:
        yield "pairings", plans["pairings"].outcome.get("unpaired", []), unpaired(plans["pairings"])
    if "visits" in plans:
        yield "visits", plans["visits"].outcome.get("missing", []), missing(plans["visits"])


def _readable(text: str, names: Mapping[str, tuple[int, str]]) -> str:
    """The engine counts whom a rule rules out, and names who could make room by code."""
    count, colon, title = text.partition(": ")
    if colon and count.isdigit():
        return f"{count} {'colleague' if count == '1' else 'colleagues'} ruled out: {title[:1].lower()}{title[1:]}"
    for code, (_, name) in names.items():
        for end in (".", ":"):
            text = text.replace(f" for {code}{end}", f" for {name}{end}")
    return text
