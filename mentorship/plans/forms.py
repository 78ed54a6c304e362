"""What a coach sends: how long planning may take, and changes of pairs."""

from __future__ import annotations

from wtforms import HiddenField, IntegerField, SelectField
from wtforms.validators import Optional

from mentorship.web.forms import BaseForm

LIMITS = ((30, "30 seconds"), (120, "2 minutes"), (300, "5 minutes"), (600, "10 minutes"))
USUAL_SECONDS = 120


class PlanForm(BaseForm):
    """How long each part may take; `part` is filled where only one is to be planned."""

    seconds = SelectField("How long it may take", coerce=int, choices=LIMITS, default=USUAL_SECONDS)
    part = HiddenField()


class WeightsForm(BaseForm):
    """The goal of the next proposal; each rule's word is a field named by its key, which the operation checks."""

    goal = HiddenField()


class RelaxForm(BaseForm):
    """The rule that need not hold any more."""

    rule = HiddenField()


class DraftForm(BaseForm):
    """A change of a draft as a whole, and the version of it that the page showed."""

    version = HiddenField()


class PlaceForm(DraftForm):
    """Who takes one more, and of what."""

    member = IntegerField("Person")
    what = HiddenField()


class ChangeForm(BaseForm):
    """One change of a pair; every field but what the button needs is left out."""

    version = HiddenField()
    mentee = IntegerField("New teacher", validators=[Optional()])
    mentor = IntegerField("Mentor", validators=[Optional()])
    contact = IntegerField("Content contact", validators=[Optional()])
    exchange = IntegerField("Pair to exchange with", validators=[Optional()])
    locked = HiddenField()
    next_best = HiddenField()
    with_place = HiddenField()
