"""The drawing of a planning run: the points that are kept, what is counted, and that it says the same in words."""

from __future__ import annotations

from typing import Any

from mentorship.plans.improving import MOST_POINTS, Chart, chart, noted

SIZES = {"people": 40, "required": 40, "wanted": 10}


def line(at: float, **aims: tuple[int, int | None]) -> dict[str, Any]:
    found = [{"name": name, "value": value, "bound": bound} for name, (value, bound) in aims.items()]
    return {"at": at, "phase": "fit", "aims": [*found, {"name": "fit", "value": 900, "bound": None}]}


def history(*lines: dict[str, Any]) -> list[Any]:
    found: list[Any] = []
    for each in lines:
        found = noted(found, each)
    return found


def drawn(*lines: dict[str, Any], part: str = "visits", sizes: dict[str, int] | None = None) -> Chart:
    found = chart(part, history(*lines), sizes or SIZES)
    assert found is not None
    return found


def numbers(found: Chart) -> list[tuple[int, int, int]]:
    return [(row.at, row.value, row.limit) for row in found.rows]


def test_nothing_is_drawn_before_there_is_a_plan() -> None:
    assert chart("visits", history({"at": 0.2, "phase": "reading"}), SIZES) is None


def test_lost_visits_are_drawn_as_visits_that_are_placed() -> None:
    found = drawn(line(1, covered=(11, None)), line(20, covered=(4, 1)), line(41, covered=(2, 1)))
    assert numbers(found) == [(1, 29, 40), (20, 36, 39), (41, 38, 39)]
    assert found.label == "Needed visits that have a place"
    assert found.sentence == (
        "Needed visits that have a place rose from 29 to 38 in 41 seconds. The proven limit fell from 40 to 39."
    )


def test_the_first_aim_that_was_not_at_its_best_from_the_beginning_is_drawn() -> None:
    by_video = drawn(line(1, covered=(0, 0), live=(5, None)), line(9, covered=(0, 0), live=(2, 2)))
    assert (by_video.label, numbers(by_video)) == ("Needed visits in the room", [(1, 35, 40), (9, 38, 38)])
    assert by_video.sentence.endswith("No plan can have more.")
    more = drawn(
        line(1, covered=(0, 0), live=(0, 0), wanted=(3, None)), line(2, covered=(0, 0), live=(0, 0), wanted=(7, 8))
    )
    assert (more.label, numbers(more)) == ("Visits in the room", [(1, 43, 50), (2, 47, 48)])


def test_pairs_are_counted_as_pairs() -> None:
    found = drawn(line(1, paired=(3, None)), line(2, paired=(5, 6)), part="pairings", sizes={"mentees": 8})
    assert (found.label, numbers(found)) == ("New teachers with a mentor", [(1, 3, 8), (2, 5, 6)])


def test_steps_rise_within_the_drawing_and_the_limit_is_above() -> None:
    found = drawn(*(line(at, covered=(max(0, 20 - at), 0)) for at in range(1, 30)))
    assert found.marks["best"]["d"].count("H") == found.marks["best"]["d"].count("V") == 20
    assert found.marks["dot"]["cx"] == "262" and 24 <= float(found.marks["dot"]["cy"]) <= 140
    assert found.now == "29 s"
    assert found.ticks[0] == "40" and int(found.ticks[2]) < 21


def test_a_run_that_was_done_at_once_is_a_flat_line() -> None:
    found = drawn(line(0, covered=(0, 0), live=(0, 0), wanted=(10, 10)))
    assert numbers(found) == [(0, 50, 50)]
    assert found.marks["best"]["d"] == found.marks["limit"]["d"] == f"M34 {found.marks['dot']['cy']}H262"


def test_only_changes_and_the_newest_are_kept_and_never_too_many() -> None:
    same = history(*(line(at, covered=(3, 1)) for at in range(100)))
    assert [point[0] for point in same] == [0.0, 99.0]
    many = history(*(line(at, covered=(900 - at, 0)) for at in range(600)))
    assert len(many) <= MOST_POINTS
    assert (many[0][0], many[-1][0]) == (0.0, 599.0)
