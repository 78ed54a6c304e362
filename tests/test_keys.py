"""Keys: tokens are derived and revoked by their generation, private text rests sealed, keys rotate."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import text

from mentorship import clock, config, keys
from mentorship.app import create_app
from mentorship.config import Settings
from mentorship.errors import Refused
from mentorship.extensions import db
from mentorship.keys import KeyRing, seal, unseal
from mentorship.replies.models import InboundMessage

WORDS = ("reply", "visit-1", "7", 1)


@pytest.fixture
def ring(app: Flask) -> KeyRing:
    with app.app_context():
        return keys.ring()


def _ring_of(settings: Settings) -> KeyRing:
    with create_app(settings).app_context():
        return keys.ring()


def test_a_token_is_26_characters_and_the_same_each_time(ring: KeyRing, settings: Settings) -> None:
    token = ring.token(*WORDS)
    assert re.fullmatch("[a-z2-7]{26}", token)
    assert token == ring.token(*WORDS) == _ring_of(settings).token(*WORDS)


def test_each_word_of_a_token_makes_another(ring: KeyRing) -> None:
    others = [("link", *WORDS[1:]), ("reply", "visit-2", "7", 1), ("reply", "visit-1", "8", 1)]
    assert len({ring.token(*words) for words in (WORDS, *others)}) == 4


def test_another_generation_revokes(ring: KeyRing) -> None:
    assert ring.token("reply", "visit-1", "7", 2) != ring.token(*WORDS)


def test_a_token_comes_from_the_key_alone(settings: Settings, ring: KeyRing) -> None:
    other = _ring_of(replace(settings, token_key="t" * 40))
    assert other.token(*WORDS) != ring.token(*WORDS)
    assert other.digest(ring.token(*WORDS)) != ring.digest(ring.token(*WORDS))


def test_a_token_is_looked_up_by_a_digest_that_does_not_show_it(ring: KeyRing) -> None:
    token = ring.token(*WORDS)
    assert ring.digest(token.upper()) == ring.digest(token)
    assert re.fullmatch("[0-9a-f]{64}", ring.digest(token))
    assert token not in ring.digest(token)


def test_sealed_bytes_rest_unreadable_and_come_back(app: Flask) -> None:
    with app.app_context():
        db.session.add(
            InboundMessage(sha256="0" * 64, received_at=clock.now(), sealed=b"a private word", outcome=None, reason="")
        )
        db.session.commit()
        resting = db.session.scalar(text("SELECT sealed FROM inbound_message"))
        assert isinstance(resting, bytes)
        assert b"private" not in resting
        assert db.session.get_one(InboundMessage, 1).sealed == b"a private word"


def test_a_new_key_first_still_reads_what_the_old_one_sealed(app: Flask, settings: Settings) -> None:
    with app.app_context():
        old = seal(b"kept")
    rotated = create_app(replace(settings, private_key=f"{'n' * 40}, {settings.private_key}"))
    with rotated.app_context():
        assert unseal(old) == b"kept"
        new = seal(b"newer")
    with app.app_context(), pytest.raises(Refused, match="MENTORSHIP_PRIVATE_KEY"):
        unseal(new)
    only_new = create_app(replace(settings, private_key="n" * 40))
    with only_new.app_context():
        assert unseal(new) == b"newer"
        with pytest.raises(Refused, match="is not the key that sealed it"):
            unseal(old)


def test_two_private_keys_are_one_setting(tmp_path: Path) -> None:
    both = f"{'a' * 32},{'b' * 32}"
    assert config.load({"MENTORSHIP_PRIVATE_KEY": both}, instance=tmp_path).private_key == both
