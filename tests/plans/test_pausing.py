"""Whoever pauses is not planned, as a visitor or as a host, until the day that they named."""

from __future__ import annotations

from datetime import date

from builders import NOW, Round

from mentorship.extensions import db
from mentorship.plans.operations import problem_file


def test_who_pauses_neither_visits_nor_is_visited_until_then(planned: Round) -> None:
    lund = planned.member("Lund")
    assert lund.profile is not None
    lund.profile.paused_until = date(2027, 1, 25)
    db.session.commit()
    problem = problem_file(planned.cycle, "visits", now=NOW, seconds=2, seed=1)
    (person,) = [row for row in problem["people"] if row["id"] == "Lund"]
    days = {str(span)[2:12] for span in person["free"]} | set()
    assert person["free"] and min(days) >= "2027-01-25"
    assert "2027-01-12" in person["closed_days"] and "2027-01-25" not in person["closed_days"]
