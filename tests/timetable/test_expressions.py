"""Expressions: the table of domain/rostering.md 1.4 row by row, and what schools write besides."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mentorship.timetable.expressions import ExpressionError, parse_expression

PERIODS = ("1", "2", "3", "4", "5", "6", "7", "8")
DAYS = ("A", "B", "C", "D", "E")


def meetings(text, periods=PERIODS, cycle_days=DAYS):
    return [period + day for period, day in parse_expression(text, periods, cycle_days)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1-2(A,C-E) 3(B)", "1A 1C 1D 1E 2A 2C 2D 2E 3B"),
        ("1(A-B)", "1A 1B"),
        ("1-2(A) 3(B) 4(A)", "1A 2A 3B 4A"),
        ("1(A)2(B)", "1A 2B"),
        ("1,3(A)", "1A 3A"),
        (" 5(A-B) ", "5A 5B"),
        ("1(A) 1(A)", "1A"),
        ("", ""),
        ("  ", ""),
    ],
)
def test_an_expression_gives_its_meetings(text, expected):
    assert meetings(text) == expected.split()


@pytest.mark.parametrize(
    ("text", "periods", "cycle_days", "expected"),
    [
        ("HR(A-E)", ("HR", "1"), DAYS, "HRA HRB HRC HRD HRE"),
        ("A1(M-F)", ("A1", "B1"), ("M", "T", "W", "R", "F"), "A1M A1T A1W A1R A1F"),
        ("1-2(1-3)", PERIODS, ("1", "2", "3", "4", "5", "6"), "11 12 13 21 22 23"),
        ("P1-P3(A)", ("P1", "P2", "P3", "P4"), ("A", "B"), "P1A P2A P3A"),
        ("9-10(10,1)", ("9", "10"), tuple(str(day) for day in range(1, 11)), "91 910 101 1010"),
    ],
)
def test_codes_are_those_of_the_school(text, periods, cycle_days, expected):
    assert meetings(text, periods, cycle_days) == expected.split()


def test_a_range_follows_the_schools_order_and_not_the_alphabet():
    assert meetings("2-1(M-T)", ("2", "HR", "1"), ("M", "W", "T")) == [
        *("2M", "2W", "2T"),
        *("HRM", "HRW", "HRT"),
        *("1M", "1W", "1T"),
    ]


def test_a_period_named_with_a_hyphen_wins_over_a_range():
    assert meetings("1-2(A)", ("1", "1-2", "2")) == ["1-2A"]
    assert meetings("1-2-3(A)", ("1-2", "2", "3")) == ["1-2A", "2A", "3A"]


def test_a_hyphen_that_could_cut_at_two_places_is_refused():
    with pytest.raises(ExpressionError, match="more than one range"):
        meetings("1-2-3(A)", ("1", "1-2", "2-3", "3"))


@pytest.mark.parametrize(
    ("text", "part", "says"),
    [
        ("3(B", "3(B", "parentheses"),
        ("(A-C)", "(A-C)", "no period"),
        ("1-2", "1-2", "no cycle days"),
        ("2-1(A)", "2-1(A)", "backwards"),
        ("1(A-Z)", "1(A-Z)", "A, B, C, D and E"),
        ("1(a)", "1(a)", "A, B, C, D and E"),
        ("1(A) 9(B)", "9(B)", "1, 2, 3, 4, 5, 6, 7 and 8"),
        ("1(A))", ")", "parentheses"),
        ("1()", "1()", "lacks a cycle day"),
        ("1,(A)", "1,(A)", "lacks a period"),
        ("1(A)-2(B)", "-2(B)", "“-2”"),
    ],
)
def test_an_unreadable_expression_is_refused_with_the_offending_part(text, part, says):
    with pytest.raises(ExpressionError) as refusal:
        meetings(text)
    assert refusal.value.part == part
    assert f"“{part}”" in str(refusal.value)
    assert says in str(refusal.value)


@given(st.sets(st.tuples(st.sampled_from(PERIODS), st.sampled_from(DAYS))))
def test_meetings_written_one_by_one_read_back_the_same(chosen):
    text = " ".join(f"{period}({day})" for period, day in chosen)
    assert parse_expression(text, PERIODS, DAYS) == tuple(sorted(chosen))


@given(st.text(alphabet="12A-,() Z", max_size=15))
def test_any_text_gives_known_meetings_or_one_sentence(text):
    try:
        found = parse_expression(text, ("1", "2"), ("A",))
    except ExpressionError as refusal:
        assert refusal.part in text
    else:
        assert set(found) <= {("1", "A"), ("2", "A")}
