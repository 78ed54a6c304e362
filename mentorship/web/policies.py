"""Who may call which endpoint. The app refuses to start while one declares nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Flask

View = TypeVar("View", bound=Callable[..., Any])
WHO = ("anyone", "link", "signed_in", "teacher", "coach", "leader", "admin")
# Endpoints of extensions carry no decorator of ours.
FOREIGN: dict[str, tuple[str, ...]] = {"static": ("anyone",)}


def policy(*who: str) -> Callable[[View], View]:
    """Declare who may call a view: `anyone`, `link` (who holds the token in its address), `signed_in`, or roles."""
    unknown = set(who) - set(WHO)
    if unknown or not who:
        raise ValueError(f"no such policy: {sorted(unknown)}")

    def declare(view: View) -> View:
        view.policy = who  # type: ignore[attr-defined]
        return view

    return declare


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
