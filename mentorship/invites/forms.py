"""The form of moving a visit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from wtforms import DateField, HiddenField, RadioField, SelectField
from wtforms.validators import InputRequired, Optional

from mentorship.plans.moving import Move
from mentorship.web.forms import BaseForm

OTHER = "other"


class MoveForm(BaseForm):
    """One of the times that work, or a date and a period of the host's; `version` is the visit as it was shown."""

    version = HiddenField()
    # Whatever is chosen is judged by the rules: what was offered need not be found again to be believed.
    lesson = RadioField("New time", validate_choice=False, validators=[InputRequired("Choose a time.")], choices=[])
    on_date = DateField("Date", validators=[Optional()])
    period = SelectField("Period", validate_choice=False, validators=[Optional()], choices=[])

    def offer(self, moves: Sequence[tuple[Move, str]], periods: Sequence[str]) -> None:
        """Fill in what can be chosen: moves with their words, and the periods of the bell schedules."""
        self.lesson.choices = [*((move.lesson, words) for move, words in moves), (OTHER, "Another time of the host’s")]
        self.period.choices = [("", "Choose a period"), *((period, period) for period in periods)]

    def validate(self, extra_validators: Any = None) -> bool:
        valid = bool(super().validate(extra_validators))
        if valid and self.lesson.data == OTHER:
            if self.on_date.data is None:
                self.on_date.errors = ["Choose the date."]
            if not self.period.data:
                self.period.errors = ["Choose the period."]
            valid = not self.on_date.errors and not self.period.errors
        return valid
