"""Interests, duties, declared planning, pairs apart and travel through the import."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from mentorship.availability.queries import calendar, sections_of, times
from mentorship.extensions import db
from mentorship.people.models import FocusArea, Profile
from mentorship.people.queries import member_named, pairs_apart, school_named
from mentorship.timetable.models import Travel
from tests.roster.bringing import add, brought, changes, day, drop, faults, member, planning, state, warnings
from tests.roster.bringing import bring as bring_files
from tests.school import FIRST, school_t


def profile(app, code):
    with app.app_context():
        found = db.session.scalars(select(Profile).where(Profile.membership_id == member(app, code)["id"])).one()
        return {column.key: getattr(found, column.key) for column in Profile.__table__.columns}


def test_empty_optional_columns_mean_the_defaults(app, tmp_path):
    files = school_t()
    files.tables["interests"] = [{"person_id": "Chen", "shows": "", "visits_wanted": "", "open_to_visits": ""}]
    brought(app, files, tmp_path / "files")
    found = profile(app, "Chen")
    numbers = ("visits_required", "visits_wanted", "visits_a_week", "hosts_at_most", "hosts_a_week")
    assert [found[name] for name in numbers] == [1, 1, 1, 2, 1]
    assert (found["open_to_visits"], found["video_host"], found["video_visit"], found["shows"]) == (
        True,
        False,
        False,
        [],
    )


def test_yes_and_no_are_read_as_people_write_them(app, tmp_path):
    files = school_t()
    files.tables["interests"] = [{"person_id": "Chen", "open_to_visits": "NO", "video_host": "Yes", "video_visit": "x"}]
    brought(app, files, tmp_path / "files")
    found = profile(app, "Chen")
    assert (found["open_to_visits"], found["video_host"], found["video_visit"]) == (False, True, True)


def test_interests_touch_only_the_rows_present(app, tmp_path):
    brought(app, school_t(), tmp_path / "first")
    before = profile(app, "Lund")
    files = drop(school_t(), "interests", "Lund")
    files.tables["interests"][0] = {**files.tables["interests"][0], "shows": "routines"}
    assert changes(brought(app, files, tmp_path / "again")) == {"interests": {"changed": 1}, "focus_areas": {"new": 1}}
    assert profile(app, "Lund") == before


def test_a_hundred_focus_areas_come_in_and_are_shown(app, tmp_path):
    areas = [f"area {place:03}" for place in range(100)]
    files = school_t()
    files.tables["interests"] = [{"person_id": "Chen", "shows": ";".join([*areas, *areas, " ", ""])}]
    report = brought(app, files, tmp_path / "files")
    assert changes(report)["focus_areas"] == {"new": 100}
    assert [warning for warning in warnings(report) if "New focus areas: area 000, area 001" in warning]
    assert profile(app, "Chen")["shows"] == areas
    with app.app_context():
        assert len(db.session.scalars(select(FocusArea)).all()) == 100
    assert not [warning for warning in warnings(brought(app, files, tmp_path / "files")) if "focus" in warning]


@pytest.mark.parametrize(
    ("duty", "expected"),
    [
        ({"cycle_day": "A", "starts": "13:00", "ends": "13:30"}, ["13:30-14:25 7"]),
        ({"cycle_day": "B", "starts": "13:00", "ends": "13:30"}, ["13:00-14:25 7"]),
        ({"weekday": "Monday", "period": "7"}, []),
        ({"weekday": "mon", "period": "7"}, []),
        ({"weekday": "M"}, []),
        ({"weekday": "1"}, []),
        ({"weekday": "Tu"}, ["13:00-14:25 7"]),
        ({"date": "2027-01-11"}, []),
        ({"date": "2027-01-13"}, ["13:00-14:25 7"]),
        ({}, []),
        ({"period": "5"}, ["13:00-14:25 7"]),
        ({"starts": "13:20", "ends": "14:10"}, ["13:00-13:20 7"]),
        ({"kind": "closed"}, ["13:00-14:25 7"]),
        ({"kind": "off_contract", "starts": "13:00", "ends": "23:59"}, []),
    ],
)
def test_a_duty_takes_its_time_on_its_days(app, tmp_path, duty, expected):
    files = add(school_t(), "duties", {"person_id": "Rivera", "kind": "duty", **duty})
    brought(app, files, tmp_path / "files")
    assert planning(app, "Rivera", "2027-01-11") == expected


@pytest.mark.parametrize(
    ("duty", "message"),
    [
        ({"kind": "lunch"}, "There is no kind “lunch”. Allowed: duty, meeting, plc, travel, off_contract, closed."),
        ({"weekday": "Someday"}, "“someday” is not a weekday. Allowed: Monday to Sunday."),
        ({"weekday": "²"}, "“²” is not a weekday."),
        ({"weekday": "8"}, "“8” is not a weekday."),
        ({"period": "99"}, "There is no period “99” in the bell schedules. Allowed: 1, 2, 3, 4, 5, 6, 7, 8, L."),
        ({"starts": "13:00"}, "Give both times, or none for the whole day."),
        ({"starts": "13:00", "ends": "12:00"}, "It ends at 12:00, before it starts at 13:00."),
        ({"cycle_day": "Q"}, "There is no cycle day “Q”. Allowed: A, B."),
    ],
)
def test_a_duty_that_says_nothing_sensible_is_listed(app, tmp_path, duty, message):
    files = add(school_t(), "duties", {"person_id": "Rivera", "kind": "duty", **duty})
    (fault,) = faults(bring_files(app, files.write(tmp_path / "files")))
    assert (fault.line, message in fault.message) == (2, True), fault.message


def test_closed_time_keeps_visitors_out_and_takes_no_planning(app, tmp_path):
    brought(app, add(school_t(), "duties", {"person_id": "Rivera", "kind": "closed"}), tmp_path / "files")
    with app.app_context():
        school = school_named(None)
        dates = calendar(school, FIRST, FIRST)
        (found,) = times(school, [member_named(school, "Rivera")], dates, sections_of(school))
        assert [block.kind for block in found.closed] == ["closed"]


def test_declared_planning_is_confirmed_and_makes_the_sectionless_known(app, tmp_path):
    files = add(
        school_t(),
        "declared_planning",
        {"person_id": "Rivera", "period": "7", "cycle_day": "A"},
        {"person_id": "Bell", "period": "1", "cycle_day": ""},
    )
    brought(app, files, tmp_path / "files")
    assert [piece["certainty"] for piece in day(app, "Rivera", "2027-01-11")["planning"]] == ["confirmed"]
    assert [piece["certainty"] for piece in day(app, "Rivera", "2027-01-12")["planning"]] == ["presumed"]
    found = day(app, "Bell", "2027-01-11")
    assert (found["planning"][0]["certainty"], found["unknown"]) == ("confirmed", [])
    assert day(app, "Stone", "2027-01-11")["planning"] == []


def test_a_pair_apart_counts_once_whichever_way_round(app, tmp_path):
    pair = {"person_id": "Lund", "other_id": "Chen"}
    files = add(school_t(), "apart", pair, {"person_id": "Chen", "other_id": "Lund"})
    assert changes(brought(app, files, tmp_path / "first"))["apart"] == {"new": 1}
    files.tables["apart"] = [{"person_id": "Chen", "other_id": "Lund"}]
    assert changes(brought(app, files, tmp_path / "again")) == {}
    with app.app_context():
        assert [why for _, _, why in pairs_apart(school_named(None))] == ["apart"]
    files.tables["apart"] = [{"person_id": "Chen", "other_id": "Chen"}]
    assert "kept apart from themselves" in faults(bring_files(app, files.write(tmp_path / "third")))[0].message


def test_travel_holds_both_ways_and_two_answers_are_named(app, tmp_path):
    files = add(school_t(), "travel", {"from": "main", "to": "annex", "minutes": "6"})
    add(files, "travel", {"from": "annex", "to": "main", "minutes": "6"})
    assert changes(brought(app, files, tmp_path / "first"))["travel"] == {"new": 1}
    files.tables["travel"][1] = {"from": "annex", "to": "main", "minutes": "9"}
    (fault,) = faults(bring_files(app, files.write(tmp_path / "again")))
    assert (fault.line, fault.message) == (3, "annex to main takes 6 minutes in line 2; say one of the two.")
    with app.app_context():
        assert [row.minutes for row in db.session.scalars(select(Travel))] == [6]


def test_the_second_import_of_every_wish_leaves_the_same_state(app, tmp_path):
    files = add(school_t(), "duties", {"person_id": "Rivera", "kind": "duty"}, {"person_id": "Rivera", "kind": "duty"})
    report = brought(app, files, tmp_path / "files")
    assert changes(report)["duties"] == {"new": 1}
    before = state(app)
    assert changes(brought(app, files, tmp_path / "files")) == {}
    assert state(app) == before
