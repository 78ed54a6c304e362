"""What time does to notes and reflections: it asks for them once a visit was held."""

from __future__ import annotations

from mentorship.feedback.operations import ask_for_one_form
from mentorship.jobs.runner import Timed

TIMED: tuple[Timed, ...] = (ask_for_one_form,)
