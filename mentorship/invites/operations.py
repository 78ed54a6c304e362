"""Publishing, taking back, and what time does to an invitation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from uuid import uuid4

from sqlalchemy import or_, select
from sqlalchemy.exc import IntegrityError

from mentorship import keys
from mentorship.audit import operations as audit
from mentorship.cycles.models import Cycle
from mentorship.cycles.queries import participants
from mentorship.errors import Refused
from mentorship.extensions import db
from mentorship.invites.emails import (
    content_contact,
    new_uid,
    pairing_invitation,
    tokens_of,
    video_cancelled,
    video_invitation,
    visit_cancelled,
    visit_invitation,
    visit_moved,
)
from mentorship.invites.models import Invite
from mentorship.outbox.letters import Letter, can_be_mailed
from mentorship.outbox.operations import post_letter, post_letters
from mentorship.people.changes import refuse_stale
from mentorship.people.models import Membership, School
from mentorship.people.queries import active_members
from mentorship.plans.contacting import end_contacts, name_contacts
from mentorship.plans.findings import broken
from mentorship.plans.groups import WalkPlace
from mentorship.plans.models import STANDING, Pairing, Plan, Visit
from mentorship.plans.moving import words_of, words_of_visits
from mentorship.plans.problems import pairing_problem, visit_problem
from mentorship.plans.queries import pairings_of, plans_of, visits_of
from mentorship.plans.solving import Part

PARTS: tuple[Part, ...] = ("pairings", "visits")
AGAIN_AFTER = timedelta(hours=1)
SOMEBODY_DECLINED = "A new time will be proposed."
NOT_ANSWERED = "Not both of you had answered when it was due to begin."
CYCLE_CLOSED = "The cycle was closed before both of you had answered."
CANCELLED_EARLIER = "It was cancelled earlier, and your calendar asked for it again."


def publish_plan(
    cycle: Cycle, parts: Sequence[Part] | None, *, by: str, now: datetime, seen: str | None = None
) -> dict[str, int]:
    """Publish parts of a cycle's plan (all open drafts where `parts` is None): statuses, invitations, mails, jobs.

    Returns how many pairings, visits, videos and mails went out. Raises `Refused` where nothing may be published,
    among it a plan that no longer fits the school: rosters and calendars change after a draft was made. `seen` are
    the versions that the page showed (`Preview.seen`): a plan that has changed since is not published unseen.
    """
    db.session.refresh(cycle, with_for_update={"of": Cycle})
    plans = plans_of(cycle)
    if seen is not None:
        _refuse_unseen(cycle, plans, seen, now)
    chosen = open_parts(cycle, plans, parts)
    counts = {"pairings": 0, "contacts": 0, "visits": 0, "videos": 0, "mails": 0}
    try:
        for part in chosen:
            _publish_part(cycle, plans[part], part, counts, by, now)
    except IntegrityError as error:
        # The tables themselves refuse a second visit of one person on a date and a second mentor of one new teacher.
        raise Refused(
            "Somebody of this plan has another visit or pairing that stands for the same time; make the plan again."
        ) from error
    cycle.status = "published"
    audit.record("publish", by=by, now=now, cycle=cycle.id, parts=list(chosen))
    return counts


def open_parts(cycle: Cycle, plans: Mapping[str, Plan], parts: Sequence[Part] | None) -> list[Part]:
    """The parts that would be published: those asked for, or every draft. Raises `Refused` where there is none."""
    cycle.refuse_if_closed()
    chosen = list(parts or [part for part in PARTS if part in plans and plans[part].status == "draft"])
    if not plans:
        raise Refused(f"{cycle.name} has no draft yet; make the plan first.")
    if not chosen:
        raise Refused(f"The plan of {cycle.name} is published already, and nothing was sent again.")
    for part in chosen:
        if part not in plans:
            raise Refused(f"{cycle.name} has no draft of its {part} yet; make the plan first.")
    return chosen


def _refuse_unseen(cycle: Cycle, plans: Mapping[str, Plan], seen: str, now: datetime) -> None:
    versions = dict(word.split(":", 1) for word in seen.split() if ":" in word)
    for part, version in versions.items():
        if part in plans:
            refuse_stale(plans[part].version, version, now=now, cycle=cycle.id)


def _publish_part(cycle: Cycle, plan: Plan, part: Part, counts: dict[str, int], by: str, now: datetime) -> None:
    plan.publish(now)
    _refuse_outdated(plan, cycle, part, now)
    if part == "pairings":
        _invite_pairs(cycle, plan, counts, by, now)
    else:
        _invite_visits(cycle, plan, counts, now)
    db.session.flush()


def _refuse_outdated(plan: Plan, cycle: Cycle, part: Part, now: datetime) -> None:
    """Judge the plan in today's problem by the rules that made it."""
    made = visit_problem(cycle, now, seconds=1, seed=1) if part == "visits" else None
    problem = made.data if made is not None else pairing_problem(cycle, seconds=1, seed=1)[0]
    if not broken(problem, plan.outcome):
        return
    words = {one.membership.code: one.membership.person.name for one in participants(cycle)}
    if made is not None:
        words |= words_of_visits(visits_of(cycle)) | words_of(made)
    fault = broken(problem, plan.outcome, words)[0]
    raise Refused(f"The plan no longer fits the school as it is now ({fault.rstrip('.')}); make the plan again.")


def _invite_pairs(cycle: Cycle, plan: Plan, counts: dict[str, int], by: str, now: datetime) -> None:
    letters: list[Letter] = []
    people = {one.membership.code: one.membership for one in participants(cycle)}
    row_by_mentee = {row.mentee_id: row for row in name_contacts(plan, people, now)}
    told: set[int] = set()
    for pairing in pairings_of(cycle):
        if pairing.plan_id != plan.id or pairing.status != "proposed":
            continue
        pairing.status = "invited"
        counts["pairings"] += 1
        for member in pairing.people:
            invite = new_invite(member, pairing.key, now, pairing=pairing)
            row = row_by_mentee.get(pairing.mentee_id)
            letters.append(pairing_invitation(pairing, invite, cycle.school, contact=row.contact if row else None))
        told.add(pairing.mentee_id)
    coaches = _coaches_to_tell(cycle.school, by) if row_by_mentee else ""
    for row in row_by_mentee.values():
        # Who is asked about a mentor hears of the contact in that mail.
        for member in (row.contact,) if row.mentee_id in told else (row.contact, row.mentee):
            _refuse_without_address(member)
            letters.append(content_contact(row, member, cycle.school, coaches))
    counts["contacts"] += len(row_by_mentee)
    counts["mails"] += len(post_letters(letters, now))


def _coaches_to_tell(school: School, by: str) -> str:
    """Whom to tell that something does not suit: the coach who publishes, or else those of the school, by name."""
    coaches = [member for member in active_members(school) if member.has_role("coach")]
    own = [member for member in coaches if str(member.person_id) == by]
    return " or ".join(member.person.name for member in own or coaches) or "a coach of your school"


def _invite_visits(cycle: Cycle, plan: Plan, counts: dict[str, int], now: datetime) -> None:
    letters: list[Letter] = []
    for visit in visits_of(cycle):
        if visit.plan_id != plan.id or visit.status != "proposed":
            continue
        letters += _letters_asking(visit, cycle.school, now)
        counts["visits" if visit.medium == "live" else "videos"] += 1
    counts["mails"] += len(post_letters(letters, now))


def invite_to_visit(visit: Visit, school: School, now: datetime, *, was: str = "") -> None:
    """Ask both people, each by a mail of their own, under a new UID; `was` is the cancelled time, in words."""
    post_letters(_letters_asking(visit, school, now, was=was), now)


def _letters_asking(visit: Visit, school: School, now: datetime, *, was: str = "") -> list[Letter]:
    visit.uid, visit.sequence, visit.status = new_uid(str(uuid4())), 0, "invited"
    visit.visitor_answer = visit.host_answer = "none"
    visit.invited_at = visit.revised_at = now
    invites = [new_invite(member, visit.key, now, visit=visit) for member in visit.people]
    if visit.medium == "live":
        return [visit_invitation(visit, invite, school, was=was) for invite in invites]
    return [video_invitation(visit, invite, school) for invite in invites]


def ask_again(visit: Visit, school: School, now: datetime, *, was: str) -> None:
    """A standing visit has a new time: an update of the same UID for both, whose answers begin anew."""
    visit.sequence, visit.revised_at, visit.status = visit.sequence + 1, now, "invited"
    visit.visitor_answer = visit.host_answer = "none"
    standing = select(Invite).where(Invite.visit_id == visit.id, Invite.ended_at.is_(None))
    for invite in db.session.scalars(standing).all():
        invite.answered_at = None
        post_letter(visit_moved(visit, invite, school, was=was), now)


def new_invite(
    member: Membership,
    event: str,
    now: datetime,
    *,
    visit: Visit | None = None,
    pairing: Pairing | None = None,
    place: WalkPlace | None = None,
) -> Invite:
    """Ask one person to one thing. Raises `Refused` where no mail can go to them."""
    address = _refuse_without_address(member)
    tokens = tokens_of(event, str(member.id), 1)
    ring = keys.ring()
    invite = Invite(
        visit=visit,
        pairing=pairing,
        place=place,
        membership=member,
        membership_id=member.id,
        address=address,
        event=event,
        generation=1,
        reply_digest=ring.digest(tokens.reply),
        link_digest=ring.digest(tokens.link),
        created_at=now,
    )
    db.session.add(invite)
    return invite


def _refuse_without_address(member: Membership) -> str:
    address = member.person.email
    if address is None or not can_be_mailed(address):
        raise Refused(f"{member.person.name} has no e-mail address that mail can go to; import one, then repeat.")
    return address


def take_back(visit: Visit, *, because: str, now: datetime, but: Membership | None = None) -> None:
    """CANCEL to everybody invited (`but` the one who said no, whose calendar knows); the UID is never used again."""
    visit.sequence, visit.revised_at = visit.sequence + 1, now
    standing = db.session.scalars(select(Invite).where(Invite.visit_id == visit.id, Invite.ended_at.is_(None))).all()
    school = visit.plan.cycle.school
    for invite in standing:
        if but is None or invite.membership_id != but.id:
            taken_back = visit_cancelled if visit.medium == "live" else video_cancelled
            post_letter(taken_back(visit, invite, school, because=because), now)
        invite.ended_at = now


def send_again(invite: Invite, now: datetime) -> None:
    """Answer a REFRESH: the current calendar part, byte for byte, in a new mail, at most once an hour."""
    visit, copy = invite.visit, invite.copies + 1
    if visit is None or visit.medium != "live":
        raise Refused("This invitation has no calendar part to send again.")
    if invite.sent_again_at is not None and now - invite.sent_again_at < AGAIN_AFTER:
        raise Refused("The invitation was sent again within the last hour already.")
    school = visit.plan.cycle.school
    if invite.ended_at is None:
        letter = visit_invitation(visit, invite, school, copy=copy)
    else:
        letter = visit_cancelled(visit, invite, school, because=CANCELLED_EARLIER, copy=copy)
    post_letter(letter, now)
    invite.sent_again_at, invite.copies = now, copy


def finish_visit(visit: Visit, now: datetime) -> bool:
    """What time does to one visit: accepted and over means held; begun without two yeses means expired.

    A video review has no time of its own: both lie with the end of its cycle, which `finish_past_visits` brings.
    """
    if visit.status == "accepted" and visit.has_ended(now):
        visit.status = "held"
        return True
    if visit.status in ("invited", "time_asked") and visit.starts_at is not None and visit.starts_at <= now:
        visit.status = "expired"
        take_back(visit, because=NOT_ANSWERED, now=now)
        return True
    return False


def finish_one_past_visit(now: datetime) -> bool:
    """Finish one visit whose time has come; says whether there was one."""
    due = or_(
        (Visit.status == "accepted") & (Visit.ends_at <= now),
        Visit.status.in_(("invited", "time_asked")) & (Visit.starts_at <= now),
    )
    query = select(Visit).where(due).order_by(Visit.id).limit(1).with_for_update(of=Visit, skip_locked=True)
    visit = db.session.scalars(query.execution_options(populate_existing=True)).first()
    return visit is not None and finish_visit(visit, now)


def finish_past_visits(cycle: Cycle, now: datetime) -> None:
    """At the closing of a cycle: what is past is finished, and the recordings that both agreed on count as watched."""
    for visit in visits_of(cycle):
        if visit.medium == "video" and visit.status == "accepted":
            visit.status = "held"
        finish_visit(visit, now)


def cancel_unanswered(cycle: Cycle, now: datetime) -> None:
    """What still waits for answers when a cycle closes is cancelled, in calendars too; a pairing ends quietly.

    Content contacts end with the cycle, as nobody has agreed to more.
    """
    end_contacts(cycle)
    for visit in visits_of(cycle):
        if visit.status in (*STANDING, "proposed", "needs_new_time"):
            if visit.status in STANDING:
                take_back(visit, because=CYCLE_CLOSED, now=now)
            visit.status = "cancelled"
    for pairing in pairings_of(cycle):
        if pairing.status == "invited":
            pairing.status = "ended"
            end_invites(pairing, now)


def end_invites(pairing: Pairing, now: datetime) -> None:
    """Nobody is asked any more; their pages say so, and no mail tells whose answer it was."""
    for invite in db.session.scalars(select(Invite).where(Invite.pairing_id == pairing.id)):
        invite.ended_at = now
