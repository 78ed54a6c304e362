"""The `mentorship` command: each verb calls one operation and commits."""

from mentorship.cli.main import main

__all__ = ["main"]
