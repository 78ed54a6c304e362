"""Whether the process lives and can work, which mails went out, and what they say in the demo."""

from __future__ import annotations

from flask import Blueprint, Response, abort, current_app, jsonify, render_template, request
from flask.typing import ResponseReturnValue

from mentorship.config import Settings
from mentorship.extensions import db
from mentorship.operate.mail import KIND_WORDS, STATE_LOOK, ReadMail, read_mail
from mentorship.operate.queries import every_mail, first_zone, mail_page, mails_visible_to
from mentorship.operate.readiness import troubles
from mentorship.outbox.models import OutboxMessage
from mentorship.outbox.operations import outbox_is_paused
from mentorship.people.viewer import viewer
from mentorship.web.policies import policy

pages = Blueprint("operate", __name__)
# A mail is shown as its reader's program would: no script, no form, nothing from elsewhere.
SANDBOX = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:"


@pages.get("/healthz")
@policy("anyone")
def healthz() -> ResponseReturnValue:
    return jsonify(alive=True)


@pages.get("/readyz")
@policy("anyone")
def readyz() -> ResponseReturnValue:
    found = troubles()
    return jsonify(ready=not found, troubles=found), 503 if found else 200


@pages.get("/mail")
@policy("coach", "admin")
def mail() -> str:
    """What went to whom, and whether it arrived: never a subject, an address or a word of it, which hold tokens."""
    found, state = viewer(), _state()
    zone = found.member.school.time_zone if found.member is not None else first_zone()
    shown = mail_page(mails_visible_to(found.person), _page_number(), state=state)
    return render_template(
        "operate/mail.html",
        shown=shown,
        state=state,
        zone=zone,
        kinds=KIND_WORDS,
        looks=STATE_LOOK,
        is_paused=outbox_is_paused(),
        is_demo=_settings().demo,
    )


@pages.get("/demo/mail")
@policy("anyone")
def demo_mail() -> str:
    _in_the_demo_only()
    shown = mail_page(every_mail(), _page_number())
    return render_template("operate/demo_mail.html", shown=shown, zone=first_zone(), kinds=KIND_WORDS, looks=STATE_LOOK)


@pages.get("/demo/mail/<int:message_id>")
@policy("anyone")
def mail_message(message_id: int) -> str:
    message, read = _demo_message(message_id)
    return render_template("operate/mail_message.html", message=message, read=read, kinds=KIND_WORDS)


@pages.get("/demo/mail/<int:message_id>/html")
@policy("anyone")
def mail_html(message_id: int) -> Response:
    _, read = _demo_message(message_id)
    if read is None or not read.html:
        abort(404)
    headers = {"Content-Security-Policy": SANDBOX, "X-Content-Type-Options": "nosniff"}
    return Response(read.html, mimetype="text/html", headers=headers)


def _demo_message(message_id: int) -> tuple[OutboxMessage, ReadMail | None]:
    """A mail of the demo; nothing to read where its bytes are erased already."""
    _in_the_demo_only()
    message = db.session.get(OutboxMessage, message_id)
    if message is None:
        abort(404)
    return message, read_mail(message.sealed) if message.sealed is not None else None


def _in_the_demo_only() -> None:
    """Mails hold codes and links that act for their readers: outside the demo nobody sees one but by mail."""
    if not _settings().demo:
        abort(404)


def _state() -> str:
    asked = request.args.get("state", "")
    return asked if asked in STATE_LOOK else ""


def _page_number() -> int:
    return request.args.get("page", 1, type=int)


def _settings() -> Settings:
    settings: Settings = current_app.extensions["mentorship-settings"]
    return settings
