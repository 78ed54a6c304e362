"""The form that moves the day to look again."""

from __future__ import annotations

from wtforms import DateField
from wtforms.validators import Optional

from mentorship.web.forms import BaseForm


class LookAgainForm(BaseForm):
    """One date."""

    follow_up_on = DateField("Look again on", validators=[Optional()])
