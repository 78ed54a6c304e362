"""What rests sealed, what a dump and an export hold, what a coach may count, and how many statements a page takes."""

from __future__ import annotations

import json
from itertools import pairwise

import pytest
from counting import grow_to, statements
from held_visit import After
from sqlalchemy import select, text

from mentorship.extensions import db
from mentorship.feedback.models import Entry, FormRequest
from mentorship.feedback.queries import (
    notes_counts,
    notes_shared_by_visit,
    open_forms,
    reflection_counts,
)
from mentorship.operate.dump import dump
from mentorship.people.models import Membership
from mentorship.plans.models import Visit

SECRET = "zwölf Hände am Regal"


def test_words_rest_sealed_drafts_too(after: After) -> None:
    after.write(after.visit.visitor, "visitor_notes", strengths=SECRET)
    page = f"/visits/{after.visit.id}/host_reflection"
    after.round.browser_as(after.visit.host).post(f"{page}/save", form_on=page, version="0.w", happened=SECRET)
    rows = db.session.execute(text("SELECT * FROM entry")).all()
    assert len(rows) == 2
    for row in rows:
        assert not any(SECRET in str(value) or SECRET.encode() in _bytes(value) for value in row)
    file = after.round.settings.instance / "mentorship.sqlite3"
    db.session.execute(text("SELECT 1"))
    db.session.commit()
    for path in (file, file.with_name(file.name + "-wal")):
        assert not path.exists() or SECRET.encode() not in path.read_bytes()


def _bytes(value: object) -> bytes:
    return value if isinstance(value, bytes) else b""


def test_a_dump_holds_digests_unless_it_is_asked_for_the_words(after: After) -> None:
    after.write(after.visit.visitor, "visitor_notes", strengths=SECRET)
    plain = json.dumps(dump(), ensure_ascii=False)
    assert SECRET not in plain
    assert "sha256:" in plain
    assert SECRET in json.dumps(dump(private=True), ensure_ascii=False)


def test_an_export_holds_everything_of_its_author_and_of_nobody_else(after: After) -> None:
    visitor, host = after.visit.visitor, after.visit.host
    after.share(visitor, "visitor_notes", host, strengths=SECRET, takeaway="Wait longer.")
    after.write(host, "host_reflection", happened="Only mine.")
    mine = after.round.browser_as(visitor)
    answer = mine.open("/notes/export")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="my-notes.json"'
    told = json.loads(answer.text)
    assert [entry["form"] for entry in told["entries"]] == ["visitor_notes"]
    assert told["entries"][0]["readers"][0]["name"] == host.person.name
    assert told["entries"][0]["answers"] == {
        "What worked for students?": SECRET,
        "What will you take back to your own room?": "Wait longer.",
    }
    as_text = mine.open("/notes/export?kind=markdown").text
    assert f"Can be read by: {host.person.name}" in as_text
    assert SECRET in as_text
    assert SECRET not in after.round.browser_as(host).open("/notes/export").text


def test_a_coach_may_know_of_a_visit_whether_notes_were_shared_with_the_host_and_no_more(after: After) -> None:
    cycle, visitor, host = after.round.cycle, after.visit.visitor, after.visit.host
    entry = after.write(visitor, "visitor_notes")
    after.share(host, "host_reflection", visitor)
    assert notes_shared_by_visit(cycle) == set()
    browser = after.round.browser_as(visitor)
    browser.post(f"/notes/{entry.id}/share", form_on="/notes", reader=str(host.id))
    assert notes_shared_by_visit(cycle) == {after.visit.id}
    counts = notes_counts(cycle)
    assert (counts.held, counts.shared, counts.not_yet) == (1, 1, 0)
    browser.post(f"/notes/{entry.id}/withdraw", form_on="/notes", reader=str(host.id))
    assert notes_shared_by_visit(cycle) == set()


@pytest.mark.parametrize(
    ("written", "asked", "shown"),
    [(0, 12, None), (4, 12, None), (5, 10, (5, 5)), (7, 12, (7, 5)), (8, 12, None), (12, 12, None)],
)
def test_reflections_are_counted_only_where_neither_number_speaks_of_somebody(
    after: After, written: int, asked: int, shown: tuple[int, int] | None
) -> None:
    grow_to(asked)
    members = db.session.scalars(select(Membership).where(Membership.code.like("P0%"))).all()[:asked]
    visit = after.visit
    for place, member in enumerate(members):
        request = FormRequest(visit_id=visit.id, membership_id=member.id, instrument="host_reflection")
        request.asked_at, request.link_digest = after.now, f"{place:064}"
        db.session.add(request)
        entry = Entry(instrument="host_reflection", form_version=1, author_id=member.id, cycle_id=after.round.cycle.id)
        entry.visit_id, entry.created_at, entry.saved_at = visit.id, after.now, after.now
        if place < written:
            entry.finish({"happened": "Something."}, now=after.now)
        else:
            entry.keep_draft({"happened": "Someth"}, window="w", now=after.now)
        db.session.add(entry)
    db.session.commit()
    counts = reflection_counts(after.round.cycle)
    assert (counts and (counts.written, counts.not_written)) == shown


def test_a_list_names_both_people_of_a_visit_rightly(after: After) -> None:
    after.ask()
    visitor, host = after.visit.visitor.person, after.visit.host.person
    names = {visitor.id: host.name, host.id: visitor.name}
    people = [visitor.id, host.id]
    for number in people:
        db.session.expunge_all()
        person = db.session.get_one(type(visitor), number)
        found = open_forms(person, after.now)
        assert found
        assert all(names[number] in form.words for form in found)


def test_pages_take_few_statements_however_much_there_is(after: After) -> None:
    visitor = after.visit.visitor
    after.round.pairing().status = "active"
    many = other_visits(after, 20)
    for visit in many:
        visit.status = "held"
    after.ask()
    after.share(visitor, "visitor_notes", after.visit.host)
    new = next(member for member in after.visit.people if member.is_new_teacher)
    after.share(new, "post_observation_reflection", after.visit.other(new.id), goal="Two minutes.", happened="Much.")
    entry = db.session.scalars(select(Entry).where(Entry.instrument == "visitor_notes")).one()
    pages = [
        (visitor, "/notes"),
        (visitor, f"/visits/{after.visit.id}/visitor_notes"),
        (new, f"/visits/{after.visit.id}/post_observation_reflection"),
        (visitor, f"/notes/{entry.id}"),
        (after.visit.host, f"/notes/{entry.id}"),
        (after.visit.host, "/notes"),
        (after.visit.host, f"/visits/{after.visit.id}/host_reflection"),
        (new, "/goals"),
        (after.round.pairing().mentor, f"/mentoring/{after.round.pairing().id}"),
        (after.round.pairing().mentor, f"/mentoring/{after.round.pairing().id}/write"),
        (new, "/goals/write"),
        (visitor, "/notes/export"),
    ]
    counts = []
    for _ in range(2):
        taken = {}
        for member, path in pages:
            browser = after.round.browser_as(member)
            with statements() as asked:
                assert browser.open(path).status_code == 200
            taken[(member.code, path)] = len(asked)
        counts.append(taken)
        grow_to(60)
    for taken in counts:
        assert max(taken.values()) <= 12, taken
    for before, later in pairwise(counts):
        assert before == later


def other_visits(after: After, number: int) -> list[Visit]:
    """So many more visits of the same two people, one a day."""
    model = after.visit
    made = []
    for place in range(number):
        video = Visit(plan_id=model.plan_id, visitor_id=model.visitor_id, host_id=model.host_id, medium="video")
        video.mode, video.focus, video.status = "feedback", f"focus {place}", "held"
        db.session.add(video)
        made.append(video)
    db.session.commit()
    return made
