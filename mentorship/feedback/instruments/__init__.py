"""The forms that close a cycle: a new one is one file here and one line in `INSTRUMENTS`."""

from __future__ import annotations

from mentorship.feedback.instruments.base import Instrument
from mentorship.feedback.instruments.goal import GOAL
from mentorship.feedback.instruments.host_reflection import HOST_REFLECTION
from mentorship.feedback.instruments.mentor_log import MENTOR_LOG
from mentorship.feedback.instruments.post_observation_reflection import POST_OBSERVATION_REFLECTION
from mentorship.feedback.instruments.visitor_notes import VISITOR_NOTES

# Keys are stored with what people wrote: never rename one.
INSTRUMENTS: dict[str, Instrument] = {
    each.key: each for each in (VISITOR_NOTES, HOST_REFLECTION, POST_OBSERVATION_REFLECTION, MENTOR_LOG, GOAL)
}


def about(thing: str) -> tuple[str, ...]:
    """The keys of the forms about a `visit`, a `pairing` or `oneself`, in order."""
    return tuple(key for key, each in INSTRUMENTS.items() if each.about == thing)
