"""The commands of a cycle as their users meet them: JSON shapes, refusals in one sentence, exit codes."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mentorship.cli import main
from tests.school import school_t

DATES = ("--from", "2027-01-11", "--to", "2027-02-05")
Run = Callable[..., Any]


@pytest.fixture
def run(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str], empty_instance: Path
) -> Run:
    """Runs one command on a fresh instance and returns its JSON; `refused` expects exit 1 and one sentence."""
    shutil.copytree(empty_instance, tmp_path / "instance")
    monkeypatch.setenv("MENTORSHIP_INSTANCE", str(tmp_path / "instance"))
    # The school's dates stay ahead of whoever runs these tests.
    monkeypatch.setenv("MENTORSHIP_CLOCK_OFFSET", str(_seconds_to_december_2026()))

    def run(*words: str, refused: bool = False) -> Any:
        code = main([*words, "--json"])
        told = capsys.readouterr()
        assert code == (1 if refused else 0), told
        data = json.loads(told.out)
        if refused:
            assert data["error"] == told.err.strip().splitlines()[-1]
            assert "Traceback" not in told.err
        return data

    return run


def _seconds_to_december_2026() -> float:
    from datetime import UTC, datetime

    return (datetime(2026, 12, 1, 12, tzinfo=UTC) - datetime.now(UTC)).total_seconds()


@pytest.fixture
def school(run: Run, tmp_path: Path) -> Path:
    files = school_t()
    files.tables["staff"] = [
        {**row, "mentor_places": "1" if row["person_id"] == "Chen" else "", "new_teacher": new}
        for row in files.tables["staff"]
        for new in ["yes" if row["person_id"] in {"Lund", "Okafor"} else ""]
    ]
    folder = files.write(tmp_path / "school")
    run("import", str(folder))
    return folder


def test_a_cycle_goes_from_open_to_published(run: Run, school: Path) -> None:
    opened = run("cycle", "open", "Spring", *DATES)["cycle"]
    assert (opened["status"], opened["participants"]) == ("setting_up", 4)
    planned = run("plan", "Spring")
    assert planned["cycle"]["status"] == "planned"
    assert [aim["name"] for aim in planned["planned"]["visits"]["aims"]] == [
        "covered",
        "live",
        "moved",
        "wanted",
        "fit",
        "debriefs",
        "early",
    ]
    shown = run("cycle", "show", "Spring")
    assert all(visit["status"] == "proposed" and visit["uid"] is None for visit in shown["visits"])
    assert run("outbox", "list")["messages"] == []
    published = run("publish", "Spring")
    assert published["mails"] == 2 * (len(shown["visits"]) + len(shown["pairings"]))
    after = run("cycle", "show", "Spring")
    assert after["cycle"]["status"] == "published"
    assert all(visit["status"] == "invited" and visit["sequence"] == 0 for visit in after["visits"])
    assert set(after["visits"][0]["answers"].values()) == {"none"}


def test_a_cycle_shown_has_the_promised_shape(run: Run, school: Path) -> None:
    run("cycle", "open", "Spring", *DATES)
    run("plan", "Spring")
    shown = run("cycle", "show", "Spring")
    assert set(shown) >= {"cycle", "pairings", "unpaired", "visits", "videos", "meetings", "missing"}
    assert set(shown["cycle"]) >= {"id", "name", "from", "to", "status"}
    assert set(shown["pairings"][0]) >= {"id", "mentee", "mentor", "status"}
    keys = {"id", "visitor", "host", "section", "date", "starts", "ends", "period", "room", "uid", "sequence"}
    assert set(shown["visits"][0]) >= keys | {"status", "answers"}
    assert set(shown["visits"][0]["answers"]) == {shown["visits"][0]["visitor"], shown["visits"][0]["host"]}


def test_two_new_teachers_and_one_place_leave_one_unpaired_with_reasons(run: Run, school: Path) -> None:
    run("cycle", "open", "Spring", *DATES, "--pairings")
    run("plan", "Spring")
    shown = run("cycle", "show", "Spring")
    assert len(shown["pairings"]) == 1
    assert len(shown["unpaired"]) == 1
    assert all(reason.endswith(".") for reason in shown["unpaired"][0]["reasons"])
    assert shown["visits"] == []


def test_pairings_and_visits_are_published_apart(run: Run, school: Path) -> None:
    run("cycle", "open", "Spring", *DATES)
    run("plan", "Spring")
    first = run("publish", "Spring", "pairings")
    assert (first["visits"], first["pairings"]) == (0, 1)
    run("publish", "Spring", "pairings", refused=True)
    second = run("publish", "Spring", "visits")
    assert second["visits"] > 0
    assert second["pairings"] == 0


def test_a_published_plan_is_neither_published_nor_planned_again(run: Run, school: Path) -> None:
    run("cycle", "open", "Spring", *DATES)
    run("plan", "Spring")
    run("publish", "Spring")
    before = run("dump")
    assert "published" in run("publish", "Spring", refused=True)["error"]
    assert "published" in run("plan", "Spring", refused=True)["error"]
    assert run("dump") == before


def test_a_plan_is_renewed_while_it_is_a_draft(run: Run, school: Path) -> None:
    run("cycle", "open", "Spring", *DATES)
    first = run("plan", "Spring")["visits"]
    again = run("plan", "Spring")["visits"]
    without_ids = [[{**visit, "id": 0} for visit in visits] for visits in (first, again)]
    assert without_ids[0] == without_ids[1]


def test_the_problem_file_is_one_the_engine_takes(run: Run, school: Path, tmp_path: Path) -> None:
    from matching import judge

    run("cycle", "open", "Spring", *DATES)
    for part, empty in (("pair", {"pairs": []}), ("visit", {"visits": [], "videos": []})):
        assert judge(run("problem", "Spring", part), empty) == []


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("cycle", "open", "Spring", "--from", "2027-02-05", "--to", "2027-01-11"), "before it starts"),
        (("cycle", "open", "Spring", "--from", "2030-01-01", "--to", "2030-02-01"), "no school day"),
        (("cycle", "open", " ", *DATES), "needs a name"),
        (("cycle", "show", "Nothing"), "no cycle named Nothing"),
        (("plan", "Nothing"), "no cycle named Nothing"),
        (("publish", "99"), "no cycle named 99"),
        (("availability", "T99", *DATES), "T99"),
        (("cycle", "open", "Spring", *DATES, "--school", "x"), "no school with the id x"),
    ],
)
def test_what_cannot_be_done_is_refused_in_one_sentence(
    run: Run, school: Path, words: tuple[str, ...], says: str
) -> None:
    before = run("dump")
    assert says in run(*words, refused=True)["error"]
    assert run("dump") == before


def test_a_name_is_taken_once(run: Run, school: Path) -> None:
    run("cycle", "open", "Spring", *DATES)
    assert "already" in run("cycle", "open", "Spring", *DATES, refused=True)["error"]


def test_a_cycle_without_a_draft_is_neither_published_nor_closed(run: Run, school: Path) -> None:
    run("cycle", "open", "Spring", *DATES)
    assert "draft" in run("publish", "Spring", refused=True)["error"]
    assert "never published" in run("close", "Spring", refused=True)["error"]


@pytest.mark.parametrize(
    "words",
    [(), ("plans",), ("cycle",), ("cycle", "open", "X"), ("plan", "X", "--seconds", "0"), ("publish", "X", "all")],
)
def test_wrong_usage_ends_with_two(run: Run, words: tuple[str, ...]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(list(words))
    assert ended.value.code == 2


def test_routes_say_who_may_call_them(run: Run) -> None:
    rows = {row["rule"]: row for row in run("routes")["routes"]}
    assert rows["/answer/<token>"]["who"] == ["link"]
    assert rows["/healthz"] == {"rule": "/healthz", "methods": ["GET"], "who": ["anyone"]}


def test_the_first_administrator_needs_no_school(run: Run) -> None:
    made = run("create-person", "--email", "Ada@Example.org", "--name", "Ada Lopez", "--role", "admin")
    assert (made["email"], made["new"]) == ("ada@example.org", True)
    assert run("create-person", "--email", "b@example.org", "--name", "Bo Ek", "--role", "coach", refused=True)["error"]
