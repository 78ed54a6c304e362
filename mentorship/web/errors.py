"""Error pages: what happened, in a sentence, and what to do."""

from __future__ import annotations

import logging

from flask import Flask, render_template
from flask_wtf.csrf import CSRFError
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import HTTPException

from mentorship.errors import NotFound, Refused, where_it_happened
from mentorship.extensions import db

logger = logging.getLogger(__name__)
WORDS = {
    400: ("This page could not be read", "Go back, reload the page and try again."),
    404: ("There is nothing here", "The link may be old, or it belongs to somebody else."),
    405: ("That can't be done here", "Go back and use the buttons of the page."),
    409: ("Somebody was faster", "This was changed a moment ago. Go back and reload to see the new version."),
    413: ("That is too large", "Send less than 25 MB."),
    429: ("Too many tries", "Wait a minute, then try again. Nothing was changed."),
    500: ("Something went wrong on our side", "Nothing was lost that was saved before. Please try again in a minute."),
}


def init_app(app: Flask) -> None:
    def page(code: int) -> tuple[str, int]:
        title, words = WORDS.get(code, WORDS[400 if code < 500 else 500])
        return render_template("error.html", title=title, words=words), code

    @app.errorhandler(HTTPException)
    def known(error: HTTPException) -> tuple[str, int]:
        return page(error.code or 500)

    @app.errorhandler(Refused)
    def refused(error: Refused) -> tuple[str, int]:
        """A view that has no place of its own for a refusal: its sentence stands on a page."""
        db.session.rollback()
        if isinstance(error, NotFound):
            return page(404)
        return render_template("error.html", title="That was not done", words=str(error)), 409

    @app.errorhandler(CSRFError)
    def expired(_error: CSRFError) -> tuple[str, int]:
        return page(400)

    @app.errorhandler(StaleDataError)
    def stale(_error: StaleDataError) -> tuple[str, int]:
        return page(409)

    @app.errorhandler(Exception)
    def broken(error: Exception) -> tuple[str, int]:
        # The sentence for the reader never holds the error's own text, which could quote somebody's words.
        logger.error("a page failed: %s", where_it_happened(error))
        db.session.rollback()
        return page(500)
