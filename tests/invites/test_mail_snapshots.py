"""Each e-mail template for each of its audiences, as its reader gets it; snapshots/README.md says how to renew."""

from __future__ import annotations

from pathlib import Path

import pytest
from builders import NOW, Round
from mail_snapshots import SNAPSHOTS, compare

from mentorship.extensions import db
from mentorship.invites.changes import move_published_visit
from mentorship.invites.operations import SOMEBODY_DECLINED, take_back
from mentorship.outbox.models import OutboxMessage
from mentorship.plans.contacting import choose_contact
from mentorship.plans.editing import keep_apart
from mentorship.plans.moving import possible_moves

TESTS = Path(__file__).resolve().parent.parent
TEMPLATES = TESTS.parent / "templates" / "emails"
AUDIENCES = {
    "visit_invitation": ("visitor", "host"),
    "visit_cancelled": ("visitor", "host"),
    "visit_moved": ("visitor", "host"),
    "video_invitation": ("visitor", "host"),
    "video_cancelled": ("visitor", "host"),
    "pairing_invitation": ("mentee", "mentor"),
    "content_contact": ("contact", "mentee"),
}


def mails_of(messages: list[OutboxMessage], kind: str) -> dict[str, bytes]:
    return {message.to_address: message.sealed for message in messages if message.kind == kind and message.sealed}


def test_each_template_has_its_snapshots_and_each_snapshot_its_template() -> None:
    templates = {path.stem for path in TEMPLATES.glob("*.txt")}
    assert templates == {path.stem for path in TEMPLATES.glob("[!_]*.html")} >= set(AUDIENCES)
    kept = {path.stem for path in SNAPSHOTS.glob("*.txt")}
    assert {name.partition(".")[0] for name in kept} <= templates
    expected = {f"{name}.{audience}" for name, audiences in AUDIENCES.items() for audience in audiences}
    assert {name for name in kept if name.partition(".")[0] in AUDIENCES} == expected


@pytest.mark.parametrize("kind", ["visit_invitation", "visit_cancelled"])
def test_mails_of_a_visit_read_as_they_should(published: Round, kind: str) -> None:
    visit = published.visit()
    take_back(visit, because=SOMEBODY_DECLINED, now=NOW)
    db.session.commit()
    for audience, member in zip(AUDIENCES[kind], visit.people, strict=True):
        compare(f"{kind}.{audience}", published.mail_to(visit, member, kind))


def test_mails_of_a_video_read_as_they_should(planned: Round) -> None:
    video = planned.add_video()
    planned.publish()
    take_back(video, because=SOMEBODY_DECLINED, now=NOW)
    db.session.commit()
    for kind in ("video_invitation", "video_cancelled"):
        mails = mails_of(planned.messages(), kind)
        for audience, member in zip(AUDIENCES[kind], video.people, strict=True):
            compare(f"{kind}.{audience}", mails[str(member.person.email)])


def test_mails_of_a_pairing_read_as_they_should(published: Round) -> None:
    mails = mails_of(published.messages(), "pairing_invitation")
    for audience, member in zip(AUDIENCES["pairing_invitation"], published.pairing().people, strict=True):
        compare(f"pairing_invitation.{audience}", mails[str(member.person.email)])


def test_mails_of_a_content_contact_read_as_they_should(planned: Round) -> None:
    lund, rivera, pair = planned.member("Lund"), planned.member("Rivera"), planned.pairing()
    lund.subjects, rivera.subjects, pair.mentor.subjects = ["music"], ["music"], ["art"]
    choose_contact(pair.plan, lund, rivera, by="1", now=NOW)
    keep_apart(pair, by="1", now=NOW)
    planned.publish("pairings")
    mails = mails_of(planned.messages(), "content_contact")
    for audience, member in zip(AUDIENCES["content_contact"], (rivera, lund), strict=True):
        compare(f"content_contact.{audience}", mails[str(member.person.email)])


def test_mails_of_a_move_read_as_they_should(published: Round) -> None:
    visit = published.visit()
    to = next(move for move in possible_moves(visit, NOW) if move.host.id == visit.host_id)
    move_published_visit(visit, to.lesson, by="1", now=NOW)
    db.session.commit()
    for audience, member in zip(AUDIENCES["visit_moved"], visit.people, strict=True):
        compare(f"visit_moved.{audience}", published.mail_to(visit, member, "visit_moved"))
