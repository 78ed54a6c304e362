"""Whether the process lives, and whether it can work."""

from __future__ import annotations

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue

from mentorship.operate.readiness import troubles
from mentorship.web.policies import policy

pages = Blueprint("operate", __name__)


@pages.get("/healthz")
@policy("anyone")
def healthz() -> ResponseReturnValue:
    return jsonify(alive=True)


@pages.get("/readyz")
@policy("anyone")
def readyz() -> ResponseReturnValue:
    found = troubles()
    return jsonify(ready=not found, troubles=found), 503 if found else 200
