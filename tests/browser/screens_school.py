"""The demo's school in the middle of its first cycle, for looking at: drafted, published, answered, partly held."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select

from mentorship import clock, keys
from mentorship.app import HANDLERS
from mentorship.availability.queries import calendar
from mentorship.cycles.models import Cycle
from mentorship.cycles.operations import open_cycle
from mentorship.demo.school import write_school
from mentorship.extensions import db
from mentorship.feedback.emails import form_token
from mentorship.feedback.models import Entry, FormRequest
from mentorship.feedback.operations import Seen, ask_for_one_form, finish_entry
from mentorship.feedback.sheets import sheet_of_oneself, sheet_of_pairing, sheet_of_visit
from mentorship.invites.emails import tokens_of
from mentorship.invites.importing import preview_import
from mentorship.invites.looking_back import Words, save_summary, thank_hosts
from mentorship.invites.models import Invite
from mentorship.invites.operations import publish_plan
from mentorship.jobs.operations import add_job
from mentorship.outbox.delivery import deliver_once
from mentorship.outbox.models import OutboxMessage
from mentorship.people.models import InterestsRequest, Membership, Person
from mentorship.people.operations import INTERESTS, ask_for_interests
from mentorship.people.queries import school_named
from mentorship.plans.groups import OpenDoor, Walk
from mentorship.plans.models import Pairing, Visit
from mentorship.plans.operations import drafts, keep_draft
from mentorship.plans.queries import MAKE_PLAN, pairings_of, visits_of
from mentorship.plans.solving import solve
from mentorship.roster.operations import import_files
from mentorship.roster.uploads import keep_upload
from mentorship.tables import Source
from mentorship.timetable.models import LESSON_DAYS
from tests.every_route import Filled
from tests.made_groups import add_door, add_walk

BY = "screens"
SCHOOL_DAYS = 15
WALK_IS_OVER = ("walk_summary", "walk_writing", "walk_thanks")


@dataclass
class ScreensSchool:
    """Everything happens inside an app's context, in this order: `draft`, `publish`, `go_on`."""

    cycle_id: int = 0
    upload_id: int = 0

    @property
    def cycle(self) -> Cycle:
        return db.session.get_one(Cycle, self.cycle_id)

    def draft(self) -> None:
        """Import the school, open a cycle and draft its plan."""
        now = clock.now()
        with tempfile.TemporaryDirectory(prefix="mentorship-screens-") as folder:
            write_school(Path(folder), now.date())
            report = import_files([Path(folder)], by=BY, now=now)
            assert not report.error, report.error
        school = school_named(None)
        ahead = calendar(school, now.date(), now.date() + timedelta(days=90))
        days = [each.on for each in ahead if each.filed and each.filed.kind in LESSON_DAYS][3 : 3 + SCHOOL_DAYS]
        parts = {"everyone": True, "with_pairings": True, "with_walkthroughs": True}
        cycle = open_cycle(school, "First round", starts_on=days[0], ends_on=days[-1], **parts, by=BY, now=now)
        self.cycle_id = cycle.id
        for part in drafts(cycle, now=now, seconds=5, seed=1):
            keep_draft(cycle, part, solve(part.part, part.problem, seconds=5), by=BY, now=now)
        ids = {"cycle": cycle.id, "seconds": 60, "parts": [], "by": BY}
        add_job(MAKE_PLAN, ids, run_at=now).state = "done"
        db.session.commit()

    def publish(self) -> None:
        publish_plan(self.cycle, None, by=BY, now=clock.now())
        db.session.commit()
        deliver_once(HANDLERS, lease_seconds=120)

    def answer(self) -> None:
        """Most say yes; of every dozen one does not answer, one can't, and one asks for another time."""
        for place, visit in enumerate(visits_of(self.cycle)):
            answers = {3: ("yes", "none"), 6: ("no", "yes"), 9: ("yes", "time_asked")}.get(place % 12, ("yes", "yes"))
            visit.visitor_answer, visit.host_answer = answers
            visit.status = {
                ("yes", "yes"): "accepted",
                ("yes", "none"): "invited",
                ("no", "yes"): "needs_new_time",
                ("yes", "time_asked"): "time_asked",
            }[answers]
        for pairing in pairings_of(self.cycle):
            pairing.status, pairing.mentee_answer, pairing.mentor_answer = "active", "yes", "yes"
        db.session.commit()

    def middle(self) -> datetime:
        """The moment at which half of the visits are over."""
        ends = sorted(visit.ends_at for visit in visits_of(self.cycle) if visit.ends_at is not None)
        return ends[len(ends) // 2]

    def write(self) -> None:
        """Forms were asked for; some are written and shared."""
        now = clock.now()
        for visit in visits_of(self.cycle):
            if visit.status == "accepted" and visit.has_ended(now):
                visit.status = "held"
        db.session.commit()
        while ask_for_one_form(now):
            db.session.commit()
        held = self._held()
        words = {
            "notes": {"rows": [{"n": 1, "kind": "noticed", "at": "9:45", "words": "Seven pairs began at once."}]},
            "strengths": "Everybody had something to write with before the first question came.",
        }
        for visit in held[::2]:
            sheet = sheet_of_visit(visit.visitor.person, visit.id, "visitor_notes", now)
            finish_entry(sheet, words, seen=Seen(), readers={visit.host_id: "all"}, by=BY, now=now)
        pairing = self.pairing
        log = {"talked": "The first weeks, and how to begin a lesson.", "agreed": "We look at one beginning together."}
        sheet = sheet_of_pairing(pairing.mentor.person, pairing.id, "mentor_log", None)
        finish_entry(sheet, log, seen=Seen(), readers={pairing.mentee_id: "all"}, by=BY, now=now)
        goal = {"goal": "Three students answer each question.", "follow_up_on": str(now.date() + timedelta(days=7))}
        sheet = sheet_of_oneself(pairing.mentee.person, pairing.mentee, "goal", None)
        finish_entry(sheet, goal, seen=Seen(), readers=None, by=BY, now=now)
        ask_for_interests(self.cycle.school, everyone=True, by=BY, now=now)
        self._upload(now)
        db.session.commit()

    def _upload(self, now: datetime) -> None:
        rows = "person_id,given_name,family_name,email,roles\nT900,Noor,Haddad,noor@maple.example.org,teacher\n"
        rows += "T901,Ben,,ben(at)maple.example.org,techer\n"
        coach = self.coach
        upload = keep_upload([Source("staff.csv", rows.encode())], school=coach.school, person=coach.person, now=now)
        db.session.flush()
        preview_import(upload, person=coach.person, now=now)
        self.upload_id = upload.id

    @property
    def pairing(self) -> Pairing:
        """One whose new teacher has had a visit, or any."""
        pairings = pairings_of(self.cycle)
        seen = {number for visit in self._held() for number in (visit.visitor_id, visit.host_id)}
        return next((pairing for pairing in pairings if pairing.mentee_id in seen), pairings[0])

    def _held(self) -> list[Visit]:
        return [visit for visit in visits_of(self.cycle) if visit.status == "held"]

    @property
    def visit(self) -> Visit:
        """One that the new teacher of the pairing took part in and that was held, or any that was."""
        held = self._held()
        mentee = self.pairing.mentee_id
        return next((visit for visit in held if mentee in (visit.visitor_id, visit.host_id)), held[0])

    @property
    def ahead(self) -> Visit:
        return next(visit for visit in visits_of(self.cycle) if visit.status in ("accepted", "invited"))

    def member(self, *roles: str) -> Membership:
        members = db.session.scalars(select(Membership).where(Membership.active).order_by(Membership.id))
        return next(member for member in members if member.has_role(*roles))

    @property
    def coach(self) -> Membership:
        return self.member("coach")

    def people(self) -> dict[str, Person]:
        """Who looks: the coach, and the two people of the visit and the pairing."""
        visit, pairing = self.visit, self.pairing
        new = pairing.mentee
        other = visit.other(new.id) if new.id in (visit.visitor_id, visit.host_id) else visit.visitor
        return {"coach": self.coach.person, "new": new.person, "teacher": other.person, "mentor": pairing.mentor.person}

    def _groups(self) -> dict[str, list[int]]:
        """A walk that the teacher who looks goes on, one that is over, and their own open door."""
        teachers = [one.membership for one in self.cycle.participants if one.membership.has_role("teacher")]
        mentor, on = self.pairing.mentor, clock.now().date() + timedelta(days=1)
        others = [member for member in teachers if member.id != mentor.id]
        walks = list(db.session.scalars(select(Walk).order_by(Walk.id))) or [
            add_walk(self.cycle, [self.coach, mentor], others[:4], on),
            self._walk_over(others),
        ]
        door = db.session.scalars(select(OpenDoor)).first() or add_door(mentor, on, others[:2])
        return {
            "walk_id": [walks[0].id],
            **{f"invites.{page}.walk_id": [walks[-1].id] for page in WALK_IS_OVER},
            "door_id": [door.id],
        }

    def _walk_over(self, others: list[Membership]) -> Walk:
        """A walk of four days ago that the coach led, with its summary, and of which half the hosts were thanked."""
        now = clock.now()
        walk = add_walk(self.cycle, [self.coach, others[5], others[6]], others[:4], now.date() - timedelta(days=4))
        words = Words(
            "In three of four rooms students began within a minute, without a word from the teacher.\n"
            "In two rooms most questions came from students; in all four they went to the teacher.",
            "What would it take for students to answer one another first?",
        )
        save_summary(walk, words, seen=0, share=True, by=BY, now=now)
        thank_hosts(walk, [stop.id for stop in walk.stops[:2]], "", by=BY, now=now)
        db.session.commit()
        return walk

    def filled(self) -> Filled:
        pairing, visit, ahead = self.pairing, self.visit, self.ahead
        entries = list(db.session.scalars(select(Entry).order_by(Entry.id)))
        one = {entry.instrument: entry.id for entry in entries}
        forms = list(db.session.scalars(select(FormRequest).order_by(FormRequest.id.desc())))
        asked = db.session.scalars(select(InterestsRequest)).first()
        assert asked is not None
        wishes = keys.ring().token(INTERESTS, asked.membership.school_id, str(asked.membership_id), asked.generation)
        mails = db.session.scalars(select(OutboxMessage.id).where(OutboxMessage.kind == "visit_invitation")).first()
        values: dict[str, list[Any]] = {
            "cycle_id": [self.cycle_id],
            "visit_id": [visit.id],
            "invites.move_visit.visit_id": [ahead.id],
            "pairing_id": [pairing.id],
            "entry_id": sorted(one.values()),
            "upload_id": [self.upload_id],
            "member_id": [pairing.mentor_id],
            **self._groups(),
            "message_id": [mails],
        }
        tokens = {
            "replies.answer": [_answer_token(ahead), _answer_token(pairing)],
            "feedback.by_link": [form_token(forms[0])],
            "people.interests": [wishes],
        }
        return Filled(values, tokens)


def _answer_token(thing: Visit | Pairing) -> str:
    column = Invite.visit_id if isinstance(thing, Visit) else Invite.pairing_id
    invite = db.session.scalars(select(Invite).where(column == thing.id)).first()
    assert invite is not None
    return tokens_of(invite.event, str(invite.membership_id), invite.generation).link
