"""Adding a person by hand, what they wish and offer, and asking them for it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from mentorship import keys
from mentorship.audit import operations as audit
from mentorship.errors import Refused
from mentorship.extensions import db
from mentorship.outbox.letters import can_be_mailed
from mentorship.outbox.operations import post_letter
from mentorship.people.changes import refuse_stale
from mentorship.people.emails import interests_request
from mentorship.people.models import ROLES, InterestsRequest, Membership, Person, Profile, School
from mentorship.people.queries import focus_areas, role_version, wishes_version

FOCUS_LISTS = ("wants_to_learn", "shows", "wants_feedback_on", "gives_feedback_on")
LONGEST_PAUSE = timedelta(days=400)
MOST_PLACES = 50
# Nobody is asked twice within a week, whoever presses the button.
ASK_AGAIN_AFTER = timedelta(days=7)
ROLES_BY_HAND = ("teacher", "coach")
INTERESTS = "interests"


@dataclass(frozen=True)
class Wishes:
    """What somebody says of themselves; the lists hold names of the school's focus areas."""

    wants_to_learn: list[str]
    shows: list[str]
    wants_feedback_on: list[str]
    gives_feedback_on: list[str]
    visits_wanted: int
    visits_a_week: int
    hosts_at_most: int
    hosts_a_week: int
    open_to_visits: bool
    video_host: bool
    video_visit: bool
    paused_until: date | None
    mentor_places: int


@dataclass(frozen=True)
class ByHand:
    """What a coach sets of a person by hand."""

    roles: Collection[str]
    is_new_teacher: bool
    mentor_places: int
    trained: bool


@dataclass(frozen=True)
class Asked:
    """How many got a mail, had one within the week, and cannot be mailed."""

    asked: int
    waiting: int
    unreachable: int


def create_person(
    *, email: str, name: str, role: str, school: School | None, by: str, now: datetime
) -> tuple[Person, bool]:
    """Add a person, or a role to the person of that address; says whether the person is new.

    `admin` is a right in the whole organisation; the other roles are held in a school.
    """
    email, name = email.strip().lower(), " ".join(name.split())
    if "@" not in email or not name:
        raise Refused(
            "A person needs an address and a name, such as --email ada@school.example.org --name 'Ada Lopez'."
        )
    if role not in ROLES:
        raise Refused(f"There is no role {role}. Allowed: {', '.join(ROLES)}.")
    person = db.session.scalars(select(Person).where(Person.email == email)).first()
    is_new = person is None
    if person is None:
        given, _, family = name.rpartition(" ")
        person = Person(given_name=given or family, family_name=family if given else "", email=email)
        db.session.add(person)
        db.session.flush()
    if role == "admin":
        person.is_admin = True
    elif school is None:
        raise Refused(f"The role {role} is held in a school; import the school's files first.")
    else:
        _give_role(person, school, role)
    audit.record("create_person", by=by, now=now, person=person.id, role=role)
    return person, is_new


def _give_role(person: Person, school: School, role: str) -> None:
    query = select(Membership).where(Membership.person_id == person.id, Membership.school_id == school.id)
    member = db.session.scalars(query).first()
    if member is None:
        member = Membership(school_id=school.id, person=person, code=person.email or "", from_file=False, roles=[])
        member.roles_by_hand = []
        db.session.add(member)
    member.active = True
    member.roles_by_hand = [name for name in ROLES if name in member.roles_by_hand or name == role]
    member.roles = [name for name in ROLES if name in member.roles or name == role]


def save_wishes(member: Membership, wishes: Wishes, *, seen: str | None, by: str, now: datetime) -> None:
    """Keep what the person says of themselves. Raises `Refused`, also where it changed since the page was opened."""
    db.session.refresh(member, with_for_update={"of": Membership})
    refuse_stale(wishes_version(member), seen, now=now, membership=member.id)
    _check_wishes(member, wishes, now)
    profile = member.profile
    if profile is None:
        # Whoever wants no visit is asked for none; the others for one, as when a file brings them.
        profile = member.profile = Profile(visits_required=min(1, wishes.visits_wanted))
    for each in fields(wishes):
        if each.name != "mentor_places":
            setattr(profile, each.name, getattr(wishes, each.name))
    member.mentor_places = wishes.mentor_places
    request = db.session.scalars(select(InterestsRequest).where(InterestsRequest.membership_id == member.id)).first()
    if request is not None:
        request.is_open = False
    audit.record("save_wishes", by=by, now=now, membership=member.id)
    db.session.flush()


def _check_wishes(member: Membership, wishes: Wishes, now: datetime) -> None:
    profile = member.profile
    kept = {name for column in FOCUS_LISTS for name in (getattr(profile, column) if profile else ())}
    known = kept | set(focus_areas(member.school_id))
    unknown = sorted({name for column in FOCUS_LISTS for name in getattr(wishes, column)} - known)
    if unknown:
        raise Refused(f"{member.school.name} has no focus area “{unknown[0][:80]}” any more. Choose from the list.")
    least = profile.visits_required if profile else 0
    if wishes.visits_wanted < least:
        raise Refused(
            f"Your school asks for {least} visit{'s' if least > 1 else ''} in a cycle, so you can’t want fewer. If you "
            "can’t visit now, pause until a date."
        )
    if not 0 <= wishes.mentor_places <= MOST_PLACES:
        raise Refused(f"Choose 0 to {MOST_PLACES} mentor places.")
    today = now.astimezone(ZoneInfo(member.school.time_zone)).date()
    until = wishes.paused_until
    if until is not None and until != (profile.paused_until if profile else None) and until <= today:
        raise Refused("A pause ends on a later day than today. Choose the day on which you take part again.")
    if until is not None and until > today + LONGEST_PAUSE:
        raise Refused("A pause lasts a year at most. Choose an earlier day.")


def change_member(member: Membership, by_hand: ByHand, *, seen: str | None, by: str, now: datetime) -> None:
    """Set roles, offers and the sign of a new teacher by hand. The right of an administrator is never among them."""
    db.session.refresh(member, with_for_update={"of": Membership})
    refuse_stale(role_version(member), seen, now=now, membership=member.id)
    if not set(by_hand.roles) <= set(ROLES_BY_HAND):
        raise Refused("Only the roles teacher and coach can be given here.")
    if str(member.person_id) == by and "coach" in member.roles and "coach" not in by_hand.roles:
        raise Refused("You can’t take your own role as a coach away. Another coach can.")
    if not 0 <= by_hand.mentor_places <= MOST_PLACES:
        raise Refused(f"Choose 0 to {MOST_PLACES} mentor places.")
    given = {role for role in ROLES_BY_HAND if role in by_hand.roles and role not in member.roles}
    taken = {role for role in ROLES_BY_HAND if role in member.roles and role not in by_hand.roles}
    member.roles_by_hand = _roles((set(member.roles_by_hand) | given) - taken)
    member.roles = _roles((set(member.roles) | given) - taken)
    member.is_new_teacher, member.trained = by_hand.is_new_teacher, by_hand.trained
    member.mentor_places = by_hand.mentor_places
    audit.record("change_member", by=by, now=now, membership=member.id)
    db.session.flush()


def _roles(names: Collection[str]) -> list[str]:
    return [role for role in ROLES if role in names]


def ask_for_interests(school: School, *, everyone: bool, by: str, now: datetime) -> Asked:
    """Mail each teacher without wishes, or each teacher, a link to a form that needs no signing in."""
    db.session.execute(select(School.id).where(School.id == school.id).with_for_update())
    members = [member for member in _teachers(school) if everyone or member.profile is None]
    rows = select(InterestsRequest).join(Membership).where(Membership.school_id == school.id)
    request_by_member = {row.membership_id: row for row in db.session.scalars(rows)}
    mailed = [member for member in members if can_be_mailed(member.person.email)]
    due = [member for member in mailed if _is_due(request_by_member.get(member.id), now)]
    for member in due:
        token = _new_link(member, request_by_member.get(member.id), now)
        post_letter(interests_request(member.person, school, token), now)
    audit.record("ask_for_interests", by=by, now=now, school=school.id)
    return Asked(len(due), len(mailed) - len(due), len(members) - len(mailed))


def _teachers(school: School) -> list[Membership]:
    query = select(Membership).where(Membership.school_id == school.id, Membership.active).order_by(Membership.id)
    people = selectinload(Membership.person).selectinload(Person.memberships).joinedload(Membership.school)
    found = db.session.scalars(query.options(joinedload(Membership.profile), people))
    return [member for member in found if member.has_role("teacher")]


def _is_due(request: InterestsRequest | None, now: datetime) -> bool:
    return request is None or not request.is_open or request.asked_at <= now - ASK_AGAIN_AFTER


def _new_link(member: Membership, request: InterestsRequest | None, now: datetime) -> str:
    """The token of a link that ends the one before."""
    if request is None:
        request = InterestsRequest(membership_id=member.id, generation=0)
        db.session.add(request)
    request.generation += 1
    token = keys.ring().token(INTERESTS, member.school_id, str(member.id), request.generation)
    request.digest, request.asked_at, request.is_open = keys.ring().digest(token), now, True
    return token
