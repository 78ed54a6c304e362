"""The mails of invitations; one function a template."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import uuid4

from flask import current_app, render_template

from mentorship import keys
from mentorship.config import Settings
from mentorship.errors import Refused
from mentorship.ical.writing import CalendarEvent, cancel_text, request_text
from mentorship.invites.models import Invite
from mentorship.outbox.letters import CalendarPart, Letter
from mentorship.outbox.queries import stored_calendar
from mentorship.people.models import Membership, School
from mentorship.plans.groups import OpenDoor, Walk, WalkPlace
from mentorship.plans.models import ContentContact, Pairing, Visit
from mentorship.web.filters import focus_words, in_words

REPLY, LINK = "reply", "answer-link"
CATEGORY = "WALKTHROUGH"
# What somebody said stays in their calendar where a change leaves their own time as it was.
PARTSTAT_BY_ANSWER = {"yes": "ACCEPTED", "maybe": "TENTATIVE"}


@dataclass(frozen=True)
class Tokens:
    """The two tokens of an invitation: the answer address of its mails, and its page."""

    reply: str
    link: str


def tokens_of(event: str, attendee: str, generation: int) -> Tokens:
    """Derived, not stored: the same for the same invitation as long as its generation stands."""
    ring = keys.ring()
    return Tokens(ring.token(REPLY, event, attendee, generation), ring.token(LINK, event, attendee, generation))


def _tokens(invite: Invite) -> Tokens:
    return tokens_of(invite.event, str(invite.membership_id), invite.generation)


def visit_invitation(visit: Visit, invite: Invite, school: School, *, was: str = "", copy: int = 0) -> Letter:
    """Asks one person of a live visit, with the REQUEST for their calendar; a `copy` is a new mail, the same part.

    `was` is the cancelled time that this one takes the place of, as `when_words` told it.
    """
    calendar = _calendar("REQUEST", visit, invite, school, is_copy=copy > 0)
    subject = f"Peer visit with {visit.other(invite.membership_id).person.name}, {_date_words(visit)}"
    return _letter("visit_invitation", f"inv{copy or ''}", subject, visit, invite, school, calendar, was=was)


def visit_moved(visit: Visit, invite: Invite, school: School, *, was: str) -> Letter:
    """Asks one person again after a move: the same entry of their calendar, with the time that it was before."""
    calendar = _calendar("REQUEST", visit, invite, school, is_copy=False)
    subject = f"New time: peer visit with {visit.other(invite.membership_id).person.name}, {_date_words(visit)}"
    return _letter("visit_moved", "moved", subject, visit, invite, school, calendar, was=was)


def visit_cancelled(visit: Visit, invite: Invite, school: School, *, because: str, copy: int = 0) -> Letter:
    """Takes the entry out of one person's calendar; `because` is a sentence that names nobody's reason."""
    calendar = _calendar("CANCEL", visit, invite, school, is_copy=copy > 0)
    subject = f"Cancelled: peer visit with {visit.other(invite.membership_id).person.name}, {_date_words(visit)}"
    return _letter("visit_cancelled", f"cancel{copy or ''}", subject, visit, invite, school, calendar, because=because)


def video_invitation(visit: Visit, invite: Invite, school: School) -> Letter:
    """Asks one person of a video review, which has no time of its own."""
    subject = f"Video review with {visit.other(invite.membership_id).person.name}"
    return _letter("video_invitation", "video", subject, visit, invite, school, None)


def video_cancelled(visit: Visit, invite: Invite, school: School, *, because: str) -> Letter:
    """Tells one person that a video review will not take place; no calendar knew of it."""
    subject = f"Cancelled: video review with {visit.other(invite.membership_id).person.name}"
    return _letter("video_cancelled", "novideo", subject, visit, invite, school, None, because=because)


def pairing_invitation(
    pairing: Pairing, invite: Invite, school: School, *, contact: Membership | None = None
) -> Letter:
    """Asks a mentor or a new teacher whether the two shall be a pair; the new teacher hears of a content contact."""
    subject = f"Mentoring at {school.name}: {pairing.mentor.person.name} and {pairing.mentee.person.name}"
    is_mentor = invite.membership_id == pairing.mentor_id
    context = {"pairing": pairing, "is_mentor": is_mentor, "contact": None if is_mentor else contact}
    return _compose("pairing_invitation", f"pair.{pairing.id}", subject, invite, school, None, context)


def content_contact(row: ContentContact, member: Membership, school: School, coaches: str) -> Letter:
    """Tells a content contact, or the new teacher, of the other; nothing is asked, so it has no token."""
    is_contact = member.id == row.contact_id
    other = row.mentee if is_contact else row.contact
    words = {"row": row, "member": member, "school": school, "is_contact": is_contact, "coaches": coaches}
    words["about"] = in_words(row.mentee.subjects or row.mentee.departments)
    subject = f"Content contact at {school.name}: {other.person.name}"
    return _notice("content_contact", f"contact.{row.id}.{member.id}", subject, words)


def walk_invitation(place: WalkPlace, invite: Invite, school: School) -> Letter:
    """Asks one person of a walk: who goes gets the whole way, a host their own stop."""
    subject = f"{_walk_words(place)}, {_long_date(place.walk.on_date)}"
    return _walk_letter("walk_invitation", "inv", subject, place, invite, school, "REQUEST")


def walk_changed(place: WalkPlace, invite: Invite, school: School) -> Letter:
    """Tells one person of a walk that goes another way now: the same entry of their calendar, with what it is now."""
    subject = f"Changed: {_walk_words(place).lower()}, {_long_date(place.walk.on_date)}"
    return _walk_letter("walk_changed", "moved", subject, place, invite, school, "REQUEST")


def walk_cancelled(place: WalkPlace, invite: Invite, school: School, *, because: str) -> Letter:
    """Takes a walk out of one person's calendar; `because` is a sentence that names nobody's reason."""
    subject = f"Cancelled: {_walk_words(place).lower()}, {_long_date(place.walk.on_date)}"
    return _walk_letter("walk_cancelled", "cancel", subject, place, invite, school, "CANCEL", because=because)


def walk_thanks(place: WalkPlace, lead: Membership, school: School, *, line: str) -> Letter:
    """Thanks one host of a walk that is over, with a line of the lead's where there is one."""
    walk = place.walk
    others = [each.membership.person.name for each in walk.walkers if each.membership_id != lead.id]
    words = {"place": place, "walk": walk, "member": place.membership, "school": school, "line": line}
    words |= {"lead": lead, "others": in_words(others), "when": _long_date(walk.on_date)}
    subject = f"Thank you for opening your class, {_long_date(walk.on_date)}"
    return _notice("walk_thanks", f"thanks.{place.id}", subject, words)


def walk_summary(walk: Walk, lead: Membership, reader: Membership, school: School) -> Letter:
    """Tells one person of a walk that its summary can be read, and nothing of what it says."""
    words = {"walk": walk, "lead": lead, "member": reader, "school": school, "when": _long_date(walk.on_date)}
    words["link"] = f"{_settings().public_url}/walks/{walk.id}/summary"
    subject = f"After the {walk.words.lower()}: a summary for you, {_long_date(walk.on_date)}"
    return _notice("walk_summary", f"summary.{walk.id}.{reader.id}", subject, words)


def door_closed(door: OpenDoor, guest: Membership, school: School) -> Letter:
    """Tells somebody who wanted to look in that an open door is closed; nothing is asked."""
    when = f"{_long_date(door.on_date)}, {door.starts:%H:%M} to {door.ends:%H:%M}"
    words = {"door": door, "member": guest, "school": school, "when": when}
    subject = f"Closed: the open door of {door.membership.person.name}, {_long_date(door.on_date)}"
    return _notice("door_closed", f"door.{door.id}.{guest.id}.{uuid4().hex}", subject, words)


def _notice(kind: str, number: str, subject: str, words: dict[str, Any]) -> Letter:
    """A letter to the `member` of these words that asks nothing: it has no token and no calendar part."""
    settings, person, school = _settings(), words["member"].person, words["school"]
    return Letter(
        kind=kind,
        person_id=person.id,
        to_name=person.name,
        to_address=person.email or "",
        from_name=_sender_name(school),
        reply_to=settings.mail_from,
        subject=subject,
        text=render_template(f"emails/{kind}.txt", **words),
        html=render_template(f"emails/{kind}.html", **words),
        message_id=f"{number}@{_domain(settings)}",
    )


def _walk_words(place: WalkPlace) -> str:
    return f"{place.walk.words} in your class" if place.is_host else place.walk.words


def _walk_letter(
    name: str,
    prefix: str,
    subject: str,
    place: WalkPlace,
    invite: Invite,
    school: School,
    method: str,
    **context: Any,
) -> Letter:
    assert place.uid, "only who is invited gets a mail about a walk"
    content = _walk_calendar(method, place, invite, school)
    calendar = CalendarPart(content, method, place.uid, place.sequence)
    when = f"{_long_date(place.walk.on_date)}, {place.starts:%H:%M} to {place.ends:%H:%M}"
    words = {"place": place, "walk": place.walk, "when": when, **context}
    key = f"{prefix}.{place.uid.partition('@')[0]}.{place.sequence}"
    return _compose(name, key, subject, invite, school, calendar, words)


def _walk_calendar(method: str, place: WalkPlace, invite: Invite, school: School) -> bytes:
    """One person’s own stretch of a walk. Nobody else is named: a calendar may be seen by others."""
    settings, tokens, walk = _settings(), _tokens(invite), place.walk
    assert place.uid and place.invited_at and place.revised_at, "an invited place says when"
    link = _link(tokens, settings)
    room = place.room if place.is_host else next((stop.room for stop in walk.stops), "")
    event = CalendarEvent(
        uid=place.uid,
        sequence=place.sequence,
        stamped_at=place.revised_at,
        created_at=place.invited_at,
        starts_at=place.starts_at,
        ends_at=place.ends_at,
        summary=_walk_words(place),
        location=room,
        description=f"Period {walk.period}, cycle day {walk.cycle_day}.\nAnswer or read more: {link}",
        category=CATEGORY,
        organizer_name=_sender_name(school),
        organizer_address=_reply_address(tokens, settings),
        attendee_name=invite.membership.person.name,
        attendee_address=invite.address,
        partstat=PARTSTAT_BY_ANSWER.get(place.said, "NEEDS-ACTION"),
        url=link,
    )
    return request_text(event) if method == "REQUEST" else cancel_text(event)


def _letter(
    name: str,
    prefix: str,
    subject: str,
    visit: Visit,
    invite: Invite,
    school: School,
    calendar: CalendarPart | None,
    **context: Any,
) -> Letter:
    event = visit.uid.partition("@")[0] if visit.uid else f"visit-{visit.id}"
    words = {
        "visit": visit,
        "is_visitor": invite.membership_id == visit.visitor_id,
        "other": visit.other(invite.membership_id),
        "when": when_words(visit),
        "where": _location(visit),
        "purpose": _purpose(visit),
        **context,
    }
    return _compose(name, f"{prefix}.{event}.{visit.sequence}", subject, invite, school, calendar, words)


def _compose(
    name: str,
    key: str,
    subject: str,
    invite: Invite,
    school: School,
    calendar: CalendarPart | None,
    context: dict[str, Any],
) -> Letter:
    settings = _settings()
    member, tokens = invite.membership, _tokens(invite)
    context = {**context, "member": member, "school": school, "link": _link(tokens, settings)}
    return Letter(
        kind=name,
        person_id=member.person_id,
        to_name=member.person.name,
        to_address=invite.address,
        from_name=_sender_name(school),
        reply_to=_reply_address(tokens, settings),
        subject=subject,
        text=render_template(f"emails/{name}.txt", **context),
        html=render_template(f"emails/{name}.html", **context),
        message_id=f"{key}.{member.id}@{_domain(settings)}",
        calendar=calendar,
    )


def _calendar(method: str, visit: Visit, invite: Invite, school: School, *, is_copy: bool) -> CalendarPart:
    """A copy repeats what went out, though a room or a name has changed since. Raises `Refused` where it can't."""
    assert visit.uid, "only an invited visit has a calendar part"
    digest, kept = stored_calendar(invite.address, visit.uid, visit.sequence, method) if is_copy else (None, None)
    content = kept or _calendar_content(method, visit, invite, school)
    if digest is not None and hashlib.sha256(content).hexdigest() != digest:
        raise Refused("The invitation has changed since it went out and its bytes are erased; it was not sent again.")
    return CalendarPart(content, method, visit.uid, visit.sequence)


def _calendar_content(method: str, visit: Visit, invite: Invite, school: School) -> bytes:
    settings, tokens = _settings(), _tokens(invite)
    other = visit.other(invite.membership_id)
    assert visit.uid and visit.starts_at and visit.ends_at, "only a timed visit has a calendar part"
    assert visit.invited_at and visit.revised_at, "an invited visit says when"
    link = _link(tokens, settings)
    course = visit.section.course if visit.section else ""
    event = CalendarEvent(
        uid=visit.uid,
        sequence=visit.sequence,
        stamped_at=visit.revised_at,
        created_at=visit.invited_at,
        starts_at=visit.starts_at,
        ends_at=visit.ends_at,
        summary=f"Peer visit: {other.person.name}",
        location=_location(visit),
        description=f"{course}, period {visit.period}, {_cycle_day_words(visit)}.\nAnswer or read more: {link}",
        category=CATEGORY,
        organizer_name=_sender_name(school),
        organizer_address=_reply_address(tokens, settings),
        attendee_name=invite.membership.person.name,
        attendee_address=invite.address,
        url=link,
    )
    return request_text(event) if method == "REQUEST" else cancel_text(event)


def _location(visit: Visit) -> str:
    building = visit.section.building if visit.section else ""
    return ", ".join(part for part in (visit.room, building or visit.host.building) if part)


def _purpose(visit: Visit) -> str:
    """Why they come, for the mail alone: the focus never stands in a calendar, which others can see."""
    if not visit.focus:
        return ""
    focus = focus_words(visit.focus).lower()
    return f"to learn about {focus}" if visit.mode == "learn" else f"to give feedback on {focus}"


def when_words(visit: Visit) -> str:
    """Date and clock times of a live visit as mails tell them; empty for a video review."""
    return f"{_date_words(visit)}, {visit.starts:%H:%M} to {visit.ends:%H:%M}" if visit.starts else ""


def _date_words(visit: Visit) -> str:
    return _long_date(visit.on_date) if visit.on_date else ""


def _long_date(on: date) -> str:
    return f"{on:%A} {on.day} {on:%B %Y}"


def _cycle_day_words(visit: Visit) -> str:
    return f"cycle day {visit.cycle_day}"


def _sender_name(school: School) -> str:
    return f"{school.name} visits"


def _settings() -> Settings:
    settings: Settings = current_app.extensions["mentorship-settings"]
    return settings


def _domain(settings: Settings) -> str:
    return settings.mail_from.rpartition("@")[2]


def _reply_address(tokens: Tokens, settings: Settings) -> str:
    local, _, domain = settings.mail_from.rpartition("@")
    return f"{local}+{tokens.reply}@{domain}"


def _link(tokens: Tokens, settings: Settings) -> str:
    return f"{settings.public_url}/answer/{tokens.link}"


def new_uid(random_part: str) -> str:
    """`uuid4@our-domain`: lower case, no personal data, the same in mail and feed."""
    return f"{random_part}@{_domain(_settings())}".lower()
