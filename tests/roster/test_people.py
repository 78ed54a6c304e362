"""People come, change, leave and return; an address and an admin's right stay where they are."""

from __future__ import annotations

import pytest

from mentorship.clock import now
from mentorship.extensions import db
from mentorship.people.operations import create_person
from mentorship.people.queries import pairs_apart, school_named
from tests.roster.bringing import (
    add,
    bring,
    brought,
    changes,
    day,
    drop,
    edit,
    faults,
    member,
    people_count,
    person,
    planning,
    staff_of,
    state,
)
from tests.school import school_t


def by_hand(app, email, role, name="Root Admin"):
    with app.app_context():
        school = None if role == "admin" else school_named(None)
        create_person(email=email, name=name, role=role, school=school, by="test", now=now())
        db.session.commit()


def test_whoever_leaves_is_deactivated_and_returns_as_the_same_person(app, tmp_path):
    brought(app, school_t(), tmp_path / "first")
    before = member(app, "Lund")
    files = drop(drop(school_t(), "staff", "Lund"), "interests", "Lund")
    files.tables["master_schedule"] = [row for row in files.tables["master_schedule"] if row["teacher_ids"] != "Lund"]
    assert changes(brought(app, files, tmp_path / "second")) == {
        "people": {"deactivated": 1},
        "sections": {"deactivated": 6},
    }
    assert member(app, "Lund") == {**before, "active": False}
    assert people_count(app) == 6
    assert changes(brought(app, files, tmp_path / "second")) == {}
    assert changes(brought(app, school_t(), tmp_path / "third")) == {
        "people": {"changed": 1},
        "sections": {"changed": 6},
    }
    assert member(app, "Lund") == before


def test_somebody_who_left_is_nobody_to_a_later_schedule(app, tmp_path):
    files = school_t()
    folder = files.write(tmp_path / "files")
    brought(app, files, folder)
    bring(app, drop(files, "staff", "Lund").write(tmp_path / "without") / "staff.csv")
    report = bring(app, folder / "master_schedule.csv")
    assert {fault.message.split(".")[0] for fault in faults(report)} == {"Nobody has the person_id “Lund”"}


@pytest.mark.parametrize(("staff", "leaving", "asks"), [(20, 5, True), (20, 4, False), (10, 3, False), (4, 3, False)])
def test_a_short_roster_stops_and_asks(app, tmp_path, staff, leaving, asks):
    brought(app, staff_of(staff), tmp_path / "first")
    before = state(app)
    short = staff_of(staff - leaving).write(tmp_path / "short")
    report = bring(app, short)
    if not asks:
        assert (report.error, changes(report)) == (None, {"people": {"deactivated": leaving}})
        return
    assert report.as_json()["asks"] == {"deactivates": leaving, "of": staff}
    assert f"deactivate {leaving} of {staff} people" in report.error and f"--accept {leaving}" in report.error
    assert state(app) == before
    for wrong in (leaving - 1, leaving + 1, 0):
        assert bring(app, short, accept=wrong).error == report.error
        assert state(app) == before
    assert bring(app, short, skip_errors=True).error == report.error
    assert (bring(app, short, accept=leaving, dry_run=True).error, state(app)) == (None, before)
    assert changes(bring(app, short, accept=leaving)) == {"people": {"deactivated": leaving}}


def test_accept_names_the_number_of_those_who_leave(app, tmp_path):
    brought(app, staff_of(20), tmp_path / "first")
    short = staff_of(18).write(tmp_path / "short")
    assert bring(app, short, accept=5).error == (
        "This import would deactivate 2 people, not 5; leave --accept out, or correct the files."
    )
    assert changes(bring(app, short, accept=2)) == {"people": {"deactivated": 2}}


def test_an_address_never_moves_to_somebody_else(app, tmp_path):
    brought(app, school_t(), tmp_path / "first")
    before = state(app)
    files = edit(school_t(), "staff", "Chen", email="lund@t.example.edu")
    edit(files, "staff", "Lund", email="chen@t.example.edu")
    report = bring(app, files.write(tmp_path / "swap"))
    assert [fault.message for fault in faults(report)] == [
        "The address lund@t.example.edu belongs to somebody else already; it was not moved to Chen.",
        "The address chen@t.example.edu belongs to somebody else already; it was not moved to Lund.",
    ]
    assert changes(bring(app, tmp_path / "swap", skip_errors=True)) == {}
    assert state(app) == before


def test_a_new_id_with_a_known_address_makes_no_twin_and_sends_nobody_away(app, tmp_path):
    brought(app, school_t(), tmp_path / "first")
    before = state(app)
    files = school_t()
    files.tables["staff"] = [
        {**row, "person_id": row["person_id"].replace("Lund", "L-1")} for row in files.tables["staff"]
    ]
    report = bring(app, files.write(tmp_path / "again"))
    assert faults(report)[0].message == (
        "The address lund@t.example.edu belongs to Lund already; keep that person_id, or give another address."
    )
    report = bring(app, tmp_path / "again", skip_errors=True)
    assert (report.error, changes(report), state(app)) == (None, {}, before)


def test_an_address_may_change(app, tmp_path):
    brought(app, school_t(), tmp_path / "first")
    files = edit(school_t(), "staff", "Lund", email="Lund-Berg@T.example.edu")
    assert changes(brought(app, files, tmp_path / "again")) == {"people": {"changed": 1}}
    assert (member(app, "Lund")["email"], people_count(app)) == ("lund-berg@t.example.edu", 6)


def test_an_admin_keeps_right_and_address(app, tmp_path):
    brought(app, school_t(), tmp_path / "first")
    by_hand(app, "lund@t.example.edu", "admin")
    files = edit(school_t(), "staff", "Lund", email="new@t.example.edu")
    report = bring(app, files.write(tmp_path / "again"), skip_errors=True)
    assert [fault.message for fault in faults(report)] == ["Lund is an administrator, whose address no import changes."]
    assert (member(app, "Lund")["email"], member(app, "Lund")["is_admin"]) == ("lund@t.example.edu", True)
    drop(files, "staff", "Lund")
    files.tables = {"staff": files.tables["staff"]}
    brought(app, files, tmp_path / "without")
    assert (member(app, "Lund")["active"], member(app, "Lund")["is_admin"]) == (False, True)


def test_no_import_makes_an_admin(app, tmp_path):
    files = edit(school_t(), "staff", "Lund", roles="teacher; admin")
    brought(app, files, tmp_path / "files")
    assert not any(row["is_admin"] for row in state(app)["person"])


def test_an_admin_added_by_hand_joins_the_school_once(app, tmp_path):
    by_hand(app, "lund@t.example.edu", "admin", name="L. Lund")
    brought(app, school_t(), tmp_path / "first")
    assert (member(app, "Lund")["is_admin"], people_count(app)) == (True, 6)
    assert changes(brought(app, school_t(), tmp_path / "first")) == {}


def test_somebody_added_by_hand_takes_the_files_id_and_no_file_sends_others_away(app, tmp_path):
    brought(app, school_t(), tmp_path / "first")
    by_hand(app, "guest@t.example.edu", "coach", name="Gia Guest")
    by_hand(app, "late@t.example.edu", "teacher", name="Lou Late")
    files = add(school_t(), "staff", person("Late"))
    assert changes(brought(app, files, tmp_path / "again")) == {"people": {"changed": 1}}
    assert changes(brought(app, files, tmp_path / "again")) == {}
    assert member(app, "guest@t.example.edu")["active"]


def test_one_person_in_two_schools_is_one_person_with_two_memberships(app, tmp_path):
    brought(app, school_t(), tmp_path / "t")
    other = school_t()
    other.school |= {"id": "u", "name": "School U"}
    other.tables["staff"] = [{**row, "email": f"{row['person_id']}@u.example.edu"} for row in other.tables["staff"]]
    edit(other, "staff", "Lund", email="chen@t.example.edu", family_name="Chen", room="U1")
    assert changes(brought(app, other, tmp_path / "u"))["people"] == {"new": 6}
    assert people_count(app) == 11
    assert member(app, "Lund", "u")["person_id"] == member(app, "Chen", "t")["person_id"]
    assert (member(app, "Lund", "u")["room"], member(app, "Chen", "t")["room"]) == ("U1", "")
    for files, folder in ((school_t(), "t"), (other, "u")):
        assert changes(brought(app, files, tmp_path / folder)) == {}
    other.tables = {"staff": [row for row in other.tables["staff"] if row["person_id"] != "Lund"]}
    brought(app, other, tmp_path / "u2")
    assert (member(app, "Lund", "u")["active"], member(app, "Chen", "t")["active"]) == (False, True)
    assert planning(app, "Chen", "2027-01-11", school="t") == ["09:30-10:55 3"]


def test_evaluator_links_follow_the_file_and_count_as_changes(app, tmp_path):
    files = edit(school_t(), "staff", "Stone", evaluates="Chen; Lund")
    brought(app, files, tmp_path / "first")
    assert links(app) == {("Stone", "Chen"), ("Stone", "Lund")}
    edit(files, "staff", "Stone", evaluates="Chen;Bell")
    assert changes(brought(app, files, tmp_path / "again")) == {"people": {"changed": 1}}
    assert links(app) == {("Stone", "Chen"), ("Stone", "Bell")}
    assert changes(brought(app, files, tmp_path / "again")) == {}


def test_a_link_to_somebody_whose_row_is_bad_stays(app, tmp_path):
    files = edit(school_t(), "staff", "Stone", evaluates="Chen")
    brought(app, files, tmp_path / "first")
    edit(files, "staff", "Chen", email="broken")
    assert changes(bring(app, files.write(tmp_path / "again"), skip_errors=True)) == {}
    assert links(app) == {("Stone", "Chen")}


def links(app):
    with app.app_context():
        pairs = pairs_apart(school_named(None))
        return {(one.code, other.code) for one, other, why in pairs if why == "evaluator"}


def test_training_follows_the_date_where_the_column_is_there(app, tmp_path):
    files = edit(school_t(), "staff", "Chen", mentor_places="2")
    brought(app, files, tmp_path / "first")
    assert (member(app, "Chen")["trained"], member(app, "Lund")["trained"]) == (True, False)
    edit(files, "staff", "Lund", trained_on="2025-08-19")
    brought(app, files, tmp_path / "again")
    assert (member(app, "Chen")["trained"], member(app, "Lund")["trained"]) == (False, True)


def test_contract_hours_bound_the_planning(app, tmp_path):
    brought(app, edit(school_t(), "staff", "Rivera", works_from="08:00", works_to="11:30"), tmp_path / "files")
    assert planning(app, "Rivera", "2027-01-12") == []
    assert day(app, "Rivera", "2027-01-12")["teaching"]


def test_a_file_without_the_columns_of_offers_takes_none_away(app, tmp_path):
    """A coach sets these on the page, and a narrower export does not speak of them."""
    with_offers = edit(school_t(), "staff", "Chen", new_teacher="yes", mentor_places="2")
    brought(app, with_offers, tmp_path / "first")
    narrow = school_t()
    columns = {"new_teacher", "mentor_places"}
    narrow.tables["staff"] = [
        {name: cell for name, cell in row.items() if name not in columns} for row in narrow.tables["staff"]
    ]
    assert changes(brought(app, narrow, tmp_path / "second")) == {}
    chen = member(app, "Chen")
    assert (chen["is_new_teacher"], chen["mentor_places"], chen["trained"]) == (True, 2, True)
    brought(app, school_t(), tmp_path / "third")
    chen = member(app, "Chen")
    assert (chen["is_new_teacher"], chen["mentor_places"], chen["trained"]) == (False, 0, False)


def test_an_address_stays_where_nobody_may_move_it(app, tmp_path):
    """With an address goes the account; whoever imports without that right leaves the row as it stands."""
    brought(app, school_t(), tmp_path / "first")
    moved = edit(school_t(), "staff", "Chen", email="other@t.example.edu", room="12").write(tmp_path / "second")
    report = bring(app, moved, skip_errors=True, moves_addresses=False)
    assert report.applied and [fault.column for fault in faults(report)] == ["email"]
    assert (member(app, "Chen")["email"], member(app, "Chen")["room"]) == ("chen@t.example.edu", "")
    assert bring(app, moved).applied and member(app, "Chen")["email"] == "other@t.example.edu"
