"""Nobody else reads what somebody wrote: every form, every route, every role; sharing, withdrawing, evaluators."""

from __future__ import annotations

from typing import Any

import pytest
from held_visit import WORDS, After
from sqlalchemy import select

from mentorship.errors import Refused
from mentorship.extensions import db
from mentorship.feedback.instruments import INSTRUMENTS
from mentorship.feedback.models import Entry, EntryReader
from mentorship.feedback.operations import Seen, finish_entry, share_entry
from mentorship.feedback.queries import entries_visible_to, readers_by_entry, readers_words
from mentorship.feedback.sheets import possible_readers, sheet_of_entry, sheet_of_oneself, sheet_of_pairing
from mentorship.people.models import EvaluatorLink, Membership, Person, School

SECRET = "zwölf Hände am Regal"
FIELD = {
    "visitor_notes": "strengths",
    "host_reflection": "happened",
    "post_observation_reflection": "happened",
    "mentor_log": "talked",
    "goal": "goal",
}
PRIVATE_FIELD = {"visitor_notes": "takeaway", "mentor_log": "for_me"}


@pytest.fixture(params=sorted(INSTRUMENTS))
def written(after: After, request: pytest.FixtureRequest) -> tuple[After, Entry]:
    """One finished entry of each form, which nobody but its author may read."""
    return after, write_one(after, str(request.param))


def write_one(after: After, key: str) -> Entry:
    answers = {FIELD[key]: SECRET}
    if key == "mentor_log":
        pairing = after.round.pairing()
        pairing.status = "active"
        db.session.commit()
        sheet = sheet_of_pairing(pairing.mentor.person, pairing.id, key, None)
    elif key == "goal":
        author = after.visit.visitor
        sheet = sheet_of_oneself(author.person, author, key, None)
    else:
        by = {"visitor": after.visit.visitor, "host": after.visit.host}
        new = next(member for member in after.visit.people if member.is_new_teacher)
        sheet = after.sheet(by.get(INSTRUMENTS[key].written_by, new), key)
    entry = finish_entry(sheet, answers, seen=Seen(), readers=None, by="test", now=after.now)
    db.session.commit()
    return entry


def everybody_else(after: After, author: Membership) -> dict[str, Membership]:
    """Colleagues, coach, leader, administrator, an evaluator, and somebody of another school with every role."""
    found = {code: after.round.member(code) for code in ("Rivera", "Chen", "Okafor", "Lund", "Bell", "Stone")}
    found = {code: member for code, member in found.items() if member.id != author.id}
    found["Stone"].person.is_admin = True
    db.session.add(EvaluatorLink(evaluator_id=found["Stone"].id, membership_id=author.id))
    school = School(id="other", name="Other", time_zone="UTC", cycle_days=["A"])
    stranger = Membership(
        school=school,
        person=Person(given_name="Sol", family_name="Strange", email="sol@other.example.edu"),
        code="Strange",
        roles=["teacher", "coach", "leader"],
    )
    db.session.add_all([school, stranger])
    db.session.commit()
    return {**found, "Strange": stranger}


def addresses(after: After, entry: Entry) -> list[tuple[str, str, dict[str, str]]]:
    """Every route that could show or change this entry: method, path, fields."""
    found: list[tuple[str, str, dict[str, str]]] = [("GET", f"/notes/{entry.id}", {})]
    for verb in ("share", "withdraw", "delete", "drop-draft"):
        found.append(("POST", f"/notes/{entry.id}/{verb}", {"reader": "1"}))
    if entry.visit_id is not None:
        page = f"/visits/{entry.visit_id}/{entry.instrument}"
    elif entry.pairing_id is not None:
        page = f"/mentoring/{entry.pairing_id}/write"
    else:
        page = "/goals/write"
    named = "" if entry.visit_id is not None else f"?entry={entry.id}"
    fields = {FIELD[entry.instrument]: "overwritten", "version": "9.w", "do": "finish"}
    found += [("GET", page + named, {}), ("POST", page + named, fields), ("POST", f"{page}/save{named}", fields)]
    if entry.instrument == "goal":
        found += [("POST", f"/goals/{entry.id}/{verb}", {"state": "done"}) for verb in ("done", "look-again")]
    return found


LISTS = ("/notes", "/goals", "/notes/export", "/notes/export?kind=markdown")


def test_nobody_else_finds_it_by_any_route_whatever_their_role(written: tuple[After, Entry]) -> None:
    after, entry = written
    people, asked = everybody_else(after, entry.author), addresses(after, entry)
    before = after.round.dump()
    for code, member in people.items():
        browser = after.round.browser_as(member)
        token = browser.csrf_token("/notes")
        for method, path, fields in asked:
            more: dict[str, Any] = {"csrf_token": token, **fields} if method == "POST" else {}
            answer = browser.open(path, method, **more)
            assert answer.status_code == 404, f"{code} {method} {path}"
            assert SECRET not in answer.text
        for path in LISTS:
            text = browser.open(path).text
            assert SECRET not in text, f"{code} {path}"
            assert entry.title not in text or entry.instrument == "goal", f"{code} {path}"
        log = browser.open(f"/mentoring/{entry.pairing_id}") if entry.pairing_id else None
        assert log is None or SECRET not in log.text
    assert after.round.dump() == before


def test_its_author_finds_it_by_every_route(written: tuple[After, Entry]) -> None:
    after, entry = written
    browser = after.round.browser_as(entry.author)
    for method, path, _ in addresses(after, entry):
        if method == "GET":
            assert SECRET in browser.open(path).text, path
    for path in ("/notes/export", "/notes/export?kind=markdown"):
        assert SECRET in browser.open(path).text


def test_whom_it_is_shared_with_reads_it_but_for_the_private_line_until_it_is_withdrawn(
    written: tuple[After, Entry],
) -> None:
    after, entry = written
    private = PRIVATE_FIELD.get(entry.instrument)
    if private:
        entry.amend(**{private: "for me alone"})
    sheet = sheet_of_entry(entry.author.person, entry.id)
    member = possible_readers(sheet)[0]
    share_entry(sheet, member.id, by="test", now=after.now)
    db.session.commit()
    reader, author = after.round.browser_as(member), after.round.browser_as(entry.author)
    page = reader.open(f"/notes/{entry.id}")
    assert page.status_code == 200
    assert SECRET in page.text
    assert "for me alone" not in page.text
    assert "for me alone" not in reader.open("/notes/export").text
    assert entry.title in reader.open("/notes").text
    for path in (f"/notes/{entry.id}/share", f"/notes/{entry.id}/delete", f"/notes/{entry.id}/withdraw"):
        assert reader.post(path, form_on="/notes", reader=str(member.id)).status_code == 404
    assert author.post(f"/notes/{entry.id}/withdraw", form_on="/notes", reader=str(member.id)).status_code == 303
    assert reader.open(f"/notes/{entry.id}").status_code == 404
    assert SECRET not in reader.open("/notes").text


def test_the_sentence_names_exactly_those_who_find_the_row(written: tuple[After, Entry]) -> None:
    after, entry = written
    for member in possible_readers(sheet_of_entry(entry.author.person, entry.id)):
        share_entry(sheet_of_entry(entry.author.person, entry.id), member.id, by="test", now=after.now)
    members = db.session.scalars(select(Membership).where(Membership.id != entry.author_id)).all()
    finds = {
        member.person.name
        for member in members
        if db.session.scalars(entries_visible_to(member.person).where(Entry.id == entry.id)).first()
    }
    rows = readers_by_entry([entry])[entry.id]
    assert {row.membership.person.name for row in rows} == finds
    words = readers_words(rows)
    assert words.startswith("you")
    assert all(name in words for name in finds)


def test_an_evaluator_is_never_let_in_and_loses_what_they_had(after: After) -> None:
    visitor, host = after.visit.visitor, after.visit.host
    entry = after.share(visitor, "visitor_notes", host, strengths=SECRET)
    reader = after.round.browser_as(host)
    assert SECRET in reader.open(f"/notes/{entry.id}").text
    db.session.add(EvaluatorLink(evaluator_id=host.id, membership_id=visitor.id))
    db.session.commit()
    assert reader.open(f"/notes/{entry.id}").status_code == 404
    assert SECRET not in reader.open("/notes").text
    assert readers_words(readers_by_entry([entry])[entry.id]) == "only you"
    sheet = sheet_of_entry(visitor.person, entry.id)
    assert possible_readers(sheet) == []
    entry.readers.clear()
    db.session.flush()
    with pytest.raises(Refused, match="stays out of formal reviews"):
        share_entry(sheet, host.id, by="test", now=after.now)


def test_nobody_outside_the_list_is_let_in_by_a_posted_number(after: After) -> None:
    host = after.visit.host
    near = {host.id, after.visit.visitor_id} | {m.id for m in possible_readers(after.sheet(host, "host_reflection"))}
    outsider = next(m for m in map(after.member, ("Rivera", "Chen", "Okafor", "Lund")) if m.id not in near)
    browser, page = after.round.browser_as(host), f"/visits/{after.visit.id}/host_reflection"
    fields = {f"reader-{outsider.id}": "all", "happened": SECRET, "version": "0.w", "do": "finish"}
    assert browser.post(page, **fields).status_code == 422
    assert db.session.scalars(select(EntryReader)).all() == []


def test_a_draft_is_not_shared(after: After) -> None:
    host = after.visit.host
    browser, page = after.round.browser_as(host), f"/visits/{after.visit.id}/host_reflection"
    browser.post(f"{page}/save", form_on=page, version="0.w", happened=SECRET)
    entry = db.session.scalars(select(Entry)).one()
    told = browser.post(f"/notes/{entry.id}/share", form_on="/notes", reader=str(after.visit.visitor_id))
    assert told.status_code == 303
    assert "finish it before you share it" in browser.open(f"/notes/{entry.id}").text
    assert db.session.scalars(select(EntryReader)).all() == []


def test_somebody_who_left_reads_nothing_any_more(after: After) -> None:
    entry = after.share(after.visit.visitor, "visitor_notes", after.visit.host)
    host = after.visit.host
    host.active = False
    db.session.commit()
    assert db.session.scalars(entries_visible_to(host.person).where(Entry.id == entry.id)).first() is None


def test_deleting_takes_it_from_its_readers_too(after: After) -> None:
    entry = after.share(after.visit.visitor, "visitor_notes", after.visit.host)
    author, number = after.round.browser_as(after.visit.visitor), entry.id
    assert author.post(f"/notes/{number}/delete", form_on="/notes").status_code == 303
    assert after.round.browser_as(after.visit.host).open(f"/notes/{number}").status_code == 404
    assert db.session.scalars(select(EntryReader)).all() == []


def test_without_signing_in_every_page_leads_to_the_sign_in(after: After) -> None:
    entry = after.write(after.visit.host, "host_reflection")
    for path in (
        "/notes",
        f"/notes/{entry.id}",
        f"/visits/{after.visit.id}/host_reflection",
        "/goals",
        "/notes/export",
    ):
        answer = after.round.browser.open(path)
        assert answer.status_code == 303
        assert "/sign-in" in answer.location
    assert WORDS["host_reflection"]["happened"] not in after.round.browser.open("/notes").text
