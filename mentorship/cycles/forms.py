"""Setting a cycle up, and changing what was set."""

from __future__ import annotations

from typing import Any

from wtforms import BooleanField, DateField, IntegerField, RadioField, StringField
from wtforms.validators import InputRequired, Length, NumberRange, Optional, StopValidation

from mentorship.cycles.operations import LONGEST_DAYS, MOST_VISITS
from mentorship.web.forms import BaseForm

WHO = {
    "everyone": "Everyone who teaches",
    "wishing": "Those who gave wishes, new teachers, and mentors",
}


class DayField(DateField):  # type: ignore[misc, unused-ignore]
    """A date, or a sentence of ours about what was written instead."""

    def process_formdata(self, valuelist: list[str]) -> None:
        try:
            super().process_formdata(valuelist)
        except ValueError as error:
            raise ValueError("There is no such day. Choose it, or write it as 2027-01-11.") from error


class DatesForm(BaseForm):
    """The name and the days of a round."""

    name = StringField("Name", validators=[InputRequired("Give the cycle a name."), Length(max=120)])
    starts_on = DayField("First day", validators=[InputRequired("Choose the first day.")])
    ends_on = DayField("Last day", validators=[InputRequired("Choose the last day.")])

    @property
    def has_days(self) -> bool:
        """Whether both days can be read and make a round that is not endless."""
        starts_on, ends_on = self.starts_on.data, self.ends_on.data
        return bool(starts_on and ends_on) and 0 <= (ends_on - starts_on).days <= LONGEST_DAYS

    def check(self) -> None:
        """Say what is wrong with fields that came in an address; nothing is sent yet, so no token is asked for."""
        if "csrf_token" in self:
            del self.csrf_token
        self.validate()

    def validate_ends_on(self, field: Any) -> None:
        if self.starts_on.data and field.data and field.data < self.starts_on.data:
            raise StopValidation("The last day comes before the first. Choose a later one.")
        if self.starts_on.data and not self.has_days:
            raise StopValidation(f"A cycle lasts {LONGEST_DAYS} days at most. Choose an earlier last day.")


class CycleForm(DatesForm):
    """All that a new cycle needs."""

    with_pairings = BooleanField("Find mentors for new teachers")
    with_walkthroughs = BooleanField("Plan visits to each other’s lessons")
    who = RadioField("Who takes part", choices=WHO)

    def validate_with_walkthroughs(self, field: Any) -> None:
        if not field.data and not self.with_pairings.data:
            raise StopValidation("Choose mentoring, visits, or both.")


class CountField(IntegerField):  # type: ignore[misc, unused-ignore]
    """A whole number, or a sentence of ours about what was written instead."""

    def process_formdata(self, valuelist: list[str]) -> None:
        try:
            super().process_formdata(valuelist)
        except ValueError as error:
            raise ValueError(NO_LIMIT) from error


NO_LIMIT = f"Write a number from 1 to {MOST_VISITS}, or leave it empty for no limit."
_in_range = NumberRange(1, MOST_VISITS, NO_LIMIT)


class LimitsForm(BaseForm):
    """How many visits there may be in the school; empty is no limit."""

    most_a_day = CountField("At most so many visits a day", validators=[Optional(), _in_range])
    most_at_once = CountField("At most so many visits at once", validators=[Optional(), _in_range])
