"""Walks and open doors when a cycle ends: in the files that are taken away, and in the counts."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from datetime import timedelta

import pytest
from builders import BY, NOW, Browser, Round
from made_groups import add_door
from openpyxl import load_workbook

from mentorship import clock
from mentorship.closeout.operations import close_cycle
from mentorship.extensions import db
from mentorship.invites.looking_back import Words, save_summary, thank_hosts
from mentorship.invites.walking import leave_walk, send_walk
from mentorship.plans.groups import Walk
from mentorship.plans.walking import plan_walk
from mentorship.tables import Source, read_tables
from tests.invites.test_walks import (
    BEFORE,
    MORNING,
    WALK_DAY,
    place_of,
    planned_walk,
    sent_walk,
    walking,
    walking_instance,
    wish,
)

__all__ = ["walking", "walking_instance"]
CANARY = "words of the walkers alone"


@pytest.fixture
def over(walking: Round) -> Iterator[Walk]:
    """A walk that is over, with a summary and thanks; another is planned, and one was called off as a draft."""
    walk = sent_walk(walking)
    leave_walk(place_of(walk, "Xu"), by=BY, now=MORNING)
    week = timedelta(days=6)
    planned = plan_walk(walking.cycle, wish(walking, on=WALK_DAY + week), seed=1, by=BY, now=BEFORE)
    planned.status = "cancelled"
    plan_walk(walking.cycle, wish(walking, on=WALK_DAY + week), seed=2, by=BY, now=BEFORE)
    with clock.shifted(walk.ends_at + timedelta(hours=1) - clock.now()):
        save_summary(walk, Words(CANARY, CANARY), seen=0, share=True, by=BY, now=clock.now())
        thank_hosts(walk, [walk.stops[0].id], CANARY, by=BY, now=clock.now())
        db.session.commit()
        yield walk


def coach(made: Round) -> Browser:
    return made.browser_as(made.member("Bell"))


def test_the_table_of_walks_says_who_took_part_and_no_word_of_theirs(walking: Round, over: Walk) -> None:
    answer = coach(walking).open(f"/cycles/{walking.cycle.id}/export.csv?list=walks")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="round-walks.csv"'
    (table,) = read_tables(Source("round-walks.csv", answer.data))
    held, planned = (row.cells for row in table.rows)
    assert held == {
        "kind": "Learning walk",
        "date": "2027-01-20",
        "starts": "09:33",
        "ends": "10:52",
        "period": "3",
        "cycle_day": "A",
        "stops": "3",
        "rooms": ", ".join(sorted(stop.room for stop in over.stops if stop.room)),
        "lead": "Sam Bell",
        "walkers": "Sam Bell, Sam Chen, Sam Okafor",
        "hosts": "Sam Lund, Sam Rivera, Sam Yilmaz",
        "status": "Over",
    }
    assert planned["status"] == "Planned, nobody is told"


def test_no_file_holds_a_summary_or_a_line_of_thanks(walking: Round, over: Walk) -> None:
    page = f"/cycles/{walking.cycle.id}/export"
    answers = {kind: coach(walking).open(f"{page}.{kind}").data for kind in ("csv", "xlsx", "json")}
    answers["walks"] = coach(walking).open(f"{page}.csv?list=walks").data
    sheet = load_workbook(io.BytesIO(answers["xlsx"]))["Walks"]
    cells = [str(cell.value) for row in sheet for cell in row]
    assert "Learning walk" in cells and not any(CANARY in cell for cell in cells)
    walks = json.loads(answers["json"])["walks"]
    assert walks[0]["hosts"] == "Sam Lund, Sam Rivera, Sam Yilmaz"
    assert not any(CANARY.encode() in answers[kind] for kind in ("csv", "walks", "json"))


def test_a_list_that_nobody_knows_and_other_people_find_nothing(walking: Round, over: Walk) -> None:
    page = f"/cycles/{walking.cycle.id}/export.csv?list="
    assert coach(walking).open(f"{page}goals").status_code == 404
    assert walking.browser_as(walking.member("Chen")).open(f"{page}walks").status_code == 404


def test_closing_counts_walks_and_doors_and_never_by_person(walking: Round, over: Walk) -> None:
    now = clock.now()
    add_door(walking.member("Chen"), WALK_DAY)
    add_door(walking.member("Lund"), WALK_DAY + timedelta(days=1))
    walking.publish("pairings", now=NOW)
    page = coach(walking).open(f"/cycles/{walking.cycle.id}/close").text
    assert "Walk: over" in page and "1 walk that waits is called off." in page and "Walks as a table (CSV)" in page
    found = close_cycle(walking.cycle, by=BY, now=now)
    db.session.commit()
    assert found["walks"] == {"held": 1} and found["doors"] == {"held": 1}
    assert "Sam" not in str(found)
    assert "Open doors" in coach(walking).open(f"/cycles/{walking.cycle.id}").text


def test_the_page_says_that_a_walk_lies_ahead(walking: Round) -> None:
    send_walk(planned_walk(walking), by=BY, now=BEFORE)
    walking.publish("pairings", now=NOW)
    page = coach(walking).open(f"/cycles/{walking.cycle.id}/close").text
    assert "1 walk lies ahead, the last on Wednesday, January 20" in page and "btn-primary" not in page
