"""The forms of moving a visit, of planning a walk and looking back on it, and of opening one’s own door."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from wtforms import DateField, HiddenField, IntegerField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from mentorship.invites.doors import MOST_SEATS, USUAL_SEATS
from mentorship.invites.doors import Lesson as OwnLesson
from mentorship.invites.looking_back import LONGEST_LINE, LONGEST_TEXT, Words, can_be_thanked
from mentorship.people.forms import MultiCheckboxField
from mentorship.plans.groups import Walk, WalkSummary
from mentorship.plans.moving import Move
from mentorship.plans.walking import WalkDay
from mentorship.plans.walks import KINDS
from mentorship.web.filters import clock_time, short_date
from mentorship.web.forms import BaseForm

OTHER = "other"


class MoveForm(BaseForm):
    """One of the times that work, or a date and a period of the host's; `version` is the visit as it was shown."""

    version = HiddenField()
    # Whatever is chosen is judged by the rules: what was offered need not be found again to be believed.
    lesson = RadioField("New time", validate_choice=False, validators=[InputRequired("Choose a time.")], choices=[])
    on_date = DateField("Date", validators=[Optional()])
    period = SelectField("Period", validate_choice=False, validators=[Optional()], choices=[])

    def offer(self, moves: Sequence[tuple[Move, str]], periods: Sequence[str], *, with_other: bool = True) -> None:
        """Fill in what can be chosen: moves with their words, and the periods of the bell schedules."""
        other = [(OTHER, "Another time of the host’s")] if with_other else []
        self.lesson.choices = [*((move.lesson, words) for move, words in moves), *other]
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


class WalkDayForm(BaseForm):
    """Which date and period a walk is planned for."""

    on = DateField("Date", validators=[Optional()])
    period = StringField("Period", validators=[Optional()])


class WalkForm(BaseForm):
    """A walk: who goes, who leads, whose classes; the date and the period are those that the page showed."""

    on = DateField("Date", validators=[InputRequired("Choose the date.")])
    period = HiddenField()
    kind = RadioField("What kind", default="walk", choices={kind.key: kind.words for kind in KINDS.values()})
    minutes = IntegerField("Minutes in a room", validators=[Optional(), NumberRange(1, 60, "Write whole minutes.")])
    # Whoever was offered may be taken meanwhile: the operation says so by name.
    walkers = MultiCheckboxField("Who goes", coerce=int, validate_choice=False)
    lead = SelectField("Who leads", coerce=int, validate_choice=False, validators=[Optional()], choices={})
    hosts = MultiCheckboxField("Whose classes", coerce=int, validate_choice=False)
    questions = TextAreaField("What to look for", validators=[Length(max=400, message="Keep it under 400 characters.")])

    def offer(self, day: WalkDay) -> None:
        """Fill in who can be chosen on a date."""
        self.on.data, self.period.data = day.on, day.period
        self.walkers.choices = {member.id: member.person.name for member in day.walkers}
        self.lead.choices = {0: "Choose who leads", **self.walkers.choices}
        self.hosts.choices = {
            room.host.id: ", ".join(
                part for part in (room.host.person.name, room.section.course, room.room and f"room {room.room}") if part
            )
            for room in day.rooms
        }


class SummaryForm(BaseForm):
    """What was seen across the rooms of a walk; `version` is the text as it was shown."""

    version = HiddenField()
    noticed = TextAreaField(
        "What we noticed",
        description="Patterns that you saw in more than one room: what students did and said, with counts.",
        validators=[Length(max=LONGEST_TEXT, message=f"Keep it under {LONGEST_TEXT} characters.")],
    )
    wondered = TextAreaField(
        "What we wonder about",
        description="Open questions for the whole school.",
        validators=[Length(max=LONGEST_TEXT, message=f"Keep it under {LONGEST_TEXT} characters.")],
    )

    @property
    def words(self) -> Words:
        return Words(*((field.data or "").replace("\r\n", "\n").strip() for field in (self.noticed, self.wondered)))

    @property
    def seen(self) -> int:
        return int(self.version.data) if (self.version.data or "").isdecimal() else 0

    def show(self, summary: WalkSummary) -> None:
        self.noticed.data, self.wondered.data = summary.noticed, summary.wondered


class ThanksForm(BaseForm):
    """Whom to thank, and a line that stands in each of these mails."""

    hosts = MultiCheckboxField("Whom to thank", coerce=int, validate_choice=False)
    line = StringField(
        "A line of your own",
        validators=[Length(max=LONGEST_LINE, message=f"Keep it under {LONGEST_LINE} characters.")],
    )

    def offer(self, walk: Walk) -> None:
        """The hosts who wait for a thank-you; everybody is chosen before anything was sent in."""
        waiting = [stop for stop in walk.stops if can_be_thanked(stop)]
        self.hosts.choices = {stop.id: stop.membership.person.name for stop in waiting}
        if not self.is_submitted():
            self.hosts.data = [stop.id for stop in waiting]


class DoorForm(BaseForm):
    """One’s own lesson, what can be seen there, and how many may come."""

    lesson = SelectField("Lesson", choices={}, validators=[InputRequired("Choose a lesson.")])
    shows = StringField("What can be seen", validators=[Length(max=200, message="Keep it under 200 characters.")])
    seats = IntegerField(
        "How many guests",
        default=USUAL_SEATS,
        validators=[
            InputRequired("Write how many."),
            NumberRange(1, MOST_SEATS, f"Write a whole number from 1 to {MOST_SEATS}."),
        ],
    )

    def offer(self, lessons: Sequence[OwnLesson]) -> None:
        self.lesson.choices = {each.key: f"{_when(each)}: {each.section.course}" for each in lessons}


def _when(lesson: OwnLesson) -> str:
    return f"{short_date(lesson.on)}, {clock_time(lesson.span.starts)}, period {lesson.period}"
