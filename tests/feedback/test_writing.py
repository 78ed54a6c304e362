"""Writing: drafts that save themselves, two windows, notes one by one, and what a finished form says."""

from __future__ import annotations

import re

import pytest
from held_visit import After
from sqlalchemy import select

from mentorship.extensions import db
from mentorship.feedback.instruments import about
from mentorship.feedback.models import Entry

VERSION = re.compile(r'name="version" value="([^"]+)"')


def page_of(after: After, key: str) -> str:
    return f"/visits/{after.visit.id}/{key}"


def version_on(text: str) -> str:
    found = VERSION.search(text)
    assert found is not None
    return found[1]


def only_entry() -> Entry:
    return db.session.scalars(select(Entry).where(Entry.instrument != "goal")).one()


@pytest.mark.parametrize(
    ("who", "key"), [("visitor", "visitor_notes"), ("host", "host_reflection"), (None, "post_observation_reflection")]
)
def test_each_form_opens_for_its_writer_with_the_lock_line_before_the_first_field(
    after: After, who: str | None, key: str
) -> None:
    member = after.member(who) if who else next(m for m in after.visit.people if m.is_new_teacher)
    page = after.round.browser_as(member).open(page_of(after, key))
    assert page.status_code == 200
    assert 0 < page.text.index("Who will see this:") < page.text.index("<textarea")
    assert f'data-autosave="{page_of(after, key)}/save"' in page.text
    assert "School T" in page.text
    assert "Sheet(" not in page.text


def test_opening_a_form_writes_nothing(after: After) -> None:
    before = after.round.dump()
    for key in about("visit"):
        for member in after.visit.people:
            after.round.browser_as(member).open(page_of(after, key))
    assert after.round.dump() == before


def test_a_draft_saves_itself_and_says_when(after: After) -> None:
    browser = after.round.browser_as(after.visit.visitor)
    page = page_of(after, "visitor_notes")
    seen = version_on(browser.open(page).text)
    answer = browser.post(f"{page}/save", form_on=page, version=seen, strengths="They answered each other.")
    assert answer.status_code == 200
    told = answer.get_json()
    assert re.fullmatch(r"\d{1,2}:\d\d", told["saved_at"])
    again = browser.post(f"{page}/save", form_on=page, version=told["version"], strengths="They answered. Twice.")
    assert again.status_code == 200
    entry = only_entry()
    assert entry.is_draft
    assert entry.newest["strengths"] == "They answered. Twice."
    reopened = browser.open(page).text
    assert "They answered. Twice." in reopened
    assert f"Saved at {told['saved_at']}" in reopened


def test_a_repeat_after_a_lost_answer_is_taken_from_the_same_page(after: After) -> None:
    browser = after.round.browser_as(after.visit.visitor)
    page = page_of(after, "visitor_notes")
    seen = version_on(browser.open(page).text)
    for words in ("One.", "One. Two."):
        answer = browser.post(f"{page}/save", form_on=page, version=seen, strengths=words)
        assert answer.status_code == 200
    assert only_entry().newest["strengths"] == "One. Two."


def test_another_window_is_told_and_both_texts_stay_on_the_page(after: After) -> None:
    browser = after.round.browser_as(after.visit.visitor)
    page = page_of(after, "visitor_notes")
    first, second = (version_on(browser.open(page).text) for _ in range(2))
    assert browser.post(f"{page}/save", form_on=page, version=first, strengths="From the phone.").status_code == 200
    told = browser.post(f"{page}/save", form_on=page, version=second, strengths="From the laptop.")
    assert told.status_code == 409
    assert "another window" in told.get_json()["error"]
    conflict = browser.post(page, version=second, strengths="From the laptop.", do="later")
    assert conflict.status_code == 409
    assert "From the phone." in conflict.text
    assert "From the laptop." in conflict.text
    meant = browser.post(page, version=version_on(conflict.text), strengths="From both.", do="later")
    assert meant.status_code == 303
    assert only_entry().newest["strengths"] == "From both."


def test_notes_are_added_edited_and_removed_one_by_one_without_scripts(after: After) -> None:
    browser = after.round.browser_as(after.visit.visitor)
    page = page_of(after, "visitor_notes")

    def press(button: str, words: str, *, kind: str = "noticed", at: str = "09:51", n: str = "") -> str:
        fields = {"notes-words": words, "notes-kind": kind, "notes-at": at, "notes-n": n}
        done = browser.post(page, version=version_on(browser.open(page).text), do=button, **fields)
        assert done.status_code == 303
        assert done.location == f"{page}#notes"
        return browser.open(page).text

    press("add", "Four hands at first, then eleven.", at="09:58")
    text = press("add", "Would one line first help?", kind="wondered", at="09:40")
    assert text.index("Would one line first help?") < text.index("Four hands at first")
    text = press("edit-1", "")
    assert "Edit this note" in text
    press("add", "Four hands, then twelve.", n="1")
    assert [row["words"] for row in only_entry().newest["notes"]["rows"]] == [
        "Would one line first help?",
        "Four hands, then twelve.",
    ]
    press("edit-2", "")
    press("add", "", n="2")
    assert [row["n"] for row in only_entry().newest["notes"]["rows"]] == [1]


def test_a_note_begins_with_the_time_of_writing(after: After) -> None:
    page = after.round.browser_as(after.visit.visitor).open(page_of(after, "visitor_notes")).text
    assert re.search(r'type="time"[^>]*value="\d\d:\d\d"', page)


def test_the_note_that_is_being_typed_is_saved_with_the_draft_and_counts_when_finished(after: After) -> None:
    visitor = after.visit.visitor
    browser, page = after.round.browser_as(visitor), page_of(after, "visitor_notes")
    typed = {"notes-words": "Eight seconds of quiet.", "notes-kind": "noticed", "notes-at": "09:51", "notes-n": ""}
    browser.post(f"{page}/save", form_on=page, version="0.w", **typed)
    browser.post(f"{page}/save", form_on=page, version="1.w", **typed)
    assert "Eight seconds of quiet." in browser.open(page).text
    done = browser.post(page, version=version_on(browser.open(page).text), do="share", **typed)
    assert done.status_code == 303
    assert [row["words"] for row in only_entry().answers["notes"]["rows"]] == ["Eight seconds of quiet."]


def test_what_is_too_long_is_said_by_the_field_and_stays_on_the_page(after: After) -> None:
    browser, page = after.round.browser_as(after.visit.visitor), page_of(after, "visitor_notes")
    long = "You could try. " * 40
    refused = browser.post(page, version="0.w", suggestion=long, do="share")
    assert refused.status_code == 422
    assert "at most 400 characters" in refused.text
    assert long.strip() in refused.text
    told = browser.post(f"{page}/save", form_on=page, version="0.w", suggestion=long)
    assert told.status_code == 422
    assert "at most 400 characters" in told.get_json()["error"]
    assert db.session.scalars(select(Entry)).all() == []


def test_an_empty_form_is_not_finished(after: After) -> None:
    new = next(member for member in after.visit.people if member.is_new_teacher)
    browser, page = after.round.browser_as(new), page_of(after, "post_observation_reflection")
    refused = browser.post(page, version="0.w", do="finish", follow_up_on="2027-02-01", focus="questioning")
    assert refused.status_code == 422
    assert "write a line first" in refused.text
    assert db.session.scalars(select(Entry)).all() == []


def test_what_is_typed_after_sharing_is_not_read_until_it_is_saved(after: After) -> None:
    visitor, host = after.visit.visitor, after.visit.host
    entry = after.share(visitor, "visitor_notes", host, strengths="As I shared it.")
    browser, page = after.round.browser_as(visitor), page_of(after, "visitor_notes")
    version = version_on(browser.open(page).text)
    browser.post(f"{page}/save", form_on=page, version=version, strengths="Half a thou")
    reader = after.round.browser_as(host)
    assert "As I shared it." in reader.open(f"/notes/{entry.id}").text
    assert "Half a thou" not in reader.open(f"/notes/{entry.id}").text
    browser.post(page, version=version_on(browser.open(page).text), strengths="A whole thought.", do="share")
    assert "A whole thought." in reader.open(f"/notes/{entry.id}").text
    assert len([m for m in after.round.messages() if m.kind == "notes_shared"]) == 1


def test_a_reflection_carries_its_goal_forward_and_takes_it_back(after: After) -> None:
    new = next(member for member in after.visit.people if member.is_new_teacher)
    browser, page = after.round.browser_as(new), page_of(after, "post_observation_reflection")
    opened = browser.open(page).text
    assert re.search(r'name="follow_up_on"[^>]*value="2027-\d\d-\d\d"', opened)
    other = after.visit.other(new.id)
    fields = {"goal": "Clean up in two minutes.", "follow_up_on": "2027-02-01", f"reader-{other.id}": "goal"}
    done = browser.post(page, version=version_on(opened), do="finish", happened="We ran out of time.", **fields)
    assert done.status_code == 303
    reader = after.round.browser_as(other).open("/notes").text
    assert "Goal, by" in reader
    assert "Post-observation reflection, by" not in reader
    browser.post(page, version=version_on(browser.open(page).text), do="finish", goal="")
    assert db.session.scalars(select(Entry).where(Entry.instrument == "goal")).all() == []


def test_a_goal_is_shown_in_the_form_as_it_stands_now(after: After) -> None:
    new = next(member for member in after.visit.people if member.is_new_teacher)
    words = {"happened": "We ran out of time.", "goal": "Two minutes.", "follow_up_on": "2027-02-01"}
    after.write(new, "post_observation_reflection", {}, **words)
    goal = db.session.scalars(select(Entry).where(Entry.instrument == "goal")).one()
    goal.amend(follow_up_on="2027-02-08")
    db.session.commit()
    page = after.round.browser_as(new).open(page_of(after, "post_observation_reflection")).text
    assert 'value="2027-02-08"' in page


def test_whoever_looks_back_finds_the_notes_that_were_shared(after: After) -> None:
    visitor, host = after.visit.visitor, after.visit.host
    after.share(visitor, "visitor_notes", host, strengths="They answered each other.", takeaway="Wait longer.")
    page = after.round.browser_as(host).open(page_of(after, "host_reflection")).text
    assert "They answered each other." in page
    assert "Wait longer." not in page


def test_a_form_is_open_from_the_beginning_of_the_visit_and_not_before(after: After) -> None:
    visitor = after.visit.visitor
    page, browser = page_of(after, "visitor_notes"), after.round.browser_as(visitor)
    visit = after.visit
    visit.status = "accepted"
    db.session.commit()
    assert browser.open(page).status_code == 200
    for status in ("invited", "cancelled", "not_held", "proposed"):
        visit.status = status
        db.session.commit()
        assert browser.open(page).status_code == 404


def test_what_was_begun_stays_open_to_its_author_though_the_visit_did_not_happen(after: After) -> None:
    after.write(after.visit.visitor, "visitor_notes")
    visit = after.visit
    page, browser = page_of(after, "visitor_notes"), after.round.browser_as(visit.visitor)
    visit.status = "not_held"
    db.session.commit()
    assert browser.open(page).status_code == 200
