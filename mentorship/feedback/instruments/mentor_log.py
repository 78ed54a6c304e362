"""The mentor's log: a few lines after a meeting of the pair."""

from __future__ import annotations

from wtforms import DateField, TextAreaField
from wtforms.validators import Length, Optional

from mentorship.feedback.instruments.base import LONGEST_TEXT, Instrument, InstrumentForm, Section


class MentorLogForm(InstrumentForm):
    """When the two met, what they talked about, what comes next; and a line that stays with the mentor."""

    met_on = DateField("You met on", validators=[Optional()])
    talked = TextAreaField(
        "What did you talk about?",
        description="Topics are enough. Leave out student names.",
        validators=[Length(max=LONGEST_TEXT)],
    )
    agreed = TextAreaField(
        "What did you agree on?",
        description="Who does what, and by when.",
        validators=[Length(max=LONGEST_TEXT)],
    )
    for_me = TextAreaField("What do you want to remember for next time?", validators=[Length(max=LONGEST_TEXT)])


MENTOR_LOG = Instrument(
    key="mentor_log",
    version=1,
    title="Mentor’s log",
    about="pairing",
    written_by="mentor",
    readers=("other",),
    form=MentorLogForm,
    sections=(
        Section("Your meeting", ("met_on", "talked"), icon="people"),
        Section("Next steps", ("agreed",), icon="signpost"),
        Section("For you", ("for_me",), private=True),
    ),
    heading="After meeting {other}",
    intro="A few lines are plenty. You can come back to them before you meet again.",
    until_shared="you, and {other} once you share it.",
    besides="No one is told how often you write.",
    shares_at_once=True,
    prefilled=("met_on",),
)
