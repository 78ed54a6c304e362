"""The mails about signing in, as their reader gets them."""

from __future__ import annotations

import re

from builders import NOW, Round
from mail_snapshots import compare

from mentorship.extensions import db
from mentorship.outbox.letters import final_bytes
from mentorship.people.emails import password_changed, sign_in_code


def test_mails_about_signing_in_read_as_they_should(planned: Round) -> None:
    person = planned.member("Lund").person
    compare("sign_in_code.person", final_bytes(sign_in_code(person, "123456"), NOW))
    compare("password_changed.person", final_bytes(password_changed(person), NOW))
    db.session.commit()


def test_a_code_stands_in_no_subject(planned: Round) -> None:
    """A locked phone shows subjects to whoever holds it."""
    letter = sign_in_code(planned.member("Lund").person, "123456")
    assert not re.search(r"\d{6}", letter.subject)
