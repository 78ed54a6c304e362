"""The host's own reflection on a lesson that a colleague visited."""

from __future__ import annotations

from wtforms import TextAreaField
from wtforms.validators import Length

from mentorship.feedback.instruments.base import LONGEST_TEXT, Instrument, InstrumentForm, Section


class HostReflectionForm(InstrumentForm):
    """What it was like to be visited, what helped, what stays."""

    happened = TextAreaField(
        "What did you see in your own lesson?",
        description="One moment that went as you hoped, or did not.",
        validators=[Length(max=LONGEST_TEXT)],
    )
    helped = TextAreaField(
        "What did the visit or the talk after it show you?",
        description="Something you would not have noticed alone.",
        validators=[Length(max=LONGEST_TEXT)],
    )
    keep = TextAreaField(
        "What will you keep, change or ask about?",
        description="One thing is enough.",
        validators=[Length(max=LONGEST_TEXT)],
    )


HOST_REFLECTION = Instrument(
    key="host_reflection",
    version=1,
    title="Host’s reflection",
    about="visit",
    written_by="host",
    readers=("other", "pair", "coach"),
    form=HostReflectionForm,
    sections=(
        Section("Your lesson", ("happened",), step="1 of 3"),
        Section("The visit", ("helped",), step="2 of 3"),
        Section("What stays", ("keep",), step="3 of 3"),
    ),
    heading="Looking back on hosting {other}",
    intro="Write as you would to yourself; there is no right length.",
    until_shared="only you, until you choose otherwise at the end.",
    besides="No one is told whether you wrote a little or a lot.",
    asked_for="your own look back at the lesson",
    is_asked_for=True,
)
