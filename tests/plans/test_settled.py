"""Settled: nobody would leave their pair for somebody who would leave theirs for them."""

from __future__ import annotations

from typing import Any

import pytest

from mentorship.plans import settled
from mentorship.plans.settled import eligible_fits, is_settled

PLACES = {"M1": 1, "M2": 1}
FITS = {("N1", "M1"): 300, ("N1", "M2"): 500, ("N2", "M1"): 100, ("N2", "M2"): 400}
CROSSED = {"N1": "M1", "N2": "M2"}
BEST = {"N1": "M2", "N2": "M1"}


def problem(**changes: Any) -> dict[str, Any]:
    """Two of each, of whom only the subjects are known."""
    mentors = [{"id": "M1", "subjects": ["art"]}, {"id": "M2", "subjects": ["math"], "trained": False}]
    mentees = [{"id": "N1", "subjects": ["art"]}, {"id": "N2", "subjects": ["art"]}]
    return {"format": "pairing-problem/1", "goal": "best_fit", "mentors": mentors, "mentees": mentees, **changes}


def test_a_new_teacher_and_a_mentor_who_both_fit_better_together_unsettle_a_draft() -> None:
    assert not is_settled(FITS, CROSSED, PLACES, held=())


def test_a_mentor_who_has_somebody_fitting_more_would_not_leave_them() -> None:
    assert is_settled(FITS, BEST, PLACES, held=())


def test_equal_fit_is_no_reason_to_leave() -> None:
    assert is_settled(dict.fromkeys(FITS, 300), CROSSED, PLACES, held=())


def test_a_free_place_is_enough_for_the_mentor() -> None:
    assert not is_settled(FITS, {"N1": "M1"}, PLACES, held=())
    assert not is_settled(FITS, BEST, {"M1": 1, "M2": 2}, held=())


def test_who_has_nobody_would_take_any_mentor_who_gains() -> None:
    zero = {("N1", "M1"): 0, ("N2", "M1"): 0}
    assert not is_settled(zero, {}, {"M1": 1}, held=())
    assert is_settled(zero, {"N1": "M1"}, {"M1": 1}, held=())


@pytest.mark.parametrize("held", [("N1",), ("N2",), ("N1", "N2")])
def test_a_locked_pair_is_not_left_on_either_side(held: tuple[str, ...]) -> None:
    assert is_settled(FITS, CROSSED, PLACES, held)


def test_a_pair_that_the_rules_of_the_draft_do_not_know_is_not_called_settled() -> None:
    fits = {pair: fit for pair, fit in FITS.items() if pair != ("N2", "M1")}
    assert not is_settled(fits, BEST, PLACES, held=())
    assert is_settled(fits, BEST, PLACES, held=("N2",))


def test_only_pairs_that_may_be_are_looked_at_fixed_ones_too() -> None:
    fits = eligible_fits(problem(apart=[["N2", "M1"]], fixed=[["N1", "M1"]]))
    assert fits is not None
    assert set(fits) == {("N1", "M1")}
    assert fits["N1", "M1"] > 0


def test_nothing_is_said_of_a_very_large_school(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settled, "MOST_PAIRS", 3)
    assert eligible_fits(problem()) is None
