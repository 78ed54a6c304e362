"""Closing by page, and taking a cycle's plan away as files."""

from __future__ import annotations

import io
import json
from datetime import timedelta

import pytest
from builders import Browser, Round
from openpyxl import load_workbook

from mentorship import clock
from mentorship.extensions import db
from mentorship.people.models import Membership, School
from mentorship.replies.models import Answer
from mentorship.tables import Source, read_tables

CANARY = "only for the organiser"


def coach(made: Round) -> Browser:
    return made.browser_as(made.member("Bell"))


def close_page(made: Round) -> str:
    return f"/cycles/{made.cycle.id}/close"


def go_past_the_end(made: Round) -> None:
    ends = max(visit.ends_at for visit in made.visits() if visit.ends_at)
    clock.set_offset(made.settings.clock_offset + (ends + timedelta(days=1) - clock.now()).total_seconds())


def test_the_page_says_what_closing_does_and_then_does_it(published: Round) -> None:
    for visit in published.visits():
        published.answer_both(visit)
    go_past_the_end(published)
    page = coach(published).open(close_page(published)).text
    assert "What closing does" in page and "Close Round" in page
    assert coach(published).post(close_page(published), version=str(published.cycle.version)).status_code == 303
    page = coach(published).open(close_page(published)).text
    assert "Summary of Round" in page and "Visited" in page and "What closing does" not in page


def test_a_cycle_with_accepted_visits_ahead_says_until_when_it_waits(published: Round) -> None:
    published.answer_both(published.visit())
    page = coach(published).open(close_page(published)).text
    assert "1 accepted visit lies ahead" in page and "btn-primary" not in page
    token = coach(published)
    answer = token.open(close_page(published), "POST", csrf_token=token.csrf_token("/account"))
    assert answer.status_code == 409 and "lies ahead" in answer.text
    assert published.cycle.status == "published"


def test_the_second_of_two_closers_is_told(published: Round) -> None:
    go_past_the_end(published)
    seen = str(published.cycle.version)
    assert coach(published).post(close_page(published), version=seen).status_code == 303
    browser = coach(published)
    fields = {"csrf_token": browser.csrf_token("/account"), "version": seen}
    answer = browser.open(close_page(published), "POST", **fields)
    assert answer.status_code == 409 and "changed this" in answer.text


def test_a_draft_has_nothing_to_close(planned: Round) -> None:
    page = coach(planned).open(close_page(planned)).text
    assert "never published" in page and "btn-primary" not in page


def test_the_table_of_visits_reads_back_as_it_stands(published: Round) -> None:
    answer = coach(published).open(f"/cycles/{published.cycle.id}/export.csv")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="round-visits.csv"'
    (table,) = read_tables(Source("round-visits.csv", answer.data))
    visits = published.visits()
    assert [row.cells["date"] for row in table.rows] == [str(visit.on_date) for visit in visits]
    assert {row.cells["status"] for row in table.rows} == {"Waiting for a reply"}
    assert {row.cells["visitor"] for row in table.rows} == {visit.visitor.person.name for visit in visits}


def test_the_workbook_holds_both_and_runs_nothing(published: Round) -> None:
    person = published.visit().visitor.person
    person.given_name = "=cmd|' /C calc'!A0"
    db.session.commit()
    for kind in ("xlsx", "csv"):
        answer = coach(published).open(f"/cycles/{published.cycle.id}/export.{kind}")
        if kind == "xlsx":
            book = load_workbook(io.BytesIO(answer.data))
            assert book.sheetnames == ["Visits", "Walks", "Pairings", "Contacts"]
            cells = [str(cell.value) for sheet in book for row in sheet for cell in row]
            assert any(cell.startswith("'=cmd") for cell in cells)
            assert not any(cell.startswith("=") for cell in cells)
        else:
            assert b"'=cmd" in answer.data and b"\n=cmd" not in answer.data
        assert {row.cells["visitor"] for row in _rows(published)} >= {person.name}


def _rows(made: Round) -> list:  # type: ignore[type-arg]
    answer = coach(made).open(f"/cycles/{made.cycle.id}/export.csv")
    return read_tables(Source("round-visits.csv", answer.data))[0].rows


def test_no_export_holds_what_somebody_wrote_with_an_answer(published: Round) -> None:
    visit = published.visit()
    invite = published.invite(visit, visit.host)
    row = Answer(invite_id=invite.id, sequence=0, stamp=clock.now(), partstat="YES", by_link=True, comment=CANARY)
    db.session.add(row)
    db.session.commit()
    for kind in ("csv", "xlsx", "json"):
        answer = coach(published).open(f"/cycles/{published.cycle.id}/export.{kind}")
        assert answer.status_code == 200 and CANARY.encode() not in answer.data
    data = json.loads(answer.data)
    assert set(data) == {"cycle", "visits", "walks", "pairings", "contacts"} and len(data["pairings"]) == 1


@pytest.mark.parametrize("who", ["Lund", "Stone"])
def test_nobody_but_a_coach_of_the_school_closes_or_takes_away(published: Round, who: str) -> None:
    other = School(id="other", name="Other", time_zone="UTC", cycle_days=["A"])
    person = published.member("Stone").person
    db.session.add_all([other, Membership(school=other, person=person, code="c", roles=["coach"])])
    db.session.commit()
    browser = published.browser_as(published.member(who))
    token = browser.csrf_token("/account")
    for path in (close_page(published), *(f"/cycles/{published.cycle.id}/export.{kind}" for kind in ("csv", "json"))):
        assert browser.open(path).status_code == 404
    assert browser.open(close_page(published), "POST", csrf_token=token).status_code == 404
    assert published.cycle.status == "published"


def test_a_kind_that_nobody_knows_is_not_there(published: Round) -> None:
    assert coach(published).open(f"/cycles/{published.cycle.id}/export.pdf").status_code == 404
