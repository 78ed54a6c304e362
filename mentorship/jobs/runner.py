"""The runner: claims one due job, commits, works with no transaction open, and commits what the handler marked."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from mentorship import clock
from mentorship.errors import where_it_happened
from mentorship.extensions import db
from mentorship.jobs.operations import Claim, claim_job, put_off_job

logger = logging.getLogger(__name__)

# A handler does one claimed job. It may commit to let go of the database while it waits for something slow, and it
# ends by marking the claim; it must bear being run twice.
Handler = Callable[[Claim, datetime], None]
# A timed operation does one thing that is due and says whether there was one.
Timed = Callable[[datetime], bool]

WAIT_AFTER_TROUBLE = timedelta(seconds=60)


def run_one(handlers: Mapping[str, Handler], *, lease_seconds: int, only: int | None = None) -> bool:
    """Run one due job; False where none is due."""
    claim = claim_job(lease_seconds=lease_seconds, kinds=sorted(handlers), only=only)
    db.session.commit()
    if claim is None:
        return False
    try:
        handlers[claim.kind](claim, clock.now())
        db.session.commit()
    except Exception as error:
        # One broken job must not stop the others: it is put off, and its kind of trouble stays on its row.
        db.session.rollback()
        logger.error("job %s (%s) failed: %s", claim.id, claim.kind, where_it_happened(error))
        put_off_job(claim, run_at=clock.now() + WAIT_AFTER_TROUBLE, error=type(error).__name__)
        db.session.commit()
    return True


def run_timed(timed: Sequence[Timed]) -> int:
    """Do everything that is due, one transaction each; the number of things done.

    Trouble with one operation is logged and leaves the others their turn: it is tried again at the next round.
    """
    done = 0
    for operation in timed:
        try:
            while operation(clock.now()):
                db.session.commit()
                done += 1
        except Exception as error:
            logger.error("%s failed: %s", getattr(operation, "__name__", operation), where_it_happened(error))
        db.session.rollback()
    return done
