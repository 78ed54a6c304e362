"""Staff become people and memberships; whoever is missing is deactivated, never deleted."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from mentorship.extensions import db
from mentorship.people.models import ROLES, EvaluatorLink, Membership, Person
from mentorship.roster.applying import change
from mentorship.roster.owners import owners
from mentorship.roster.readers.staff import StaffRow
from mentorship.roster.report import Asks, Counts
from mentorship.roster.stage import Stage

MOST_SHARE, MOST_PEOPLE = 0.2, 3


def members_of(school_id: str) -> dict[str, Membership]:
    """Everybody of a school by the file's id, those who have left included."""
    query = select(Membership).where(Membership.school_id == school_id).options(joinedload(Membership.profile))
    rows = db.session.scalars(query)
    return {member.code: member for member in rows}


def leavers(stage: Stage, members: Mapping[str, Membership]) -> list[Membership]:
    """Active people whom a whole staff file no longer names."""
    if stage.staff is None or stage.staff.somebody_left_out:
        return []
    staying = set(stage.staff.rows) | set(stage.staff.left_out)
    emails = {row.person["email"] for row in stage.staff.rows.values()}
    return [
        member
        for code, member in members.items()
        if member.active and member.from_file and code not in staying and member.person.email not in emails
    ]


def too_many_leave(stage: Stage, members: Mapping[str, Membership]) -> Asks | None:
    """Whether the file would deactivate over 20 % and over 3 of the school's staff: a short file wipes nobody."""
    active = sum(member.active and member.from_file for member in members.values())
    leaving = len(leavers(stage, members))
    if leaving > MOST_PEOPLE and leaving > MOST_SHARE * active:
        return Asks(leaving, active)
    return None


def apply_staff(stage: Stage) -> Counts:
    """People, memberships and evaluator links; an admin's right is neither given nor taken."""
    assert stage.staff is not None, "called with a staff file"
    members = members_of(stage.school_id)
    leaving = leavers(stage, members)
    for member in leaving:
        member.active = False
    owner_by_email = owners(row.person["email"] for row in stage.staff.rows.values())
    member_by_person = {member.person_id: member for member in members.values()}
    new, changed = set(), set()
    for code, row in stage.staff.rows.items():
        standing = members.get(code) or _by_hand(row, owner_by_email, member_by_person)
        if standing is None:
            person = owner_by_email.get(row.person["email"]) or Person()
            change(person, row.person)
            db.session.add(Membership(school_id=stage.school_id, code=code, person=person, **row.membership))
            new.add(code)
        elif _change(standing, row):
            changed.add(code)
    db.session.flush()
    changed |= _link_evaluators(stage) - new
    unchanged = len(stage.staff.rows) - len(new) - len(changed)
    return Counts(new=len(new), changed=len(changed), unchanged=unchanged, deactivated=len(leaving))


def _by_hand(
    row: StaffRow, owner_by_email: Mapping[str, Person], member_by_person: Mapping[int, Membership]
) -> Membership | None:
    """Somebody added by hand whom the file names now: the file's id becomes theirs."""
    owner = owner_by_email.get(row.person["email"])
    return member_by_person.get(owner.id) if owner is not None else None


def _change(member: Membership, row: StaffRow) -> bool:
    differs = change(member.person, row.person)
    roles = [role for role in ROLES if role in row.membership["roles"] or role in member.roles_by_hand]
    values = {**row.membership, "roles": roles, "code": row.code, "from_file": True, "active": True}
    return change(member, values) or differs


def _link_evaluators(stage: Stage) -> set[str]:
    """The links of the file for those whom it names; links of a row that was left out stay as they are, and all of
    them where the file has no such column: nobody loses a protection because an export is narrower this time.

    Gives the codes of those whose links changed.
    """
    assert stage.staff is not None, "called with a staff file"
    members = members_of(stage.school_id)
    wanted = {
        (members[code].id, members[other].id)
        for code, row in stage.staff.rows.items()
        for other in row.evaluates or ()
        if other in members
    }
    named = {members[code].id for code, row in stage.staff.rows.items() if row.evaluates is not None}
    links = db.session.scalars(select(EvaluatorLink).where(EvaluatorLink.evaluator_id.in_(named)))
    standing = {(link.evaluator_id, link.membership_id): link for link in links}
    left_out = {members[code].id for code in stage.staff.left_out if code in members}
    ended = {pair for pair in set(standing) - wanted if pair[1] not in left_out}
    made = wanted - set(standing)
    for pair in sorted(made):
        db.session.add(EvaluatorLink(evaluator_id=pair[0], membership_id=pair[1]))
    for pair in ended:
        db.session.delete(standing[pair])
    touched = {evaluator for evaluator, _ in made | ended}
    return {code for code in stage.staff.rows if members[code].id in touched}
