"""Signing in by Flask-Security: a mailed code, which works once, or a password for those who set one.

Its mail goes through the outbox, its pages stand in our base template, and what signs in by GET is never registered.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import Any

from flask import Flask, current_app, request
from flask_security import MailUtil, Security, SQLAlchemyUserDatastore
from flask_security.totp import Totp
from sqlalchemy import select
from sqlalchemy.orm import joinedload, lazyload
from werkzeug.wrappers import Response

from mentorship import clock
from mentorship.config import Settings, is_local_http
from mentorship.extensions import db
from mentorship.outbox.letters import can_be_mailed
from mentorship.outbox.operations import post_letter
from mentorship.people.emails import password_changed, sign_in_code
from mentorship.people.models import Membership, Person, Role

CODE_SECONDS = 300
FORTNIGHT = 14 * 24 * 3600
# One page to sign in, one to prove it again, one for a password; the rest of the extension's pages are not ours. The
# link that signs in by GET would be spent by the first mail scanner.
NOT_REGISTERED = frozenset(
    f"security.{name}"
    for name in ("us_verify_link", "us_setup", "us_setup_validate", "login", "verify", "fs_static", "static")
)
SENDS_CODE = frozenset({"security.us_signin_send_code", "security.us_verify_send_code"})


class Application(Flask):
    """Flask without the endpoints of an extension that this service does not offer."""

    def add_url_rule(self, rule: str, endpoint: str | None = None, *given: Any, **options: Any) -> None:
        if endpoint not in NOT_REGISTERED:
            super().add_url_rule(rule, endpoint, *given, **options)


class Outbox(MailUtil):  # type: ignore[misc, unused-ignore]
    """The extension's mail, in our words and through our outbox, first in line."""

    def send_mail(self, template: str, subject: Any, recipient: Any, *_given: Any, **context: Any) -> None:
        person: Person = context["user"]
        if not can_be_mailed(person.email):
            return
        letter = sign_in_code(person, context["login_token"]) if "login_token" in context else password_changed(person)
        post_letter(letter, clock.now(), is_urgent=True)


class Codes(Totp):  # type: ignore[misc, unused-ignore]
    """A code works once: the counter of the last one that was taken stands on the person (RFC 6238 5.2)."""

    def __init__(self, *given: Any, **options: Any) -> None:
        super().__init__(*given, **options)
        self._totp = self._totp.using(now=lambda: clock.now().timestamp())

    def get_last_counter(self, user: Any) -> int | None:
        counter: int | None = user.last_code_counter
        return counter

    def set_last_counter(self, user: Any, tmatch: Any) -> None:
        user.last_code_counter = tmatch.counter
        db.session.add(user)


class People(SQLAlchemyUserDatastore):  # type: ignore[misc, unused-ignore]
    """Everybody with an address may sign in by a mailed code; its secret is made when the first one is asked for."""

    def find_user(self, case_insensitive: bool = False, **kwargs: Any) -> Any:
        """Whoever a session names comes with their memberships and schools, in the one statement of every request."""
        if set(kwargs) != {"fs_uniquifier"}:
            return super().find_user(case_insensitive, **kwargs)
        members = joinedload(Person.memberships)
        query = select(Person).filter_by(**kwargs)
        query = query.options(members.options(joinedload(Membership.school), lazyload(Membership.person)))
        return db.session.scalars(query).unique().first()

    def us_get_totp_secrets(self, user: Any) -> dict[str, str]:
        secrets: dict[str, str] = super().us_get_totp_secrets(user)
        if "email" not in secrets and request.method == "POST":
            secrets["email"] = current_app.extensions["security"].totp_factory.generate_totp_secret()
            self.us_put_totp_secrets(user, secrets)
        return secrets


def init_app(app: Flask, settings: Settings) -> None:
    """Attach sign-in; the app is an `Application`, so that what is not offered is not registered."""
    app.config.update(_options(settings))
    Security(app, People(db, Person, Role), mail_util_cls=Outbox, totp_cls=Codes)

    @app.after_request
    def keep_code(response: Response) -> Response:
        # The extension never commits here, and the code's mail would vanish while the page says that it was sent.
        if request.endpoint in SENDS_CODE and response.status_code < 500:
            db.session.commit()
        return response


def _options(settings: Settings) -> dict[str, Any]:
    secure = not is_local_http(settings.public_url)
    return {
        "SECURITY_PASSWORD_SALT": _derived(settings, "password salt"),
        "SECURITY_TOTP_SECRETS": {"1": _derived(settings, "sign-in codes")},
        "SECURITY_TOTP_ISSUER": "Mentorship",
        "SECURITY_URL_PREFIX": "/sign-in",
        "SECURITY_UNIFIED_SIGNIN": True,
        "SECURITY_US_SIGNIN_REPLACES_LOGIN": True,
        "SECURITY_US_ENABLED_METHODS": ["password", "email"],
        "SECURITY_US_TOKEN_VALIDITY": CODE_SECONDS,
        "SECURITY_US_SIGNIN_TEMPLATE": "people/sign_in.html",
        "SECURITY_US_VERIFY_TEMPLATE": "people/sign_in_again.html",
        "SECURITY_CHANGEABLE": True,
        "SECURITY_CHANGE_PASSWORD_TEMPLATE": "people/change_password.html",
        "SECURITY_POST_CHANGE_VIEW": "/account",
        "SECURITY_PASSWORD_REQUIRED": False,
        "SECURITY_PASSWORD_LENGTH_MIN": 10,
        "SECURITY_POST_LOGIN_VIEW": "/",
        "SECURITY_POST_LOGOUT_VIEW": "/",
        "SECURITY_LOGOUT_METHODS": ["POST"],
        "SECURITY_JOIN_USER_ROLES": False,
        "SECURITY_RETURN_GENERIC_RESPONSES": True,
        "SECURITY_REDIRECT_VALIDATE_MODE": ["regex"],
        "SECURITY_EMAIL_VALIDATOR_ARGS": {"check_deliverability": False, "test_environment": True},
        "SECURITY_USER_IDENTITY_ATTRIBUTES": [{"email": {"mapper": _plain_address, "case_insensitive": True}}],
        "SECURITY_FLASH_MESSAGES": True,
        **MESSAGES,
        "REMEMBER_COOKIE_DURATION": FORTNIGHT,
        "REMEMBER_COOKIE_SECURE": secure,
        "REMEMBER_COOKIE_HTTPONLY": True,
        "REMEMBER_COOKIE_SAMESITE": "Lax",
    }


MESSAGES = {
    "SECURITY_MSG_GENERIC_US_SIGNIN": (
        "If we know this address, a code is on its way to it. Enter it below within five minutes.",
        "info",
    ),
    "SECURITY_MSG_CODE_HAS_BEEN_SENT": ("A code is on its way to you. Enter it below within five minutes.", "info"),
    "SECURITY_MSG_GENERIC_AUTHN_FAILED": (
        "That code or password does not fit this address. Codes work once, for five minutes; ask for a new one.",
        "error",
    ),
    "SECURITY_MSG_INVALID_PASSWORD_CODE": (
        "That code or password does not fit. Codes work once, for five minutes; ask for a new one.",
        "error",
    ),
    "SECURITY_MSG_UNAUTHENTICATED": ("Sign in to see this page.", "info"),
    "SECURITY_MSG_REAUTHENTICATION_REQUIRED": ("Show once more that it is you: ask for a code.", "info"),
    "SECURITY_MSG_PASSWORD_CHANGE": ("Your password is set. You can still sign in by a mailed code.", "success"),
    "SECURITY_MSG_LOGIN": ("", "info"),
}


def _plain_address(identity: str) -> str | None:
    """An address as we keep it, or None where it cannot be one."""
    address = identity.strip().lower()
    return address if can_be_mailed(address) else None


def _derived(settings: Settings, purpose: str) -> str:
    """A key of its own for each purpose, from the one that the instance keeps."""
    return hmac.new(settings.secret_key.encode(), purpose.encode(), hashlib.sha256).hexdigest()
