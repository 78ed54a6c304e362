"""Who may answer for whom (invitations.md 2.6), row by row through raw mails: a forged answer changes nothing."""

from __future__ import annotations

import pytest
from builders import NOW, Round, answer_mail

from mentorship.extensions import db

PROVEN = "Authentication-Results: mail.walk.example.org; dmarc=pass header.from=t.example.edu"
PLAIN = "visits@walk.example.org"
UNKNOWN_TOKEN = "visits+" + "a" * 26 + "@walk.example.org"
ALIASES = [
    "noreply@email.apple.com",
    "system@nextcloud.example",
    "delegate@t.example.edu",
    "evil@elsewhere.example",
]


@pytest.mark.parametrize("sender", ALIASES)
def test_a_valid_token_and_the_right_attendee_count_whoever_the_sender_is(published: Round, sender: str) -> None:
    visit = published.visit()
    assert published.ingest(published.reply(visit, visit.host, "ACCEPTED", sender=sender)) == "apply"
    assert (visit.host_answer, visit.visitor_answer, visit.status) == ("yes", "none", "invited")


def test_the_attendee_may_be_written_in_capitals_and_the_token_too(published: Round) -> None:
    visit = published.visit()
    raw = published.reply(visit, visit.host, "ACCEPTED", attendee=visit.host.person.email.upper())
    assert published.ingest(raw.replace(b"To: visits+", b"To: VISITS+").replace(b"walk.ex", b"WALK.EX")) == "apply"
    assert visit.host_answer == "yes"


def test_an_answer_without_organizer_as_outlook_writes_it_applies(published: Round) -> None:
    visit = published.visit()
    raw = published.reply(visit, visit.visitor, "TENTATIVE")
    assert b"ORGANIZER" not in raw
    assert published.ingest(raw) == "apply"
    assert visit.visitor_answer == "maybe"


def test_of_several_attendees_the_invited_one_counts(published: Round) -> None:
    visit = published.visit()
    other = "ATTENDEE;PARTSTAT=DECLINED:mailto:somebody@else.example"
    assert published.ingest(published.reply(visit, visit.host, "ACCEPTED", lines=[other])) == "apply"
    assert visit.host_answer == "yes"


def test_the_uid_may_differ_in_case_under_a_valid_token_alone(published: Round) -> None:
    visit = published.visit()
    assert published.ingest(published.reply(visit, visit.host, "ACCEPTED", uid=visit.uid.upper())) == "apply"
    before = published.dump()
    raw = published.reply(visit, visit.visitor, "ACCEPTED", uid=visit.uid.upper(), to=PLAIN, headers=[PROVEN])
    assert published.ingest(raw) == "reject"
    assert published.dump() == before


def test_an_address_that_changed_since_is_known_as_the_old_and_as_the_new_one(published: Round) -> None:
    visit = published.visit()
    old = visit.host.person.email
    mail = published.reply(visit, visit.host, "TENTATIVE")
    later = published.reply(visit, visit.host, "ACCEPTED", attendee="new@t.example.edu", stamp=NOW.replace(hour=14))
    visit.host.person.email = "new@t.example.edu"
    db.session.commit()
    assert old.encode() in mail and published.ingest(mail) == "apply"
    assert published.ingest(later) == "apply"
    assert visit.host_answer == "yes"


def forged(made: Round) -> dict[str, tuple[str, bytes]]:
    """One forged answer for each row, with the outcome that it must have."""
    visit, other = made.visit(0), made.visit(1)
    host, visitor = visit.host, visit.visitor
    token = made.reply_address(visit, host)
    mine = {"uid": visit.uid, "attendee": host.person.email, "partstat": "ACCEPTED"}
    stranger = {**mine, "attendee": "stranger@t.example.edu"}
    return {
        "the other's token": ("review", made.reply(visit, host, "ACCEPTED", to=made.reply_address(visit, visitor))),
        "a forwarded invitation": ("review", made.reply(visit, host, "ACCEPTED", attendee="friend@t.example.edu")),
        "nobody in it": ("review", answer_mail(**mine, to=token).replace(b"ATTENDEE", b"X-ATTENDEE")),
        "another event's uid": ("reject", made.reply(visit, host, "ACCEPTED", uid=other.uid)),
        "a guessed uid": ("reject", answer_mail(**{**mine, "uid": "1@walk.example.org"}, to=token)),
        "an unknown token": ("reject", answer_mail(**mine, to=UNKNOWN_TOKEN)),
        "a token cut short": ("reject", answer_mail(**mine, to=token.replace("@", "x@", 1))),
        "another domain": ("reject", answer_mail(**mine, to=token.replace("walk.", "evil."))),
        "no token, proven": ("review", answer_mail(**mine, to=PLAIN, headers=[PROVEN])),
        "no token, not proven": ("reject", answer_mail(**mine, to=PLAIN)),
        "no token, proven by another server": (
            "reject",
            answer_mail(**mine, to=PLAIN, headers=[PROVEN.replace("mail.walk", "mail.evil")]),
        ),
        "no token, another sender": ("reject", answer_mail(**mine, to=PLAIN, sender="x@y.example", headers=[PROVEN])),
        "no token, not invited": ("reject", answer_mail(**stranger, to=PLAIN, headers=[PROVEN])),
        "a request at us": ("reject", made.reply(visit, host, "ACCEPTED", method="REQUEST")),
        "a cancel at us": ("reject", made.reply(visit, host, "ACCEPTED", method="CANCEL")),
        "a publish at us": ("reject", made.reply(visit, host, "ACCEPTED", method="PUBLISH")),
        "a declinecounter at us": ("reject", made.reply(visit, host, "ACCEPTED", method="DECLINECOUNTER")),
        "one date of a series": ("reject", made.reply(visit, host, "NO", lines=["RECURRENCE-ID:20270111T130300Z"])),
        "a revision never sent": ("reject", made.reply(visit, host, "ACCEPTED", sequence=1)),
        "an enormous revision": ("reject", made.reply(visit, host, "ACCEPTED", sequence=2**31 + 1)),
        "two events": (
            "quarantine",
            answer_mail(**mine, to=token).replace(b"END:VEVENT", b"END:VEVENT\r\nBEGIN:VEVENT\r\nUID:2\r\nEND:VEVENT"),
        ),
        "no time of its own": ("review", made.reply(visit, host, "ACCEPTED", stamp=None)),
        "delegated": ("review", made.reply(visit, host, "DELEGATED")),
        "needs action": ("review", made.reply(visit, host, "NEEDS-ACTION")),
        "says nothing": ("review", made.reply(visit, host, None)),
        "an answer of forty characters": ("review", made.reply(visit, host, "X-" + "Y" * 60)),
    }


def test_each_forged_or_unclear_answer_changes_nothing_and_is_kept_for_review(published: Round) -> None:
    mails = forged(published)
    before = published.dump()
    outcomes = {name: published.ingest(raw) for name, (_, raw) in mails.items()}
    assert outcomes == {name: expected for name, (expected, _) in mails.items()}
    assert published.dump() == before
    kept = published.inbound()
    assert len(kept) == len(mails)
    assert all(message.sealed == raw for message, (_, raw) in zip(kept, mails.values(), strict=True))
    assert all(message.reason.endswith(".") for message in kept)


def test_the_address_that_the_mail_server_was_told_goes_before_the_headers(published: Round) -> None:
    visit = published.visit()
    token = published.reply_address(visit, visit.host)
    raw = published.reply(visit, visit.host, "ACCEPTED", to="somebody@elsewhere.example")
    assert published.ingest(raw, recipient="nobody@elsewhere.example") == "reject"
    again = published.reply(visit, visit.host, "ACCEPTED", to="anybody@elsewhere.example")
    assert published.ingest(again, recipient=token.upper()) == "apply"


@pytest.mark.parametrize("header", ["Delivered-To", "X-Original-To"])
def test_the_first_recipient_that_is_ours_counts(published: Round, header: str) -> None:
    visit = published.visit()
    token = published.reply_address(visit, visit.host)
    raw = published.reply(visit, visit.host, "ACCEPTED", to="list@t.example.edu", headers=[f"{header}: {token}"])
    assert published.ingest(raw) == "apply"


def test_statuses_seen_by_the_other_person_come_from_two_yeses_alone(published: Round) -> None:
    visit = published.visit()
    published.answer_both(visit)
    assert visit.status == "accepted"
    assert published.ingest(published.reply(visit, visit.host, "TENTATIVE", stamp=NOW.replace(hour=14))) == "apply"
    assert visit.status == "invited"
