"""The rule book of walkthroughs, in the order in which rules are asked and people are counted."""

from __future__ import annotations

from matching.walkthroughs.kinds import (
    AnyRule,
    PairEligibility,
    VisitEligibility,
    VisitLimit,
    VisitPreference,
)
from matching.walkthroughs.rules.another_department import AnotherDepartment
from matching.walkthroughs.rules.date_is_open import DateIsOpen
from matching.walkthroughs.rules.debrief_fits import DebriefFits
from matching.walkthroughs.rules.fixed_visits_stay import FixedVisitsStay
from matching.walkthroughs.rules.focus import Focus
from matching.walkthroughs.rules.free_and_teaching import FreeAndTeaching
from matching.walkthroughs.rules.hosts_a_day import HostsADay
from matching.walkthroughs.rules.hosts_a_week import HostsAWeek
from matching.walkthroughs.rules.hosts_at_most import HostsAtMost
from matching.walkthroughs.rules.mentor_and_mentee import MentorAndMentee
from matching.walkthroughs.rules.not_again_soon import NotAgainSoon
from matching.walkthroughs.rules.not_declined import NotDeclined
from matching.walkthroughs.rules.one_place_at_a_time import OnePlaceAtATime
from matching.walkthroughs.rules.one_visit_a_day import OneVisitADay
from matching.walkthroughs.rules.people_kept_apart import PeopleKeptApart
from matching.walkthroughs.rules.planning_is_protected import PlanningIsProtected
from matching.walkthroughs.rules.room_is_not_crowded import RoomIsNotCrowded
from matching.walkthroughs.rules.same_pair_once import SamePairOnce
from matching.walkthroughs.rules.school_visits_a_day import SchoolVisitsADay
from matching.walkthroughs.rules.school_visits_at_once import SchoolVisitsAtOnce
from matching.walkthroughs.rules.video_is_needed import VideoIsNeeded
from matching.walkthroughs.rules.visit_has_a_purpose import VisitHasAPurpose
from matching.walkthroughs.rules.visits_a_month import VisitsAMonth
from matching.walkthroughs.rules.visits_a_week import VisitsAWeek
from matching.walkthroughs.rules.visits_as_wanted import VisitsAsWanted
from matching.walkthroughs.rules.what_must_hold import WhatMustHold

# A shared focus is needed in any case: `visit_has_a_purpose` sees to it, whatever the weight.
POSSIBLE_MUSTS: tuple[VisitPreference, ...] = (MentorAndMentee(), AnotherDepartment(), NotAgainSoon())
PREFERENCES: tuple[VisitPreference, ...] = (Focus(), *POSSIBLE_MUSTS)
PAIR_ELIGIBILITY: tuple[PairEligibility, ...] = (VisitHasAPurpose(), PeopleKeptApart(), WhatMustHold(POSSIBLE_MUSTS))
VISIT_ELIGIBILITY: tuple[VisitEligibility, ...] = (FreeAndTeaching(), DateIsOpen(), NotDeclined())
LIMITS: tuple[VisitLimit, ...] = (
    SamePairOnce(),
    VisitsAsWanted(),
    OneVisitADay(),
    VisitsAWeek(),
    VisitsAMonth(),
    HostsAtMost(),
    HostsAWeek(),
    HostsADay(),
    RoomIsNotCrowded(),
    OnePlaceAtATime(),
    PlanningIsProtected(),
    SchoolVisitsADay(),
    SchoolVisitsAtOnce(),
    VideoIsNeeded(),
    DebriefFits(),
    FixedVisitsStay(),
)
RULES: tuple[AnyRule, ...] = (*PAIR_ELIGIBILITY, *VISIT_ELIGIBILITY, *LIMITS, *PREFERENCES)
