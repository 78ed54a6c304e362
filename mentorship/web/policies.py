"""Who may call which endpoint. The app refuses to start while one declares nothing.

A role is asked for over all schools here; which school a row belongs to, its query says. Whoever holds none of the
roles is told that there is nothing, and not that there is something they may not see.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Flask, abort, current_app, redirect, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from mentorship.extensions import SAFE_METHODS

View = TypeVar("View", bound=Callable[..., Any])
ROLES = ("teacher", "coach", "leader", "admin")
OPEN = ("anyone", "link")
WHO = (*OPEN, "signed_in", *ROLES)
# Endpoints of extensions carry no decorator of ours.
FOREIGN: dict[str, tuple[str, ...]] = {
    "static": ("anyone",),
    "bootstrap.static": ("anyone",),
    "security.us_signin": ("anyone",),
    "security.us_signin_send_code": ("anyone",),
    "security.us_verify": ("signed_in",),
    "security.us_verify_send_code": ("signed_in",),
    "security.change_password": ("signed_in",),
    "security.logout": ("signed_in",),
}
SEES: dict[str, str] = {
    "anyone": "anyone who opens it",
    "link": "you alone, by the link in your mail",
    "signed_in": "you",
    "teacher": "you",
    "coach": "the coaches of your school",
    "leader": "the leaders of your school",
    "admin": "administrators",
}


def policy(*who: str) -> Callable[[View], View]:
    """Declare who may call a view: `anyone`, `link` (who holds the token in its address), `signed_in`, or roles."""
    unknown = set(who) - set(WHO)
    if unknown or not who:
        raise ValueError(f"no such policy: {sorted(unknown)}")

    def declare(view: View) -> View:
        view.policy = who  # type: ignore[attr-defined]
        return view

    return declare


def init_app(app: Flask) -> None:
    """Ask for each endpoint's policy before its view runs."""

    @app.before_request
    def enforce() -> Response | None:
        who = policy_of(request.endpoint) if request.endpoint else ("anyone",)
        if set(who) & set(OPEN):
            return None
        if not current_user.is_authenticated:
            there = request.full_path.rstrip("?") if request.method in SAFE_METHODS else "/"
            return redirect(url_for("security.us_signin", next=there), code=303)
        held = {role.name for role in current_user.roles}
        if "signed_in" not in who and not held & set(who):
            abort(404)
        return None


def policy_of(endpoint: str) -> tuple[str, ...]:
    """The policy of one endpoint of the running app."""
    found = FOREIGN.get(endpoint) or getattr(current_app.view_functions[endpoint], "policy", None)
    if found is None:
        raise RuntimeError(f"the endpoint {endpoint} has no policy")
    policy: tuple[str, ...] = found
    return policy


def who_sees(endpoint: str) -> str:
    """Who sees the page of an endpoint, in words, from the very policy that guards it."""
    words = [SEES[each] for each in policy_of(endpoint)]
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def policy_by_endpoint(app: Flask) -> dict[str, tuple[str, ...] | None]:
    """Every endpoint of the app with its policy, or None where it declares none."""
    found: dict[str, tuple[str, ...] | None] = {}
    for rule in app.url_map.iter_rules():
        view = app.view_functions[rule.endpoint]
        found[rule.endpoint] = FOREIGN.get(rule.endpoint) or getattr(view, "policy", None)
    return found


def require_policies(app: Flask) -> None:
    """Raises `RuntimeError` for an endpoint without a policy and for a policy without an endpoint."""
    found = policy_by_endpoint(app)
    missing = sorted(endpoint for endpoint, who in found.items() if who is None)
    stale = sorted(set(FOREIGN) - set(found))
    if missing or stale:
        raise RuntimeError(f"endpoints without a policy: {missing}; policies without an endpoint: {stale}")


def routes(app: Flask) -> list[dict[str, Any]]:
    """Every route with its methods and who may call it."""
    policies = policy_by_endpoint(app)
    rows = [
        {
            "rule": rule.rule,
            "methods": sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}),
            "who": list(policies[rule.endpoint] or ()),
        }
        for rule in app.url_map.iter_rules()
    ]
    return sorted(rows, key=lambda row: str(row["rule"]))
