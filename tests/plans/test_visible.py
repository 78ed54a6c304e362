"""What a person may see of visits and pairings: their own once they are out, a coach the whole school."""

from __future__ import annotations

from datetime import date, datetime, time
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from mentorship.extensions import db
from mentorship.people.models import Membership, Person
from mentorship.plans.models import Pairing, Plan, Visit
from mentorship.plans.queries import pairings_visible_to, visits_visible_to
from tests.plans.test_problems import LONG_BEFORE, opened
from tests.school import school_t


def _member(code: str) -> Membership:
    return db.session.scalars(select(Membership).where(Membership.code == code)).one()


def _visit(plan: Plan, visitor: str, host: str, status: str) -> Visit:
    return Visit(
        plan_id=plan.id,
        visitor=_member(visitor),
        host=_member(host),
        mode="learn",
        on_date=date(2027, 1, 12),
        starts=time(9),
        ends=time(9, 40),
        starts_at=datetime.combine(date(2027, 1, 12), time(14), LONG_BEFORE.tzinfo),
        status=status,
    )


@pytest.fixture
def seen(app: Flask, tmp_path: Path) -> dict[str, tuple[int, int]]:
    """How many visits and pairings each person sees, of one draft visit and one invited visit and pairing."""
    with app.app_context():
        cycle = opened(school_t(), tmp_path)
        plan = Plan(cycle_id=cycle.id, part="visits", problem={}, outcome={}, made_at=LONG_BEFORE)
        db.session.add(plan)
        db.session.flush()
        pairing = Pairing(plan_id=plan.id, mentee=_member("Lund"), mentor=_member("Chen"), status="invited")
        db.session.add_all(
            [_visit(plan, "Lund", "Chen", "invited"), _visit(plan, "Okafor", "Rivera", "proposed"), pairing]
        )
        db.session.flush()
        people = db.session.scalars(select(Person)).all()
        return {
            person.family_name: (
                len(db.session.scalars(visits_visible_to(person)).all()),
                len(db.session.scalars(pairings_visible_to(person)).all()),
            )
            for person in people
        }


def test_each_sees_their_own_once_it_is_out(seen: dict[str, tuple[int, int]]) -> None:
    assert seen["Lund"] == seen["Chen"] == (1, 1)


def test_a_draft_is_seen_by_nobody_it_plans(seen: dict[str, tuple[int, int]]) -> None:
    assert seen["Okafor"] == seen["Rivera"] == (0, 0)


def test_a_coach_sees_the_whole_school_and_a_leader_nothing(seen: dict[str, tuple[int, int]]) -> None:
    assert seen["Bell"] == (2, 1)
    assert seen["Stone"] == (0, 0)
