"""The independent check passes sound mails and tells each kind of tampering in a line of its own."""

import csv
import json
import re
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from independent_check import check, main
from independent_samples import (
    ADA,
    CALENDAR,
    ELI,
    FILES,
    Tampering,
    World,
    both,
    build,
    cell,
    copy,
    drop,
    letter,
    pairs,
    row,
    visit,
)
from independent_school import School, UnreadableError, clock, read_expression

DEMO = Path(__file__).parents[1] / "mentorship" / "demo" / "school"
BEN = "t2@tiny.example.edu,teacher,main,,,,"
MARSH = "t1@tiny.example.edu,teacher,main,,,,"
DAYS, WISHES, CLASSES, DUTIES = "school_days.csv", "interests.csv", "master_schedule.csv", "duties.csv"
HOST, GUEST, GONE = "ada host", "ada visitor", "gone host cancel"
EVE = replace(ADA, visitor="T5")

# What the check must say, and the tampering that must make it say so.
CASES: list[tuple[str, Tampering]] = [
    ("T2 does not teach for the whole visit", visit("ada", starts="09:03", ends="09:43")),
    ("T1 teaches MA in period 2 then", visit("ada", starts="09:03", ends="09:43")),
    ("T1 teaches FR in period 1 then", cell(CLASSES, "T6;T2", "T6;T1")),
    ("T3 does not teach for the whole visit", visit("ada", host="T3")),
    ("T3 does not teach for the whole visit", cell(CLASSES, "3(A-B),,2", "3(A-B),,1")),
    (
        "T2 does not teach for the whole visit",
        cell(DAYS, "14,instructional,,Regular", "14,instructional,,Short"),
    ),
    ("LOCATION '204, main' does not begin with the room 9", cell("terms.csv", "2027-01-21", "2027-01-13")),
    ("the date is no school day but holiday", visit("ada", on="2027-01-18")),
    ("the date is no school day but weather", visit("ada", on="2027-01-13")),
    ("the date is outside the school year", visit("ada", on="2027-07-01")),
    ("no bell schedule", cell(DAYS, "14,instructional,,Regular", "14,instructional,,")),
    ("does not name cycle day B", cell("school.json", "shift", "fixed")),
    ("does not name cycle day B", cell(DAYS, "14,instructional,,", "14,instructional,B,")),
    ("T2 evaluates T1", cell("staff.csv", BEN, f"{BEN}T1")),
    ("T1 evaluates T2", cell("staff.csv", MARSH, f"{MARSH}T2")),
    ("T1 and T2 are kept apart", row("apart.csv", "person_id,other_id", "T2,T1")),
    ("T1 is in two places at once", visit("two", host="T6", room="9", course="French 1")),
    ("T2 is in two places at once", visit("two", EVE, room="9", course="French 1")),
    ("T1 has 2 visits on 2027-01-14, at most 1", visit("two", ELI, visitor="T1", on="2027-01-14")),
    ("T1 has 2 visits in all, at most 1", visit("two", on="2027-01-19")),
    (
        "T1 has 2 visits in the week of 2027-01-11, at most 1",
        both(cell(WISHES, "routines,1", "routines,5"), visit("two", on="2027-01-12")),
    ),
    ("T2 has 1 hostings in all, at most 0", cell(WISHES, "exit-tickets,1,1,2", "exit-tickets,1,1,0")),
    ("T2 has 2 hostings in the week of 2027-01-11, at most 1", visit("two", EVE)),
    ("T2 is not open to visits", cell(WISHES, "exit-tickets,1,1,2,1,yes", "exit-tickets,1,1,2,1,no")),
    ("T2 is closed to visits then", row(DUTIES, "T2,closed,,,2027-01-14,,,")),
    ("T1 has duty from 08:00 to 08:50", row(DUTIES, "T1,duty,A,,,1,,")),
    ("T1 has meeting from 08:30 to 09:00", row(DUTIES, "T1,meeting,,,2027-01-14,,08:30,09:00")),
    ("T1 has plc from 08:00 to 08:50", row(DUTIES, "T1,plc,,Thursday,,1,,")),
    ("T1 is outside contract hours", cell("staff.csv", MARSH, f"{MARSH},08:30")),
    (
        "T1 has no 6 minutes for the way there and back",
        both(cell(CLASSES, "204,main", "204,annex"), row("travel.csv", "from,to,minutes", "annex,main,6")),
    ),
    ("the timetable of T7 is unknown", visit("two", ELI, visitor="T7")),
    ("the timetable of L1 is unknown", visit("two", ELI, visitor="L1")),
    ("shorter than 20 minutes", visit("ada", ends="08:22")),
    ("the visit is not within a class period", visit("ada", ends="08:53")),
    ("does not begin with the room 204", visit("ada", room="999")),
    ("does not begin with the room 204", visit("ada", room="2041")),
    ("DESCRIPTION do not name one course of T2", visit("ada", course="Science 8")),
    ("DESCRIPTION does not name the course SC|Science 7", visit("ada", course="French 1")),
    ("DESCRIPTION does not name period 1", visit("ada", period="2")),
    ("DESCRIPTION does not name cycle day A", visit("ada", cycle_day="B")),
    (
        "DESCRIPTION has no link",
        both(letter(GUEST, CALENDAR, "https:", "in "), letter(HOST, CALENDAR, "https:", "in ")),
    ),
    ("invited are t1@tiny.example.edu, not just visitor and host", drop(HOST)),
    ("invited are .*t5@tiny.example.edu", copy(HOST, "third", to="t5@tiny.example.edu")),
    ("the recipient is not one of Visitor and Host", copy(HOST, "third", to="t5@tiny.example.edu")),
    ("the two mails differ in SEQUENCE", letter(HOST, CALENDAR, "SEQUENCE:0", "SEQUENCE:1")),
    (
        "the two mails name different people",
        letter(HOST, "text", "Host: Ben Cole <t2", "Host: Hal Ivory <t6"),
    ),
    ("ATTENDEE t3@.* is not the recipient", letter(HOST, CALENDAR, "mailto:t2@", "mailto:t3@")),
    (
        "ATTENDEE l1@.* is not the recipient",
        letter(HOST, CALENDAR, "ATTENDEE;", "ATTENDEE:l1@x\r\nATTENDEE;"),
    ),
    ("Host Ben Cole <t2@other.* is nobody of this school", letter(HOST, "text", "t2@tiny", "t2@other")),
    ("Host Ben Kohl .* is nobody of this school", letter(HOST, "text", "Ben Cole", "Ben Kohl")),
    ("the text has no line Host:", letter(HOST, "text", "Host:", "By:")),
    ("SUMMARY 'Peer visit: Ada M.' does not name Ada Marsh", letter(HOST, CALENDAR, "Ada Marsh", "Ada M.")),
    ("08:45' and the calendar's 2027-01-14 08:03-08:43 differ", letter(HOST, "text", "08:43", "08:45")),
    ("15 January.* and the calendar's 2027-01-14", letter(HOST, "text", "14 January", "15 January")),
    ("Where: 'Room 205' and LOCATION '204, main' differ", letter(HOST, "text", "Room 204", "Room 205")),
    ("the calendar shows the focus exit-tickets", letter(HOST, CALENDAR, "PTION:", "PTION:Exit-tickets ")),
    ("the calendar shows the focus routines", letter("eli host", CALENDAR, "118", "118 routines")),
    ("has no higher SEQUENCE than its invitation", letter(GONE, CALENDAR, "SEQUENCE:1", "SEQUENCE:0")),
    (
        "ORGANIZER changes for t3@tiny.example.edu",
        both(letter(GONE, CALENDAR, "visits+", "other+"), letter(GONE, "reply_to", "visits+", "other+")),
    ),
    ("to which t3@tiny.example.edu was never invited", drop("gone host")),
    ("pairing T6 and T4: T6 evaluates T4", pairs(("T6", "T4"))),
    ("pairing T5 and T4: .* are kept apart", row("apart.csv", "person_id,other_id", "T5,T4")),
    ("T5 mentors 1, has 0 places", cell("staff.csv", ",,1,2025-08-19,,", ",,,2025-08-19,,")),
    ("T5 is not a trained mentor", cell("staff.csv", ",,1,2025-08-19,,", ",,1,,,")),
    ("T3 is not a new teacher", pairs(("T5", "T3"))),
    ("T4 has 2 mentors", pairs(("T5", "T4"), ("T6", "T4"))),
    ("mails went to t5@tiny.example.edu, not just to both", drop("T5 mentee")),
    ("1 recipients in To, copies: True", copy(HOST, HOST, cc="l1@tiny.example.edu")),
    ("2 recipients in To", copy(HOST, HOST, to="t2@tiny.example.edu, t1@tiny.example.edu")),
    ("does not stand for one content", copy(HOST, HOST, message_id="<ada.visitor@walk.example.org>")),
    ("ORGANIZER .* are not one token address", copy(HOST, HOST, reply_to="visits@walk.example.org")),
    (
        "belongs to another invitation as well",
        both(copy(GUEST, "x"), letter("x", CALENDAR, "UID:ada", "UID:x")),
    ),
    (
        "went with two calendar parts",
        both(copy(HOST, "x"), letter("x", CALENDAR, "VERSION", "X-NOTE:x\r\nVERSION")),
    ),
    ("are not one method we send", copy(HOST, HOST, method="PUBLISH")),
    ("is not in UTC", letter(HOST, CALENDAR, "20270114T130300Z", "20270114T080300")),
]


def test_sound_mails_have_no_fault(tmp_path: Path) -> None:
    counts, faults = check(*build(tmp_path, World()))

    assert faults == []
    assert counts == {"mails": 10, "visits": 2, "cancelled": 1, "other_events": 0, "pairings": 1}


@pytest.mark.parametrize(("line", "tampering"), CASES)
def test_each_tampering_is_told_in_a_line(tmp_path: Path, line: str, tampering: Tampering) -> None:
    world = World()
    tampering(world)

    _, faults = check(*build(tmp_path, world))

    assert re.search(line, "\n".join(faults)), faults


def test_two_visitors_in_one_lesson_are_not_two_places(tmp_path: Path) -> None:
    world = World()
    both(visit("two", EVE), cell(WISHES, "exit-tickets,1,1,2,1", "exit-tickets,1,1,2,2"))(world)

    assert check(*build(tmp_path, world))[1] == []


def test_a_moved_visit_counts_once_and_where_it_went(tmp_path: Path) -> None:
    world = World()
    world.late.append(lambda letters: letters.update({f"old {name}": letters[name] for name in (HOST, GUEST)}))
    later = {"SEQUENCE:0": "SEQUENCE:1", "T130300Z": "T130500Z", "T134300Z": "T134500Z"}
    for name in (HOST, GUEST):
        for old, new in later.items():
            letter(name, CALENDAR, old, new)(world)
        letter(name, "text", "08:03 to 08:43", "08:05 to 08:45")(world)

    counts, faults = check(*build(tmp_path, world))

    assert (counts["visits"], faults) == (2, [])


def test_the_command_prints_counts_or_faults_and_exits_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    school, mails = build(tmp_path, World())

    assert main([str(school), str(mails)]) == 0
    assert json.loads(capsys.readouterr().out)["visits"] == 2
    (mails / f"{HOST}.eml").unlink()
    assert main([str(school), str(mails)]) == 1
    assert len(capsys.readouterr().out.splitlines()) == 1
    assert main([str(school), str(school)]) == 2
    assert main([str(school)]) == 2


@pytest.mark.parametrize(
    ("text", "meetings"),
    [
        ("1-2(A,C-E) 3(B)", "1A 1C 1D 1E 2A 2C 2D 2E 3B"),
        ("1(A)2(B)", "1A 2B"),
        ("HR(A-C)", "HRA HRB HRC"),
        ("1,3(A)", "1A 3A"),
        (" 5(A-B) ", "5A 5B"),
        ("1(A) 1(A)", "1A"),
    ],
)
def test_an_expression_means_its_meetings(text: str, meetings: str) -> None:
    found = read_expression(text, ["HR", "1", "2", "3", "4", "5"], list("ABCDE"))

    assert sorted(period + day for period, day in found) == meetings.split()


@pytest.mark.parametrize("text", ["", "3(B", "(A-C)", "1-2", "2-1(A)", "1(A-Z)", "1(a)", "9(A)", "1(A) x"])
def test_a_broken_expression_has_no_meaning(text: str) -> None:
    with pytest.raises(UnreadableError):
        read_expression(text, ["1", "2", "3"], list("ABC"))


@pytest.mark.parametrize(
    ("policy", "changes", "codes"),
    [
        ("shift", {}, "ABABA-BABA"),
        ("shift", {13: "weather,,"}, "AB-AB-ABAB"),
        ("fixed", {13: "weather,,"}, "AB-BA-BABA"),
        ("shift", {13: "weather,,", 14: "emergency,,"}, "AB--A-BABA"),
        ("shift", {21: "instructional,A,"}, "ABABA-BAAA"),
        ("shift", {21: "instructional,A,waits"}, "ABABA-BAAB"),
    ],
)
def test_the_rotation_turns_as_the_school_says(
    tmp_path: Path, policy: str, changes: dict[int, str], codes: str
) -> None:
    dates = [11, 12, 13, 14, 15, 18, 19, 20, 21, 22]
    kinds = {11: "instructional,A,", 18: "holiday,,", **changes}
    lines = [f"2027-01-{day},{kinds.get(day, 'instructional,,')},Regular" for day in dates]
    world = World()
    world.files = {**FILES, DAYS: "\n".join(["date,kind,cycle_day,rotation,bell_schedule", *lines])}
    cell("school.json", "shift", policy)(world)

    school = School(build(tmp_path, world)[0])

    assert "".join(school.days[date(2027, 1, day)].cycle_day or "-" for day in dates) == codes


def test_a_lunch_wave_cuts_a_lesson_in_two(tmp_path: Path) -> None:
    world = World()
    cell("bells.csv", "L2,lunch,10:40,11:05", "L2,lunch,10:15,10:40")(world)
    school = School(build(tmp_path, world)[0])

    pieces = [lesson.span for lesson in school.lessons("T3", date(2027, 1, 14))]

    assert [(clock(start), clock(end)) for start, end in pieces] == [("09:50", "10:15"), ("10:40", "11:05")]


def test_everybody_in_the_demo_school_teaches_and_plans_on_both_days() -> None:
    school = School(DEMO)
    days = {
        code: next(d for d in school.days.values() if (d.cycle_day, d.schedule) == (code, "Regular")) for code in "AB"
    }
    with (DEMO / "staff.csv").open(encoding="utf-8", newline="") as file:
        teachers = [row["person_id"] for row in csv.DictReader(file) if row["roles"] == "teacher"]

    assert len(teachers) == 40
    assert all(section.meetings for section in school.sections)
    for person in teachers:
        for day in days.values():
            periods = [lesson.period for lesson in school.lessons(person, day.date) if lesson.period != "5"]
            assert len(periods) == len(set(periods)), f"{person} is double-booked on {day.date}"
            assert school.planning(school.people[person], day.date), f"{person} plans never on {day.date}"


def ab_school(folder: Path, *tamperings: Tampering) -> School:
    """Build an A/B school whose free periods are known by hand: odd periods on A days, even on B days."""
    times = {
        "Regular": ["08:00,09:25", "09:30,10:55", "11:30,12:55", "13:00,14:25"],
        "Early": ["08:00,08:40", "08:45,09:25", "09:30,10:10", "10:15,10:55"],
        "HalfAM": ["08:00,09:25", "09:30,10:55"],
    }
    bells = ["bell_schedule,cycle_day,period,kind,starts,ends"] + [
        f"{name},{code},{2 * place + first},class,{span}"
        for name, spans in times.items()
        for code, first in (("A", 1), ("B", 2))
        for place, span in enumerate(spans)
    ]
    classes = [
        "section_id,course,teacher_ids,expression,term",
        "R,R,T1,1(A)3(A) 5(A) 2(B) 4(B) 8(B),",
        "X,X,T2,1(A),",
    ]
    days = ["date,kind,cycle_day,bell_schedule", "2027-01-12,instructional,B,Regular"]
    days += ["2027-01-13,instructional,A,Regular", "2027-01-14,instructional,A,Early"]
    days += [
        "2027-01-15,instructional,A,HalfAM",
        "2027-01-16,makeup,,Regular",
        "2027-01-17,staff_only,,Regular",
    ]
    world = World()
    files = {
        "bells.csv": bells,
        CLASSES: classes,
        DAYS: days,
        DUTIES: ["person_id,kind,cycle_day,starts,ends"],
    }
    world.files = {**FILES, **{name: "\n".join(lines) + "\n" for name, lines in files.items()}}
    both(*tamperings)(world)
    return School(build(folder, world)[0])


@pytest.mark.parametrize(
    ("day", "tampering", "free"),
    [
        (12, both(), "11:30-12:55"),
        (13, both(), "13:00-14:25"),
        (14, both(), "10:15-10:55"),
        (15, both(), ""),
        (16, both(), ""),
        (17, both(), ""),
        (18, both(), ""),
        (13, row(DUTIES, "T1,duty,A,13:00,13:30"), "13:30-14:25"),
        (12, row(DUTIES, "T1,duty,A,11:30,12:00"), "11:30-12:55"),
        (12, row(DUTIES, "T1,closed,,,"), "11:30-12:55"),
        (13, cell(CLASSES, "X,X,T2,1(A)", "X,X,T2;T1,7(A)"), ""),
        (12, cell("staff.csv", MARSH, f"{MARSH},11:30"), ""),
        (13, row(CLASSES, "Y,Y,T1,7(A),S1"), ""),
        (
            13,
            both(row(CLASSES, "Y,Y,T1,7(A),S1"), cell("terms.csv", "2027-01-21", "2027-01-12")),
            "13:00-14:25",
        ),
        (12, both(row(CLASSES, "Y,Y,T1,6(B),S1"), cell("terms.csv", "2027-01-21", "2027-01-12")), ""),
    ],
)
def test_planning_is_what_the_timetable_leaves(tmp_path: Path, day: int, tampering: Tampering, free: str) -> None:
    school = ab_school(tmp_path, tampering)

    spans = school.planning(school.people["T1"], date(2027, 1, day))

    assert " ".join(f"{clock(start)}-{clock(end)}" for start, end in spans) == free
