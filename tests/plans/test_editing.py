"""A coach changes pairs by hand: what is kept, what is refused and why, and what a new proposal makes of it."""

from __future__ import annotations

from pathlib import Path

import pytest
from builders import BY, NOW, Round
from sqlalchemy import select

from mentorship.audit.models import AuditEntry
from mentorship.errors import Refused
from mentorship.extensions import db
from mentorship.people.models import Apart
from mentorship.plans.editing import (
    PlacesFull,
    choose_mentor,
    keep_apart,
    lock_pairing,
    swap_pairing,
    undo_last_edit,
)
from mentorship.plans.findings import BreaksRules, broken
from mentorship.plans.models import Pairing
from mentorship.plans.operations import problem_file
from mentorship.plans.queries import pairings_of, plans_of
from mentorship.plans.supervisor import make_plan
from mentorship.roster.operations import import_files
from tests.plans.conftest import mentoring_files

HAND = {"by": BY, "now": NOW}


def pairs(made: Round) -> dict[str, str]:
    return {row.mentee.code: row.mentor.code for row in pairings_of(made.cycle)}


def pair_of(made: Round, mentee: str) -> Pairing:
    return next(row for row in pairings_of(made.cycle) if row.mentee.code == mentee)


def other_mentor(mentor: str) -> str:
    return "Rivera" if mentor == "Chen" else "Chen"


def propose_again(made: Round) -> None:
    make_plan(made.cycle, seconds=20, seed=1, by=BY, parts=["pairings"])


def assert_publishable(made: Round) -> None:
    """The plan's outcome tells of the rows, and today's rules agree with it."""
    plan = plans_of(made.cycle)["pairings"]
    assert {row["mentee"]: row["mentor"] for row in plan.outcome["pairs"]} == pairs(made)
    assert broken(problem_file(made.cycle, "pairings", now=NOW, seconds=1, seed=1), plan.outcome) == []
    made.publish("pairings")
    assert {row.status for row in pairings_of(made.cycle)} <= {"invited"}


def test_a_lock_puts_the_cycle_in_review_and_survives_a_new_proposal(mentoring: Round) -> None:
    first = pairs(mentoring)
    row = pair_of(mentoring, "Lund")
    swap_pairing(row, mentoring.member(other_mentor(first["Lund"])), exchange=pair_of(mentoring, "Okafor"), **HAND)
    lock_pairing(row, True, **HAND)
    db.session.commit()
    assert mentoring.cycle.status == "in_review"
    number = row.id
    propose_again(mentoring)
    kept = pair_of(mentoring, "Lund")
    assert (kept.id, kept.locked, kept.mentor.code) == (number, True, other_mentor(first["Lund"]))
    assert pairs(mentoring)["Okafor"] == first["Lund"]
    lock_pairing(kept, False, **HAND)
    db.session.commit()
    propose_again(mentoring)
    assert pairs(mentoring) == first


def test_an_exchange_is_kept_in_rows_and_outcome_and_can_be_published(mentoring: Round) -> None:
    first = pairs(mentoring)
    row, other = pair_of(mentoring, "Lund"), pair_of(mentoring, "Okafor")
    swap_pairing(row, other.mentor, exchange=other, **HAND)
    db.session.commit()
    assert pairs(mentoring) == {"Lund": first["Okafor"], "Okafor": first["Lund"]}
    assert {reason["rule"] for reason in pair_of(mentoring, "Lund").reasons} >= {"trained", "building"}
    lines = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "swap_pairing")).all()
    assert [line.ids for line in lines] == [{"pairing": each.id, "cycle": mentoring.cycle.id} for each in (row, other)]
    assert_publishable(mentoring)


def test_a_full_mentor_is_refused_with_the_exchange_that_works(mentoring: Round) -> None:
    row, other = pair_of(mentoring, "Lund"), pair_of(mentoring, "Okafor")
    with pytest.raises(PlacesFull, match="has no place left") as refused:
        swap_pairing(row, other.mentor, **HAND)
    assert refused.value.exchanges == [other]
    assert str(refused.value).endswith("You can exchange mentors with Sam Okafor.")
    lock_pairing(other, True, **HAND)
    with pytest.raises(PlacesFull, match="No exchange of two pairs would work"):
        swap_pairing(row, other.mentor, **HAND)


def test_a_swap_that_breaks_a_rule_is_refused_in_its_sentence_with_names(mentoring: Round) -> None:
    row = pair_of(mentoring, "Lund")
    mentor = mentoring.member(other_mentor(row.mentor.code))
    db.session.add(Apart(membership_id=row.mentee_id, other_id=mentor.id))
    db.session.flush()
    other = pair_of(mentoring, "Okafor")
    before = pairs(mentoring)
    with pytest.raises(BreaksRules) as refused:
        swap_pairing(row, mentor, exchange=other, **HAND)
    assert [each.text for each in refused.value.broken] == [f"Sam Lund and Sam {mentor.code} are kept apart."]
    assert pairs(mentoring) == before


def test_a_locked_pair_is_neither_swapped_nor_kept_apart(mentoring: Round) -> None:
    row, other = pair_of(mentoring, "Lund"), pair_of(mentoring, "Okafor")
    lock_pairing(row, True, **HAND)
    for change in (
        lambda: swap_pairing(row, other.mentor, exchange=other, **HAND),
        lambda: swap_pairing(other, row.mentor, exchange=row, **HAND),
        lambda: keep_apart(row, **HAND),
    ):
        with pytest.raises(Refused, match="are locked"):
            change()


def test_not_together_outlives_a_new_proposal_and_a_new_import(mentoring: Round, tmp_path: Path) -> None:
    row = pair_of(mentoring, "Lund")
    mentor = row.mentor.code
    keep_apart(row, **HAND)
    db.session.commit()
    assert "Lund" not in pairs(mentoring)
    assert [one["mentee"] for one in plans_of(mentoring.cycle)["pairings"].outcome["unpaired"]] == ["Lund"]
    files = mentoring_files()
    files.tables["apart"] = [{"person_id": "Chen", "other_id": "Rivera"}]
    assert import_files([files.write(tmp_path / "again")], by=BY, now=NOW).applied
    files.tables["apart"] = [{"person_id": "Bell", "other_id": "Rivera"}]
    assert import_files([files.write(tmp_path / "other")], by=BY, now=NOW).applied
    db.session.commit()
    aparts = {(one.membership_id, one.from_file) for one in db.session.scalars(select(Apart))}
    assert aparts == {(mentoring.member("Lund").id, False), (mentoring.member("Bell").id, True)}
    propose_again(mentoring)
    assert pairs(mentoring) == {"Lund": other_mentor(mentor), "Okafor": mentor}
    assert_publishable(mentoring)


def test_the_last_change_can_be_taken_back_once(mentoring: Round) -> None:
    first, plan = pairs(mentoring), plans_of(mentoring.cycle)["pairings"]
    row, other = pair_of(mentoring, "Lund"), pair_of(mentoring, "Okafor")
    swap_pairing(row, other.mentor, exchange=other, **HAND)
    undo_last_edit(plan, **HAND)
    assert pairs(mentoring) == first
    keep_apart(row, **HAND)
    undo_last_edit(plan, **HAND)
    assert pairs(mentoring) == first
    assert db.session.scalars(select(Apart)).all() == []
    lock_pairing(pair_of(mentoring, "Lund"), True, **HAND)
    undo_last_edit(plan, **HAND)
    assert not pair_of(mentoring, "Lund").locked
    with pytest.raises(Refused, match="no change left"):
        undo_last_edit(plan, **HAND)
    db.session.commit()
    assert_publishable(mentoring)


def test_somebody_without_a_mentor_is_paired_by_hand(mentoring: Round) -> None:
    row = pair_of(mentoring, "Lund")
    lund, full = row.mentee, pair_of(mentoring, "Okafor").mentor
    keep_apart(row, **HAND)
    plan = plans_of(mentoring.cycle)["pairings"]
    with pytest.raises(PlacesFull):
        choose_mentor(plan, lund, full, **HAND)
    choose_mentor(plan, lund, full, with_place=True, **HAND)
    assert pairs(mentoring) == {"Lund": full.code, "Okafor": full.code}
    assert full.mentor_places == 2
    with pytest.raises(Refused, match="has a mentor already"):
        choose_mentor(plan, lund, full, **HAND)
    undo_last_edit(plan, **HAND)
    assert (pairs(mentoring), full.mentor_places) == ({"Okafor": full.code}, 1)


def test_what_is_published_is_not_edited(mentoring: Round) -> None:
    mentoring.publish("pairings")
    row = pair_of(mentoring, "Lund")
    for change in (lambda: lock_pairing(row, True, **HAND), lambda: keep_apart(row, **HAND)):
        with pytest.raises(Refused, match="published; both people were asked already"):
            change()
    with pytest.raises(Refused, match="no change left"):
        undo_last_edit(row.plan, **HAND)


def test_a_page_that_somebody_changed_meanwhile_is_stale(mentoring: Round) -> None:
    row, coach = pair_of(mentoring, "Lund"), mentoring.member("Bell")
    seen = str(row.version)
    lock_pairing(row, True, by=str(coach.person_id), now=NOW)
    with pytest.raises(Refused, match="Sam Bell changed this a moment ago"):
        keep_apart(row, seen=seen, **HAND)


def test_a_locked_pair_that_can_no_longer_stand_is_said_with_names(mentoring: Round, tmp_path: Path) -> None:
    row = pair_of(mentoring, "Lund")
    lock_pairing(row, True, **HAND)
    files = mentoring_files()
    files.tables["apart"] = [{"person_id": "Lund", "other_id": row.mentor.code}]
    import_files([files.write(tmp_path / "apart")], by=BY, now=NOW)
    db.session.commit()
    with pytest.raises(Refused) as refused:
        propose_again(mentoring)
    assert str(refused.value) == (
        f"What is locked cannot stand together. Sam Lund and Sam {row.mentor.code} are also kept apart."
    )
    files = mentoring_files(**{row.mentor.code: "0"})
    import_files([files.write(tmp_path / "places")], by=BY, now=NOW)
    db.session.commit()
    with pytest.raises(Refused, match="no longer takes part in mentoring"):
        propose_again(mentoring)
