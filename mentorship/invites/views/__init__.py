"""The visit grid, publishing, and imports, which touch visits."""

from __future__ import annotations

from flask import Blueprint

pages = Blueprint("invites", __name__)

from mentorship.invites.views import doors, imports, looking_back, moves, publishing, replanning, visits, walks  # noqa: E402, F401 - routes register where imported
