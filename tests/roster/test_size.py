"""A large school comes in without a query for each row."""

from __future__ import annotations

from sqlalchemy import event

from mentorship.extensions import db
from tests.roster.bringing import bring, changes, staff_of
from tests.school import school_t

SECTIONS, PEOPLE = 2_000, 100


def test_a_large_schedule_is_compared_in_a_handful_of_queries(app, tmp_path):
    files = staff_of(PEOPLE)
    files.tables["bells"] = school_t().tables["bells"]
    files.tables["master_schedule"] = [
        {"section_id": f"S{place}", "course": "X", "teacher_ids": f"P{place % PEOPLE:02}", "expression": "1-3(A) 2(B)"}
        for place in range(SECTIONS)
    ]
    folder = files.write(tmp_path / "files")
    assert changes(bring(app, folder))["sections"] == {"new": SECTIONS}
    asked = []
    with app.app_context():
        event.listen(db.engine, "before_cursor_execute", lambda *_: asked.append(1))
    assert changes(bring(app, folder)) == {}
    assert len(asked) < 60
