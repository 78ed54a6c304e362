"""Check delivered invitations against the school's own files, without any of the service's code.

Run as `python tests/independent_check.py SCHOOL_FOLDER MAIL_FOLDER`. It reads the school's CSV files and the
raw mails (*.eml) and nothing else, prints counts as JSON and exits 0, or prints one line per fault and exits
1; 2 stands for wrong usage, an unreadable school or a folder without mails.
"""

import json
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import combinations
from pathlib import Path

from independent_mails import CalendarPart, Mail, read_mails, shape_faults, standing
from independent_school import Lesson, Person, School, Span, clock, inside, overlap

LEAST_MINUTES = 20
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True)
class Visit:
    """One live invitation as both its mails tell it."""

    uid: str
    visitor: Person
    host: Person
    on: date
    span: Span
    part: CalendarPart

    @property
    def label(self) -> str:
        times = f"{clock(self.span[0])}-{clock(self.span[1])}"
        return f"visit {self.visitor.id} to {self.host.id} {self.on} {times} ({self.uid})"


@dataclass(frozen=True)
class Pairing:
    mentor: Person
    mentee: Person

    @property
    def label(self) -> str:
        return f"pairing {self.mentor.id} and {self.mentee.id}"


def has_word(text: str, word: str) -> bool:
    return re.search(rf"(?<![\w-]){re.escape(word)}(?![\w-])", text, re.IGNORECASE) is not None


def names_code(text: str, word: str, code: str) -> bool:
    """Say whether a text names a code in either order, such as "period 6" or "6th period"."""
    own = re.escape(code)
    after = rf"\b{word}s?\W{{0,3}}{own}(?![\w-])"
    before = rf"(?<![\w-]){own}(st|nd|rd|th)?[ -]{word}\b"
    return re.search(f"(?i:{after})|(?i:{before})", text) is not None


def _local(school: School, part: CalendarPart) -> tuple[date, Span]:
    starts, ends = part.starts.astimezone(school.zone), part.ends.astimezone(school.zone)
    length = int((ends - starts).total_seconds()) // 60
    first = starts.hour * 60 + starts.minute
    return starts.date(), (first, first + length)


def _says_clock(text: str, value: int) -> bool:
    hour, minute = divmod(value, 60)
    forms = {f"{hour:02d}", str(hour), str(hour % 12 or 12), f"{hour % 12 or 12:02d}"}
    return re.search(rf"(?<!\d)({'|'.join(forms)})[:.]{minute:02d}(?!\d)", text) is not None


def _says_date(text: str, on: date) -> bool:
    day = re.search(rf"(?<![\d:])0?{on.day}(?![\d:])", text)
    month = re.search(rf"\b{MONTHS[on.month - 1]}", text, re.IGNORECASE)
    return on.isoformat() in text or bool(day and month)


def _person(school: School, mail: Mail, key: str) -> Person | str:
    """Return the known person whom a line of the text names, or what is wrong with that line."""
    if key not in mail.people:
        return f"{mail.name}: the text has no line {key}:"
    name, address = mail.people[key]
    person = school.by_address.get(address.lower())
    if person is None or person.name != name:
        return f"{mail.name}: {key} {name} <{address}> is nobody of this school"
    return person


def _both(school: School, mail: Mail, first: str, second: str) -> tuple[Person, Person] | list[str]:
    one, other = _person(school, mail, first), _person(school, mail, second)
    if isinstance(one, Person) and isinstance(other, Person):
        return one, other
    return [found for found in (one, other) if isinstance(found, str)]


def text_faults(school: School, mail: Mail, part: CalendarPart) -> list[str]:
    """Return where the text of a visit mail and its calendar part say different things."""
    both = _both(school, mail, "Visitor", "Host")
    if isinstance(both, list):
        return both
    on, span = _local(school, part)
    other = [person for person in both if person.email.lower() != mail.to.lower()]
    faults = []
    if len(other) != 1:
        faults.append("the recipient is not one of Visitor and Host")
    elif part.summary != f"Peer visit: {other[0].name}":
        faults.append(f"SUMMARY {part.summary!r} does not name {other[0].name} alone")
    when, where, course = (mail.lines.get(key, "") for key in ("When", "Where", "Class"))
    if not (_says_date(when, on) and all(_says_clock(when, value) for value in span)):
        faults.append(f"When: {when!r} and the calendar's {on} {clock(span[0])}-{clock(span[1])} differ")
    room = re.split(r"[,;(·|]", part.location)[0].strip()
    if not where or room not in where:
        faults.append(f"Where: {where!r} and LOCATION {part.location!r} differ")
    courses = [section.course for section in school.sections if both[1].id in section.teachers]
    if not any(name in course and name in part.description for name in courses):
        faults.append(f"Class: {course!r} and DESCRIPTION do not name one course of {both[1].id}")
    return [f"{mail.name}: {fault}" for fault in faults]


def leak_faults(school: School, mail: Mail, part: CalendarPart) -> list[str]:
    """Return the focus areas that a shared calendar would show; course names and links are no leak."""
    text = f"{part.summary}\n{part.location}\n{re.sub(r'https?://[^ ]+', '', part.description)}"
    for course in sorted({section.course for section in school.sections}, key=len, reverse=True):
        if course in mail.lines.get("Class", ""):
            text = text.replace(course, "", 1)
    shown = sorted(name for name in school.foci if has_word(text, name))
    return [f"{mail.name}: the calendar shows the focus {name}" for name in shown]


def read_visit(school: School, uid: str, pairs: list[tuple[Mail, CalendarPart]]) -> Visit | list[str]:
    """Return the visit that the standing mails of one UID describe, or why they do not describe one."""
    both = _both(school, pairs[0][0], "Visitor", "Host")
    if isinstance(both, list):
        return both
    part = pairs[0][1]
    wanted = {person.email.lower() for person in both}
    if {mail.to.lower() for mail, _ in pairs} != wanted or len(pairs) != 2:
        return [f"{uid}: invited are {', '.join(mail.to for mail, _ in pairs)}, not just visitor and host"]
    if len({(p.sequence, p.starts, p.ends, p.location) for _, p in pairs}) > 1:
        return [f"{uid}: the two mails differ in SEQUENCE, time or room"]
    if len({str(sorted(mail.people.items())) for mail, _ in pairs}) > 1:
        return [f"{uid}: the two mails name different people"]
    on, span = _local(school, part)
    return Visit(uid, both[0], both[1], on, span, part)


def day_faults(school: School, visit: Visit) -> list[str]:
    day = school.days.get(visit.on)
    if day is None:
        return ["the date is outside the school year"]
    if day.kind not in {"instructional", "makeup"}:
        return [f"the date is no school day but {day.kind}"]
    if not day.cycle_day or not school.bells_on(visit.on):
        return ["the date has no cycle day or no bell schedule"]
    return []


def _lesson_faults(school: School, visit: Visit, lesson: Lesson) -> list[str]:
    section, text = lesson.section, visit.part.description
    cycle_day = school.days[visit.on].cycle_day
    rest = text.replace(section.course, "", 1)
    location = visit.part.location
    faults = []
    if section.room and not re.match(rf"{re.escape(section.room)}(?!\w)", location):
        faults.append(f"LOCATION {location!r} does not begin with the room {section.room} of {section.id}")
    if section.course not in text:
        faults.append(f"DESCRIPTION does not name the course {section.course} of {section.id}")
    if not names_code(rest, "period", lesson.period):
        faults.append(f"DESCRIPTION does not name period {lesson.period}")
    if not names_code(rest, "day", cycle_day):
        faults.append(f"DESCRIPTION does not name cycle day {cycle_day}")
    if not re.search(r"https?://\S", text):
        faults.append("DESCRIPTION has no link")
    return faults


def _visited(school: School, visit: Visit) -> Lesson | None:
    """Return the lesson that is visited; of several at once the one that the invitation fits best."""
    lessons = school.lessons(visit.host.id, visit.on)
    taught = [lesson for lesson in lessons if inside(visit.span, lesson.span)]
    return min(taught, key=lambda lesson: len(_lesson_faults(school, visit, lesson)), default=None)


def host_faults(school: School, visit: Visit) -> list[str]:
    host = visit.host
    faults = []
    if not school.wishes_of(host.id).is_open:
        faults.append(f"{host.id} is not open to visits")
    for kind, span in school.duties_on(host.id, visit.on):
        if kind == "closed" and overlap(span, visit.span):
            faults.append(f"{host.id} is closed to visits then")
    lesson = _visited(school, visit)
    if lesson is None:
        return [*faults, f"{host.id} does not teach for the whole visit"]
    return faults + _lesson_faults(school, visit, lesson)


def visitor_faults(school: School, visit: Visit) -> list[str]:
    """Return why the visitor is not free then, with the lesson or duty that stands in the way."""
    visitor, span = visit.visitor, visit.span
    if school.is_unknown(visitor.id, visit.on):
        return [f"the timetable of {visitor.id} is unknown, which is not free"]
    faults = []
    for lesson in school.lessons(visitor.id, visit.on):
        if overlap(lesson.span, span):
            faults.append(f"{visitor.id} teaches {lesson.section.id} in period {lesson.period} then")
    for kind, busy in school.duties_on(visitor.id, visit.on):
        if kind != "closed" and overlap(busy, span):
            faults.append(f"{visitor.id} has {kind} from {clock(busy[0])} to {clock(busy[1])}")
    if not inside(span, visitor.hours):
        faults.append(f"{visitor.id} is outside contract hours")
    if not any(inside(span, period) for period in school.class_time(visit.on)):
        faults.append("the visit is not within a class period")
    return faults or travel_faults(school, visit)


def travel_faults(school: School, visit: Visit) -> list[str]:
    """Return whether the way to another building and back fits into the visitor's free time."""
    lesson = _visited(school, visit)
    way = school.travel_minutes(visit.visitor, lesson, visit.host) if lesson else 0
    whole = (visit.span[0] - way, visit.span[1] + way)
    if any(inside(whole, span) for span in school.planning(visit.visitor, visit.on)):
        return []
    return [f"{visit.visitor.id} has no {way} minutes for the way there and back"]


def visit_faults(school: School, visit: Visit) -> list[str]:
    faults = day_faults(school, visit)
    if not faults:
        faults = host_faults(school, visit) + visitor_faults(school, visit)
    if visit.span[1] - visit.span[0] < LEAST_MINUTES:
        faults.append(f"shorter than {LEAST_MINUTES} minutes")
    reason = school.keeps_apart(visit.visitor.id, visit.host.id)
    if reason:
        faults.append(reason)
    return [f"{visit.label}: {fault}" for fault in faults]


def _in_two_places(one: Visit, other: Visit) -> set[str]:
    """Return who would have to be in both visits at once; two visitors in one lesson are no conflict."""
    if one.on != other.on or not overlap(one.span, other.span):
        return set()
    shared = {one.visitor.id, one.host.id} & {other.visitor.id, other.host.id}
    if one.host == other.host and one.part.location == other.part.location:
        shared.discard(one.host.id)
    return shared


def _too_many(what: str, counts: Counter[tuple[str, str]], most: Callable[[str, str], int]) -> list[str]:
    return [
        f"{person} has {count} {what} {span}, at most {most(person, span)}"
        for (person, span), count in counts.items()
        if count > most(person, span)
    ]


def limit_faults(school: School, visits: list[Visit]) -> list[str]:
    faults = [
        f"{person} is in two places at once: {one.label} and {other.label}"
        for one, other in combinations(visits, 2)
        for person in sorted(_in_two_places(one, other))
    ]
    made: Counter[tuple[str, str]] = Counter()
    hosted: Counter[tuple[str, str]] = Counter()
    daily: Counter[tuple[str, str]] = Counter()
    for visit in visits:
        monday = visit.on - timedelta(days=visit.on.weekday())
        daily[visit.visitor.id, f"on {visit.on}"] += 1
        for span in ("in all", f"in the week of {monday}"):
            made[visit.visitor.id, span] += 1
            hosted[visit.host.id, span] += 1
    of = school.wishes_of
    faults += _too_many("visits", daily, lambda person, span: 1)
    faults += _too_many("visits", made, lambda p, s: of(p).visits if s == "in all" else of(p).visits_a_week)
    return faults + _too_many("hostings", hosted, lambda p, s: of(p).hosts if s == "in all" else of(p).hosts_a_week)


def read_pairings(school: School, mails: list[Mail]) -> tuple[list[Pairing], list[str]]:
    """Return the pairings that both people were told of, and every mail that reached only one of them."""
    told: defaultdict[Pairing, set[str]] = defaultdict(set)
    faults: list[str] = []
    for mail in mails:
        if mail.calendar or not {"Mentor", "New teacher"} <= mail.people.keys():
            continue
        both = _both(school, mail, "Mentor", "New teacher")
        if isinstance(both, list):
            faults += both
        else:
            told[Pairing(*both)].add(mail.to.lower())
    for pairing, got in told.items():
        wanted = {pairing.mentor.email.lower(), pairing.mentee.email.lower()}
        if got != wanted:
            faults.append(f"{pairing.label}: mails went to {', '.join(sorted(got))}, not just to both")
    return list(told), faults


def pairing_faults(school: School, pairings: list[Pairing]) -> list[str]:
    faults = []
    for pairing in pairings:
        mentor, mentee = pairing.mentor, pairing.mentee
        if not mentee.is_new or mentor == mentee:
            faults.append(f"{pairing.label}: {mentee.id} is not a new teacher to be paired so")
        if not mentor.is_trained:
            faults.append(f"{pairing.label}: {mentor.id} is not a trained mentor")
        reason = school.keeps_apart(mentor.id, mentee.id)
        if reason:
            faults.append(f"{pairing.label}: {reason}")
    for mentor, count in Counter(pairing.mentor for pairing in pairings).items():
        if count > mentor.places:
            faults.append(f"{mentor.id} mentors {count}, has {mentor.places} places")
    for mentee, count in Counter(pairing.mentee for pairing in pairings).items():
        if count > 1:
            faults.append(f"{mentee.id} has {count} mentors")
    return faults


def check(school: Path, mails: Path) -> tuple[dict[str, int], list[str]]:
    """Return counts and one line for every fault in the mails of one school."""
    facts = School(school)
    delivered, faults = read_mails(mails)
    faults += shape_faults(delivered)
    for mail in delivered:
        part = mail.calendar
        if part and part.method == "REQUEST" and part.categories == "WALKTHROUGH":
            faults += text_faults(facts, mail, part)
        if part:
            faults += leak_faults(facts, mail, part)
    final, found = standing(delivered)
    faults += found
    visits: list[Visit] = []
    counts = Counter({"mails": len(delivered), "visits": 0, "cancelled": 0, "other_events": 0})
    for uid, pairs in final.items():
        if any(part.categories != "WALKTHROUGH" for _, part in pairs):
            counts["other_events"] += 1
        elif any(part.method == "CANCEL" for _, part in pairs):
            counts["cancelled"] += 1
        else:
            visit = read_visit(facts, uid, pairs)
            if isinstance(visit, Visit):
                visits.append(visit)
            else:
                faults += visit
    for visit in visits:
        faults += visit_faults(facts, visit)
    pairings, found = read_pairings(facts, delivered)
    faults += found + limit_faults(facts, visits) + pairing_faults(facts, pairings)
    counts.update(visits=len(visits), pairings=len(pairings))
    return dict(counts), list(dict.fromkeys(faults))


def main(arguments: list[str]) -> int:
    folders = [Path(argument) for argument in arguments]
    if len(folders) != 2 or not all(folder.is_dir() for folder in folders):
        print("usage: python tests/independent_check.py SCHOOL_FOLDER MAIL_FOLDER", file=sys.stderr)
        return 2
    if not any(folders[1].glob("*.eml")):
        print("no mails (*.eml) in the folder", file=sys.stderr)
        return 2
    try:
        counts, faults = check(*folders)
    except (OSError, KeyError, ValueError) as error:
        print(f"the school's files cannot be read: {error}", file=sys.stderr)
        return 2
    print("\n".join(faults) if faults else json.dumps(counts))
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
