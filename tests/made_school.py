"""A school of any size, made from School T: its four timetables over and over, a new teacher in every eighth place."""

from __future__ import annotations

from collections.abc import Mapping

from school import TEACHING, SchoolFiles, school_t

# Whoever wants to see a thing finds it among a dozen: the engine has many small choices and no huge one.
OF_ONE_FOCUS = 12
NEW_EVERY, MENTOR_EVERY = 8, 4


def made_school(teachers: int) -> SchoolFiles:
    """Files of a school with so many teachers, each free when another timetable teaches."""
    files = school_t()
    patterns = list(TEACHING.values())
    staff, sections, wishes = [], [], []
    grown = {row["person_id"]: row for row in files.tables["staff"] if row["roles"] != "teacher"}
    for number in range(teachers):
        code = f"T{number:03}"
        subject = ("math", "science", "history")[number % 3]
        staff.append(_person(code, number))
        for meeting in patterns[number % len(patterns)].split():
            sections.append(_section(code, meeting, subject))
        wishes.append(_wishes(code, f"focus {number // OF_ONE_FOCUS + 1}"))
    files.tables["staff"] = [*staff, *grown.values()]
    files.tables["master_schedule"], files.tables["interests"] = sections, wishes
    return files


def _person(code: str, number: int) -> Mapping[str, str]:
    is_new = number % NEW_EVERY == 1
    return {
        "person_id": code,
        "given_name": "Sam",
        "family_name": f"Name{number:03}",
        "email": f"{code.lower()}@t.example.edu",
        "roles": "teacher",
        "building": "main",
        "evaluates": "",
        "new_teacher": "yes" if is_new else "",
        "mentor_places": "1" if number % MENTOR_EVERY == 0 else "",
    }


def _section(code: str, meeting: str, subject: str) -> Mapping[str, str]:
    return {
        "section_id": f"{code}-{meeting}",
        "course": f"Course of {code}",
        "subject": subject,
        "teacher_ids": code,
        "room": f"R{code}",
        "expression": meeting,
    }


def _wishes(code: str, focus: str) -> Mapping[str, str]:
    return {
        "person_id": code,
        "wants_to_learn": focus,
        "shows": focus,
        "visits_required": "1",
        "visits_wanted": "1",
        "visits_a_week": "1",
        "hosts_at_most": "2",
        "hosts_a_week": "1",
    }
