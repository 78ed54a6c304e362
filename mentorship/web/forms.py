"""What every form of ours has."""

from __future__ import annotations

from flask_wtf import FlaskForm


class BaseForm(FlaskForm):  # type: ignore[misc, unused-ignore]
    """CSRF, and errors as (field id, sentence) in the order of the page, for the summary on top of it."""

    @property
    def faults(self) -> list[tuple[str, str]]:
        found = [(field.id, str(error)) for field in self for error in _flat(field.errors)]
        return found + [("", str(error)) for error in self.form_errors]


def _flat(errors: object) -> list[object]:
    """Lists of fields nest their errors."""
    if isinstance(errors, dict):
        return [inner for value in errors.values() for inner in _flat(value)]
    if isinstance(errors, (list, tuple)):
        return [inner for value in errors for inner in _flat(value)]
    return [errors]
