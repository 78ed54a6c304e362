"""The three keys: tokens are derived with one, private text is sealed with another; both live outside the database."""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import dataclass
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from flask import Flask, current_app
from sqlalchemy import LargeBinary
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

from mentorship.config import Settings
from mentorship.errors import Refused

TOKEN_LENGTH = 26


@dataclass(frozen=True)
class KeyRing:
    """What can seal, unseal and derive. `private` may hold several keys: the first seals, all of them unseal."""

    private: MultiFernet
    token_key: bytes

    def token(self, purpose: str, subject: str, attendee: str, generation: int) -> str:
        """26 characters of `a-z2-7` (130 bits), the same for the same four words, derivable only with the key."""
        words = "|".join((purpose, subject, attendee, str(generation))).encode()
        digest = hmac.new(self.token_key, words, hashlib.sha256).digest()
        return base64.b32encode(digest).decode("ascii").lower()[:TOKEN_LENGTH]

    def digest(self, token: str) -> str:
        """What the database holds of a token, for the look-up: 64 hex characters."""
        return hmac.new(self.token_key, b"look-up|" + token.lower().encode(), hashlib.sha256).hexdigest()


def init_app(app: Flask, settings: Settings) -> None:
    keys = [_fernet(part) for part in settings.private_key.split(",") if part.strip()]
    app.extensions["mentorship-keys"] = KeyRing(MultiFernet(keys), settings.token_key.encode())


def ring() -> KeyRing:
    """The keys of the running app."""
    found: KeyRing = current_app.extensions["mentorship-keys"]
    return found


def _fernet(key: str) -> Fernet:
    return Fernet(base64.urlsafe_b64encode(hashlib.sha256(b"private|" + key.strip().encode()).digest()))


def seal(plain: bytes) -> bytes:
    return ring().private.encrypt(plain)


def unseal(sealed: bytes) -> bytes:
    """Raises `Refused` where the key is not the one that sealed."""
    try:
        return ring().private.decrypt(sealed)
    except InvalidToken as error:
        raise Refused("Private text cannot be read: MENTORSHIP_PRIVATE_KEY is not the key that sealed it.") from error


class SealedBytes(TypeDecorator[bytes]):
    """Bytes that rest encrypted (MultiFernet, which rotates keys)."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> bytes | None:
        return None if value is None else seal(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> bytes | None:
        return None if value is None else unseal(value)


class SealedText(TypeDecorator[str]):
    """Text that rests encrypted."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> bytes | None:
        return None if value is None else seal(value.encode("utf-8"))

    def process_result_value(self, value: Any, dialect: Dialect) -> str | None:
        return None if value is None else unseal(value).decode("utf-8")
