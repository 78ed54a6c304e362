"""The forms about people: one's own wishes, and what a coach sets by hand."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from wtforms import BooleanField, DateField, IntegerField, SelectMultipleField
from wtforms.validators import InputRequired, NumberRange, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from mentorship.people.models import Membership
from mentorship.people.operations import FOCUS_LISTS, MOST_PLACES, ROLES_BY_HAND, ByHand, Wishes
from mentorship.web.filters import focus_words
from mentorship.web.forms import BaseForm

ROLE_WORDS = {"teacher": "Teacher", "coach": "Coach", "leader": "Leader", "admin": "Administrator"}
FOCUS_WORDS = {
    "wants_to_learn": "I want to learn about",
    "shows": "Others can see this in my lessons",
    "wants_feedback_on": "I want feedback on",
    "gives_feedback_on": "I can give feedback on",
}
# What a file says that leaves these columns out.
BLANK = {"visits_wanted": 1, "visits_a_week": 1, "hosts_at_most": 2, "hosts_a_week": 1, "open_to_visits": True}


class MultiCheckboxField(SelectMultipleField):  # type: ignore[misc, unused-ignore]
    """Several of a list, each with its own box."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


def _number(label: str, most: int) -> IntegerField:
    words = f"Write a whole number from 0 to {most}."
    return IntegerField(label, validators=[InputRequired(words), NumberRange(0, most, words)])


class WishesForm(BaseForm):
    """What somebody wants to learn and shows, how often, and when not."""

    wants_to_learn = MultiCheckboxField(FOCUS_WORDS["wants_to_learn"])
    shows = MultiCheckboxField(FOCUS_WORDS["shows"])
    wants_feedback_on = MultiCheckboxField(FOCUS_WORDS["wants_feedback_on"])
    gives_feedback_on = MultiCheckboxField(FOCUS_WORDS["gives_feedback_on"])
    visits_wanted = _number("Visits I want to make in a cycle", 100)
    visits_a_week = _number("In one week, at most", 10)
    open_to_visits = BooleanField("Colleagues may visit my lessons")
    hosts_at_most = _number("Visits I host in a cycle, at most", 100)
    hosts_a_week = _number("Visits I host in one week, at most", 50)
    video_visit = BooleanField("I can watch a recording where no time fits")
    video_host = BooleanField("I can share a recording of a lesson where no time fits")
    paused_until = DateField("Pause until", validators=[Optional()])
    mentor_places = _number("New teachers I could mentor", MOST_PLACES)

    def offer(self, member: Membership, areas: Iterable[str]) -> None:
        """The choices: the school's focus areas, and what the person chose when there were others."""
        for name in FOCUS_LISTS:
            chosen = getattr(member.profile, name) if member.profile else []
            self[name].choices = {area: focus_words(area) for area in [*areas, *chosen]}

    def fill(self, member: Membership) -> None:
        """What stands."""
        for name in Wishes.__dataclass_fields__:
            self[name].data = self._standing(name, member)

    @staticmethod
    def _standing(name: str, member: Membership) -> Any:
        if name == "mentor_places":
            return member.mentor_places
        if member.profile is not None:
            return getattr(member.profile, name)
        return [] if name in FOCUS_LISTS else BLANK.get(name)

    @property
    def wishes(self) -> Wishes:
        return Wishes(**{name: self[name].data for name in Wishes.__dataclass_fields__})


class MemberForm(BaseForm):
    """What a coach sets by hand; the right of an administrator is not among it."""

    roles = MultiCheckboxField("Roles", choices=[(role, ROLE_WORDS[role]) for role in ROLES_BY_HAND])
    is_new_teacher = BooleanField("New teacher, who is to have a mentor")
    mentor_places = _number("New teachers this person could mentor", MOST_PLACES)
    trained = BooleanField("Trained as a mentor")

    def fill(self, member: Membership) -> None:
        """What stands."""
        self.roles.data = [role for role in ROLES_BY_HAND if role in member.roles]
        for name in ("is_new_teacher", "mentor_places", "trained"):
            self[name].data = getattr(member, name)

    @property
    def by_hand(self) -> ByHand:
        return ByHand(
            roles=self.roles.data or [],
            is_new_teacher=self.is_new_teacher.data,
            mentor_places=self.mentor_places.data,
            trained=self.trained.data,
        )
