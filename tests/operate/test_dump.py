"""The dump: every table printed or named volatile, private text as digests, canonical."""

from __future__ import annotations

import hashlib
import json

import pytest
from flask import Flask
from sqlalchemy import Column, Integer, LargeBinary, Table, text

from mentorship import clock
from mentorship.extensions import Base, db
from mentorship.keys import SealedText
from mentorship.operate import dump as dumping
from mentorship.operate.dump import ONLY_WHERE, VOLATILE, VOLATILE_COLUMNS, dump, unnamed_tables
from mentorship.outbox.models import OutboxSwitch
from mentorship.people.models import School


def test_every_table_is_printed_or_named_volatile_with_a_reason(app: Flask) -> None:
    with app.app_context():
        assert unnamed_tables() == set()
        assert set(dump()).isdisjoint(VOLATILE)
        standing = {row[0] for row in db.session.execute(text("SELECT name FROM sqlite_master WHERE type = 'table'"))}
        assert set(dump()) | set(VOLATILE) == standing
    assert all(len(reason.split()) > 4 for reason in VOLATILE.values())


def test_what_is_left_out_of_a_table_exists(app: Flask) -> None:
    for table, columns in VOLATILE_COLUMNS.items():
        assert columns <= set(Base.metadata.tables[table].columns.keys())
    for table, (column, _) in ONLY_WHERE.items():
        assert column in Base.metadata.tables[table].columns


def test_a_table_that_nobody_named_is_found(app: Flask) -> None:
    with app.app_context():
        db.session.execute(text("CREATE TABLE secret_notes (id INTEGER PRIMARY KEY)"))
        assert unnamed_tables() == {"secret_notes"}


def test_a_table_of_a_new_model_is_printed(app: Flask) -> None:
    table = Table("wishes_of_tomorrow", Base.metadata, Column("id", Integer, primary_key=True))
    try:
        with app.app_context():
            table.create(db.session.connection())
            db.session.execute(table.insert().values(id=4))
            assert dump()["wishes_of_tomorrow"] == [{"id": 4}]
    finally:
        Base.metadata.remove(table)


def test_private_text_is_a_digest_unless_asked_for(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    columns = (Column("id", Integer, primary_key=True), Column("words", SealedText), Column("raw", LargeBinary))
    table = Table("private_words", Base.metadata, *columns)
    try:
        with app.app_context():
            table.create(db.session.connection())
            db.session.execute(table.insert().values(id=1, words="only mine", raw=b"bytes"))
            db.session.execute(table.insert().values(id=2))
            hidden, shown = dump()["private_words"], dump(private=True)["private_words"]
            resting = db.session.execute(text("SELECT words FROM private_words WHERE id = 1")).scalar_one()
    finally:
        Base.metadata.remove(table)
    assert hidden[0]["words"] == f"sha256:{hashlib.sha256(b'only mine').hexdigest()}"
    assert hidden[0]["raw"] == f"sha256:{hashlib.sha256(b'bytes').hexdigest()}"
    assert (shown[0]["words"], shown[0]["raw"], shown[1]["words"]) == ("only mine", "bytes", None)
    assert b"only mine" not in resting


def test_rows_are_sorted_by_their_keys_and_texts_are_canonical(app: Flask) -> None:
    with app.app_context():
        for name in ("b", "a", "B"):
            school = School(id=name, name=name, time_zone="UTC", cycle_days=["A"], departments={"z": ["y"], "a": []})
            db.session.add(school)
            db.session.flush()
        found = dump()["school"]
    assert [row["id"] for row in found] == ["B", "a", "b"]
    assert json.dumps(found[0]["departments"]) == '{"a": [], "z": ["y"]}'


def test_an_instant_says_its_zone(app: Flask) -> None:
    with app.app_context():
        db.session.add(OutboxSwitch(id=1, paused_at=clock.now()))
        assert dump()["outbox_switch"][0]["paused_at"].endswith("+00:00")
        assert dumping.dump() == json.loads(json.dumps(dump()))
