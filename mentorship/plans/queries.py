"""Plans, pairings and visits, as the pages, the commands and later stages read them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import joinedload, undefer

from mentorship.cycles.models import Cycle, Participant
from mentorship.extensions import db
from mentorship.jobs.models import Job
from mentorship.jobs.operations import jobs_about
from mentorship.people.models import Apart, Membership, Person
from mentorship.people.queries import schools_coached_by
from mentorship.plans.findings import missing, unpaired
from mentorship.plans.models import Pairing, Plan, Visit

MAKE_PLAN = "make_plan"
UNFINISHED = ("waiting", "running")


def planning_job(cycle: Cycle) -> Job | None:
    """The newest planning run of a cycle, whatever came of it; None where none was ever asked for."""
    return db.session.scalars(jobs_about(MAKE_PLAN, cycle=cycle.id).limit(1)).first()


def names_of(school_id: str, codes: Collection[str]) -> dict[str, tuple[int, str]]:
    """Membership id and name of each of these people, by their code."""
    if not codes:
        return {}
    rows = db.session.execute(
        select(Membership.code, Membership.id, Person.given_name, Person.family_name)
        .join(Person)
        .where(Membership.school_id == school_id, Membership.code.in_(codes))
    )
    return {row.code: (row.id, f"{row.given_name} {row.family_name}".strip()) for row in rows}


def what_to_plan(cycle: Cycle) -> dict[str, int]:
    """How much there is to plan: people, new teachers, places of mentors, and visits that people need or would like."""
    rows = db.session.execute(
        select(Participant.profile, Membership.is_new_teacher, Membership.mentor_places)
        .join(Participant.membership)
        .where(Participant.cycle_id == cycle.id, Membership.active)
    ).all()
    return {
        "people": len(rows),
        "mentees": sum(is_new for _, is_new, _ in rows),
        "places": sum(places for _, is_new, places in rows if not is_new),
        "visits": sum(profile["visits_wanted"] for profile, _, _ in rows),
    }


def pairing_plan(cycle: Cycle) -> tuple[Plan | None, int]:
    """The plan of the pairs, its problem and possible contacts at hand, and how many people a person keeps apart."""
    member = select(Membership.id).where(Membership.school_id == cycle.school_id)
    apart = select(func.count()).select_from(Apart).where(Apart.membership_id.in_(member), Apart.from_file.is_(False))
    query = select(Plan, apart.scalar_subquery()).where(Plan.cycle_id == cycle.id, Plan.part == "pairings")
    row = db.session.execute(query.options(undefer(Plan.problem), undefer(Plan.contacts), undefer(Plan.former))).first()
    return (row[0], row[1]) if row is not None else (None, 0)


def pairing_draft(cycle: Cycle) -> Plan | None:
    """The plan of the pairs with its problem, what other weights would do, and the draft before it."""
    query = select(Plan).where(Plan.cycle_id == cycle.id, Plan.part == "pairings")
    return db.session.scalars(query.options(undefer(Plan.problem), undefer(Plan.weighed), undefer(Plan.former))).first()


def plans_of(cycle: Cycle) -> dict[str, Plan]:
    """The plan of each part that has one."""
    return {plan.part: plan for plan in db.session.scalars(select(Plan).where(Plan.cycle_id == cycle.id))}


def pairings_of(cycle: Cycle) -> Sequence[Pairing]:
    query = select(Pairing).join(Plan).where(Plan.cycle_id == cycle.id)
    return sorted(db.session.scalars(query), key=lambda pairing: pairing.mentee.sort_name)


def visits_of(cycle: Cycle) -> Sequence[Visit]:
    """Live visits by date and time, then video reviews."""
    query = select(Visit).join(Plan).where(Plan.cycle_id == cycle.id).options(joinedload(Visit.section))
    rows = db.session.scalars(query)
    return sorted(rows, key=lambda visit: (visit.medium != "live", str(visit.starts_at), visit.visitor.sort_name))


def videos_of(plan: Plan | None) -> Sequence[Visit]:
    """The video reviews of a plan; the database is not asked where it has none."""
    if plan is None or not plan.outcome.get("videos"):
        return []
    query = select(Visit).where(Visit.plan_id == plan.id, Visit.medium == "video", Visit.status != "cancelled")
    return sorted(db.session.scalars(query), key=lambda visit: visit.visitor.sort_name)


def visits_visible_to(person: Person) -> Select[Visit]:
    """One's own visits, made or hosted, once they are out; a coach's whole school, drafts included."""
    own = or_(Visit.visitor_id.in_(_mine(person)), Visit.host_id.in_(_mine(person))) & (Visit.status != "proposed")
    coached = Cycle.school_id.in_(schools_coached_by(person))
    return select(Visit).join(Visit.plan).join(Plan.cycle).where(or_(own, coached)).options(joinedload(Visit.section))


def pairings_visible_to(person: Person) -> Select[Pairing]:
    """One's own pairings, as mentor or mentee, once they are out; a coach's whole school, drafts included."""
    own = or_(Pairing.mentee_id.in_(_mine(person)), Pairing.mentor_id.in_(_mine(person)))
    coached = Cycle.school_id.in_(schools_coached_by(person))
    visible = or_(own & (Pairing.status != "proposed"), coached)
    return select(Pairing).join(Pairing.plan).join(Plan.cycle).where(visible)


def _mine(person: Person) -> Select[int]:
    return select(Membership.id).where(Membership.person_id == person.id, Membership.active)


def cycle_view(cycle: Cycle) -> dict[str, Any]:
    """A cycle whole, in codes, dates and wall-clock times."""
    plans = plans_of(cycle)
    visits = visits_of(cycle)
    return {
        "cycle": {
            "id": cycle.id,
            "name": cycle.name,
            "school": cycle.school_id,
            "from": str(cycle.starts_on),
            "to": str(cycle.ends_on),
            "status": cycle.status,
        },
        "pairings": [
            {
                "id": row.id,
                "mentee": row.mentee.code,
                "mentor": row.mentor.code,
                "status": row.status,
                "answers": {row.mentee.code: row.mentee_answer, row.mentor.code: row.mentor_answer},
            }
            for row in pairings_of(cycle)
        ],
        "unpaired": unpaired(plans["pairings"]) if "pairings" in plans else [],
        "visits": [_visit(visit) for visit in visits if visit.medium == "live"],
        "videos": [_video(visit) for visit in visits if visit.medium == "video"],
        "meetings": [],
        "missing": missing(plans["visits"]) if "visits" in plans else [],
        "aims": {part: plan.outcome.get("aims", []) for part, plan in plans.items()},
    }


def _visit(visit: Visit) -> dict[str, Any]:
    return {
        "id": visit.id,
        "visitor": visit.visitor.code,
        "host": visit.host.code,
        "section": visit.section.code if visit.section else None,
        "date": str(visit.on_date),
        "starts": f"{visit.starts:%H:%M}",
        "ends": f"{visit.ends:%H:%M}",
        "period": visit.period,
        "room": visit.room,
        "mode": visit.mode,
        "focus": visit.focus,
        "uid": visit.uid,
        "sequence": visit.sequence,
        "status": visit.status,
        "answers": {visit.visitor.code: visit.visitor_answer, visit.host.code: visit.host_answer},
    }


def _video(visit: Visit) -> dict[str, Any]:
    return {
        "id": visit.id,
        "visitor": visit.visitor.code,
        "host": visit.host.code,
        "mode": visit.mode,
        "focus": visit.focus,
        "status": visit.status,
    }
