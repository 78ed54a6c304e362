"""What time does to files that wait."""

from __future__ import annotations

from mentorship.jobs.runner import Timed
from mentorship.roster.uploads import erase_one_old_upload

TIMED: tuple[Timed, ...] = (erase_one_old_upload,)
