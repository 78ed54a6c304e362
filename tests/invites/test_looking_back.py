"""After a walk: a summary that names nobody and has its own readers, and one thank-you to each host."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from builders import BY, CSRF_TOKEN, NOW, Browser, Round
from mail_snapshots import compare
from sqlalchemy import select, text

from mentorship import clock
from mentorship.audit.models import AuditEntry
from mentorship.errors import Refused
from mentorship.extensions import db
from mentorship.invites.looking_back import (
    SavedElsewhere,
    Words,
    leads_to_remind,
    readers_of,
    save_summary,
    summaries_visible_to,
    take_back_summary,
    thank_hosts,
)
from mentorship.invites.walking import leave_walk
from mentorship.people.models import EvaluatorLink, Membership, Person, School
from mentorship.plans.groups import Walk, WalkSummary
from tests.invites.test_walks import HOSTS, MORNING, mails, place_of, sent_walk, walking, walking_instance

__all__ = ["walking", "walking_instance"]
NOTICED = "In three of four rooms students began within a minute."
WONDERED = "Who answers whom?"
WORDS = Words(NOTICED, WONDERED)
WALKERS = ("Bell", "Chen", "Okafor")
PLACES = {"summary": "/walks/1/summary", "write": "/walks/1/summary/write", "thanks": "/walks/1/thanks"}


@pytest.fixture
def over(walking: Round) -> Iterator[Walk]:
    """The walk of story 10 an hour after it: Bell led Chen and Okafor through four classes."""
    walk = sent_walk(walking)
    with clock.shifted(walk.ends_at + timedelta(hours=1) - clock.now()):
        yield walk


def written(walk: Walk, *, share: bool = False, words: Words = WORDS, seen: int = 0) -> WalkSummary:
    summary, _ = save_summary(walk, words, seen=seen, share=share, by=BY, now=clock.now())
    db.session.commit()
    return summary


def short(walk: Walk) -> Walk:
    """The same walk with two stops, because two hosts left before it."""
    for stop in walk.stops[2:]:
        leave_walk(stop, by=BY, now=MORNING)
    db.session.commit()
    return walk


def can_read(made: Round) -> set[str]:
    """Everybody of the school for whom the query finds the summary."""
    found = {
        member.code
        for member in db.session.scalars(select(Membership))
        if db.session.scalars(summaries_visible_to(member.person)).unique().all()
    }
    db.session.commit()
    return found


def codes(made: Round, path: str, *names: str) -> list[int]:
    return [made.browser_as(made.member(name)).open(path).status_code for name in names]


# Who reads what


def test_a_draft_is_for_those_who_went_and_a_shared_summary_for_the_hosts_too(walking: Round, over: Walk) -> None:
    assert can_read(walking) == set()
    written(over)
    assert can_read(walking) == set(WALKERS)
    written(over, share=True, seen=1)
    assert can_read(walking) == {*WALKERS, *HOSTS}
    take_back_summary(over, by=BY, now=clock.now())
    db.session.commit()
    assert can_read(walking) == set(WALKERS)


def test_no_role_shows_more(walking: Round, over: Walk) -> None:
    other_coach = Person(given_name="Sam", family_name="Cole", email="cole@t.example.edu", is_admin=True)
    school = walking.cycle.school
    db.session.add(Membership(school=school, person=other_coach, code="Cole", from_file=False, roles=["coach"]))
    written(over, share=True)
    browser = Browser(walking.app, other_coach)
    page = browser.open("/walks/1").text
    assert "Read the summary" not in page and "Shared with those" not in page and NOTICED not in page
    assert [browser.open(path).status_code for path in PLACES.values()] == [404] * 3
    assert "Cole" not in can_read(walking) and "Stone" not in can_read(walking)
    for name in ("Stone", "Chen", "Rivera"):
        assert codes(walking, PLACES["write"], name) == [404] and codes(walking, PLACES["thanks"], name) == [404]


def test_whoever_appraises_somebody_of_the_walk_reads_nothing(walking: Round, over: Walk) -> None:
    written(over, share=True)
    chen, rivera, lund = (walking.member(name).id for name in ("Chen", "Rivera", "Lund"))
    db.session.add(EvaluatorLink(evaluator_id=chen, membership_id=rivera))
    db.session.add(EvaluatorLink(evaluator_id=lund, membership_id=walking.member("Okafor").id))
    db.session.commit()
    assert can_read(walking) == {*WALKERS, *HOSTS} - {"Chen", "Lund"}
    assert {place.membership.code for place in readers_of(over)} == {"Okafor", "Rivera", "Xu", "Yilmaz"}
    assert "Sam Chen" not in walking.browser_as(walking.member("Bell")).open(PLACES["write"]).text


def test_who_left_before_the_walk_or_the_school_since_reads_nothing(walking: Round, over: Walk) -> None:
    leave_walk(place_of(over, "Xu"), by=BY, now=MORNING)
    leave_walk(place_of(over, "Chen"), by=BY, now=MORNING)
    walking.member("Lund").active = False
    written(over, share=True)
    assert can_read(walking) == {"Bell", "Okafor", "Rivera", "Yilmaz"}


def test_another_school_finds_nothing(walking: Round, over: Walk) -> None:
    written(over, share=True)
    other = School(id="o", name="School O", time_zone="UTC", cycle_days=["A"])
    person = Person(given_name="Sam", family_name="Oskar", email="oskar@o.example.edu")
    db.session.add(Membership(school=other, person=person, code="O", from_file=False, roles=["coach", "teacher"]))
    db.session.commit()
    stranger = Browser(walking.app, person)
    token = stranger.csrf_token("/account")
    assert [stranger.open(path).status_code for path in PLACES.values()] == [404] * 3
    for path in (PLACES["write"], PLACES["thanks"], "/walks/1/summary/take-back"):
        assert stranger.open(path, "POST", csrf_token=token).status_code == 404


def test_before_the_end_there_is_nothing_to_look_back_on(walking: Round) -> None:
    sent_walk(walking)
    browser = walking.browser_as(walking.member("Bell"))
    assert [browser.open(path).status_code for path in PLACES.values()] == [404] * 3
    assert "After the walk" not in browser.open("/walks/1").text


def test_the_words_rest_sealed_and_stand_in_no_log_mail_or_dump(walking: Round, over: Walk) -> None:
    written(over, share=True)
    take_back_summary(over, by=BY, now=clock.now())
    db.session.commit()
    rows = str(db.session.execute(text("SELECT * FROM walk_summary")).all())
    lines = [(entry.action, entry.ids) for entry in db.session.scalars(select(AuditEntry))]
    assert [action for action, _ in lines[-2:]] == ["share_walk_summary", "take_back_walk_summary"]
    told = [rows, str(lines), str(walking.dump()), *(str(message.sealed) for message in mails("walk_summary"))]
    assert not any(words in each for words in (NOTICED, WONDERED) for each in told)


# Writing and sharing


def test_the_lead_writes_shares_and_takes_back(walking: Round, over: Walk) -> None:
    lead = walking.browser_as(walking.member("Bell"))
    assert "Write the summary" in lead.open("/walks/1").text
    page = lead.open(PLACES["write"]).text
    assert "you and Sam Chen and Sam Okafor, who went along" in page and "Share with 6 people" in page
    fields = {"noticed": NOTICED, "wondered": WONDERED, "version": "0"}
    assert lead.post(PLACES["write"], **fields, do="save").status_code == 303
    assert codes(walking, PLACES["summary"], "Chen", "Rivera") == [200, 404] and not mails("walk_summary")
    assert lead.post(PLACES["write"], **{**fields, "version": "1"}, do="share").location == PLACES["summary"]
    assert len(mails("walk_summary")) == 6
    page = walking.browser_as(walking.member("Rivera")).open(PLACES["summary"]).text
    assert NOTICED in page and WONDERED in page and "Take it back" not in page and "Sam Lund" not in page
    assert "Read the summary" in walking.browser_as(walking.member("Rivera")).open("/walks/1").text
    page = lead.open(PLACES["summary"]).text
    assert "6 people can read it besides you" in page
    taken = lead.post("/walks/1/summary/take-back", form_on=PLACES["summary"])
    assert taken.status_code == 303 and codes(walking, PLACES["summary"], "Rivera", "Chen") == [404, 200]
    again = lead.open("/walks/1/summary/take-back", "POST", csrf_token=lead.csrf_token("/account"))
    assert again.status_code == 409 and "nothing was changed" in again.text


def test_readers_are_told_once_however_often_it_is_shared(walking: Round, over: Walk) -> None:
    written(over, share=True)
    take_back_summary(over, by=BY, now=clock.now())
    db.session.commit()
    written(over, share=True, seen=2)
    assert len(mails("walk_summary")) == 6 and "Rivera" in can_read(walking)


def test_what_is_changed_after_sharing_is_read_at_once(walking: Round, over: Walk) -> None:
    written(over, share=True)
    lead = walking.browser_as(walking.member("Bell"))
    assert "Save for all 6 people" in lead.open(PLACES["write"]).text
    newer = {"noticed": "Four of four began at once.", "wondered": "", "version": "1", "do": "save"}
    assert lead.post(PLACES["write"], **newer).status_code == 303
    page = walking.browser_as(walking.member("Rivera")).open(PLACES["summary"]).text
    assert "Four of four" in page and "What we wonder about" not in page
    assert len(mails("walk_summary")) == 6


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ("Rivera asked most questions.", "The text names Sam Rivera."),
        ("In room RX the pairs were quick.", "The text names room RX."),
    ],
)
def test_a_text_that_names_a_host_or_a_room_is_not_shared_and_stays_on_the_page(
    walking: Round, over: Walk, words: str, why: str
) -> None:
    lead = walking.browser_as(walking.member("Bell"))
    fields = {"noticed": words, "wondered": "", "version": "0"}
    page = lead.post(PLACES["write"], **fields, do="share")
    assert page.status_code == 422 and why in page.text and words in page.text
    assert can_read(walking) == set()
    assert lead.post(PLACES["write"], **fields, do="save").status_code == 303
    assert can_read(walking) == set(WALKERS), "a draft may be rough"


def test_a_word_that_only_looks_like_a_name_is_no_name(over: Walk) -> None:
    assert written(over, share=True, words=Words("A riveral of lunds, roomy RX.", "")).shared_at is not None


def test_a_walk_with_fewer_than_three_stops_has_no_shared_summary(walking: Round, over: Walk) -> None:
    short(over)
    lead = walking.browser_as(walking.member("Bell"))
    page = lead.open(PLACES["write"]).text
    why = "This walk had 2 stops. A summary is shared only from 3 stops on, so that nobody can tell whose class"
    assert why in page and "Share with" not in page and "Save for those who went along" in page
    fields = {"noticed": NOTICED, "wondered": "", "version": "0"}
    page = lead.post(PLACES["write"], **fields, do="share")
    assert page.status_code == 422 and why in page.text
    assert lead.post(PLACES["write"], **fields, do="save").status_code == 303
    assert why in lead.open(PLACES["summary"]).text
    assert can_read(walking) == set(WALKERS) and not mails("walk_summary")


def test_an_empty_or_endless_text_is_refused(walking: Round, over: Walk) -> None:
    lead = walking.browser_as(walking.member("Bell"))
    page = lead.post(PLACES["write"], noticed=" ", wondered="", version="0", do="share")
    assert page.status_code == 422 and "write a line first" in page.text
    page = lead.post(PLACES["write"], noticed="x" * 4001, wondered="", version="0", do="share")
    assert page.status_code == 422 and "Keep it under 4000 characters." in page.text
    assert can_read(walking) == set()


def test_two_windows_lose_nothing(walking: Round, over: Walk) -> None:
    written(over)
    with pytest.raises(SavedElsewhere):
        written(over, words=Words("the older window", ""), seen=0)
    db.session.rollback()
    lead = walking.browser_as(walking.member("Bell"))
    page = lead.post(PLACES["write"], noticed="the older window", wondered="", version="0", do="save")
    assert page.status_code == 409 and "the older window" in page.text and NOTICED in page.text
    assert 'name="version" type="hidden" value="1"' in page.text
    assert lead.post(PLACES["write"], noticed="both", wondered="", version="1", do="save").status_code == 303
    assert "both" in lead.open(PLACES["summary"]).text


def test_a_text_stays_the_lead_s_when_the_cycle_has_closed(walking: Round, over: Walk) -> None:
    walking.cycle.status = "closed"
    written(over, share=True)
    take_back_summary(over, by=BY, now=clock.now())
    assert thank_hosts(over, [over.stops[0].id], "", by=BY, now=clock.now()) == 1


# Thanks


def test_each_host_is_thanked_once(walking: Round, over: Walk) -> None:
    lead = walking.browser_as(walking.member("Bell"))
    assert "Thank 4 hosts" in lead.open("/walks/1").text
    first, *others = over.stops
    line = {"line": "The  quiet beginnings\nwill stay with us.", "hosts": [str(first.id)]}
    assert lead.post(PLACES["thanks"], **line).status_code == 303
    (mail,) = mails("walk_thanks")
    assert mail.to_address == first.membership.person.email
    page = lead.open(PLACES["thanks"]).text
    assert f"{first.membership.person.name}: <i" in page and page.count("not thanked yet") == 3
    page = lead.post(PLACES["thanks"], hosts=[str(first.id), str(others[0].id)])
    assert page.status_code == 409 and f"{first.membership.person.name} was thanked already" in page.text
    assert lead.post(PLACES["thanks"], hosts=[str(stop.id) for stop in others]).status_code == 303
    assert len(mails("walk_thanks")) == 4 and len({mail.to_address for mail in mails("walk_thanks")}) == 4
    assert "Every host whom a mail can reach was thanked." in lead.open(PLACES["thanks"]).text
    assert "Every host was thanked" in lead.open(f"/cycles/{walking.cycle.id}/walks").text
    logged = [entry.ids for entry in db.session.scalars(select(AuditEntry).where(AuditEntry.action == "thank_hosts"))]
    assert len(logged) == 2 and "quiet" not in str(logged)


def test_thanks_are_refused_for_nobody_for_strangers_and_where_no_mail_arrives(walking: Round, over: Walk) -> None:
    lead = walking.browser_as(walking.member("Bell"))
    page = lead.post(PLACES["thanks"])
    assert page.status_code == 409 and "Choose at least one host of this walk." in page.text
    page = lead.post(PLACES["thanks"], hosts=[str(over.walkers[1].id)])
    assert page.status_code == 409 and not mails("walk_thanks")
    page = lead.post(PLACES["thanks"], hosts=[str(over.stops[0].id)], line="x" * 201)
    assert page.status_code == 422 and "Keep it under 200 characters." in page.text
    gone = over.stops[0]
    gone.membership.active = False
    db.session.commit()
    with pytest.raises(Refused, match=f"No mail can reach {gone.membership.person.name}"):
        thank_hosts(over, [gone.id], "", by=BY, now=clock.now())
    db.session.rollback()
    assert f'value="{gone.id}"' not in lead.open(PLACES["thanks"]).text


def test_other_coaches_see_who_was_thanked_and_when_and_hosts_and_walkers_do_not(walking: Round, over: Walk) -> None:
    person = Person(given_name="Sam", family_name="Cole", email="cole@t.example.edu")
    school = walking.cycle.school
    db.session.add(Membership(school=school, person=person, code="Cole", from_file=False, roles=["coach"]))
    thank_hosts(over, [over.stops[0].id], "", by=BY, now=clock.now())
    db.session.commit()
    page = Browser(walking.app, person).open("/walks/1").text
    assert "thanked Wed, Jan 20, 11:52" in page and "Sam Bell, who led the walk, can thank them" in page
    for name in ("Chen", "Rivera"):
        assert "Thanks to the hosts" not in walking.browser_as(walking.member(name)).open("/walks/1").text


def test_the_desk_reminds_after_three_days_until_every_host_was_thanked(walking: Round, over: Walk) -> None:
    def reminded(days: int) -> list[int]:
        return [place.walk_id for place in leads_to_remind(walking.cycle, over.ends_at + timedelta(days=days))]

    assert [reminded(days) for days in (0, 2, 3, 14, 30)] == [[], [], [1], [1], []]
    thank_hosts(over, [stop.id for stop in over.stops[1:]], "", by=BY, now=clock.now())
    assert reminded(4) == [1]
    walking.publish("pairings", now=NOW)
    with clock.shifted(over.ends_at + timedelta(days=4) - clock.now()):
        page = walking.browser_as(walking.member("Bell")).open(f"/cycles/{walking.cycle.id}").text
        assert "The hosts of the learning walk on Wed, Jan 20 wait for a thank-you" in page
    over.stops[0].membership.active = False
    assert reminded(4) == [], "who has left can be thanked by no mail"


def test_mails_after_a_walk_read_as_they_should(walking: Round, over: Walk) -> None:
    written(over, share=True)
    stop = over.stops[0]
    thank_hosts(over, [stop.id], "The quiet beginnings will stay with us.", by=BY, now=clock.now())
    db.session.commit()
    for kind, code in (("walk_thanks", stop.membership.code), ("walk_summary", "Chen")):
        address = walking.member(code).person.email
        raw = next(message.sealed for message in mails(kind) if message.to_address == address)
        assert raw is not None
        compare(f"{kind}.{'host' if kind == 'walk_thanks' else 'reader'}", raw)


def test_pages_after_a_walk_have_one_filled_button_at_most(walking: Round, over: Walk) -> None:
    written(over)
    lead = walking.browser_as(walking.member("Bell"))
    for path in ("/walks/1", *PLACES.values()):
        page = CSRF_TOKEN.sub("", lead.open(path).text)
        assert page.count("btn-primary") == 1, path
