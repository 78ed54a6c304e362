"""Offering moves looks at few people: what it says of a lesson is what the whole school's problem says."""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterator
from datetime import date, time, timedelta
from pathlib import Path

import pytest
from builders import BY, CYCLE, NOW, Round, close_database, open_round, plan_cycle
from made_school import made_school
from school import FIRST, LAST

from mentorship import clock, config
from mentorship.app import create_app
from mentorship.availability.models import Block
from mentorship.cycles.models import Participant
from mentorship.extensions import db
from mentorship.operate.schema import upgrade
from mentorship.people.models import Apart, EvaluatorLink, Membership
from mentorship.plans.models import Plan, Visit
from mentorship.plans.moving import NOT_THERE, VisitMoves, open_moves
from mentorship.roster.operations import import_files
from mentorship.timetable.models import Section, Travel

TEACHERS, SEED, LESSONS, VISITS = 30, 20270111, 150, 8
EVERY = 10_000


@pytest.fixture(scope="module")
def made_instance(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A draft in a made school, on disk."""
    folder = tmp_path_factory.mktemp("made")
    app = create_app(config.load({}, instance=folder / "instance"))
    upgrade(app)
    with app.app_context():
        import_files([made_school(TEACHERS).write(folder / "files")], by=BY, now=NOW)
        plan_cycle(CYCLE, FIRST, LAST)
        close_database()
    return folder / "instance"


@pytest.fixture
def made(made_instance: Path, tmp_path: Path) -> Iterator[Round]:
    found = open_round(Path(shutil.copytree(made_instance, tmp_path / "school")))
    with found.app.app_context():
        yield found
        close_database()
    clock.set_offset(0)


def agree(visit: Visit, chosen: random.Random) -> tuple[int, int]:
    """Compare both readings of a visit's moves; how many lessons were compared, and of these how many are forbidden."""
    narrow, whole = open_moves(visit, NOW), open_moves(visit, NOW, whole=True)
    assert narrow.possible(EVERY) == whole.possible(EVERY)
    assert narrow.periods == whole.periods
    known, forbidden = 0, 0
    for lesson in sample(whole, chosen):
        said = narrow.broken(lesson)
        if [fault.text for fault in said] == [NOT_THERE]:
            # Not at a time of the visitor's, or about something else: nothing that could be offered, as is seen above.
            continue
        assert said == whole.broken(lesson), lesson
        known, forbidden = known + 1, forbidden + bool(said)
    return known, forbidden


def sample(moves: VisitMoves, chosen: random.Random) -> list[str]:
    lessons = sorted(moves._lessons)
    return chosen.sample(lessons, min(LESSONS, len(lessons)))


@pytest.mark.parametrize("school", ["planned", "published"])
def test_in_school_t(school: str, request: pytest.FixtureRequest) -> None:
    found: Round = request.getfixturevalue(school)
    chosen = random.Random(SEED)
    counts = [agree(visit, chosen) for visit in found.visits()]
    assert all(known > forbidden > 0 for known, forbidden in counts)


def test_in_a_school_full_of_exceptions(made: Round) -> None:
    chosen = random.Random(SEED)
    make_untidy(made, chosen)
    visits = [visit for visit in made.visits() if visit.medium == "live" and visit.status == "proposed"]
    counts = [agree(visit, chosen) for visit in chosen.sample(visits, VISITS)]
    known, forbidden = (sum(column) for column in zip(*counts, strict=True))
    assert known > 100 and known > forbidden > 0


def make_untidy(made: Round, chosen: random.Random) -> None:
    """Buildings far apart, people kept apart, closed doors, lost and double lessons, visits of another cycle."""
    members = [made.member(f"T{number:03}") for number in range(TEACHERS)]
    for member in chosen.sample(members, 10):
        member.building = "annex"
    db.session.add(Travel(school_id="t", from_building="annex", to_building="main", minutes=7))
    for pair in (chosen.sample(members, 2) for _ in range(30)):
        table = chosen.choice([Apart, EvaluatorLink])
        one = "membership_id" if table is Apart else "evaluator_id"
        other = "other_id" if table is Apart else "membership_id"
        if db.session.query(table).filter_by(**{one: pair[0].id, other: pair[1].id}).count() == 0:
            db.session.add(table(**{one: pair[0].id, other: pair[1].id}))
    for member in chosen.sample(members, 6):
        db.session.add(Block(membership_id=member.id, kind="closed", weekday=chosen.randrange(5)))
        db.session.add(Block(membership_id=member.id, kind="duty", starts=time(9, 30), ends=time(10, 20)))
    sections = db.session.query(Section).order_by(Section.id).all()
    for section in chosen.sample(sections, 12):
        section.active = False
    for one, other in (chosen.sample(sections, 2) for _ in range(12)):
        # Two classes at the same time: nobody knows in which of them the teacher is.
        one.meetings[0].period, one.meetings[0].cycle_day = other.meetings[0].period, other.meetings[0].cycle_day
    for place, row in enumerate(db.session.query(Participant).order_by(Participant.id)):
        both = ["focus 1", "focus 2"]
        more = {"shows": both} if place % 3 == 0 else {"wants_feedback_on": both} if place % 3 == 1 else {}
        row.profile = {**row.profile, "gives_feedback_on": both, **more}
    visits = made.visits()
    for visit in chosen.sample(visits, 4):
        visit.status = chosen.choice(["cancelled", "accepted", "held"])
    visits_of_another_cycle(made, members, chosen)
    db.session.commit()


def visits_of_another_cycle(made: Round, members: list[Membership], chosen: random.Random) -> None:
    other = plan_of_another_cycle(made)
    for _ in range(10):
        visitor, host = chosen.sample(members, 2)
        on = FIRST + timedelta(days=chosen.randrange(20))
        place = {"on_date": on, "starts": time(8, 3), "ends": time(8, 43), "mode": "learn", "status": "held"}
        db.session.add(Visit(plan_id=other.id, visitor_id=visitor.id, host_id=host.id, **place))


def plan_of_another_cycle(made: Round) -> Plan:
    cycle = plan_cycle("Before", FIRST, date(2027, 1, 20))
    plan = db.session.query(Plan).filter_by(cycle_id=cycle.id, part="visits").one()
    for visit in db.session.query(Visit).filter_by(plan_id=plan.id):
        visit.status = "cancelled"
    return plan


def test_whoever_has_left_the_school_can_go_nowhere_and_the_page_stands(planned: Round) -> None:
    visit = planned.visit()
    visit.visitor.active = False
    db.session.commit()
    moves = open_moves(visit, NOW)
    assert moves.possible() == [] and moves.broken(visit.lesson)
