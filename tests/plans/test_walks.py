"""A walk by arithmetic: story 10 of the domain pages, line by line, and what else may be asked of the clock."""

from __future__ import annotations

from datetime import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mentorship.errors import Refused
from mentorship.plans.walks import DoesNotFit, Span, fitting, refuse_unusual, shuffled, timed

P3, P3_EARLY = Span(time(9, 30), time(10, 55)), Span(time(8, 45), time(9, 25))


def words(spans: tuple[Span, ...]) -> list[str]:
    return [str(span) for span in spans]


def test_story_10_four_rooms_and_the_talk() -> None:
    timing = timed(P3, 4, minutes=10)
    assert words(timing.stops) == ["09:33-09:43", "09:48-09:58", "10:03-10:13", "10:18-10:28"]
    assert str(timing.talk) == "10:33-10:52"


def test_story_10_a_fifth_room_is_refused_with_its_times() -> None:
    with pytest.raises(DoesNotFit) as refused:
        timed(P3, 5, minutes=10)
    assert str(refused.value) == (
        "Room 5 does not fit with a talk of 15 minutes (10:33-10:43, hall 10:48, 4 min left)."
    )
    assert refused.value.fitting == fitting(P3, minutes=10) == 4


def test_story_10_one_room_less_makes_the_talk_longer() -> None:
    timing = timed(P3, 3, minutes=10)
    assert words(timing.stops) == ["09:33-09:43", "09:48-09:58", "10:03-10:13"]
    assert str(timing.talk) == "10:18-10:52"


def test_story_10_on_an_early_release_day_four_rooms_no_longer_fit() -> None:
    with pytest.raises(DoesNotFit) as refused:
        timed(P3_EARLY, 4, minutes=10)
    assert "Room 2 does not fit" in str(refused.value)
    assert refused.value.fitting == fitting(P3_EARLY, minutes=10) == 1


def test_story_10_the_order_of_the_stops_is_not_the_room_list() -> None:
    rooms = ["101", "102", "103", "104"]
    for seed in range(50):
        order = shuffled(rooms, seed)
        assert order != rooms and sorted(order) == rooms
        assert order == shuffled(rooms, seed)


def test_one_room_has_no_other_order() -> None:
    assert shuffled(["101"], 3) == ["101"] and shuffled([], 3) == []


def test_a_room_behind_the_end_is_refused_in_words() -> None:
    with pytest.raises(DoesNotFit, match=r"Room 1 does not fit .*\(08:48-09:23, hall 09:28, the time ends at 09:22\)"):
        timed(P3_EARLY, 1, minutes=35)


def test_a_walk_without_rooms_is_none() -> None:
    with pytest.raises(Refused, match="at least one room"):
        timed(P3, 0, minutes=10)


@pytest.mark.parametrize(
    ("kind", "minutes", "walkers", "sentence"),
    [
        ("walk", 4, 3, "a room takes 5 to 15 minutes, not 4"),
        ("walk", 16, 3, "a room takes 5 to 15 minutes, not 16"),
        ("walk", 10, 1, "2 to 4 people go together"),
        ("walk", 10, 5, "2 to 4 people go together"),
        ("round", 14, 4, "a room takes 15 to 35 minutes"),
        ("round", 20, 3, "4 to 6 people go together"),
        ("round", 20, 7, "4 to 6 people go together"),
    ],
)
def test_what_is_unusual_for_the_kind_is_refused(kind: str, minutes: int, walkers: int, sentence: str) -> None:
    with pytest.raises(Refused, match=sentence):
        refuse_unusual(kind, minutes, walkers)


def test_what_is_usual_passes() -> None:
    refuse_unusual("walk", 10, 3)
    refuse_unusual("round", 35, 4)


@given(st.integers(0, 20 * 60), st.integers(20, 180), st.integers(1, 9), st.integers(5, 35), st.integers(0, 10))
def test_stops_keep_their_length_the_hallway_and_the_talk(
    starts: int, length: int, rooms: int, minutes: int, hallway: int
) -> None:
    bell = Span(time(*divmod(starts, 60)), time(*divmod(starts + length, 60)))
    most = fitting(bell, minutes=minutes, hallway=hallway)
    if rooms > most:
        with pytest.raises(DoesNotFit) as refused:
            timed(bell, rooms, minutes=minutes, hallway=hallway)
        assert refused.value.fitting == most
        return
    timing = timed(bell, rooms, minutes=minutes, hallway=hallway)
    ends = [_minutes(stop.ends) for stop in timing.stops]
    assert all(_minutes(stop.ends) - _minutes(stop.starts) == minutes for stop in timing.stops)
    assert _minutes(timing.stops[0].starts) == starts + 3
    assert [_minutes(stop.starts) for stop in timing.stops[1:]] == [end + hallway for end in ends[:-1]]
    assert _minutes(timing.talk.starts) == ends[-1] + hallway
    assert _minutes(timing.talk.ends) == starts + length - 3
    assert _minutes(timing.talk.ends) - _minutes(timing.talk.starts) >= 15


def _minutes(at: time) -> int:
    return at.hour * 60 + at.minute
