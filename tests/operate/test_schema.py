"""Making and migrating the database; an older or a newer one is refused with one sentence."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from flask import Flask
from sqlalchemy import inspect, text

from mentorship import clock, config
from mentorship.app import create_app
from mentorship.errors import Refused
from mentorship.extensions import db
from mentorship.operate import schema
from mentorship.operate.demo_mark import mark_demo, refuse_demo
from mentorship.operate.schema import current_revision, head_revision, known_revisions, require_schema, upgrade


def _set_revision(app: Flask, revision: str) -> None:
    with app.app_context():
        db.session.execute(text("UPDATE alembic_version SET version_num = :revision"), {"revision": revision})
        db.session.commit()


def test_alembic_knows_the_same_migrations(app: Flask) -> None:
    found = Config()
    for option in ("script_location", "version_locations"):
        found.set_main_option(option, app.config["ALEMBIC"]["script_location"])
    found.set_main_option("path_separator", "os")
    scripts = ScriptDirectory.from_config(found)
    assert scripts.get_heads() == [head_revision(app)]
    assert [script.revision for script in scripts.walk_revisions()][::-1] == known_revisions(app)


def test_an_installation_without_migrations_makes_no_database(settings: config.Settings, tmp_path: Path) -> None:
    made = create_app(settings)
    made.config["ALEMBIC"] = {"script_location": str(tmp_path)}
    for open_it in (require_schema, upgrade):
        with pytest.raises(RuntimeError, match="there are no migrations"):
            open_it(made)


def test_an_empty_instance_makes_its_database_by_itself(settings: config.Settings) -> None:
    made = create_app(settings)
    assert current_revision(made) is None
    require_schema(made)
    assert current_revision(made) == head_revision(made)


def test_an_older_database_is_refused_with_one_sentence(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schema, "known_revisions", lambda _app: [known_revisions(_app)[-1], "9999"])
    with pytest.raises(Refused, match=r"^The database is older than this version; run “mentorship upgrade” once"):
        require_schema(app)


def test_a_newer_database_is_refused_with_one_sentence(app: Flask) -> None:
    _set_revision(app, "9999")
    for open_it in (require_schema, upgrade):
        with pytest.raises(Refused, match=r"^The database is newer than this version of Mentorship; install"):
            open_it(app)


def test_what_is_no_database_is_refused_with_one_sentence(settings: config.Settings) -> None:
    (settings.instance / "mentorship.sqlite3").write_text("This is no database. " * 200)
    with pytest.raises(Refused, match=r"^The database cannot be opened"):
        require_schema(create_app(settings))


def test_upgrading_twice_changes_nothing(app: Flask) -> None:
    with app.app_context():
        before = inspect(db.engine).get_table_names()
    upgrade(app)
    with app.app_context():
        assert inspect(db.engine).get_table_names() == before


def test_references_are_checked_again_after_migrating(app: Flask) -> None:
    with app.app_context(), db.engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1


def test_a_migration_that_loses_a_row_leaves_the_database_as_it_was(
    app: Flask, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    migrations = tmp_path / "migrations"
    migrations.mkdir()
    here = Path(app.config["ALEMBIC"]["script_location"])
    for path in here.glob("[0-9]*.py"):
        (migrations / path.name).write_text(path.read_text())
    (migrations / "script.py.mako").touch()
    (migrations / "9999_lossy.py").write_text(
        f'from alembic import op\nrevision = "9999"\ndown_revision = "{head_revision(app)}"\n'
        "def upgrade():\n    op.execute(\"INSERT INTO focus_area (school_id, name) VALUES ('nowhere', 'x')\")\n"
    )
    before = head_revision(app)
    monkeypatch.setitem(app.config, "ALEMBIC", {"script_location": str(migrations)})
    assert head_revision(app) == "9999"
    with pytest.raises(RuntimeError, match="rows without the row they refer to after migrating: 1"):
        upgrade(app)
    assert current_revision(app) == before
    with app.app_context(), db.engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM focus_area").scalar() == 0
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1


def test_looking_at_the_version_does_not_wait_for_a_writer(app: Flask) -> None:
    with app.app_context(), db.engine.begin() as writer:
        writer.execute(text("DELETE FROM person"))
        with ThreadPoolExecutor(1) as elsewhere:
            assert elsewhere.submit(current_revision, app).result(timeout=5) == head_revision(app)


def test_a_demo_is_refused_by_commands_and_by_upgrade(app: Flask) -> None:
    refuse_demo(app)
    with app.app_context():
        mark_demo(clock.now())
        db.session.commit()
    for open_it in (refuse_demo, upgrade):
        with pytest.raises(Refused, match="only “mentorship demo” opens it"):
            open_it(app)
