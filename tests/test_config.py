"""Settings: where they come from, and that a bad one is refused in one sentence that names it."""

from __future__ import annotations

import multiprocessing
import stat
from pathlib import Path

import pytest

from mentorship import config
from mentorship.config import MailServer, Settings
from mentorship.errors import Refused

KEYS = ("secret_key.txt", "private_key.txt", "token_key.txt")


def _load(folder: Path, **named: str) -> Settings:
    return config.load({f"MENTORSHIP_{name}": value for name, value in named.items()}, instance=folder)


def _refusal(folder: Path, **named: str) -> str:
    with pytest.raises(Refused) as caught:
        _load(folder, **named)
    return str(caught.value)


def test_every_setting_has_a_default(tmp_path: Path) -> None:
    settings = _load(tmp_path / "new" / "instance")
    assert settings.database_url == f"sqlite:///{tmp_path / 'new' / 'instance' / 'mentorship.sqlite3'}"
    assert (settings.host, settings.port, settings.public_url) == ("127.0.0.1", 8000, "http://127.0.0.1:8000")
    assert settings.mail_retry_seconds == (60, 300, 900)
    assert (settings.intake_host, settings.intake_port) == ("127.0.0.1", 2626)


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text('port = 9000\nmail_from = "File@Walk.example.org"\n')
    settings = _load(tmp_path, PORT="9001")
    assert (settings.port, settings.mail_from) == (9001, "file@walk.example.org")


def test_a_secret_may_stand_in_a_file_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("k" * 40 + "\n")
    assert _load(tmp_path, SECRET_KEY_FILE=str(tmp_path / "key")).secret_key == "k" * 40
    assert "MENTORSHIP_SMTP_URL_FILE names" in _refusal(tmp_path, SMTP_URL_FILE=str(tmp_path / "missing"))


BAD = [
    ("PORT", "http"),
    ("PORT", "0"),
    ("PORT", "70000"),
    ("PORT", "²"),
    ("PORT", "9" * 5000),
    ("SMTP_TIMEOUT", "soon"),
    ("LEASE_SECONDS", "-1"),
    ("CLOCK_OFFSET", "nan"),
    ("CLOCK_OFFSET", "inf"),
    ("CLOCK_OFFSET", "tomorrow"),
    ("CLOCK_OFFSET", "1e300"),
    ("MAIL_RETRY_SECONDS", "60,soon"),
    ("MAIL_RETRY_SECONDS", "60,²"),
    ("MAIL_RETRY_SECONDS", ","),
    ("INTAKE_SMTP", "2626"),
    ("INTAKE_SMTP", "127.0.0.1:99999"),
    ("INTAKE_SMTP", "127.0.0.1:²"),
    ("DATABASE_URL", "mysql://localhost/school"),
    ("DATABASE_URL", "sqlite:///:memory:"),
    ("DATABASE_URL", "sqlite:///"),
    ("DATABASE_URL", "postgresql://school:word@localhost:port/school"),
    ("PUBLIC_URL", "visits.example.org"),
    ("PUBLIC_URL", "https://[visits"),
    ("PUBLIC_URL", "ftp://visits.example.org"),
    ("SMTP_URL", "http://127.0.0.1"),
    ("SMTP_URL", "smtp://"),
    ("SMTP_URL", "smtp://[127.0.0.1"),
    ("SMTP_URL", "smtp://127.0.0.1:port"),
    ("SMTP_URL", "smtp://mail.example.org:25"),
    ("MAIL_FROM", "visits"),
    ("MAIL_FROM", "visits@one@two.example.org"),
    ("MAIL_FROM", "visits+1@walk.example.org"),
    ("MAIL_FROM", "Visits<visits@walk.example.org>"),
    ("MAIL_FROM", "visits@walk.example.org\nBcc: all"),
    ("MAIL_FROM", "v" * 37 + "@walk.example.org"),
    ("SECRET_KEY", "short"),
    ("TOKEN_KEY", ""),
    ("PRIVATE_KEY", "k" * 31),
    ("PRIVATE_KEY", "k" * 40 + ",short"),
    ("PRIVATE_KEY", "," * 40),
]


@pytest.mark.parametrize(("name", "value"), BAD)
def test_a_bad_setting_is_refused_in_one_sentence_that_names_it(tmp_path: Path, name: str, value: str) -> None:
    sentence = _refusal(tmp_path, **{name: value})
    assert f"MENTORSHIP_{name}" in sentence
    assert sentence.endswith(".")
    assert "word" not in sentence
    assert "Error" not in sentence


@pytest.mark.parametrize("name", ["SECRET_KEY", "SMTP_URL", "DATABASE_URL"])
def test_a_refusal_never_repeats_a_secret(tmp_path: Path, name: str) -> None:
    value = {"SECRET_KEY": "hush", "SMTP_URL": "smtp://me:hush@mail.example.org"}.get(
        name, "mysql://me:hush@localhost/x"
    )
    assert "hush" not in _refusal(tmp_path, **{name: value})


def test_a_file_of_settings_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text("port = ")
    assert _refusal(tmp_path).startswith("config.toml in the instance folder cannot be read")


def test_an_instance_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert "MENTORSHIP_INSTANCE" in _refusal(tmp_path / "file" / "instance")


def test_the_folder_is_told_by_the_environment(tmp_path: Path) -> None:
    assert config.instance_folder({"MENTORSHIP_INSTANCE": str(tmp_path)}) == tmp_path.resolve()
    assert config.instance_folder({}).name == "instance"


def test_a_public_url_is_needed_to_listen_beyond_this_machine(tmp_path: Path) -> None:
    assert "MENTORSHIP_PUBLIC_URL is needed" in _refusal(tmp_path, HOST="0.0.0.0")
    open_to_all = _load(tmp_path, HOST="0.0.0.0", PUBLIC_URL="https://visits.example.org/")
    assert open_to_all.public_url == "https://visits.example.org"
    assert _load(tmp_path, HOST="::1").public_url == "http://[::1]:8000"


def test_mail_without_tls_stays_on_this_machine(tmp_path: Path) -> None:
    assert "loopback only" in _refusal(tmp_path, SMTP_URL="smtp://mail.example.org")
    assert _load(tmp_path, SMTP_URL="smtp://[::1]:2525").smtp == MailServer("smtp", "::1", 2525)
    assert _load(tmp_path, SMTP_URL="smtps://me:a%40b@mail.example.org").smtp == MailServer(
        "smtps", "mail.example.org", 465, "me", "a@b"
    )
    assert _load(tmp_path, SMTP_URL="smtp+starttls://mail.example.org").smtp.port == 587


def test_an_intake_address_may_be_of_the_new_kind(tmp_path: Path) -> None:
    settings = _load(tmp_path, INTAKE_SMTP="[::1]:2627")
    assert (settings.intake_host, settings.intake_port) == ("::1", 2627)


def test_keys_are_written_once_for_their_owner_alone(tmp_path: Path) -> None:
    first, second = _load(tmp_path), _load(tmp_path)
    assert (first.secret_key, first.private_key, first.token_key) == (
        second.secret_key,
        second.private_key,
        second.token_key,
    )
    assert len({first.secret_key, first.private_key, first.token_key}) == 3
    for name in KEYS:
        assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(KEYS)


def _keys_of(folder: str) -> tuple[str, str, str]:
    settings = config.load({}, instance=Path(folder))
    return settings.secret_key, settings.private_key, settings.token_key


def test_processes_that_start_together_agree_on_the_keys(tmp_path: Path) -> None:
    folders = [str(tmp_path / str(place)) for place in range(30) for _ in range(2)]
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        found = pool.map(_keys_of, folders, chunksize=1)
    assert found[::2] == found[1::2]


def test_a_key_that_was_half_written_is_written_anew(tmp_path: Path) -> None:
    (tmp_path / "secret_key.half").write_text("half")
    assert len(_load(tmp_path).secret_key) >= 32
    assert not (tmp_path / "secret_key.half").exists()


def test_a_key_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    (tmp_path / "secret_key.txt").mkdir()
    assert "can be neither read nor written" in _refusal(tmp_path)
