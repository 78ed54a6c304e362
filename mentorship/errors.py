"""The one error that a reader is meant to see."""


class Refused(Exception):
    """Something was not done; `str()` is one sentence for the reader: what is wrong, where, and what would fix it."""


class NotFound(Refused):
    """There is no such thing, or it is not the reader's to see: the two are never told apart."""
