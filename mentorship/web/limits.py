"""How often somebody may try: codes, passwords and tokens are not to be guessed."""

from __future__ import annotations

from typing import Any

from flask import Flask, request
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from werkzeug.wrappers import Response

from mentorship.web.policies import policy_by_endpoint

A_SENDER = "20 per minute; 200 per hour"
AN_ADDRESS = "6 per minute; 20 per hour"
A_GUESSER = "30 per minute"
SIGNS_IN = ("security.us_signin", "security.us_signin_send_code", "security.us_verify", "security.us_verify_send_code")


def _identity() -> str:
    """The address that somebody tries to sign in as, from one place on the net: nobody else is locked out."""
    return f"{request.form.get('identity', '').strip().lower()[:320]} {get_remote_address()}"


def _found_nothing(response: Response) -> bool:
    return response.status_code == 404


def init_app(app: Flask) -> None:
    """Limit the pages that sign in, and whoever tries one wrong token after another. Counts live in this process."""
    limiter = Limiter(get_remote_address, storage_uri="memory://", headers_enabled=False)
    limiter.init_app(app)
    views: dict[str, Any] = app.view_functions
    for endpoint in SIGNS_IN:
        view = limiter.limit(A_SENDER, methods=["POST"])(views[endpoint])
        views[endpoint] = limiter.limit(AN_ADDRESS, key_func=_identity, methods=["POST"])(view)
    for endpoint, who in policy_by_endpoint(app).items():
        if who == ("link",):
            views[endpoint] = limiter.limit(A_GUESSER, deduct_when=_found_nothing)(views[endpoint])
