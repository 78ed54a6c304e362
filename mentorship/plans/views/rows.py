"""The rows that a coach's pages of a plan are about; 404 where they are another school's."""

from __future__ import annotations

from sqlalchemy import select

from mentorship.cycles.models import Cycle
from mentorship.cycles.queries import cycles_visible_to
from mentorship.people.models import Membership
from mentorship.people.viewer import viewer
from mentorship.plans.models import Pairing, Plan
from mentorship.plans.queries import pairings_visible_to
from mentorship.plans.solving import Part
from mentorship.web.finding import one_or_404


def coached_cycle(cycle_id: int) -> Cycle:
    found: Cycle = one_or_404(cycles_visible_to(viewer().person).where(Cycle.id == cycle_id))
    return found


def coached_pairing(pairing_id: int) -> Pairing:
    """A pair of a school where the reader is a coach; one's own pair elsewhere is left out."""
    found: Pairing = one_or_404(pairings_visible_to(viewer().person).where(Pairing.id == pairing_id))
    coached_cycle(found.plan.cycle_id)
    return found


def member_of(cycle: Cycle, member_id: int | None) -> Membership:
    found: Membership = one_or_404(
        select(Membership).where(Membership.id == member_id, Membership.school_id == cycle.school_id)
    )
    return found


def draft_of(cycle: Cycle, part: Part = "pairings") -> Plan:
    found: Plan = one_or_404(select(Plan).where(Plan.cycle_id == cycle.id, Plan.part == part))
    return found
