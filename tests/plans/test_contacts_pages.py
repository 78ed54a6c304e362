"""A draft with its content contacts: what a coach sees and changes, and what publishing sends to whom."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from builders import BY, NOW, Browser, Round, close_database, instance_of, open_round, plan_cycle
from mail_snapshots import told
from sqlalchemy import event, select

from mentorship import clock
from mentorship.app import HANDLERS
from mentorship.closeout.export import as_json
from mentorship.cycles.queries import participants
from mentorship.extensions import db
from mentorship.invites.operations import cancel_unanswered, publish_plan
from mentorship.invites.preview import publish_preview
from mentorship.invites.rechecking import set_active
from mentorship.jobs.runner import run_one
from mentorship.people.models import Apart, EvaluatorLink, Membership
from mentorship.plans.contacting import Need, end_contacts, needs
from mentorship.plans.editing import keep_apart, swap_pairing
from mentorship.plans.models import ContentContact, Pairing, Plan
from mentorship.plans.operations import ask_for_plan
from tests.plans.conftest import mentoring_files
from tests.plans.test_editing import HAND, pair_of
from tests.plans.test_pages import _others, pairings_path, send
from tests.school import FIRST, LAST, SchoolFiles

SENTENCE = "No trained mentor of the same subject is free here. Look at partner schools, or name a content contact."
TEACH = {"Lund": "music", "Okafor": "math", "Chen": "ELA", "Rivera": "math", "Vale": "music", "Webb": "music"}


def music_files() -> SchoolFiles:
    """School T whose Lund is new and teaches music as Vale and Webb do, and neither of the two mentors does."""
    files = mentoring_files()
    rows = list(files.tables["staff"])
    like = next(row for row in rows if row["person_id"] == "Chen")
    for name in ("Vale", "Webb"):
        more = {"person_id": name, "family_name": name, "email": f"{name.lower()}@t.example.edu", "mentor_places": ""}
        rows.append({**like, **more})
    files.tables["staff"] = [{**row, "subjects": TEACH.get(row["person_id"], "")} for row in rows]
    wishes = [{**files.tables["interests"][0], "person_id": name} for name in ("Vale", "Webb")]
    files.tables["interests"] = [*files.tables["interests"], *wishes]
    return files


@pytest.fixture(scope="module")
def music_instance(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return instance_of(music_files(), tmp_path_factory.mktemp("music"))


@pytest.fixture
def music(music_instance: Path, tmp_path: Path) -> Iterator[Round]:
    made = open_round(Path(shutil.copytree(music_instance, tmp_path / "music")))
    with made.app.app_context():
        yield made
        close_database()
    clock.set_offset(0)


@pytest.fixture
def coach(music: Round) -> Browser:
    return music.browser_as(music.member("Bell"))


def plan_of(made: Round) -> Plan:
    return db.session.scalars(select(Plan).where(Plan.cycle_id == made.cycle.id, Plan.part == "pairings")).one()


def need_of(made: Round, code: str) -> Need | None:
    people = {one.membership.code: one.membership for one in participants(made.cycle)}
    return needs(plan_of(made), people).get(made.member(code).id)


def contact_of(made: Round, code: str) -> str:
    need = need_of(made, code)
    return need.own.contact.code if need and need.own and not need.is_declined else ""


def rows(made: Round) -> dict[str, tuple[str, str, bool]]:
    found = db.session.scalars(select(ContentContact))
    return {row.mentee.code: (row.contact.code, row.status, row.chosen) for row in found}


def choose(browser: Browser, made: Round, mentee: str, contact: str = "", **fields: object) -> int:
    chosen = {"contact": made.member(contact).id} if contact else {}
    path = f"{pairings_path(made)}/contact"
    return send(browser, made, path, mentee=made.member(mentee).id, **chosen, **fields).status_code


def propose_again() -> None:
    run_one(HANDLERS, lease_seconds=60)
    db.session.expire_all()


def mails(made: Round, kind: str) -> dict[str, str]:
    return {each.to_address: told(each.sealed) for each in made.messages() if each.kind == kind and each.sealed}


def test_who_is_mentored_in_another_subject_has_a_contact_proposed(music: Round, coach: Browser) -> None:
    assert rows(music) == {"Lund": ("Vale", "proposed", False)}
    page = coach.open(pairings_path(music)).text
    assert page.count('<h3 class="mb-1">Content contact</h3>') == 1
    assert "<b>Sam Vale</b>" in page and "Both teach music · No common time · Same building" in page
    assert "To ask about music, which Sam does not teach: a few questions now and then." in page
    assert "Choose Sam Webb as content contact of Sam Lund" in page and "No contact needed for Sam Lund" in page
    assert SENTENCE not in page


def test_a_coach_chooses_another_and_proposing_again_keeps_the_choice(music: Round, coach: Browser) -> None:
    assert choose(coach, music, "Lund", "Webb", version=need_of(music, "Lund").version) == 303
    db.session.expire_all()
    assert rows(music) == {"Lund": ("Webb", "proposed", True)}
    assert "Sam Webb will be the content contact of Sam Lund." in coach.open(pairings_path(music)).text
    ask_for_plan(music.cycle, seconds=20, parts=["pairings"], **HAND)
    db.session.commit()
    propose_again()
    assert rows(music) == {"Lund": ("Webb", "proposed", True)}
    offers = [offer.contact.code for offer in need_of(music, "Lund").offers]
    assert offers == ["Vale"]


def test_a_coach_says_that_none_is_needed_and_chooses_again(music: Round, coach: Browser) -> None:
    assert choose(coach, music, "Lund") == 303
    page = coach.open(pairings_path(music)).text
    assert "None: a coach said that no contact is needed." in page
    ask_for_plan(music.cycle, seconds=20, parts=["pairings"], **HAND)
    db.session.commit()
    propose_again()
    assert contact_of(music, "Lund") == ""
    music.publish("pairings")
    assert rows(music) == {} and mails(music, "content_contact") == {}


def test_it_is_chosen_again_after_none_was_needed(music: Round, coach: Browser) -> None:
    choose(coach, music, "Lund")
    assert choose(coach, music, "Lund", "Vale") == 303
    db.session.expire_all()
    assert contact_of(music, "Lund") == "Vale"


def test_who_needs_one_follows_the_pairs_as_a_coach_changes_them(music: Round) -> None:
    lund, okafor = pair_of(music, "Lund"), pair_of(music, "Okafor")
    swap_pairing(lund, okafor.mentor, exchange=okafor, **HAND)
    db.session.commit()
    assert contact_of(music, "Lund") == "Vale"
    # Nobody of mathematics is left for Okafor but Rivera, who mentors Lund now and may answer all the same.
    assert contact_of(music, "Okafor") == "Rivera"
    keep_apart(pair_of(music, "Lund"), **HAND)
    db.session.commit()
    assert contact_of(music, "Lund") == "Vale"


@pytest.mark.parametrize("link", [EvaluatorLink, Apart])
def test_whoever_must_not_be_brought_together_is_never_a_contact(music: Round, coach: Browser, link: type) -> None:
    vale, lund = music.member("Vale"), music.member("Lund")
    if link is EvaluatorLink:
        db.session.add(EvaluatorLink(evaluator_id=vale.id, membership_id=lund.id))
        why = "Sam Vale evaluates Sam Lund, and can’t be the one to ask."
    else:
        db.session.add(Apart(membership_id=lund.id, other_id=vale.id))
        why = "Sam Vale and Sam Lund are kept apart."
    db.session.commit()
    assert contact_of(music, "Lund") == "Webb"
    page = coach.open(pairings_path(music)).text
    assert "Sam Vale" not in page
    path = f"{pairings_path(music)}/contact"
    answer = send(coach, music, path, mentee=lund.id, contact=vale.id)
    assert answer.status_code == 409 and why in answer.text
    music.publish("pairings")
    assert rows(music) == {"Lund": ("Webb", "named", False)}


def test_a_new_teacher_a_mentor_a_leaver_and_a_stranger_are_refused(music: Round, coach: Browser) -> None:
    path = f"{pairings_path(music)}/contact"
    lund, mentor = music.member("Lund"), pair_of(music, "Lund").mentor
    music.member("Webb").active = False
    db.session.commit()
    for code, why in (
        ("Okafor", "Sam Okafor is new here too."),
        (mentor.code, f"{mentor.person.name} is the mentor of Sam Lund already."),
        ("Webb", "Whoever is a content contact takes part in the cycle."),
        ("Stone", "Whoever is a content contact takes part in the cycle."),
    ):
        answer = send(coach, music, path, mentee=lund.id, contact=music.member(code).id)
        assert answer.status_code == 409 and why in answer.text
    answer = send(coach, music, path, mentee=music.member("Okafor").id, contact=music.member("Vale").id)
    assert answer.status_code == 409 and "Sam Okafor needs no content contact" in answer.text
    assert rows(music) == {"Lund": ("Vale", "proposed", False)}


def test_where_nobody_teaches_the_subject_anybody_can_be_chosen(music: Round, coach: Browser) -> None:
    for code in ("Vale", "Webb"):
        music.member(code).subjects = ["art"]
    ask_for_plan(music.cycle, seconds=20, parts=["pairings"], **HAND)
    db.session.commit()
    propose_again()
    assert rows(music) == {}
    page = coach.open(pairings_path(music)).text
    assert SENTENCE in page and "Sam Vale (art)" in page and "Sam Okafor (math)" not in page
    assert choose(coach, music, "Lund") == 409
    assert choose(coach, music, "Lund", "Vale") == 303
    page = coach.open(pairings_path(music)).text
    assert SENTENCE not in page and "No subject in common · Same building" in page


def test_who_works_elsewhere_and_meets_online_is_said_to(music: Round, coach: Browser) -> None:
    """Story 2: the colleague of the subject works in another building, and so does a mentor."""
    vale, chen, lund = (music.member(code) for code in ("Vale", "Chen", "Lund"))
    music.member("Webb").active = False
    vale.building, vale.virtual, chen.building = "lake", True, "lake"
    chen.virtual = lund.virtual = True
    ask_for_plan(music.cycle, seconds=20, parts=["pairings"], **HAND)
    db.session.commit()
    propose_again()
    assert pair_of(music, "Lund").mentor.code == "Chen"
    page = coach.open(pairings_path(music)).text
    assert "Both teach music · No common time · They meet online" in page
    assert '<dd class="fact">They meet online</dd>' in page


def test_who_has_no_mentor_has_a_contact_too(music: Round, coach: Browser) -> None:
    keep_apart(pair_of(music, "Lund"), **HAND)
    db.session.commit()
    page = coach.open(pairings_path(music)).text
    assert page.index("Content contact") < page.index("Proposed pairings")
    assert "To ask about music until there is a mentor:" in page
    music.publish("pairings")
    found = mails(music, "content_contact")
    assert set(found) == {"vale@t.example.edu", "lund@t.example.edu"}
    assert "Sam Vale is your content contact" in found["lund@t.example.edu"]


def test_a_stale_page_changes_nothing(music: Round, coach: Browser) -> None:
    seen = need_of(music, "Lund").version
    assert choose(coach, music, "Lund", "Webb", version=seen) == 303
    answer = send(
        coach,
        music,
        f"{pairings_path(music)}/contact",
        mentee=music.member("Lund").id,
        contact=music.member("Vale").id,
        version=seen,
    )
    assert answer.status_code == 409 and "Sam Bell changed this a moment ago." in answer.text
    assert contact_of(music, "Lund") == "Webb"


def test_publishing_tells_the_contact_and_the_new_teacher_and_asks_nothing(music: Round, coach: Browser) -> None:
    preview = publish_preview(music.cycle, ["pairings"])
    assert (preview.counts["pairings"], preview.counts["contacts"], preview.counts["mails"]) == (2, 1, 5)
    page = coach.open(f"/cycles/{music.cycle.id}/publish?part=pairings").text
    assert "1 content contact: each gets a mail that asks nothing" in page and "Publish to 5 people" in page
    answer = coach.post(
        f"/cycles/{music.cycle.id}/publish",
        form_on=f"/cycles/{music.cycle.id}/publish?part=pairings",
        part="pairings",
        seen=preview.seen,
    )
    assert answer.status_code == 303
    db.session.expire_all()
    assert "5 mails to 5 people on the way." in coach.open(f"/cycles/{music.cycle.id}").text
    assert rows(music) == {"Lund": ("Vale", "named", False)}
    assert set(mails(music, "content_contact")) == {"vale@t.example.edu"}
    mail = mails(music, "content_contact")["vale@t.example.edu"]
    assert "Sam Lund is new at School T and teaches music." in mail and "tell Sam Bell" in mail
    assert "/answer/" not in mail and "visits+" not in mail and "Chen" not in mail and "ELA" not in mail
    invitations = mails(music, "pairing_invitation")
    sentence = "For questions about what you teach you can also ask Sam Vale."
    assert [address for address, mail in invitations.items() if mail.count(sentence) == 2] == ["lund@t.example.edu"]


def test_what_is_published_is_shown_and_no_longer_changed(music: Round, coach: Browser) -> None:
    token = coach.csrf_token(pairings_path(music))
    music.publish("pairings")
    page = coach.open(pairings_path(music)).text
    assert "<b>Sam Vale</b>" in page and "No contact needed" not in page and "Choose another" not in page
    answer = coach.open(
        f"{pairings_path(music)}/contact",
        "POST",
        csrf_token=token,
        mentee=music.member("Lund").id,
        contact=music.member("Webb").id,
    )
    assert answer.status_code == 409
    assert "These pairings are published; the content contacts were told already." in answer.text


def test_both_see_it_at_home_and_nobody_else(music: Round) -> None:
    for code in ("Lund", "Vale"):
        assert "ontent contact" not in music.browser_as(music.member(code)).open("/home").text
    music.publish("pairings")
    assert "Your content contact" in music.browser_as(music.member("Lund")).open("/home").text
    assert "A new teacher who may ask you" in music.browser_as(music.member("Vale")).open("/home").text
    for code in ("Chen", "Okafor", "Webb"):
        assert "ontent contact" not in music.browser_as(music.member(code)).open("/home").text


def test_it_ends_with_its_cycle_and_stands_in_the_export(music: Round) -> None:
    assert as_json(music.cycle, NOW)["contacts"] == []
    music.publish("pairings")
    named = {"content_contact": "Sam Vale", "new_teacher": "Sam Lund", "status": "Named"}
    assert as_json(music.cycle, NOW)["contacts"] == [named]
    cancel_unanswered(music.cycle, NOW)
    assert as_json(music.cycle, NOW)["contacts"] == [{**named, "status": "Ended"}]


def test_it_ends_when_one_of_the_two_leaves(music: Round) -> None:
    music.publish("pairings")
    set_active(music.member("Vale"), False, by=BY, now=NOW)
    db.session.commit()
    assert rows(music) == {"Lund": ("Vale", "ended", False)}
    assert "ontent contact" not in music.browser_as(music.member("Lund")).open("/home").text


def test_a_pair_that_goes_on_into_the_next_cycle_has_a_contact_again(music: Round, coach: Browser) -> None:
    music.publish("pairings")
    for row in db.session.scalars(select(Pairing)):
        row.status = "active"
    end_contacts(music.cycle)
    db.session.commit()
    second = plan_cycle("Second", FIRST, LAST)
    assert "Sam Vale" in coach.open(f"/cycles/{second.id}/pairings").text.partition("Pairs that go on")[2]
    sent = len(music.messages())
    counts = publish_plan(second, ["pairings"], by=BY, now=NOW)
    assert (counts["pairings"], counts["contacts"], counts["mails"]) == (0, 1, 2)
    told_now = {message.to_address for message in music.messages()[sent:]}
    assert told_now == {"vale@t.example.edu", "lund@t.example.edu"}


def test_whose_contact_has_no_address_is_not_published(music: Round) -> None:
    music.member("Vale").person.email = None
    db.session.commit()
    assert [member.code for member in publish_preview(music.cycle, ["pairings"]).without_address] == ["Vale"]
    with pytest.raises(Exception, match="Sam Vale has no e-mail address"):
        music.publish("pairings")


def test_nobody_else_may_choose(music: Round) -> None:
    before = rows(music)
    path = f"{pairings_path(music)}/contact"
    ids = {"mentee": music.member("Lund").id, "contact": music.member("Webb").id}
    for who, browser in _others(music).items():
        token = browser.csrf_token("/account")
        assert browser.open(path, "POST", csrf_token=token, **ids).status_code == 404, who
    assert rows(music) == before


def test_somebody_of_another_school_is_not_found(music: Round, coach: Browser) -> None:
    assert _others(music)
    other = db.session.scalars(select(Membership).where(Membership.school_id == "u")).one()
    path = f"{pairings_path(music)}/contact"
    assert send(coach, music, path, mentee=music.member("Lund").id, contact=other.id).status_code == 404
    assert send(coach, music, path, mentee=other.id).status_code == 404


@pytest.mark.parametrize("where", ["pairings", "publish"])
def test_the_page_takes_few_statements(music: Round, coach: Browser, where: str) -> None:
    seen: list[str] = []
    path = f"/cycles/{music.cycle.id}/{where}"
    event.listen(db.engine, "before_cursor_execute", lambda *args: seen.append(args[2]))
    assert coach.open(path).status_code == 200
    assert len([one for one in seen if one.startswith("SELECT")]) <= 12, seen
