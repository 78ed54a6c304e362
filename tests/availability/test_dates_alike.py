"""Dates that are alike are worked out once: together they give what each of them gives alone."""

from __future__ import annotations

from datetime import date, time

from builders import Round
from school import FIRST, LAST

from mentorship.availability.models import Block, DeclaredPlanning
from mentorship.availability.queries import calendar, sections_of, times
from mentorship.extensions import db
from mentorship.people.queries import active_members
from mentorship.timetable.models import SchoolDay, Section, Term


def test_a_weekday_s_duty_a_dated_one_a_term_and_another_bell_schedule_hold_on_their_dates(planned: Round) -> None:
    chen, lund = planned.member("Chen"), planned.member("Lund")
    db.session.add_all(
        [
            Block(membership_id=chen.id, kind="duty", weekday=2, starts=time(9, 30), ends=time(10, 55)),
            Block(membership_id=lund.id, kind="duty", on_date=date(2027, 1, 13), starts=time(8), ends=time(12)),
            DeclaredPlanning(membership_id=lund.id, period="1", cycle_day="A"),
            Term(school_id="t", name="First", starts_on=FIRST, ends_on=date(2027, 1, 22)),
        ]
    )
    db.session.query(Section).filter(Section.code.startswith("Chen")).first().term = "First"
    db.session.query(SchoolDay).filter_by(on_date=date(2027, 1, 14)).one().bell_schedule = "Early"
    db.session.commit()
    school = planned.cycle.school
    members, dates, sections = active_members(school), calendar(school, FIRST, LAST), sections_of(school)
    together = times(school, members, dates, sections)
    for each in dates:
        for alone, one in zip(times(school, members, [each], sections), together, strict=True):
            assert one.days[each.on] == alone.days[each.on], (one.member.code, each.on)
    by_code = {one.member.code: one for one in together}
    shapes = {code: {repr(day) for day in one.days.values() if day.teaching} for code, one in by_code.items()}
    # More than the two of an A and a B day.
    assert all(len(shapes[code]) > 3 for code in ("Chen", "Lund"))
    assert all(piece.certainty == "confirmed" for piece in by_code["Lund"].days[FIRST].planning if piece.period == "1")
