"""Import by page: files in, what they would change, put right, yes or no."""

from __future__ import annotations

import io
import json
import re
import zipfile
from datetime import timedelta
from typing import Any

import openpyxl
import pytest
from builders import NOW, Browser, Round, school_with_mentor
from counting import larger_school, sources_of, statements
from sqlalchemy import select

from mentorship.extensions import db
from mentorship.operate.dump import dump
from mentorship.people.models import Membership, Person, School
from mentorship.roster.models import ImportRun, ImportUpload
from mentorship.roster.uploads import erase_one_old_upload
from tests.invites.test_rechecking import snow_on
from tests.school import SchoolFiles

MOST_STATEMENTS = 12
UPLOAD = re.compile(r"/import/(\d+)$")


def coach(made: Round) -> Browser:
    return made.browser_as(made.member("Bell"))


def admin(made: Round) -> Browser:
    person = Person(given_name="Ada", family_name="Admin", email="ada@example.edu", is_admin=True)
    db.session.add(person)
    db.session.commit()
    return Browser(made.app, person)


def upload(browser: Browser, *files: tuple[str, bytes]):
    """Send files by the form of the import page."""
    return browser.post("/import", files=[(io.BytesIO(content), name) for name, content in files])


def given(files: SchoolFiles, *names: str) -> list[tuple[str, bytes]]:
    """The tables of those names, or all of them, as a browser sends them."""
    return [
        (source.name, source.data)
        for source in sources_of(files)
        if not names or source.name.removesuffix(".csv") in names
    ]


def waiting(browser: Browser, *files: tuple[str, bytes]) -> str:
    """The address of the preview of files that could be read."""
    sent = upload(browser, *files)
    assert sent.status_code == 303, sent.text
    assert UPLOAD.search(sent.location)
    return str(sent.location)


def version(text: str) -> str:
    found = re.search(r'name="version" value="(\d+)"', text)
    return found[1] if found else ""


def confirm(browser: Browser, preview: str, **fields: str):
    text = browser.open(preview).text
    return browser.post(f"{preview}/confirm", form_on=preview, **{"version": version(text), **fields})


def staff_with(**changes: dict[str, str]) -> SchoolFiles:
    """School T's files with other cells in the rows of some people."""
    files = school_with_mentor()
    files.tables["staff"] = [{**row, **changes.get(row["person_id"], {})} for row in files.tables["staff"]]
    return files


def staff_without(*codes: str) -> SchoolFiles:
    files = school_with_mentor()
    files.tables["staff"] = [row for row in files.tables["staff"] if row["person_id"] not in codes]
    return files


def uploads() -> list[ImportUpload]:
    db.session.expire_all()
    return list(db.session.scalars(select(ImportUpload).order_by(ImportUpload.id)))


def state() -> dict[str, Any]:
    """All business state but for the files that wait."""
    found = dump()
    db.session.commit()
    return {name: rows for name, rows in found.items() if name != "import_upload"}


def test_files_are_shown_before_anything_changes(planned: Round) -> None:
    browser, before = coach(planned), state()
    preview = waiting(browser, *given(staff_with(Chen={"room": "12"}), "staff"))
    page = browser.open(preview)
    assert "Import 1 change<" in page.text and "Sam Chen" in page.text and "room: none, now 12" in page.text
    assert "Nobody gets a mail." in page.text
    assert state() == before


def test_a_confirmed_preview_comes_in(planned: Round) -> None:
    browser = coach(planned)
    preview = waiting(browser, *given(staff_with(Chen={"room": "12"}), "staff"))
    assert confirm(browser, preview).status_code == 303
    assert planned.member("Chen").room == "12"
    page = browser.open(preview)
    assert "have been imported already" in page.text and "It made 1 change." in page.text
    run = db.session.scalars(select(ImportRun).order_by(ImportRun.id.desc())).first()
    assert run is not None and run.file_names == ["staff.csv"] and run.by == str(planned.member("Bell").person_id)
    assert "Sam Bell" in browser.open("/import").text


def test_the_files_are_erased_once_they_came_in(planned: Round) -> None:
    browser = coach(planned)
    preview = waiting(browser, *given(staff_with(Chen={"room": "12"}), "staff"))
    (kept,) = uploads()
    assert kept.files and b"chen@" not in kept.files and kept.preview
    confirm(browser, preview)
    (kept,) = uploads()
    assert (kept.state, kept.files, kept.preview, kept.corrections) == ("imported", None, None, None)


def test_what_rests_in_the_database_is_sealed(planned: Round) -> None:
    waiting(coach(planned), *given(staff_with(Chen={"room": "SECRETROOM"}), "staff"))
    raw = db.session.connection().exec_driver_sql("SELECT files, preview, corrections FROM import_upload").one()
    assert all(b"SECRETROOM" not in bytes(part) and b"chen@" not in bytes(part) for part in raw)
    db.session.commit()


def test_a_second_yes_changes_nothing_and_says_so(planned: Round) -> None:
    browser = coach(planned)
    preview = waiting(browser, *given(staff_with(Chen={"room": "12"}), "staff"))
    seen = version(browser.open(preview).text)
    confirm(browser, preview)
    before = state()
    again = browser.post(f"{preview}/confirm", form_on="/import", version=seen)
    assert again.status_code == 409 and "have been imported already" in again.text
    assert state() == before


def test_files_that_are_dropped_are_erased(planned: Round) -> None:
    browser, before = coach(planned), state()
    preview = waiting(browser, *given(staff_with(Chen={"room": "12"}), "staff"))
    assert browser.post(f"{preview}/drop", form_on=preview).status_code == 303
    assert uploads()[0].files is None and state() == before
    assert "were dropped" in browser.open(preview).text
    assert browser.post(f"{preview}/drop", form_on="/import").status_code == 409


def test_files_that_wait_for_a_week_are_erased(planned: Round) -> None:
    browser = coach(planned)
    preview = waiting(browser, *given(staff_with(Chen={"room": "12"}), "staff"))
    assert erase_one_old_upload(NOW + timedelta(days=6)) is False
    db.session.commit()
    assert erase_one_old_upload(NOW + timedelta(days=7, hours=1)) is True
    db.session.commit()
    assert erase_one_old_upload(NOW + timedelta(days=7, hours=1)) is False
    db.session.commit()
    assert "waited for a week" in browser.open(preview).text and uploads()[0].files is None


def test_the_same_files_twice_are_one_upload(planned: Round) -> None:
    browser = coach(planned)
    files = given(staff_with(Chen={"room": "12"}), "staff")
    assert waiting(browser, *files) == waiting(browser, *files)
    assert len(uploads()) == 1


def test_the_files_as_they_stand_change_nothing(planned: Round) -> None:
    browser = coach(planned)
    text = browser.open(waiting(browser, *given(school_with_mentor()))).text
    assert "The school stands as the files say." in text and "/confirm" not in text


def test_several_files_a_zip_and_a_workbook_come_together(planned: Round) -> None:
    files = staff_with(Chen={"room": "12"})
    packed, book = io.BytesIO(), io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, content in given(files, "bells", "school_days"):
            archive.writestr(name, content)
    sheet = openpyxl.Workbook()
    rows = files.tables["interests"]
    sheet.active.append(list(rows[0]))
    for row in rows:
        sheet.active.append(list(row.values()))
    sheet.save(book)
    browser = coach(planned)
    preview = waiting(
        browser,
        ("school.json", json.dumps(files.school).encode()),
        ("all.zip", packed.getvalue()),
        ("wishes.xlsx", book.getvalue()),
        *given(files, "staff"),
    )
    assert "Import 1 change<" in browser.open(preview).text
    confirm(browser, preview)
    assert planned.member("Chen").room == "12"


def test_wrong_rows_are_told_and_the_rest_comes_in(planned: Round) -> None:
    browser = coach(planned)
    files = staff_with(Chen={"room": "12"}, Lund={"roles": "techer"})
    preview = waiting(browser, *given(files, "staff"))
    text = browser.open(preview).text
    assert "There is no role “techer”." in text and "row 3" in text and "Lund" in text
    assert "Import the rest without 1 wrong row" in text
    confirm(browser, preview)
    assert planned.member("Chen").room == "12" and planned.member("Lund").roles == ["teacher"]


def test_a_cell_is_put_right_on_the_page(planned: Round) -> None:
    browser = coach(planned)
    preview = waiting(browser, *given(staff_with(Lund={"roles": "techer", "room": "7"}), "staff"))
    text = browser.open(preview).text
    fixed = browser.post(f"{preview}/cells", form_on=preview, version=version(text), **{"cell-0": "teacher"})
    assert fixed.status_code == 303
    text = browser.open(preview).text
    assert "nothing is wrong any more" in text and "techer" not in text and "Import 1 change<" in text
    confirm(browser, preview)
    assert planned.member("Lund").room == "7"


def test_a_cell_of_a_workbook_is_put_right_too(planned: Round) -> None:
    files, book = staff_with(Lund={"roles": "techer", "building": "annex"}), openpyxl.Workbook()
    book.active.append(list(files.tables["staff"][0]))
    for row in files.tables["staff"]:
        book.active.append(list(row.values()))
    content = io.BytesIO()
    book.save(content)
    browser = coach(planned)
    preview = waiting(browser, ("staff.xlsx", content.getvalue()))
    seen = version(browser.open(preview).text)
    browser.post(f"{preview}/cells", form_on=preview, version=seen, **{"cell-0": "teacher"})
    confirm(browser, preview)
    assert planned.member("Lund").building == "annex"


def test_a_class_whose_times_cannot_be_read_can_be_put_right(planned: Round) -> None:
    files = school_with_mentor()
    rows = files.tables["master_schedule"]
    files.tables["master_schedule"] = [{**rows[0], "expression": "9(Q)"}, *rows[1:]]
    browser = coach(planned)
    preview = waiting(browser, *given(files, "master_schedule"))
    text = browser.open(preview).text
    assert "The row comes in all the same." in text and "Import 1 change<" in text
    seen, right = version(text), rows[0]["expression"]
    browser.post(f"{preview}/cells", form_on=preview, version=seen, **{"cell-0": right})
    assert "The school stands as the files say." in browser.open(preview).text


def test_a_fix_that_is_wrong_again_is_told_again(planned: Round) -> None:
    browser = coach(planned)
    preview = waiting(browser, *given(staff_with(Lund={"roles": "techer"}), "staff"))
    seen = version(browser.open(preview).text)
    browser.post(f"{preview}/cells", form_on=preview, version=seen, **{"cell-0": "=cmd|' /C calc'!A0"})
    text = browser.open(preview).text
    assert "1 row is still wrong" in text and "There is no role “=cmd|" in text


def test_no_fix_and_an_old_page_are_refused(planned: Round) -> None:
    browser = coach(planned)
    preview = waiting(browser, *given(staff_with(Lund={"roles": "techer"}), "staff"))
    seen = version(browser.open(preview).text)
    same = browser.post(f"{preview}/cells", form_on=preview, version=seen, **{"cell-0": "techer", "cell-77": "x"})
    assert same.status_code == 409 and "No cell was changed." in same.text
    browser.post(f"{preview}/cells", form_on=preview, version=seen, **{"cell-0": "leader"})
    old = browser.post(f"{preview}/confirm", form_on=preview, version=seen)
    assert old.status_code == 409 and "There is a newer preview of these files." in old.text
    assert planned.member("Lund").roles == ["teacher"]


def test_a_school_that_changed_meanwhile_gives_a_new_preview(planned: Round) -> None:
    browser = coach(planned)
    preview = waiting(browser, *given(staff_with(Chen={"room": "12"}, Lund={"room": "7"}), "staff"))
    planned.member("Chen").room = "12"
    db.session.commit()
    answered = confirm(browser, preview)
    assert answered.status_code == 303
    text = browser.open(preview).text
    assert "The school has changed since this preview." in text and "Import 1 change<" in text
    db.session.expire_all()
    assert planned.member("Lund").room == ""
    confirm(browser, preview)
    assert planned.member("Lund").room == "7"


def test_of_two_imports_the_second_is_told(planned: Round) -> None:
    browser = coach(planned)
    first = waiting(browser, *given(staff_with(Chen={"room": "12"}), "staff"))
    second = waiting(browser, *given(staff_with(Chen={"room": "14"}), "staff"))
    confirm(browser, first)
    confirm(browser, second)
    text = browser.open(second).text
    assert "The school has changed since this preview." in text and "room: 12, now 14" in text
    assert planned.member("Chen").room == "12"


def test_many_leavers_need_their_number(planned: Round) -> None:
    browser = coach(planned)
    preview = waiting(browser, *given(staff_without("Chen", "Lund", "Okafor", "Rivera"), "staff"))
    text = browser.open(preview).text
    assert "4 of 6 people would be marked as away." in text and "Sam Okafor" in text
    for typed in ("", "3", "yes"):
        refused = confirm(browser, preview, accept=typed)
        assert refused.status_code == 409 and "type 4 and import again" in refused.text
    assert planned.member("Chen").active
    assert confirm(browser, preview, accept="4").status_code == 303
    db.session.expire_all()
    assert not planned.member("Chen").active


def test_visits_that_would_need_a_new_time_are_named_and_nobody_is_told_before(published: Round) -> None:
    visit = published.visit()
    files = snow_on(visit)
    browser, mails = coach(published), len(published.messages())
    sent = [("school.json", json.dumps(files.school).encode()), *given(files)]
    preview = waiting(browser, *sent)
    text = browser.open(preview).text
    named = f"{visit.visitor.person.name} visits {visit.host.person.name} on {visit.on_date:%a}"
    assert named in text and "a new time.</b>" in text
    assert len(published.messages()) == mails and {each.status for each in published.visits()} == {"invited"}
    confirm(browser, preview)
    db.session.expire_all()
    assert published.visit().status == "needs_new_time" and len(published.messages()) > mails


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("holiday.jpg", b"\xff\xd8\xff\xe0\x00\x10JFIF\x00", "NUL bytes"),
        ("staff.xlsx", b"not a workbook", "damaged or not what its name says"),
        ("all.zip", b"PK\x03\x04 broken", "damaged or not what its name says"),
        ("empty.csv", b"", "is empty"),
        ("letter.csv", b"Dear all,\nhello\n", "belongs to no kind of file we know"),
        ("old.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "old or locked Excel file"),
        ("school.json", b'{"id": "u", "name": "U", "time_zone": "UTC", "cycle_days": ["A"]}', "of the school u"),
        ("school.json", b"[1, 2", "not readable JSON"),
        ("users.csv", b"sourcedId,status,givenName\n1,active,A\n", "OneRoster"),
    ],
)
def test_what_is_no_file_of_ours_is_refused_and_not_kept(
    planned: Round, name: str, content: bytes, sentence: str
) -> None:
    page = upload(coach(planned), (name, content))
    assert page.status_code == 422 and sentence in page.text and 'role="alert"' in page.text
    assert uploads() == []


def test_no_file_at_all_and_a_file_that_is_too_large(planned: Round) -> None:
    browser = coach(planned)
    assert "Choose at least one file." in browser.post("/import").text
    large = upload(browser, ("staff.csv", b"person_id," + b"x" * (20 * 1024 * 1024)))
    assert large.status_code == 422 and "larger than 20 MB" in large.text
    # The test client keeps what it sent in a file of its own.
    large.request.environ["wsgi.input"].close()
    assert uploads() == []


@pytest.mark.parametrize(
    ("sent", "kept"),
    [("../../etc/staff.csv", "staff.csv"), ("<i>staff.csv", "<i>staff.csv")],
)
def test_names_of_files_are_only_names(planned: Round, sent: str, kept: str) -> None:
    browser = coach(planned)
    (_, content), *_ = given(staff_with(Chen={"room": "12"}), "staff")
    page = browser.open(waiting(browser, (sent, content)))
    assert uploads()[0].file_names == [kept]
    assert "<i>staff" not in page.text


def test_hostile_cells_are_words_on_the_page(planned: Round) -> None:
    browser = coach(planned)
    hostile = '<script>alert("x")</script>'
    files = staff_with(Chen={"family_name": hostile}, Lund={"roles": hostile, "given_name": hostile})
    preview = waiting(browser, *given(files, "staff"))
    page = browser.open(preview)
    assert page.status_code == 200 and "<script>alert" not in page.text and "&lt;script&gt;alert" in page.text


def test_two_files_of_one_name_are_told_apart(planned: Round) -> None:
    browser = coach(planned)
    rows = staff_with(Lund={"roles": "techer"}).tables["staff"]
    halves = [SchoolFiles({}, {"staff": rows[:2]}), SchoolFiles({}, {"staff": rows[2:]})]
    preview = waiting(browser, *(file for half in halves for file in given(half, "staff")))
    text = browser.open(preview).text
    assert "staff (2).csv" in text and "techer" in text
    browser.post(f"{preview}/cells", form_on=preview, version=version(text), **{"cell-0": "teacher"})
    assert "The school stands as the files say." in browser.open(preview).text


def test_a_coach_cannot_take_an_account_over_by_its_address(planned: Round) -> None:
    """Whoever reads the mail of an address signs in as its owner and reads what only they may."""
    browser = coach(planned)
    preview = waiting(browser, *given(staff_with(Chen={"email": "bell.private@t.example.edu"}), "staff"))
    text = browser.open(preview).text
    assert "Chen signs in with chen@t.example.edu; only an administrator changes that." in text
    assert "Import the rest" not in text
    browser.post(f"{preview}/confirm", form_on=preview, version=version(text))
    assert planned.member("Chen").person.email == "chen@t.example.edu"


def test_an_administrator_moves_an_address(planned: Round) -> None:
    browser = admin(planned)
    files = staff_with(Chen={"email": "chen.new@t.example.edu"})
    preview = waiting(browser, ("school.json", json.dumps(files.school).encode()), *given(files, "staff"))
    confirm(browser, preview)
    db.session.expire_all()
    assert planned.member("Chen").person.email == "chen.new@t.example.edu"


def test_an_administrator_brings_the_first_school(planned: Round) -> None:
    browser = admin(planned)
    files = school_with_mentor()
    files.school |= {"id": "u", "name": "School U"}
    files.tables["staff"] = [{**row, "email": f"u.{row['email']}"} for row in files.tables["staff"]]
    preview = waiting(browser, ("school.json", json.dumps(files.school).encode()), *given(files))
    assert uploads()[0].school_id is None
    assert coach(planned).open(preview).status_code == 404
    confirm(browser, preview)
    assert db.session.get(School, "u") is not None and uploads()[0].school_id == "u"
    assert "have been imported already" in browser.open(preview).text


def test_an_administrator_says_which_school(planned: Round) -> None:
    page = upload(admin(planned), *given(school_with_mentor(), "staff"))
    assert page.status_code == 422 and "Add the school’s school.json" in page.text


@pytest.mark.parametrize("code", ["Chen", "Stone"])
def test_teachers_and_leaders_find_nothing(planned: Round, code: str) -> None:
    preview = waiting(coach(planned), *given(staff_with(Chen={"room": "12"}), "staff"))
    browser = planned.browser_as(planned.member(code))
    assert browser.open("/import").status_code == browser.open(preview).status_code == 404
    for verb in ("confirm", "drop", "cells"):
        assert browser.post(f"{preview}/{verb}", form_on="/account", version="1").status_code == 404
    assert uploads()[0].state == "waiting"


def test_a_coach_of_another_school_finds_nothing(planned: Round) -> None:
    preview = waiting(coach(planned), *given(staff_with(Chen={"room": "12"}), "staff"))
    db.session.add(School(id="u", name="School U", time_zone="UTC", cycle_days=["A"]))
    person = Person(given_name="Uma", family_name="Other", email="uma@u.example.edu")
    db.session.add(Membership(school_id="u", person=person, code="Uma", roles=["coach"]))
    db.session.commit()
    browser = Browser(planned.app, person)
    assert browser.open(preview).status_code == 404
    for verb in ("confirm", "drop", "cells"):
        assert browser.post(f"{preview}/{verb}", form_on="/import", version="1").status_code == 404
    text = browser.open("/import").text
    assert "staff.csv" not in text and "Nothing has been imported yet." in text


def test_opening_pages_changes_nothing(planned: Round) -> None:
    browser = coach(planned)
    preview = waiting(browser, *given(staff_with(Chen={"room": "12"}), "staff"))
    before = planned.dump()
    for method in ("GET", "HEAD", "OPTIONS"):
        browser.open(preview, method)
        browser.open("/import", method)
    for verb in ("confirm", "drop", "cells"):
        assert browser.open(f"{preview}/{verb}").status_code == 405
    assert planned.dump() == before


def test_pages_take_few_statements(planned: Round) -> None:
    browser = coach(planned)
    for room in ("12", "13", "14"):
        preview = waiting(browser, *given(staff_with(Chen={"room": room}), "staff"))
    for path in ("/import", preview):
        with statements() as asked:
            assert browser.open(path).status_code == 200
        assert len(asked) <= MOST_STATEMENTS, "\n".join(asked)


@pytest.mark.long
def test_ten_thousand_wrong_rows_are_told_in_a_page(planned: Round) -> None:
    browser = coach(planned)
    rows = [
        {"person_id": f"X{place}", "wants_to_learn": "<i>x</i>", "visits_wanted": "many"} for place in range(10_000)
    ]
    preview = waiting(browser, *given(SchoolFiles({}, {"interests": rows}), "interests"))
    page = browser.open(preview)
    assert len(page.text) < 500_000 and "more problems are not listed here" in page.text
    assert "Nothing that could come in would change anything." in page.text


@pytest.mark.long
def test_a_large_school_comes_in_by_page(planned: Round) -> None:
    browser = coach(planned)
    preview = waiting(browser, *given(larger_school(236)))
    assert "and 196 more" in browser.open(preview).text
    assert confirm(browser, preview).status_code == 303
    assert "have been imported already" in browser.open(preview).text
