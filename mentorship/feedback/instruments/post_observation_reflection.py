"""The new teacher's post-observation reflection: what happened, so what, now what, and a goal to carry forward."""

from __future__ import annotations

from wtforms import DateField, TextAreaField
from wtforms.validators import Length, Optional

from mentorship.feedback.instruments.base import LONGEST_TEXT, FocusField, Instrument, InstrumentForm, Section


class ReflectionForm(InstrumentForm):
    """Three questions, then the goal with the day to look again."""

    happened = TextAreaField(
        "What happened?",
        description="One moment from the lesson that stayed with you.",
        validators=[Length(max=LONGEST_TEXT)],
    )
    so_what = TextAreaField(
        "So what?",
        description="Why does it matter to you or to your students?",
        validators=[Length(max=LONGEST_TEXT)],
    )
    now_what = TextAreaField(
        "Now what?", description="Something to try, keep, or ask about.", validators=[Length(max=LONGEST_TEXT)]
    )
    goal = TextAreaField("My goal", validators=[Length(max=LONGEST_TEXT)])
    focus = FocusField("Focus", validate_choice=False)
    follow_up_on = DateField("Look again on", validators=[Optional()])


POST_OBSERVATION_REFLECTION = Instrument(
    key="post_observation_reflection",
    version=1,
    title="Post-observation reflection",
    about="visit",
    written_by="new_teacher",
    readers=("other", "pair", "coach"),
    form=ReflectionForm,
    sections=(
        Section("", ("happened",), step="1 of 3"),
        Section("", ("so_what",), step="2 of 3"),
        Section("", ("now_what",), step="3 of 3"),
        Section("A goal to carry forward", ("goal", "focus", "follow_up_on"), icon="flag"),
    ),
    heading="Looking back on {other}’s visit",
    heading_of_visitor="Looking back on your visit to {other}",
    intro="Write as you would to yourself; there is no right length.",
    until_shared="only you, until you choose otherwise at the end.",
    besides="No one is told whether you wrote a little or a lot.",
    asked_for="your reflection on it",
    is_asked_for=True,
    carries_goal=True,
)
