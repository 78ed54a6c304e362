"""One row of a query that says who may see it, or 404."""

from __future__ import annotations

from typing import Any, TypeVar

from flask import abort
from sqlalchemy import Select

from mentorship.extensions import db

Row = TypeVar("Row")


def one_or_404(query: Select[tuple[Row]] | Select[Any]) -> Any:
    """The first row of a query, unique by identity; whatever the reader may not see is not there."""
    row = db.session.scalars(query.limit(1)).unique().first()
    if row is None:
        abort(404)
    return row
