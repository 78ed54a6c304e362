"""A stranger's mail is read in a process of its own, so that the worst of it costs one child and not the
intake.
"""

from __future__ import annotations

import math
import os
import resource
import subprocess
import sys
from pathlib import Path

from mentorship.ical.parts import LARGEST_HEADERS, headers_end

LARGEST_MESSAGE = 25 * 1024 * 1024
# CPU time is limited exactly; the clock may run longer, for a busy machine must not turn honest mail away.
CLOCK_PER_CPU_SECOND = 5.0

_PACKAGE_PARENT = str(Path(__file__).resolve().parents[2])


class ChildFailed(Exception):
    """The child gave no answer; the text is one plain sentence for the review list."""


def too_large(raw: bytes) -> str:
    """A sentence if the message is over a limit that can be seen without parsing, else the empty string."""
    if len(raw) > LARGEST_MESSAGE:
        return "The message is larger than 25 MB."
    if headers_end(raw, 0, len(raw)) > LARGEST_HEADERS:
        return "The headers of the message are larger than 64 KB."
    return ""


def answer_of_child(module: str, raw: bytes, seconds: float, megabytes: int) -> bytes:
    """What `python -m module SECONDS MEGABYTES` prints when it is given `raw` on its standard input.

    Raises ChildFailed if it is killed by a limit, runs on, crashes or cannot be started. The child gets no
    environment but its import path, hence no secret.
    """
    command = [sys.executable, "-P", "-m", module, str(seconds), str(megabytes)]
    environment = {"PYTHONPATH": _PACKAGE_PARENT, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONUTF8": "1"}
    try:
        done = subprocess.run(
            command,
            input=raw,
            capture_output=True,
            timeout=seconds * CLOCK_PER_CPU_SECOND,
            env=environment,
            cwd=os.sep,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise ChildFailed("Reading the message took too long.") from error
    except OSError as error:
        raise ChildFailed("The message could not be read just now.") from error
    if done.returncode < 0:
        raise ChildFailed("Reading the message took too much time or memory.")
    if done.returncode or not done.stdout:
        raise ChildFailed("The message could not be read.")
    return done.stdout


def limit_this_process(seconds: float, megabytes: int) -> None:
    """Called first thing in the child: no more CPU seconds, address space, files or core dumps than it may
    have.

    The address space bounds the resident memory from above; the interpreter with its imports takes about 25
    MB of it.
    """
    whole_seconds = max(1, math.ceil(seconds))
    resource.setrlimit(resource.RLIMIT_CPU, (whole_seconds, whole_seconds))
    resource.setrlimit(resource.RLIMIT_AS, (megabytes * 1024 * 1024,) * 2)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
