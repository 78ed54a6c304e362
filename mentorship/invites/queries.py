"""Finding an invitation by its token."""

from __future__ import annotations

from sqlalchemy import select

from mentorship import keys
from mentorship.extensions import db
from mentorship.invites.models import Invite


def invite_of_reply(token: str) -> Invite | None:
    """By the token of a mail's answer address, also when the invitation has ended."""
    return db.session.scalars(select(Invite).where(Invite.reply_digest == keys.ring().digest(token))).first()


def invite_of_link(token: str) -> Invite | None:
    """By the token of an answer page, also when the invitation has ended."""
    return db.session.scalars(select(Invite).where(Invite.link_digest == keys.ring().digest(token))).first()
