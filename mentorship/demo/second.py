"""The second cycle, which is under way today: some visits are over, some come, some wait for somebody."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import fields
from datetime import date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import select

from mentorship import clock
from mentorship.app import HANDLERS, TIMED
from mentorship.availability.queries import calendar
from mentorship.cycles.models import Cycle
from mentorship.cycles.operations import open_cycle, set_participants
from mentorship.cycles.queries import cycle_named
from mentorship.demo.answers import reply_to
from mentorship.demo.opening import Demo
from mentorship.demo.words import write_about
from mentorship.extensions import db
from mentorship.invites.models import Invite
from mentorship.invites.operations import publish_plan
from mentorship.jobs.runner import run_timed
from mentorship.outbox.delivery import deliver_once
from mentorship.outbox.models import OutboxMessage
from mentorship.people.models import Membership, School
from mentorship.people.operations import Wishes, save_wishes
from mentorship.people.queries import active_members, school_named, wishes_version
from mentorship.plans.models import Visit
from mentorship.plans.queries import pairings_of, visits_of
from mentorship.plans.supervisor import make_plan
from mentorship.replies.ingest import ingest_files
from mentorship.replies.operations import answer_by_link
from mentorship.timetable.models import LESSON_DAYS

BY = "demo"
SECOND = "Second round"
SCHOOL_DAYS_BEHIND, SCHOOL_DAYS, PEOPLE = 5, 15, 26
TURNS = 9
WISHES = tuple(each.name for each in fields(Wishes) if each.name != "mentor_places")
PLAN_SECONDS = 10
# Days before the first visit on which the plan is made, published and answered.
OPENED, PUBLISHED, ANSWERED = 12, 10, 8
# Of the visits to come, in turn: what their two people have said; the first ones make sure that each case is there.
TO_COME = ("yes", "waits", "other time", "no", "yes", "yes", "waits", "yes", "yes", "yes")
# Of those that are over, one in so many was never answered by both.
UNANSWERED_EVERY = 11
SCHOOL_IS_OUT = time(16)


def _cycle(_demo: Demo) -> dict[str, int]:
    """It began a week of school ago."""
    school, today = school_named(None), _today()
    around = calendar(school, today - timedelta(days=40), today + timedelta(days=60))
    days = [each.on for each in around if each.filed and each.filed.kind in LESSON_DAYS]
    begins = sum(on < today for on in days) - SCHOOL_DAYS_BEHIND
    chosen = days[begins : begins + SCHOOL_DAYS]
    with _days_before(chosen[0], OPENED):
        _take_turns(school, chosen)
        cycle = open_cycle(
            school,
            SECOND,
            starts_on=chosen[0],
            ends_on=chosen[-1],
            everyone=True,
            with_pairings=True,
            with_walkthroughs=True,
            by=BY,
            now=clock.now(),
        )
        set_participants(cycle, _who(school), by=BY, now=clock.now())
        db.session.commit()
    return {"people": len(cycle.participants), "school days": len(chosen)}


def _who(school: School) -> list[Membership]:
    """New teachers and mentors all, of the others as many as there is room for."""
    teachers = [member for member in active_members(school) if member.has_role("teacher")]
    first = [member for member in teachers if member.is_new_teacher or member.mentor_places]
    return [*first, *(member for member in teachers if member not in first)][:PEOPLE]


def _take_turns(school: School, days: Sequence[date]) -> None:
    """Teachers pause until different days, by their own wish: else a plan holds nearly every visit on its first day."""
    teachers = [member for member in active_members(school) if member.profile is not None]
    for place, member in enumerate(teachers):
        until = days[place % TURNS] if place % TURNS else None
        given = {name: getattr(member.profile, name) for name in WISHES}
        wishes = Wishes(**{**given, "paused_until": until}, mentor_places=member.mentor_places)
        by, seen = str(member.person_id), str(wishes_version(member))
        save_wishes(member, wishes, seen=seen, by=by, now=clock.now())
    db.session.commit()


def _plan(_demo: Demo) -> dict[str, int]:
    counts: Counter[str] = Counter()
    with _days_before(_the_cycle().starts_on, OPENED):
        for planned in make_plan(_the_cycle(), seconds=PLAN_SECONDS, seed=1, by=BY):
            counts.update({kind: len(planned.outcome.get(kind, ())) for kind in ("pairs", "visits", "videos")})
    return dict(counts)


def _publish(demo: Demo) -> dict[str, int]:
    with _days_before(_the_cycle().starts_on, PUBLISHED):
        counts = publish_plan(_the_cycle(), None, by=BY, now=clock.now())
        db.session.commit()
        _deliver(demo)
    return counts


def _answer(demo: Demo) -> dict[str, int]:
    """Most answer by the link in their mail; whoever says no or asks for another time does so in a calendar."""
    now, counts = clock.now(), Counter[str]()
    live = [visit for visit in visits_of(_the_cycle()) if visit.medium == "live" and visit.starts_at is not None]
    over = [visit for visit in live if visit.starts_at is not None and visit.starts_at <= now]
    coming = [visit for visit in live if visit not in over]
    with _days_before(_the_cycle().starts_on, ANSWERED):
        for place, visit in enumerate(over, start=1):
            _say(demo, visit, "waits" if place % UNANSWERED_EVERY == 0 else "yes", counts)
        for place, visit in enumerate(coming):
            _say(demo, visit, TO_COME[place % len(TO_COME)], counts)
        for place, pairing in enumerate(pairings_of(_the_cycle())):
            invites = db.session.scalars(select(Invite).where(Invite.pairing_id == pairing.id)).all()
            for invite in invites if place == 0 else invites[:1]:
                answer_by_link(invite, "yes", comment="", now=clock.now())
                counts["pairing yes"] += 1
        db.session.commit()
        _deliver(demo)
    return dict(counts)


def _say(demo: Demo, visit: Visit, what: str, counts: Counter[str]) -> None:
    """Both people of a visit answer, or one of them, or the host otherwise; commits."""
    invites = {invite.membership_id: invite for invite in _invites(visit)}
    visitor, host = invites[visit.visitor_id], invites[visit.host_id]
    answer_by_link(visitor, "yes", comment="", now=clock.now())
    if what == "yes":
        answer_by_link(host, "yes", comment="", now=clock.now())
    db.session.commit()
    if what in ("no", "other time"):
        _answer_in_calendar(demo, host, visit, asks=what == "other time")
    counts[what] += 1


def _invites(visit: Visit) -> list[Invite]:
    return list(db.session.scalars(select(Invite).where(Invite.visit_id == visit.id)))


def _answer_in_calendar(demo: Demo, invite: Invite, visit: Visit, *, asks: bool) -> None:
    """Mail what a calendar would: a no, or the same time one day later instead."""
    query = select(OutboxMessage).where(OutboxMessage.uid == visit.uid, OutboxMessage.to_address == invite.address)
    message = db.session.scalars(query).one()
    assert message.sealed is not None and visit.starts_at is not None and visit.ends_at is not None, "it went out today"
    day = timedelta(days=1)
    instead = (visit.starts_at + day, visit.ends_at + day) if asks else None
    answer = reply_to(message.sealed, "TENTATIVE" if asks else "DECLINED", clock.now(), instead=instead)
    db.session.commit()
    assert answer is not None, "an invitation to a live visit has a calendar part"
    with tempfile.TemporaryDirectory(prefix="mentorship-demo-") as folder:
        path = Path(folder) / "answer.eml"
        path.write_bytes(answer)
        ingest_files([path], mail_from=demo.settings.mail_from, recipient=None, dry_run=False, now=clock.now())


def _days(demo: Demo) -> dict[str, int]:
    """Each day that is over does its work: visits count as held, both people are asked for their notes."""
    cycle, now = _the_cycle(), clock.now()
    ahead = (cycle.starts_on + timedelta(days=count) for count in range((_today() - cycle.starts_on).days + 1))
    evenings = [clock.instant(on, SCHOOL_IS_OUT, cycle.school.time_zone) for on in ahead]
    for moment in [*(evening for evening in evenings if evening < now), now]:
        with _at(moment):
            run_timed(TIMED)
            _deliver(demo)
    return dict(sorted(Counter(f"visits {visit.status}" for visit in visits_of(_the_cycle())).items()))


def _notes(demo: Demo) -> dict[str, int]:
    counts = write_about([visit for visit in visits_of(_the_cycle()) if visit.status == "held"])
    return {**counts, "sent": _deliver(demo)}


def _the_cycle() -> Cycle:
    return cycle_named(SECOND, None)


def _today() -> date:
    return clock.now().astimezone(ZoneInfo(school_named(None).time_zone)).date()


def _deliver(demo: Demo) -> int:
    return deliver_once(HANDLERS, lease_seconds=demo.settings.lease_seconds)["sent"]


def _days_before(on: date, days: int) -> AbstractContextManager[None]:
    return _at(clock.instant(on - timedelta(days=days), SCHOOL_IS_OUT, school_named(None).time_zone))


@contextmanager
def _at(moment: datetime) -> Iterator[None]:
    """Look at the clock as it was at a moment."""
    with clock.shifted(moment - clock.now()):
        yield


SECOND_ROUND: dict[str, Callable[[Demo], dict[str, int]]] = {
    "second cycle": _cycle,
    "second plan": _plan,
    "second publish": _publish,
    "second answer": _answer,
    "second days": _days,
    "second notes": _notes,
}
