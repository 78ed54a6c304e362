"""The form of the answer page."""

from __future__ import annotations

from wtforms import RadioField, TextAreaField
from wtforms.validators import InputRequired, Length

from mentorship.web.forms import BaseForm

TOO_LONG = "That is too long. Keep it under 1,000 characters."
PAIRING_CHOICES = {"yes": "Yes, gladly", "maybe": "Talk to me first", "no": "No, thank you"}
VISIT_CHOICES = {"yes": "Yes", "no": "No, thank you"}


class AnswerForm(BaseForm):
    """Yes or no, and a few words if somebody likes."""

    answer = RadioField("Your answer", validators=[InputRequired("Choose an answer.")])
    comment = TextAreaField("A few words", validators=[Length(max=1000, message=TOO_LONG)])
