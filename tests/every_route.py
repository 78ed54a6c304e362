"""Every route of the app, how its address is filled in and who may open it: what the sweeps of all pages stand on.

The table is written by hand and compared with the app: a route that is in one and not in the other fails, so that
nobody adds a page without saying here whom it is for.
"""

from __future__ import annotations

import itertools
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask import Flask
from werkzeug.routing import Rule

# Who may open a route: `anyone`, `link` (who has the token), `signed_in`, or roles. Whose row it is comes on top.
WHO: dict[str, str] = {
    "static": "anyone",
    "bootstrap.static": "anyone",
    "security.us_signin": "anyone",
    "security.us_signin_send_code": "anyone",
    "security.us_verify": "signed_in",
    "security.us_verify_send_code": "signed_in",
    "security.change_password": "signed_in",
    "security.logout": "signed_in",
    "account.account": "signed_in",
    "account.look": "signed_in",
    "account.school": "signed_in",
    "account.sign_out_everywhere": "signed_in",
    "account.demo_sign_in": "anyone",
    "account.set_up": "anyone",
    "home.start": "anyone",
    "home.desk": "coach",
    "home.teacher": "teacher",
    "home.privacy": "anyone",
    "people.wishes": "teacher",
    "people.interests": "link",
    "people.ask_for_interests": "coach",
    "people.people": "coach admin",
    "people.person": "coach admin",
    "availability.schedule": "coach admin",
    "invites.imports": "coach admin",
    "invites.import_preview": "coach admin",
    "invites.correct_cells": "coach admin",
    "invites.confirm_import": "coach admin",
    "invites.drop_import": "coach admin",
    "invites.set_active": "coach admin",
    "invites.visits": "coach",
    "invites.print_visits": "coach",
    "invites.lock": "coach",
    "invites.cancel": "coach",
    "invites.not_together": "coach",
    "invites.took_place": "people of the visit, coach",
    "invites.move_visit": "coach",
    "invites.other_times": "coach",
    "invites.publish": "coach",
    "invites.walks": "coach",
    "invites.new_walk": "coach",
    "invites.walk": "people of the walk, coach",
    "invites.walk_sheets": "walkers, coach",
    "invites.walk_summary": "readers of the summary",
    "invites.walk_writing": "lead of the walk",
    "invites.take_back": "lead of the walk",
    "invites.walk_thanks": "lead of the walk",
    "invites.send": "coach",
    "invites.call_off": "coach",
    "invites.leave": "people of the walk",
    "invites.open_doors": "teacher",
    "invites.open_door": "teacher",
    "invites.join_open_door": "teacher",
    "invites.leave_open_door": "teacher",
    "invites.close_open_door": "host of the door",
    "invites.replan": "coach",
    "invites.replan_progress": "coach",
    "invites.stop_replan": "coach",
    "invites.make_changes": "coach",
    "invites.keep_visits": "coach",
    "plans.plan": "coach",
    "plans.progress": "coach",
    "plans.make": "coach",
    "plans.use_best": "coach",
    "plans.stop": "coach",
    "plans.give_one_more": "coach",
    "plans.pairings": "coach",
    "plans.lock_pairing": "coach",
    "plans.swap_pairing": "coach",
    "plans.keep_apart": "coach",
    "plans.choose_mentor": "coach",
    "plans.undo_edit": "coach",
    "plans.weights": "coach",
    "plans.set_weights": "coach",
    "plans.relax": "coach",
    "plans.compare": "coach",
    "plans.go_back": "coach",
    "plans.choose_contact": "coach",
    "cycles.cycles": "coach",
    "cycles.new_cycle": "coach",
    "cycles.settings": "coach",
    "cycles.choose_people": "coach",
    "cycles.keep_limits": "coach",
    "cycles.newest_wishes": "coach",
    "replies.answers": "coach",
    "replies.looked_at": "coach",
    "replies.answer": "link",
    "closeout.close": "coach",
    "closeout.export": "coach",
    "feedback.mine": "signed_in",
    "feedback.write": "people of the visit",
    "feedback.save": "people of the visit",
    "feedback.by_link": "link",
    "feedback.save_by_link": "link",
    "feedback.entry": "readers",
    "feedback.share": "author",
    "feedback.withdraw": "author",
    "feedback.drop": "author",
    "feedback.delete": "author",
    "feedback.export": "signed_in",
    "goals.goals": "signed_in",
    "goals.write": "signed_in",
    "goals.save": "signed_in",
    "goals.done": "author",
    "goals.look_again": "author",
    "goals.log": "people of the pairing",
    "goals.write_log": "mentor",
    "goals.save_log": "mentor",
    "operate.healthz": "anyone",
    "operate.readyz": "anyone",
    "operate.mail": "coach admin",
    "operate.demo_mail": "the demo",
    "operate.mail_message": "the demo",
    "operate.mail_html": "the demo",
}
MISSING = "The endpoint {} has no line in tests/every_route.py: say there who may open it."


@dataclass
class Filled:
    """What addresses are filled with: by the argument’s name, alone or behind its endpoint; tokens by endpoint."""

    values: Mapping[str, Sequence[Any]]
    tokens: Mapping[str, Sequence[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Address:
    """One address of one route."""

    endpoint: str
    path: str
    arguments: Mapping[str, Any]
    methods: frozenset[str]

    @property
    def who(self) -> str:
        assert self.endpoint in WHO, MISSING.format(self.endpoint)
        return WHO[self.endpoint]


def not_in_table(app: Flask) -> list[str]:
    """Sentences about routes that the table does not know, and lines of it without a route."""
    there = {rule.endpoint for rule in app.url_map.iter_rules()}
    return [MISSING.format(name) for name in sorted(there - set(WHO))] + [
        f"tests/every_route.py names {name}, which the app does not have." for name in sorted(set(WHO) - there)
    ]


def addresses(app: Flask, filled: Filled, method: str = "GET", but: Container[str] = ()) -> Iterator[Address]:
    """Every route of a method, but for these endpoints, at every filling of its arguments."""
    for rule in sorted(app.url_map.iter_rules(), key=lambda rule: (rule.rule, rule.endpoint)):
        if method in (rule.methods or ()) and rule.endpoint not in but:
            names = sorted(rule.arguments)
            for given in itertools.product(*(_choices(rule, name, filled) for name in names)):
                yield _address(app, rule, dict(zip(names, given, strict=True)))


def _choices(rule: Rule, name: str, filled: Filled) -> Sequence[Any]:
    converter = rule._converters[name]
    if hasattr(converter, "items"):
        return sorted(converter.items)
    if name == "token":
        found = filled.tokens.get(rule.endpoint)
        assert found, f"no token is made for {rule.endpoint}: add one where its sweep fills addresses"
        return found
    found = filled.values.get(f"{rule.endpoint}.{name}") or filled.values.get(name)
    assert found, f"nothing is made for <{name}> of {rule.endpoint}: add it where its sweep fills addresses"
    return found


def _address(app: Flask, rule: Rule, arguments: dict[str, Any]) -> Address:
    adapter = app.url_map.bind("localhost")
    path = adapter.build(rule.endpoint, arguments, method=sorted(rule.methods or ())[0])
    return Address(rule.endpoint, path, arguments, frozenset(rule.methods or ()))
