"""School T full of private words: each a string of its own, with the people who may read it.

Whoever may read one is derived from who wrote it, with whom it is shared and who appraises the author; the sweeps look
for every one of them on every page of everybody.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from every_route import Filled
from held_visit import After
from made_groups import add_door, add_walk
from school import write_table
from sqlalchemy import select

from mentorship import keys
from mentorship.extensions import db
from mentorship.feedback.emails import form_token
from mentorship.feedback.models import Entry, FormRequest
from mentorship.feedback.operations import Seen, finish_entry, save_draft, withdraw_entry
from mentorship.feedback.sheets import Sheet, sheet_of_entry, sheet_of_oneself, sheet_of_pairing
from mentorship.invites.importing import preview_import
from mentorship.invites.looking_back import Words, save_summary
from mentorship.jobs.operations import add_job
from mentorship.outbox.models import OutboxMessage
from mentorship.people.models import EvaluatorLink, InterestsRequest, Membership, Person, School
from mentorship.people.operations import INTERESTS, ask_for_interests
from mentorship.plans.groups import OpenDoor, Walk
from mentorship.plans.models import Pairing
from mentorship.plans.queries import MAKE_PLAN
from mentorship.plans.replanning import REPLAN
from mentorship.replies.operations import answer_by_link
from mentorship.roster.uploads import keep_upload
from mentorship.tables import Source

NOBODY = "nobody"
ROLES = {
    "Rivera": "teacher",
    "Chen": "teacher",
    "Okafor": "teacher",
    "Lund": "teacher",
    "Nolan": "teacher",
    "Bell": "coach",
    "Stone": "leader",
    "Vale": "teacher coach",
    "Ada": "admin",
    "Olga": "teacher",
    "Oskar": "coach",
    "Oriol": "leader",
    NOBODY: "",
}
ELSEWHERE = frozenset({"Olga", "Oskar", "Oriol"})


@dataclass(frozen=True)
class Canary:
    """Private words, whose they are, and everybody who may meet them; `shown` must meet them somewhere."""

    words: str
    what: str
    may: frozenset[str]
    shown: frozenset[str]


@dataclass
class CanarySchool:
    """The people by name, the words, and what addresses are filled with."""

    after: After
    people: dict[str, Person | None] = field(default_factory=dict)
    canaries: list[Canary] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    upload_id: int = 0
    walk_id: int = 0
    door_id: int = 0

    def __post_init__(self) -> None:
        self._bring_people()
        self._write()
        self._appraise()
        self.after.ask()
        self._ask_for_wishes()
        self._upload()
        self._walk()
        cycle = {"cycle": self.after.round.cycle.id, "seconds": 2, "parts": [], "by": "test"}
        for kind in (MAKE_PLAN, REPLAN):
            add_job(kind, cycle, run_at=self.after.now).state = "done"
        db.session.commit()

    # People

    def _bring_people(self) -> None:
        school = self.after.round.cycle.school
        other = School(id="other", name="School O", time_zone="UTC", cycle_days=["A"])
        db.session.add(other)
        for name in ("Nolan", "Vale"):
            self._add(name, school)
        for name in sorted(ELSEWHERE):
            self._add(name, other)
        db.session.add(Person(given_name="Ada", family_name="Ada", email="ada@t.example.edu", is_admin=True))
        db.session.commit()
        for person in db.session.scalars(select(Person)):
            self.people[person.family_name] = person
        self.people[NOBODY] = None
        assert set(self.people) == set(ROLES)

    def _add(self, name: str, school: School) -> None:
        person = Person(given_name="Sam", family_name=name, email=f"{name.lower()}@{school.id}.example.edu")
        roles = ROLES[name].split()
        db.session.add(Membership(school=school, person=person, code=name, from_file=False, roles=roles))

    def member(self, name: str) -> Membership:
        return self.after.round.member(name)

    @property
    def visitor(self) -> str:
        return self.after.visit.visitor.code

    @property
    def host(self) -> str:
        return self.after.visit.host.code

    # Private words

    def word(self, what: str, *may: str, shown: tuple[str, ...] | None = None) -> str:
        """A new string that nothing else holds."""
        words = f"canary{len(self.canaries):02}{what.replace(' ', '')}"
        self.canaries.append(Canary(words, what, frozenset(may), frozenset(may if shown is None else shown)))
        return words

    def _finish(self, sheet: Sheet, answers: dict[str, Any], readers: dict[int, str] | None = None) -> Entry:
        entry = finish_entry(sheet, answers, seen=Seen(), readers=readers, by="test", now=self.after.now)
        db.session.commit()
        self.entries.append(entry)
        return entry

    def _type(self, entry: Entry, **answers: str) -> None:
        """Somebody goes on typing in what they finished and shared."""
        sheet = sheet_of_entry(entry.author.person, entry.id)
        save_draft(sheet, {**entry.answers, **answers}, seen=Seen(entry.version), now=self.after.now)
        db.session.commit()

    def _write(self) -> None:
        self._write_about_visit()
        self._write_reflection()
        self._write_log()
        self._write_goal()
        self._answer()

    def _write_about_visit(self) -> None:
        visitor, host, after = self.visitor, self.host, self.after
        notes = {
            "notes": {"rows": [{"n": 1, "kind": "noticed", "at": "9:45", "words": self.word("a note", visitor, host)}]},
            "strengths": self.word("strengths shared", visitor, host),
            "takeaway": self.word("the line for oneself", visitor),
        }
        entry = self._finish(after.sheet(after.visit.visitor, "visitor_notes"), notes, {after.visit.host_id: "all"})
        self._type(entry, suggestion=self.word("typed after sharing", visitor))
        sheet = after.sheet(after.visit.host, "host_reflection")
        words = {"happened": self.word("a reflection taken back", host)}
        reader = after.visit.visitor_id
        entry = self._finish(sheet, words, {reader: "all"})
        withdraw_entry(sheet_of_entry(entry.author.person, entry.id), reader, by="test", now=after.now)

    def _write_reflection(self) -> None:
        new = next(member for member in self.after.visit.people if member.is_new_teacher)
        words = {
            "happened": self.word("a reflection", new.code),
            "goal": self.word("a goal shared with the coach", new.code, "Bell"),
        }
        self._finish(self.after.sheet(new, "post_observation_reflection"), words, {self.member("Bell").id: "goal"})
        goal = db.session.scalars(select(Entry).where(Entry.instrument == "goal")).one()
        self.entries.append(goal)

    def _write_log(self) -> None:
        pairing = self.pairing
        pairing.status = "active"
        db.session.commit()
        mentor, mentee = pairing.mentor, pairing.mentee
        words = {
            "talked": self.word("the log shared", mentor.code, mentee.code),
            "for_me": self.word("the mentor's own line", mentor.code),
        }
        self._finish(sheet_of_pairing(mentor.person, pairing.id, "mentor_log", None), words, {mentee.id: "all"})
        sheet = sheet_of_pairing(mentor.person, pairing.id, "mentor_log", None)
        unfinished = {"talked": self.word("a log not finished", mentor.code)}
        self.entries.append(save_draft(sheet, unfinished, seen=Seen(), now=self.after.now))
        db.session.commit()

    def _write_goal(self) -> None:
        """Shared with somebody who appraises them afterwards: then it is theirs alone again."""
        okafor, vale = self.member("Okafor"), self.member("Vale")
        sheet = sheet_of_oneself(okafor.person, okafor, "goal", None)
        self._finish(sheet, {"goal": self.word("a goal of one's own", "Okafor")}, {vale.id: "all"})

    def _answer(self) -> None:
        """What people say with an answer is for the coaches who plan, but not for the one who appraises them."""
        round_ = self.after.round
        visit = next(each for each in round_.visits() if each.status == "invited" and each.id != self.after.visit.id)
        for thing in (visit, self.pairing):
            member = thing.people[0]
            words = self.word("an answer's words", member.code, "Bell", shown=())
            answer_by_link(round_.invite(thing, member), "yes", comment=words, now=self.after.now)
        self.pairing.status = "active"
        db.session.commit()

    @property
    def pairing(self) -> Pairing:
        return self.after.round.pairing()

    def _appraise(self) -> None:
        vale = self.member("Vale")
        authors = ("Rivera", "Chen", "Okafor", "Lund")
        db.session.add_all(EvaluatorLink(evaluator_id=vale.id, membership_id=self.member(name).id) for name in authors)
        db.session.commit()

    # What addresses are filled with

    def _ask_for_wishes(self) -> None:
        ask_for_interests(self.after.round.cycle.school, everyone=True, by="test", now=self.after.now)

    def _upload(self) -> None:
        bell = self.member("Bell")
        name = self.word("a name in an upload", "Bell", "Vale", "Ada", shown=("Bell",))
        row = {"person_id": "new", "given_name": "Sam", "family_name": name, "email": "", "roles": "teacher"}
        path = write_table(self.after.round.settings.instance / "staff.csv", [row])
        source = Source("staff.csv", path.read_bytes())
        path.unlink()
        upload = keep_upload([source], school=bell.school, person=bell.person, now=self.after.now)
        db.session.flush()
        preview_import(upload, person=bell.person, now=self.after.now)
        self.upload_id = upload.id

    def _walk(self) -> None:
        """A walk that is over, whose summary was shared, and a door that stands open.

        Vale went along, and learns nothing of the classes of those whom they appraise.
        """
        hosts, walkers = ("Rivera", "Lund", "Chen"), ("Bell", "Okafor", "Vale")
        on, members = self.after.now.date(), {name: self.member(name) for name in (*hosts, *walkers)}
        walk = add_walk(self.after.round.cycle, [members[name] for name in walkers], [members[n] for n in hosts], on)
        assert walk.is_over(self.after.now)
        readers = ("Bell", "Okafor", *hosts)
        words = Words(self.word("what walkers noticed", *readers), self.word("what walkers wonder", *readers))
        save_summary(walk, words, seen=0, share=True, by="test", now=self.after.now)
        self.walk_id = walk.id
        self.door_id = add_door(self.member("Chen"), on + timedelta(days=1), [self.member("Okafor")]).id

    @property
    def walk(self) -> Walk:
        return db.session.get_one(Walk, self.walk_id)

    @property
    def door(self) -> OpenDoor:
        return db.session.get_one(OpenDoor, self.door_id)

    def filled(self) -> Filled:
        round_, visit = self.after.round, self.after.visit
        another = next(each for each in round_.visits() if each.status == "invited")
        members = [self.member(name).id for name in ("Okafor", "Vale")]
        mail = db.session.scalars(select(OutboxMessage.id).order_by(OutboxMessage.id)).first()
        return Filled(
            values={
                "cycle_id": [round_.cycle.id],
                "visit_id": [visit.id, another.id],
                "pairing_id": [self.pairing.id],
                "entry_id": [entry.id for entry in self.entries],
                "upload_id": [self.upload_id],
                "member_id": members,
                "walk_id": [self.walk_id],
                "door_id": [self.door_id],
                "message_id": [mail],
                "static.filename": ["theme.css"],
                "bootstrap.static.filename": ["css/bootstrap.min.css"],
            },
            tokens={name: list(owners) for name, owners in self.tokens().items()},
        )

    def tokens(self) -> dict[str, dict[str, str]]:
        """By endpoint, each token with the name of the person whose it is."""
        requests = db.session.scalars(select(FormRequest)).all()
        forms = {form_token(request): request.membership.code for request in requests}
        wishes = {_wishes_token(row): row.membership.code for row in db.session.scalars(select(InterestsRequest))}
        round_, pairing = self.after.round, self.pairing
        answers = {
            round_.link_of(thing, member).rpartition("/")[2]: member.code
            for thing in (round_.visits()[0], pairing)
            for member in thing.people
        }
        return {
            "feedback.by_link": forms,
            "feedback.save_by_link": forms,
            "people.interests": wishes,
            "replies.answer": answers,
        }


def _wishes_token(row: InterestsRequest) -> str:
    return keys.ring().token(INTERESTS, row.membership.school_id, str(row.membership_id), row.generation)
