"""A goal with the day to look again; a reflection carries one forward, and anybody may set one of their own."""

from __future__ import annotations

from wtforms import DateField, RadioField, TextAreaField
from wtforms.validators import Length, Optional

from mentorship.feedback.instruments.base import LONGEST_TEXT, FocusField, Instrument, InstrumentForm, Section


class GoalForm(InstrumentForm):
    """What should change for students, and when to look again."""

    goal = TextAreaField(
        "My goal",
        description="What will students do? Small and soon works best.",
        validators=[Length(max=LONGEST_TEXT)],
    )
    focus = FocusField("Focus", validate_choice=False)
    follow_up_on = DateField("Look again on", validators=[Optional()])
    note = TextAreaField(
        "How is it going?",
        description="You can leave this empty until you look again.",
        validators=[Length(max=LONGEST_TEXT)],
    )
    state = RadioField(
        "Where is it?",
        choices=[("open", "I am still working on it"), ("done", "Done for now")],
        default="open",
        validate_choice=False,
    )


GOAL = Instrument(
    key="goal",
    version=1,
    title="Goal",
    about="oneself",
    written_by="anyone",
    readers=("other", "pair", "coach"),
    form=GoalForm,
    sections=(
        Section("A goal to carry forward", ("goal", "focus", "follow_up_on"), icon="flag"),
        Section("Looking again", ("note", "state")),
    ),
    heading="A goal of yours",
    intro="One goal at a time is plenty.",
    until_shared="only you, until you choose otherwise at the end.",
    besides="No one is told that you set a goal.",
)
