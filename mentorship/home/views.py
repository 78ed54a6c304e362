"""Where everybody begins: the coach's desk of a cycle, a teacher's own week, and the page that says who sees what."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

from flask import Blueprint, abort, redirect, render_template, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from mentorship import clock
from mentorship.availability.queries import calendar
from mentorship.cycles.queries import current_cycle
from mentorship.feedback.instruments import INSTRUMENTS
from mentorship.feedback.queries import notes_shared_by_visit, open_forms, reflection_counts
from mentorship.goals.queries import goals_of
from mentorship.home import desk as glance
from mentorship.home import queries, week
from mentorship.home.attention import Desk, attention
from mentorship.home.privacy import rows
from mentorship.home.prompts import what_to_look_for
from mentorship.invites.filters import NEEDS_DECISION
from mentorship.invites.looking_back import leads_to_remind
from mentorship.invites.queries import visits_to_show
from mentorship.people.account import somebody_is_here
from mentorship.people.viewer import viewer
from mentorship.plans.queries import pairings_of, plans_of
from mentorship.plans.walking import own_places
from mentorship.plans.words import STATUS_WORDS
from mentorship.web.policies import policy

SHOWN_TODAY = 8

pages = Blueprint("home", __name__)


@pages.get("/")
@policy("anyone")
def start() -> Response:
    return redirect(_first_page(), code=303)


def _first_page() -> str:
    """Where somebody's work is: the current cycle, their own week, the import; a leader has no page of their own."""
    if not current_user.is_authenticated:
        return url_for("security.us_signin" if somebody_is_here() else "account.set_up")
    found = viewer()
    if found.is_coach:
        cycle = current_cycle(found.school)
        return url_for("home.desk", cycle_id=cycle.id) if cycle is not None else url_for("cycles.cycles")
    if found.is_teacher:
        return url_for("home.teacher")
    return url_for("invites.imports" if found.is_admin else "home.privacy")


@pages.get("/cycles/<int:cycle_id>")
@policy("coach")
def desk(cycle_id: int) -> str:
    now = clock.now()
    found = queries.cycle_in_numbers(viewer().person, cycle_id, now)
    if found is None:
        abort(404)
    cycle, numbers = found
    today = glance.local_date(now, cycle.school.time_zone)
    plans, everything = plans_of(cycle), visits_to_show(cycle)
    days, visits = queries.school_days(cycle, today), glance.standing(everything)
    pairings = list(pairings_of(cycle))
    held = {visit.id for visit in visits if visit.status == "held"}
    shared = len(held & notes_shared_by_visit(cycle)) if held else 0
    return render_template(
        "home/desk.html",
        cycle=cycle,
        numbers=numbers,
        plans=plans,
        pairings=pairings,
        drafted=[visit for visit in everything if visit.status == "proposed"],
        visits=visits,
        items=attention(
            Desk(
                cycle,
                plans,
                everything,
                pairings,
                numbers.not_reached,
                numbers.mails_to_read,
                now,
                today,
                leads_to_remind(cycle, now),
            )
        ),
        decisions=sum(visit.status in NEEDS_DECISION for visit in visits),
        dates=glance.stage_dates(cycle, plans, today),
        lesson_days=glance.lesson_days(cycle, days),
        invites=glance.invites_bar(visits),
        held=len(held),
        shared=shared,
        notes=glance.notes_bar(shared, len(held) - shared),
        reflections=reflection_counts(cycle) if held else None,
        weeks=glance.weeks(cycle, visits or [visit for visit in everything if visit.status == "proposed"]),
        ahead=glance.next_dates(cycle, visits, days, today),
        today=today,
        today_words=glance.day_words(days.get(today)),
        today_visits=glance.visits_of_day(visits, today, now),
        shown_today=SHOWN_TODAY,
        status_words=STATUS_WORDS,
    )


@pages.get("/home")
@policy("teacher")
def teacher() -> str:
    member = viewer().member
    if member is None or not member.has_role("teacher"):
        abort(404)
    now = clock.now()
    today = now.astimezone(ZoneInfo(member.school.time_zone)).date()
    monday = week.monday_to_show(today)
    dates = calendar(member.school, monday, monday + timedelta(days=6))
    mine = week.Mine(
        visits=queries.visits_of_member(member),
        pairings=queries.pairings_of_member(member),
        owed=open_forms(member.person, now),
        goals=goals_of(member.person),
        now=now,
        today=today,
        until=monday + timedelta(days=6),
    )
    partners = [each.other for each in mine.pairings if each.thing.status == "active"]
    ahead = [each for each in dates if each.on >= today]
    days = week.days_of(dates, mine.visits, today)
    step = week.next_step_of_new_teacher(mine) if member.is_new_teacher else week.next_step(mine)
    return render_template(
        "home/teacher.html",
        member=member,
        mine=mine,
        contacts=queries.contacts_of_member(member),
        walks=own_places(member, now),
        step=step,
        days=days,
        week_words=week.week_words(days),
        is_next_week=monday > today,
        shared=queries.shared_planning(member, partners, ahead) if partners else {},
        is_visitor=week.is_visitor,
        answer_link=week.answer_link,
        notes_link=week.notes_link,
        form_link=week.form_link,
        what_to_look_for=what_to_look_for,
        notes_form=INSTRUMENTS["visitor_notes"],
    )


@pages.get("/what-others-see")
@policy("anyone")
def privacy() -> str:
    return render_template("home/privacy.html", rows=rows())
