"""Who owns an address: an import never gives one person's address to another."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select

from mentorship.extensions import db
from mentorship.people.models import Membership, Person
from mentorship.roster.cells import Cells
from mentorship.roster.readers.staff import StaffRow, StaffRows
from mentorship.tables import Row


def check_owners(school_id: str, staff: StaffRows, *, moves_addresses: bool) -> None:
    """Leave out each row whose address belongs to somebody else of this school, or that would move an admin's.

    With an address goes the account and everything private in it, so only where `moves_addresses` does one change.
    Whoever owns the address of a row that is left out is somebody the file still names: they stay as they are.
    """
    members = db.session.scalars(select(Membership).where(Membership.school_id == school_id)).all()
    member_by_code = {member.code: member for member in members}
    member_by_person = {member.person_id: member for member in members}
    owner_by_email = owners(row.person["email"] for row in staff.rows.values())
    for code, row in list(staff.rows.items()):
        cells = Cells(Row(row.line, {"email": row.person["email"]}), row.report)
        _check(cells, row, member_by_code.get(code), member_by_person, owner_by_email)
        if not (cells.bad or moves_addresses):
            _check_stays(cells, row, member_by_code.get(code))
        if cells.bad:
            del staff.rows[code]
            staff.leave_out(row)
    for email, owner in owners(staff.addresses_left_out).items():
        member = member_by_person.get(owner.id)
        if member is not None and member.code not in staff.rows:
            staff.left_out.setdefault(member.code, staff.addresses_left_out[email])


def owners(emails: Iterable[str]) -> dict[str, Person]:
    """The person of each of these addresses, if any; addresses are lower case."""
    wanted = sorted(set(emails))
    found: dict[str, Person] = {}
    for at in range(0, len(wanted), 500):
        for person in db.session.scalars(select(Person).where(Person.email.in_(wanted[at : at + 500]))):
            found[person.email or ""] = person
    return found


def _check(
    cells: Cells,
    row: StaffRow,
    member: Membership | None,
    member_by_person: dict[int, Membership],
    owner_by_email: dict[str, Person],
) -> None:
    email = row.person["email"]
    owner = owner_by_email.get(email)
    if member is None:
        twin = member_by_person.get(owner.id) if owner else None
        if twin is not None and twin.from_file:
            cells.fault(
                "email",
                f"The address {email} belongs to {twin.code} already; keep that person_id, or give another address.",
            )
        return
    if owner is not None and owner.id != member.person_id:
        cells.fault("email", f"The address {email} belongs to somebody else already; it was not moved to {row.code}.")
    elif owner is None and member.person.is_admin:
        cells.fault("email", f"{row.code} is an administrator, whose address no import changes.")


def _check_stays(cells: Cells, row: StaffRow, member: Membership | None) -> None:
    standing = member.person.email if member is not None else None
    if standing and standing != row.person["email"]:
        cells.fault(
            "email",
            f"{row.code} signs in with {standing}; only an administrator changes that. Put the old address back, or "
            "ask one to import this file.",
        )
