"""The house stands: and each check here is shown to fail on a house that does not."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from flask import Flask

from matching import rule_titles
from mentorship.app import create_app
from mentorship.config import Settings
from mentorship.extensions import Base
from mentorship.operate.dump import VOLATILE, dump
from mentorship.web.policies import policy, policy_by_endpoint, require_policies
from tests import house

# Style, types and the import contracts are marked long: `make test` runs the same commands before any test.
FILES = house.sources()
EMAILS = sorted({path.stem for path in (house.TEMPLATES / "emails").iterdir()})
KEYS = [*rule_titles("pairing-problem/1"), *rule_titles("visit-problem/1")]


def _run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", *command], cwd=house.CHECKOUT, capture_output=True, text=True, timeout=300
    )


@pytest.mark.long
def test_imports_go_one_way() -> None:
    done = subprocess.run(
        [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"],
        cwd=house.CHECKOUT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout


def test_an_import_that_goes_the_other_way_is_found(tmp_path: Path) -> None:
    for stage in ("people", "plans"):
        (tmp_path / "wing" / stage).mkdir(parents=True)
        (tmp_path / "wing" / stage / "__init__.py").touch()
    (tmp_path / "wing" / "__init__.py").touch()
    (tmp_path / "wing" / "people" / "queries.py").write_text("from wing.plans import models\n")
    (tmp_path / "wing" / "plans" / "models.py").touch()
    (tmp_path / "contracts.toml").write_text(
        '[tool.importlinter]\nroot_package = "wing"\n[[tool.importlinter.contracts]]\nname = "one way"\n'
        'type = "layers"\ncontainers = ["wing"]\nlayers = ["plans", "people"]\n'
    )
    command = [str(Path(sys.executable).with_name("lint-imports")), "--config", "contracts.toml", "--no-cache"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, env={"PYTHONPATH": str(tmp_path)})
    assert done.returncode == 1
    assert "wing.people is not allowed to import wing.plans" in done.stdout


@pytest.mark.long
def test_style_holds() -> None:
    done = _run("ruff", "check", ".")
    assert done.returncode == 0, done.stdout
    done = _run("ruff", "format", "--check", ".")
    assert done.returncode == 0, done.stdout


@pytest.mark.long
def test_types_hold() -> None:
    done = _run("mypy")
    assert done.returncode == 0, done.stdout


def test_only_the_edges_commit() -> None:
    assert house.commits_outside_edges(FILES) == []
    assert house.commits_outside_edges({"mentorship/plans/queries.py": "db.session.commit()"}) != []


def test_the_clock_is_read_in_one_place() -> None:
    assert house.clocks_read(FILES) == []
    assert house.clocks_read({"mentorship/plans/queries.py": "x = datetime.now(UTC)"}) != []
    assert house.clocks_read({"mentorship/plans/queries.py": "x = date.today()"}) != []


def test_each_email_template_has_a_function_and_a_snapshot() -> None:
    functions = house.functions_of(FILES, "emails.py")
    snapshots = [path.name for path in (house.CHECKOUT / "tests" / "snapshots").iterdir()]
    assert house.emails_without_a_function(EMAILS, functions) == []
    assert house.emails_without_a_snapshot(EMAILS, snapshots) == []
    assert house.emails_without_a_function(["visit_vanished"], functions) == ["visit_vanished"]
    assert house.emails_without_a_snapshot(["visit_vanished"], snapshots) == ["visit_vanished"]


def test_each_rule_is_registered_and_has_its_tests() -> None:
    tests = [path.read_text(encoding="utf-8") for path in (house.CHECKOUT / "tests" / "matching").rglob("*.py")]
    assert house.rules_unregistered(FILES, KEYS) == []
    assert house.rules_untested(KEYS, tests) == []
    assert house.rules_unregistered({"matching/pairing/rules/new.py": '    key = "new"\n'}, KEYS) != []
    assert house.rules_untested(["a_rule_without_any_test"], tests) == ["a_rule_without_any_test"]


def test_each_rule_says_why() -> None:
    assert all(title and not title.endswith(".") for title in (rule_titles("pairing-problem/1") | {}).values())
    assert all(title and not title.endswith(".") for title in (rule_titles("visit-problem/1") | {}).values())


def test_each_endpoint_has_a_policy_and_each_page_a_template(app: Flask) -> None:
    there = [str(path.relative_to(house.TEMPLATES)) for path in house.TEMPLATES.rglob("*.html")]
    assert all(who for who in policy_by_endpoint(app).values())
    assert house.pages_without_a_template(FILES, there) == []
    assert house.pages_without_a_template({"mentorship/goals/views.py": '"goals/new.html"'}, there) != []


def test_the_app_refuses_an_endpoint_without_a_policy(settings: Settings) -> None:
    app = create_app(settings)
    app.add_url_rule("/open", "open", lambda: "")
    with pytest.raises(RuntimeError, match="open"):
        require_policies(app)


def test_a_policy_that_nobody_knows_is_refused() -> None:
    with pytest.raises(ValueError, match="everybody"):
        policy("everybody")


def test_each_table_is_in_the_dump_or_named_volatile_with_a_reason(app: Flask) -> None:
    with app.app_context():
        printed = set(dump())
    assert printed | set(VOLATILE) == set(Base.metadata.tables) | {"alembic_version"}
    assert all(len(reason) > 10 for reason in VOLATILE.values())


def test_nothing_is_called_after_nothing() -> None:
    assert house.names_forbidden(FILES) == []
    assert house.names_forbidden(["mentorship/plans/utils.py"]) != []


def test_no_file_is_too_long() -> None:
    assert house.files_too_long(FILES) == []
    assert house.files_too_long({"mentorship/plans/queries.py": "\n" * 401}) != []
