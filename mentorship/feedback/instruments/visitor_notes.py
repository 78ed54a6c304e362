"""The visitor's notes for the host: what was seen and heard, with times, and at most one suggestion."""

from __future__ import annotations

from wtforms import TextAreaField
from wtforms.validators import Length, Optional

from mentorship.feedback.instruments.base import LONGEST_TEXT, Instrument, InstrumentForm, NotesField, Section


class VisitorNotesForm(InstrumentForm):
    """Evidence first; strengths; one suggestion; one line that stays with the visitor."""

    notes = NotesField(
        "What you saw or heard", description="Describe the lesson, not the person. Leave out student names."
    )
    other_notes = TextAreaField(
        "What else did you notice?",
        description="Something outside the focus that your host would like to know.",
        validators=[Length(max=LONGEST_TEXT)],
    )
    strengths = TextAreaField("What worked for students?", validators=[Length(max=LONGEST_TEXT)])
    suggestion = TextAreaField(
        "One small thing to try",
        description="Starts well with “You could try…” or “In my room I…”",
        validators=[Optional(), Length(max=400, message="One suggestion has at most 400 characters.")],
    )
    takeaway = TextAreaField("What will you take back to your own room?", validators=[Length(max=LONGEST_TEXT)])


VISITOR_NOTES = Instrument(
    key="visitor_notes",
    version=1,
    title="Notes from a visit",
    about="visit",
    written_by="visitor",
    readers=("other",),
    form=VisitorNotesForm,
    sections=(
        Section("{focus}", ("notes",), icon="chat-square-quote"),
        Section("Note something else", ("other_notes",), icon="plus-lg", hint="Outside the focus", folded=True),
        Section("Strengths to keep", ("strengths",)),
        Section("One suggestion", ("suggestion",)),
        Section("For you", ("takeaway",), private=True),
    ),
    heading="Your visit to {other}",
    intro="A few lines are plenty; most people take four minutes.",
    until_shared="you, and {other} once you share it.",
    besides="Coaches see only whether it was shared.",
    asked_for="your notes for {other}",
    shares_at_once=True,
    tells_reader=True,
    is_asked_for=True,
)
