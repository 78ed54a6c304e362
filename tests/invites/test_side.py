"""Beside the grid: why a visit needs a decision, who has no place and what helps, another host, and not together."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from builders import BY, NOW, Browser, Round
from sqlalchemy import select

from mentorship.cycles.models import Participant
from mentorship.errors import Refused
from mentorship.extensions import db
from mentorship.invites.changes import keep_visit_apart
from mentorship.invites.models import Invite
from mentorship.people.models import Apart
from mentorship.people.queries import pairs_apart
from mentorship.plans.drafting import one_more
from mentorship.plans.models import Visit
from mentorship.plans.moving import open_moves
from mentorship.plans.operations import lock_visit
from mentorship.plans.queries import plans_of
from mentorship.plans.supervisor import make_plan
from mentorship.web.filters import clock_time, short_date
from tests.invites.test_visit_pages import MOST_STATEMENTS, statements

HAND: dict[str, Any] = {"by": BY, "now": NOW}


def coach(made: Round) -> Browser:
    return made.browser_as(made.member("Bell"))


def path_of(made: Round, **args: object) -> str:
    return f"/cycles/{made.cycle.id}/visits?" + "&".join(f"{name}={value}" for name, value in args.items())


def panel(made: Round, heading: str, **args: object) -> str:
    """The words of one panel of the side."""
    page = coach(made).open(path_of(made, **args)).text
    found = re.search(
        rf'<section class="panel"[^>]*>\s*<div class="panel-head"><h2 id="{heading}".*?</section>', page, re.S
    )
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", found[0]))) if found else ""


def lacking(made: Round, *fixes: dict[str, Any], reasons: Any = None, code: str = "Lund") -> None:
    plan = plans_of(made.cycle)["visits"]
    told = reasons or [{"rule": "free_and_teaching", "count": 9, "people": [], "values": {}, "text": "9: …"}]
    row = {"person": code, "unit": "visit", "count": 1, "reasons": told, "would_fix": list(fixes)}
    plan.outcome = {**plan.outcome, "missing": [row]}
    db.session.commit()


def test_a_visit_that_somebody_declined_says_who_and_not_why(published: Round) -> None:
    visit = published.visit()
    published.ingest(published.reply(visit, visit.host, "DECLINED"))
    words = panel(published, "decisions-h")
    assert f"Needs a new time {visit.visitor.person.family_name} visits {visit.host.person.family_name}" in words
    assert f"{visit.host.person.name} said no. It was on" in words
    assert "Other times that work" in words


def test_another_time_is_told_as_it_was_asked_for(published: Round) -> None:
    visit = published.visit()
    assert visit.starts_at is not None and visit.on_date is not None
    visit.answer(visit.host_id, "time_asked")
    published.invite(visit, visit.host).asked_starts_at = visit.starts_at + timedelta(days=1)
    db.session.commit()
    when = f"{short_date(visit.on_date + timedelta(days=1))}, {clock_time(visit.starts)}"
    assert f"{visit.host.person.name} asked for {when}." in panel(published, "decisions-h")
    for each in db.session.scalars(select(Invite)):
        each.asked_starts_at = None
    db.session.commit()
    assert f"{visit.host.person.name} asked for another time." in panel(published, "decisions-h")


def test_a_change_of_the_school_and_a_late_answer_are_told_as_such(published: Round) -> None:
    first, second = published.visit(0), published.visit(1)
    first.status, second.status, second.visitor_answer = "needs_new_time", "expired", "yes"
    db.session.commit()
    words = panel(published, "decisions-h")
    assert "The school’s schedule has changed since they were asked." in words
    assert f"{second.host.person.name} had not agreed when it was due." in words


def test_a_video_that_was_declined_is_not_agreed(planned: Round) -> None:
    video = planned.add_video()
    planned.publish("visits")
    video.answer(video.host_id, "no")
    db.session.commit()
    words = panel(planned, "decisions-h")
    assert "Video not agreed" in words and f"{video.host.person.name} said no." in words
    assert "Other times that work" not in words


def test_who_has_no_place_is_told_with_counts_and_what_helps(planned: Round) -> None:
    lacking(
        planned,
        {"change": "place", "person": "Chen", "rule": None, "text": "one more place for Chen"},
        {"change": "relax", "person": "Chen", "rule": "school_visits_a_day", "text": "x"},
        {"change": "relax", "person": "Lund", "rule": "visits_a_week", "text": "x"},
        {"change": "relax", "person": "Chen", "rule": "hosts_a_day", "text": "x"},
        reasons=[
            {"rule": "free_and_teaching", "count": 9},
            {"rule": "hosts_at_most", "count": 1},
            {"rule": "video_is_needed", "count": 2},
        ],
    )
    words = panel(planned, "left-out-h")
    for part in (
        "Sam Lund Lacks 1 visit",
        "9 never teach while Sam Lund plans.",
        "1 has as many visitors as they take.",
        "2 ruled out: a video covers",
        "One more visitor for Sam Chen",
        "Ask first.",
        "One more visit a day in the school",
        "One more visit a week for Sam Lund",
        "One more for Sam Chen: a host receives only so many visitors a day",
    ):
        assert part in words, part
    page = coach(planned).open(path_of(planned)).text
    assert f"/cycles/{planned.cycle.id}/settings#limits" in page


def test_once_the_visits_are_out_reasons_stay_and_only_what_can_still_be_done_is_offered(planned: Round) -> None:
    lacking(
        planned,
        {"change": "place", "person": "Chen", "rule": None, "text": "one more place for Chen"},
        {"change": "relax", "person": "Chen", "rule": "school_visits_at_once", "text": "x"},
        {"change": "relax", "person": "Chen", "rule": "hosts_a_day", "text": "x"},
    )
    planned.publish("visits")
    words = panel(planned, "left-out-h")
    assert "9 never teach while Sam Lund plans." in words and "A re-plan looks for a place for them too" in words
    assert "One more visitor for Sam Chen, and re-plan" in words and "One more visit at once" in words
    assert "One more for Sam Chen" not in words
    planning = coach(planned).open(f"/cycles/{planned.cycle.id}/plan").text
    assert "One more visitor for Sam Chen, and re-plan" in planning
    planned.cycle.status = "closed"
    db.session.commit()
    words = panel(planned, "left-out-h")
    assert "9 never teach while" in words and "What would fix it" not in words and "A re-plan looks" not in words


def test_what_is_unknown_is_the_first_reason(planned: Round) -> None:
    lacking(planned, reasons=[{"rule": "free_and_teaching", "count": 1}])
    plans_of(planned.cycle)["visits"].unknown_because = {"Lund": ["period 3 is not in the bells"]}
    db.session.commit()
    words = panel(planned, "left-out-h")
    assert words.index("The schedule is unknown: period 3") < words.index("1 never teaches while")


def test_one_more_visitor_counts_in_the_next_plan_which_is_one_click_away(planned: Round) -> None:
    lacking(planned, {"change": "place", "person": "Chen", "rule": None, "text": "one more place for Chen"})
    host, plan = planned.member("Chen"), plans_of(planned.cycle)["visits"]
    before = of(planned, host.id).profile["hosts_at_most"]
    form = {"member": str(host.id), "what": "hosts_at_most", "version": str(plan.version)}
    base = f"/cycles/{planned.cycle.id}/plan"
    browser = coach(planned)
    assert browser.post(f"{base}/place", form_on=path_of(planned), **form).location == base
    page = re.sub(r"\s+", " ", browser.open(base).text)
    assert "Kept: one more visitor for Sam Chen in this cycle. The draft has not changed" in page
    assert "Not used yet: one more visitor for Sam Chen" in page and "no visit is locked" in page
    assert page.count("btn btn-primary") == 1 and "Plan the visits again with this" in page
    assert "One more visitor for Sam Chen: kept. Plan again to use it." in panel(planned, "left-out-h")
    assert of(planned, host.id).profile["hosts_at_most"] == before + 1
    assert browser.post(base, form_on=base, seconds="120", part="visits").status_code == 303
    assert "Not used yet" not in browser.open(base).text
    make_plan(planned.cycle, seconds=2, seed=1, by=BY, parts=["visits"])
    db.session.expire_all()
    assert "Not used yet" not in browser.open(base).text
    problem = plans_of(planned.cycle)["visits"].problem
    assert next(row["host"]["most"] for row in problem["people"] if row["id"] == "Chen") == before + 1


def of(made: Round, member_id: int) -> Participant:
    query = select(Participant).where(Participant.cycle_id == made.cycle.id, Participant.membership_id == member_id)
    return db.session.scalars(query).one()


def test_a_locked_visit_is_said_to_stay_before_planning_again(planned: Round) -> None:
    lock_visit(planned.visit(), True, **HAND)
    one_more(plans_of(planned.cycle)["visits"], planned.member("Chen"), "hosts_a_week", **HAND)
    db.session.commit()
    browser = coach(planned)
    with statements() as sent:
        page = re.sub(r"\s+", " ", browser.open(f"/cycles/{planned.cycle.id}/plan").text)
    assert "one more visitor a week for Sam Chen" in page and "1 visit that you locked stays" in page
    assert len(sent) <= MOST_STATEMENTS


def test_one_more_is_refused_when_out_of_date_or_beyond_what_anybody_may_wish(planned: Round) -> None:
    host, plan = planned.member("Chen"), plans_of(planned.cycle)["visits"]
    with pytest.raises(Refused, match="Here is the new version"):
        one_more(plan, host, "hosts_at_most", seen="99", **HAND)
    with pytest.raises(Refused, match="can’t take one more visitor in this cycle"):
        one_more(plan, planned.member("Stone"), "hosts_at_most", **HAND)
    with pytest.raises(Refused, match="can’t take one more in this cycle"):
        one_more(plan, host, "visits_wanted", **HAND)
    taking = of(planned, host.id)
    taking.profile = {**taking.profile, "visits_a_week": 10}
    with pytest.raises(Refused, match="can’t take one more visit a week"):
        one_more(plan, host, "visits_a_week", **HAND)
    planned.cycle.status = "closed"
    db.session.commit()
    with pytest.raises(Refused, match="is closed"):
        one_more(plan, host, "hosts_at_most", **HAND)


def test_one_more_of_a_published_round_asks_for_a_re_plan_and_moves_nothing(planned: Round) -> None:
    lacking(planned, {"change": "place", "person": "Chen", "rule": None, "text": "one more place for Chen"})
    planned.publish("visits")
    host, plan = planned.member("Chen"), plans_of(planned.cycle)["visits"]
    before = [(visit.id, visit.lesson, visit.status) for visit in planned.visits()]
    browser, visits = coach(planned), f"/cycles/{planned.cycle.id}/visits"
    form = {"member": str(host.id), "what": "hosts_at_most", "version": str(plan.version)}
    answer = browser.post(f"/cycles/{planned.cycle.id}/plan/place", form_on=visits, **form)
    assert answer.location == visits
    page = browser.open(visits).text
    assert "Kept: one more visitor for Sam Chen" in page and "nothing moves before you say so" in page
    assert "The re-plan is about to begin" in page
    db.session.expire_all()
    assert [(visit.id, visit.lesson, visit.status) for visit in planned.visits()] == before
    form["version"] = str(plans_of(planned.cycle)["visits"].version)
    browser.post(f"/cycles/{planned.cycle.id}/plan/place", form_on=visits, **form)
    assert "A re-plan is being made already." in browser.open(visits).text


def test_the_chosen_visit_offers_other_lessons_of_its_host(planned: Round) -> None:
    visit = planned.visit()
    row = next(row for row in plans_of(planned.cycle)["visits"].outcome["visits"] if row["lesson"] == visit.lesson)
    page = coach(planned).open(path_of(planned, visit=visit.id)).text
    assert "Why this host and lesson" in page
    assert row["other_lessons"] and f"Other lessons of {visit.host.person.given_name} that work" in page
    link = re.search(r'href="(/visits/\d+/move\?lesson=[^"]+)"', page)
    assert link is not None
    chosen = coach(planned).open(unescape(link[1])).text
    assert re.search(r'<input checked [^>]*type="radio"', chosen)


def test_another_host_is_one_who_shares_the_focus_and_works_now(published: Round) -> None:
    visit = published.visit()
    page = coach(published).open(f"/visits/{visit.id}/move?swap=yes").text
    offered = open_moves(visit, NOW, but_host=True).possible()
    assert offered and visit.host.code not in {move.host.code for move in offered}
    assert all(open_moves(visit, NOW, whole=True).broken(move.lesson) == [] for move in offered[:3])
    assert page.count('type="radio"') == len(offered)
    assert "Swap the host" in page and "They share the focus questioning" in page and "Another time of" not in page
    answer = coach(published).post(
        f"/visits/{visit.id}/move?swap=yes", version=str(visit.version), lesson=offered[0].lesson
    )
    assert answer.status_code == 303
    db.session.expire_all()
    assert published.cycle and db.session.get_one(Visit, visit.id).host_id == offered[0].host.id


def test_how_many_other_times_work_is_counted_for_a_decision(published: Round) -> None:
    visit = published.visit()
    visit.status = "needs_new_time"
    db.session.commit()
    path = f"/visits/{visit.id}/times"
    assert f'data-count="{path}"' in coach(published).open(path_of(published)).text
    count = len(open_moves(visit, NOW).possible())
    told = coach(published).open(path)
    assert told.json == {"words": "12 or more" if count == 12 else str(count)}
    published.cycle.status = "closed"
    db.session.commit()
    assert coach(published).open(path).json == {"words": "0"}


def test_not_together_leaves_the_draft_and_no_plan_brings_it_back(planned: Round) -> None:
    visit = planned.visit()
    both, lesson = (visit.visitor.code, visit.host.code), visit.lesson
    page = path_of(planned, visit=visit.id)
    browser = coach(planned)
    answer = browser.post(f"/visits/{visit.id}/apart", form_on=page, version=str(visit.version))
    assert "will not be put together. Plan again" in browser.open(answer.location).text
    db.session.expire_all()
    plan = plans_of(planned.cycle)["visits"]
    assert len(planned.visits()) == len(plan.outcome["visits"]) == 7
    assert lesson not in {row["lesson"] for row in plan.outcome["visits"] if row["visitor"] == both[0]}
    assert planned.publish("visits")["visits"] == 7
    assert {one.code for one in pairs_apart(planned.cycle.school)[0][:2]} == set(both)


def test_a_locked_visit_stays_until_it_is_unlocked(planned: Round) -> None:
    visit = planned.visit()
    lock_visit(visit, True, **HAND)
    with pytest.raises(Refused, match="Unlock them first"):
        keep_visit_apart(visit, **HAND)
    assert "Not together" not in panel(planned, "chosen-h", visit=visit.id)


def test_the_visitor_s_last_visit_leaves_a_gap_with_its_reason(planned: Round) -> None:
    visit = planned.visit()
    for other in [each for each in planned.visits() if each.visitor_id == visit.visitor_id]:
        keep_visit_apart(other, **HAND)
    db.session.commit()
    words = panel(planned, "left-out-h")
    assert f"{visit.visitor.person.name} Lacks 1 visit" in words and "is kept apart from" in words
    aims = {aim["name"]: aim["value"] for aim in plans_of(planned.cycle)["visits"].outcome["aims"]}
    assert aims["covered"] == 1


def test_not_together_cancels_what_is_out_and_tells_both_without_a_reason(published: Round) -> None:
    visit, mails = published.visit(), len(published.messages())
    words = panel(published, "chosen-h", visit=visit.id)
    assert "This cancels the visit" in words and "it gives no reason" in words
    page = path_of(published, visit=visit.id)
    browser = coach(published)
    answer = browser.post(f"/visits/{visit.id}/apart", form_on=page, version=str(visit.version))
    assert "are told by mail" in browser.open(answer.location).text
    db.session.expire_all()
    assert published.visit().status == "cancelled" and db.session.query(Apart).count() == 1
    sent = published.messages()[mails:]
    assert len(sent) == 2 and all(b"apart" not in (message.sealed or b"").lower() for message in sent)


def test_a_stale_page_keeps_nobody_apart(published: Round) -> None:
    visit = published.visit()
    page = path_of(published, visit=visit.id)
    answer = coach(published).post(f"/visits/{visit.id}/apart", form_on=page, version=str(visit.version + 7))
    assert answer.status_code == 409 and "Here is the new version" in answer.text
    assert db.session.query(Apart).count() == 0


def test_a_video_says_why_it_takes_the_place_of_a_visit(planned: Round) -> None:
    video = planned.add_video()
    video.reasons = [{"rule": "video_is_needed", "fact": "no free period of the visitor lines up"}]
    db.session.commit()
    assert "No free period of the visitor lines up." in panel(planned, "video-h")
    assert "Why a recording No free period" in panel(planned, "chosen-h", visit=video.id)


def test_others_find_nothing(published: Round) -> None:
    visit, cycle = published.visit(), published.cycle
    for code in ("Stone", visit.visitor.code):
        browser = published.browser_as(published.member(code))
        for path in (f"/visits/{visit.id}/apart", f"/cycles/{cycle.id}/plan/place"):
            assert browser.post(path, form_on="/account", member="1").status_code == 404


def test_the_side_takes_few_statements(published: Round) -> None:
    visit = published.visit()
    lacking(published, {"change": "place", "person": "Chen", "rule": None, "text": "one more place for Chen"})
    published.visit(1).answer(published.visit(1).host_id, "time_asked")
    db.session.commit()
    browser = coach(published)
    for path in (path_of(published, visit=visit.id), f"/visits/{visit.id}/move?swap=yes"):
        with statements() as sent:
            assert browser.open(path).status_code == 200
        assert len(sent) <= MOST_STATEMENTS, f"{path}: {len(sent)}\n" + "\n".join(line[:150] for line in sent)
