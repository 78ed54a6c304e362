"""Writing, sharing, taking back, and asking for forms.

Private writing leaves no line in the audit log, which would say that it exists and when; that notes were given to a
host does, because a coach may know it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import or_, select
from sqlalchemy.exc import IntegrityError

from mentorship import keys
from mentorship.audit import operations as audit
from mentorship.cycles.models import Cycle
from mentorship.errors import Refused
from mentorship.extensions import db
from mentorship.feedback.emails import form_token, notes_request, notes_shared
from mentorship.feedback.instruments import INSTRUMENTS
from mentorship.feedback.models import Answers, Entry, EntryReader, FormRequest
from mentorship.feedback.sheets import Sheet, possible_readers
from mentorship.outbox.letters import can_be_mailed
from mentorship.outbox.operations import post_letter
from mentorship.people.models import Membership
from mentorship.plans.models import Plan, Visit

# Nobody is asked about what lies long back: a visit, or a recording whose cycle has ended.
ASKED_WITHIN = timedelta(days=30)


class WrittenElsewhere(Refused):
    """The same person saved another text meanwhile, in another window or on another device."""


@dataclass(frozen=True)
class Seen:
    """What the page of the writer knew: the version that it showed, and which open page it is."""

    version: int = 0
    window: str = ""


def save_draft(sheet: Sheet, answers: Answers, *, seen: Seen, now: datetime) -> Entry:
    """Keep what is being typed; readers of an earlier text see nothing of it. Raises `WrittenElsewhere`."""
    entry = _held(sheet, answers, seen, now)
    entry.keep_draft(answers, window=seen.window, now=now)
    db.session.flush()
    return entry


def finish_entry(
    sheet: Sheet, answers: Answers, *, seen: Seen, readers: Mapping[int, str] | None, by: str, now: datetime
) -> Entry:
    """Finish a text, and let exactly these people read it: `{membership id: "all" | "goal" | ""}`; None changes nobody.

    `goal` shows the goal alone, of a form that carries one. Raises `WrittenElsewhere`, and `Refused` for an empty form
    or somebody who may not read it.
    """
    settled = sheet.instrument.settled(answers)
    if sheet.instrument.is_blank(settled):
        raise Refused("There is nothing to keep yet: write a line first.")
    entry = _held(sheet, answers, seen, now)
    entry.form_version = sheet.instrument.version
    entry.finish(settled, now=now)
    entry.saved_from = seen.window
    goal = _carry_goal(sheet, settled, now) if sheet.instrument.carries_goal else None
    if readers is not None:
        _let_read(sheet, entry, {m for m, part in readers.items() if part == "all"}, by=by, now=now)
        if goal is not None:
            _let_read(sheet, goal, {m for m, part in readers.items() if part in ("all", "goal")}, by=by, now=now)
    db.session.flush()
    return entry


def _held(sheet: Sheet, answers: Answers, seen: Seen, now: datetime) -> Entry:
    """The entry of a sheet, locked and compared with what its writer saw; a new one where there was none."""
    if sheet.entry is None:
        sheet.entry = _begun(sheet, now)
        return sheet.entry
    entry = sheet.entry
    db.session.refresh(entry, ["version", "written", "draft", "saved_from", "saved_at"], with_for_update={"of": Entry})
    is_same_page = bool(seen.window) and seen.window == entry.saved_from
    if entry.version != seen.version and not is_same_page and answers != entry.newest:
        raise WrittenElsewhere("You saved this in another window or on another device meanwhile. Both texts are here.")
    return entry


def _begun(sheet: Sheet, now: datetime) -> Entry:
    entry = Entry(
        instrument=sheet.instrument.key,
        form_version=sheet.instrument.version,
        author=sheet.author,
        cycle_id=sheet.cycle.id,
        visit_id=sheet.thing.id if isinstance(sheet.thing, Visit) else None,
        pairing_id=sheet.thing.id if sheet.thing is not None and not isinstance(sheet.thing, Visit) else None,
        created_at=now,
        saved_at=now,
    )
    try:
        with db.session.begin_nested():
            db.session.add(entry)
    except IntegrityError as error:
        raise WrittenElsewhere("You began this in another window a moment ago. Open it again to go on.") from error
    return entry


def _carry_goal(sheet: Sheet, answers: Answers, now: datetime) -> Entry | None:
    """The goal of a reflection as an entry of its own: made, renewed, or deleted where its words were deleted."""
    form = INSTRUMENTS["goal"]
    words = {name: answers.get(name, "") for name in form.fields if name in sheet.instrument.fields}
    if form.is_blank(words):
        if sheet.goal is not None:
            db.session.delete(sheet.goal)
        return None
    goal = sheet.goal or _begun(Sheet(form, sheet.author, sheet.cycle, sheet.thing, None), now)
    goal.finish({**goal.answers, **words}, now=now)
    db.session.flush()
    sheet.goal = goal
    return goal


def _let_read(sheet: Sheet, entry: Entry, wanted: set[int], *, by: str, now: datetime) -> None:
    """Let exactly the `wanted` memberships read an entry, among those who may."""
    standing = {row.membership_id: row for row in entry.readers}
    for membership_id in set(standing) - wanted:
        entry.readers.remove(standing[membership_id])
    new = wanted - set(standing)
    if not new:
        return
    allowed = {member.id: member for member in possible_readers(sheet)}
    for membership_id in sorted(new):
        if membership_id not in allowed:
            _refuse_reader(membership_id)
        _add_reader(sheet, entry, allowed[membership_id], by=by, now=now)


def _refuse_reader(membership_id: int) -> None:
    member = db.session.get(Membership, membership_id)
    name = member.person.name if member is not None else "this person"
    raise Refused(f"What you write stays out of formal reviews, so it can’t be shared with {name}.")


def _add_reader(sheet: Sheet, entry: Entry, reader: Membership, *, by: str, now: datetime) -> None:
    entry.readers.append(EntryReader(membership=reader, shared_at=now))
    db.session.flush()
    if not sheet.instrument.tells_reader:
        # No mail: the log of mails would tell a coach that there is a reflection.
        return
    audit.record("share_notes", by=by, now=now, entry=entry.id)
    if entry.told_at is None and sheet.visit is not None and can_be_mailed(reader.person.email):
        post_letter(notes_shared(sheet.visit, sheet.author, reader, now), now)
        entry.told_at = now


def share_entry(sheet: Sheet, membership_id: int, *, by: str, now: datetime) -> Membership:
    """Let one more person read a finished entry, as it was finished. Raises `Refused`."""
    entry = sheet.entry
    if entry is None or entry.is_draft:
        raise Refused("This is a draft: finish it before you share it.")
    _let_read(sheet, entry, {*(row.membership_id for row in entry.readers), membership_id}, by=by, now=now)
    return db.session.get_one(Membership, membership_id)


def withdraw_entry(sheet: Sheet, membership_id: int, *, by: str, now: datetime) -> None:
    """Take back one person's reading; it is gone for them at once, and nobody tells them."""
    entry = sheet.entry
    standing = [row for row in entry.readers if row.membership_id == membership_id] if entry else []
    for row in standing:
        row.entry.readers.remove(row)
    if standing and entry is not None and sheet.instrument.tells_reader:
        audit.record("withdraw_notes", by=by, now=now, entry=entry.id)


def delete_entry(sheet: Sheet) -> None:
    """Delete a text for good, for its readers too."""
    if sheet.entry is not None:
        db.session.delete(sheet.entry)
        sheet.entry = None


def drop_draft(sheet: Sheet) -> None:
    """Go back to what was finished; what was typed after it is gone. An entry that never was finished goes whole."""
    entry = sheet.entry
    if entry is not None and entry.is_draft:
        delete_entry(sheet)
    elif entry is not None:
        entry.draft = None


def ask_for_one_form(now: datetime) -> bool:
    """Ask for the forms about one visit that was held; says whether there was one."""
    since = now - ASKED_WITHIN
    asked = select(FormRequest.id).where(FormRequest.visit_id == Visit.id).exists()
    # A recording has no time of its own: it counts as watched when its cycle closes.
    closed_of_late = or_(Cycle.closed_at.is_(None), Cycle.closed_at > since)
    of_late = or_(Visit.ends_at > since, Visit.ends_at.is_(None) & closed_of_late)
    query = (
        select(Visit.id)
        .join(Plan, Visit.plan_id == Plan.id)
        .join(Cycle, Plan.cycle_id == Cycle.id)
        .where(Visit.status == "held", ~asked, of_late)
        .order_by(Visit.id)
        .limit(1)
    )
    visit_id = db.session.scalars(query.with_for_update(of=Visit, skip_locked=True)).first()
    if visit_id is None:
        return False
    # Between the search and the lock another worker may have asked.
    if db.session.scalars(select(FormRequest.id).where(FormRequest.visit_id == visit_id).limit(1)).first() is None:
        request_forms(db.session.get_one(Visit, visit_id), now)
    return True


def request_forms(visit: Visit, now: datetime) -> list[FormRequest]:
    """Ask both people for their forms: one mail a person that lists them all, each with a link of its own."""
    requests: list[FormRequest] = []
    for instrument in INSTRUMENTS.values():
        if instrument.is_asked_for:
            requests += [_request(visit, member, instrument.key, now) for member in instrument.writers(visit)]
    db.session.flush()
    for member in visit.people:
        mine = [request for request in requests if request.membership_id == member.id]
        if mine and member.active and can_be_mailed(member.person.email):
            post_letter(notes_request(visit, member, mine), now)
    return requests


def _request(visit: Visit, member: Membership, key: str, now: datetime) -> FormRequest:
    request = FormRequest(
        visit=visit,
        visit_id=visit.id,
        membership=member,
        membership_id=member.id,
        instrument=key,
        asked_at=now,
        generation=1,
    )
    request.link_digest = keys.ring().digest(form_token(request))
    db.session.add(request)
    return request


def revoke_link(request: FormRequest) -> None:
    """End a mailed link: the form stays open to its writer, who signs in."""
    request.generation += 1
    request.link_digest = keys.ring().digest(form_token(request))
