"""What time does to invitations."""

from __future__ import annotations

from mentorship.invites.operations import finish_one_past_visit
from mentorship.jobs.runner import Timed

TIMED: tuple[Timed, ...] = (finish_one_past_visit,)
