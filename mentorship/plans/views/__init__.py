"""The planning run, the pairings, and what matters most in them."""

from __future__ import annotations

from flask import Blueprint

pages = Blueprint("plans", __name__)

from mentorship.plans.views import contacts, pairings, placing, planning, weights  # noqa: E402, F401 - routes register where imported
