"""The one error that a reader is meant to see."""

import traceback


class Refused(Exception):
    """Something was not done; `str()` is one sentence for the reader: what is wrong, where, and what would fix it."""


def where_it_happened(error: BaseException) -> str:
    """For the log: the kind of an error and the lines it passed, without its own words, which may quote somebody's."""
    return f"{type(error).__name__}\n{''.join(traceback.format_tb(error.__traceback__))}"


class NotFound(Refused):
    """There is no such thing, or it is not the reader's to see: the two are never told apart."""
