"""A tiny school and the mails of its visits and pairings, each line of them open to a tampering."""

import base64
import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from email.message import EmailMessage
from pathlib import Path
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("America/New_York")
FILES = {
    "school.json": '{"id": "tiny", "name": "Tiny", "time_zone": "America/New_York", "cycle_days": ["A", "B"],'
    ' "weekday_bound": false, "rotation_policy": "shift", "first_day": "2027-01-11"}',
    "staff.csv": """\
person_id,given_name,family_name,email,roles,building,new_teacher,mentor_places,trained_on,evaluates,works_to
T1,Ada,Marsh,t1@tiny.example.edu,teacher,main,,,,,
T2,Ben,Cole,t2@tiny.example.edu,teacher,main,,,,,
T3,Cleo,Dunn,t3@tiny.example.edu,teacher,main,,,,,
T4,Eli,Frost,t4@tiny.example.edu,teacher,main,yes,,,,
T5,Gia,Hale,t5@tiny.example.edu,teacher,main,,1,2025-08-19,,
T6,Hal,Ivory,t6@tiny.example.edu,teacher,main,,1,2025-08-19,T4,
T7,Ida,Jones,t7@tiny.example.edu,teacher,main,,,,,
L1,Kim,Lane,l1@tiny.example.edu,leader,main,,,,T1;T2,
""",
    "master_schedule.csv": """\
section_id,course,teacher_ids,room,building,expression,term,wave
MA,Math 6,T1,101,main,2(A-B),,
SC,Science 7,T2,204,main,1(A-B),S1,
EN,English 7,T3,118,main,3(A-B),,2
AR,Studio Art,T4,X1,main,"1(A,B) 2(A)",,
MU,Chorus,T5,X2,main,3(A),,
FR,French 1,T6;T2,9,main,1(A),,
CE,Ceramics,T7,X3,main,3(B,,
""",
    "bells.csv": """\
bell_schedule,cycle_day,period,kind,starts,ends,wave
Regular,,1,class,08:00,08:50,
Regular,,2,class,08:55,09:45,
Regular,,3,class,09:50,11:05,
Regular,,L1,lunch,09:50,10:15,1
Regular,,L2,lunch,10:40,11:05,2
Short,,1,class,08:00,08:30,
""",
    "school_days.csv": """\
date,kind,cycle_day,bell_schedule,note,rotation
2027-01-11,instructional,A,Regular,,
2027-01-12,instructional,,Regular,,
2027-01-13,weather,,,Snow,
2027-01-14,instructional,,Regular,,
2027-01-15,instructional,,Regular,,
2027-01-16,weekend,,,,
2027-01-17,weekend,,,,
2027-01-18,holiday,,,,
2027-01-19,instructional,,Regular,,
2027-01-20,instructional,,Regular,,
2027-01-21,instructional,,Regular,,
""",
    "terms.csv": "term,starts,ends\nS1,2026-09-01,2027-01-21\n",
    "interests.csv": """\
person_id,wants_to_learn,shows,visits_wanted,visits_a_week,hosts_at_most,hosts_a_week,open_to_visits
T1,exit-tickets,routines,1,1,2,1,yes
T2,,exit-tickets,1,1,2,1,yes
""",
    "duties.csv": """\
person_id,kind,cycle_day,weekday,date,period,starts,ends
T1,duty,B,,,1,,
T1,plc,,Friday,,,,
""",
}


@dataclass(frozen=True)
class Meeting:
    """What both mails of one visit say."""

    visitor: str
    host: str
    on: str
    starts: str
    ends: str
    room: str
    course: str
    period: str
    cycle_day: str
    sequence: int = 0


@dataclass(frozen=True)
class Letter:
    """One mail before it is written, each line of it open to a tampering."""

    to: str
    text: str
    reply_to: str
    calendar: str = ""
    method: str = "REQUEST"
    message_id: str = ""
    cc: str = ""


@dataclass
class World:
    files: dict[str, str] = field(default_factory=lambda: dict(FILES))
    visits: dict[str, Meeting] = field(default_factory=dict)
    pairs: list[tuple[str, str]] = field(default_factory=lambda: [("T5", "T4")])
    late: list[Callable[[dict[str, Letter]], None]] = field(default_factory=list)


Tampering = Callable[[World], None]
CALENDAR = "calendar"
ADA = Meeting("T1", "T2", "2027-01-14", "08:03", "08:43", "204", "Science 7", "1", "A")
ELI = Meeting("T4", "T3", "2027-01-15", "09:53", "10:33", "118", "English 7", "3", "B")
NAMES: dict[str, str] = dict(re.findall(r"^([TL]\d),(\w+,\w+),", FILES["staff.csv"], re.MULTILINE))


def name_of(person: str) -> str:
    return NAMES[person].replace(",", " ")


def address(person: str) -> str:
    return f"{person.lower()}@tiny.example.edu"


def token_address(key: str) -> str:
    token = base64.b32encode(hashlib.sha256(key.encode()).digest()).decode().lower()[:26]
    return f"visits+{token}@walk.example.org"


def instant(on: str, clock: str) -> str:
    local = datetime.fromisoformat(f"{on}T{clock}").replace(tzinfo=ZONE)
    return local.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def visit_letter(uid: str, visit: Meeting, to: str, method: str = "REQUEST") -> Letter:
    other = visit.host if to == visit.visitor else visit.visitor
    organizer = token_address(uid + to)
    about = f"{visit.course}\\, period {visit.period}\\, {visit.cycle_day} day\\nhttps://walk.example.org/"
    lines = [
        *("BEGIN:VCALENDAR", "VERSION:2.0", f"METHOD:{method}", "BEGIN:VEVENT"),
        *(f"UID:{uid}@walk.example.org", f"SEQUENCE:{visit.sequence}", "CATEGORIES:WALKTHROUGH"),
        *(f"DTSTART:{instant(visit.on, visit.starts)}", f"DTEND:{instant(visit.on, visit.ends)}"),
        *(f"SUMMARY:Peer visit: {name_of(other)}", f"LOCATION:{visit.room}\\, main"),
        f"DESCRIPTION:{about}",
        f'ORGANIZER;CN="Tiny: visits":mailto:{organizer}',
        f"ATTENDEE;ROLE=REQ-PARTICIPANT;RSVP=TRUE:mailto:{address(to)}",
        *("END:VEVENT", "END:VCALENDAR", ""),
    ]
    people = f"Visitor: {name_of(visit.visitor)} <{address(visit.visitor)}>\n"
    people += f"Host: {name_of(visit.host)} <{address(visit.host)}>\n"
    when = f"When: {date.fromisoformat(visit.on):%A, %d %B %Y}, {visit.starts} to {visit.ends}\n"
    text = f"{people}Class: {visit.course}\n{when}Where: Room {visit.room}\n"
    return Letter(address(to), text, organizer, "\r\n".join(lines), method)


def letters_of(world: World) -> dict[str, Letter]:
    letters: dict[str, Letter] = {}
    for uid, visit in {"ada": ADA, "eli": ELI, **world.visits}.items():
        letters[f"{uid} visitor"] = visit_letter(uid, visit, visit.visitor)
        letters[f"{uid} host"] = visit_letter(uid, visit, visit.host)
    gone = Meeting("T6", "T3", "2027-01-19", "09:53", "10:33", "118", "English 7", "3", "A")
    for side, person in (("visitor", "T6"), ("host", "T3")):
        letters[f"gone {side}"] = visit_letter("gone", gone, person)
        letters[f"gone {side} cancel"] = visit_letter("gone", replace(gone, sequence=1), person, "CANCEL")
    for mentor, mentee in world.pairs:
        text = f"Mentor: {name_of(mentor)} <{address(mentor)}>\n"
        text += f"New teacher: {name_of(mentee)} <{address(mentee)}>\n"
        for side, person in (("mentor", mentor), ("mentee", mentee)):
            letters[f"{mentor} {side}"] = Letter(address(person), text, "visits@walk.example.org")
    for change in world.late:
        change(letters)
    return letters


def raw(name: str, letter: Letter) -> bytes:
    message = EmailMessage()
    message["From"] = "Tiny visits <visits@walk.example.org>"
    message["Reply-To"], message["To"], message["Subject"] = letter.reply_to, letter.to, name
    message["Message-ID"] = letter.message_id or f"<{name.replace(' ', '.')}@walk.example.org>"
    if letter.cc:
        message["Cc"] = letter.cc
    message.set_content(letter.text)
    if letter.calendar:
        parts = {"method": letter.method, "charset": "UTF-8", "component": "VEVENT"}
        message.add_alternative(letter.calendar.encode(), maintype="text", subtype="calendar", params=parts)
    return message.as_bytes()


def build(folder: Path, world: World) -> tuple[Path, Path]:
    school, mails = folder / "school", folder / "mails"
    school.mkdir()
    mails.mkdir()
    for name, text in world.files.items():
        (school / name).write_text(text, encoding="utf-8")
    for name, letter in letters_of(world).items():
        (mails / f"{name}.eml").write_bytes(raw(name, letter))
    return school, mails


def visit(uid: str, like: Meeting = ADA, **changes: str) -> Tampering:
    return lambda world: world.visits.update({uid: Meeting(**{**vars(like), **changes})})


def cell(file: str, old: str, new: str) -> Tampering:
    def change(world: World) -> None:
        assert old in world.files[file]
        world.files[file] = world.files[file].replace(old, new, 1)

    return change


def row(file: str, *lines: str) -> Tampering:
    return lambda world: world.files.update({file: world.files.get(file, "") + "\n".join(lines) + "\n"})


def pairs(*pairs: tuple[str, str]) -> Tampering:
    return lambda world: world.pairs.__setitem__(slice(None), pairs)


def drop(name: str) -> Tampering:
    return lambda world: world.late.append(lambda letters: [letters.pop(name)].clear())


def copy(name: str, under: str, **changes: str) -> Tampering:
    def change(letters: dict[str, Letter]) -> None:
        letters[under] = Letter(**{**vars(letters[name]), **changes})

    return lambda world: world.late.append(change)


def letter(name: str, part: str, old: str, new: str) -> Tampering:
    def change(letters: dict[str, Letter]) -> None:
        before = getattr(letters[name], part)
        assert old in before
        letters[name] = Letter(**{**vars(letters[name]), part: before.replace(old, new, 1)})

    return lambda world: world.late.append(change)


def both(*tamperings: Tampering) -> Tampering:
    return lambda world: [tampering(world) for tampering in tamperings].clear()
