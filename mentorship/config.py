"""Settings: from the environment (each also as `…_FILE`) or from `config.toml` in the instance folder.

The environment wins over the file; every setting has a default that serves the embedded case, in which one folder
holds everything. `load` reads them once into frozen `Settings`.
"""

from __future__ import annotations

import fcntl
import importlib.util
import os
import re
import secrets
import tomllib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit

from mentorship.errors import Refused

PACKAGE = Path(__file__).resolve().parent
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
LARGEST_PORT = 65_535
SHORTEST_KEY = 32
LARGEST_NUMBER = 10**9
_PLAIN_ADDRESS = re.compile(r"[a-z0-9._-]{1,36}@[a-z0-9-]+(\.[a-z0-9-]+)*")


@dataclass(frozen=True)
class MailServer:
    """Where mail is handed over: scheme `smtp`, `smtps` or `smtp+starttls`."""

    scheme: str
    host: str
    port: int
    user: str | None = None
    password: str | None = None


@dataclass(frozen=True)
class Settings:
    """Every setting of a process, checked."""

    instance: Path
    database_url: str
    public_url: str
    host: str
    port: int
    secret_key: str
    private_key: str
    token_key: str
    smtp: MailServer
    mail_from: str
    mail_retry_seconds: tuple[int, ...]
    smtp_timeout: float
    lease_seconds: int
    intake_host: str
    intake_port: int
    clock_offset: float
    demo: bool = False


def instance_folder(environment: Mapping[str, str] = os.environ) -> Path:
    """MENTORSHIP_INSTANCE, else `instance/` of the checkout this code runs from, else `./instance`."""
    named = environment.get("MENTORSHIP_INSTANCE")
    if named:
        return Path(named).resolve()
    checkout = PACKAGE.parent
    return (checkout if (checkout / "pyproject.toml").is_file() else Path.cwd()) / "instance"


def load(environment: Mapping[str, str] = os.environ, *, instance: Path | None = None, demo: bool = False) -> Settings:
    """Read and check every setting; makes the instance folder and, where unset, its three keys.

    Raises `Refused` with a sentence that names the setting.
    """
    folder = instance or instance_folder(environment)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Refused(
            f"The instance folder {folder} cannot be made ({error.strerror}). "
            "Set MENTORSHIP_INSTANCE to a folder that can be."
        ) from error
    read = _reader(environment, _config_file(folder))
    host, port = _text(read("HOST"), "127.0.0.1"), _port(read("PORT"), "MENTORSHIP_PORT", 8000)
    intake_host, intake_port = _address(_text(read("INTAKE_SMTP"), "127.0.0.1:2626"))
    return Settings(
        instance=folder,
        database_url=_database_url(read("DATABASE_URL"), folder),
        public_url=_public_url(read("PUBLIC_URL"), host, port),
        host=host,
        port=port,
        secret_key=_key(read, folder, "SECRET_KEY"),
        private_key=_key(read, folder, "PRIVATE_KEY"),
        token_key=_key(read, folder, "TOKEN_KEY"),
        smtp=_mail_server(_text(read("SMTP_URL"), "smtp://127.0.0.1:2525")),
        mail_from=_mail_from(_text(read("MAIL_FROM"), "visits@walk.example.org")),
        mail_retry_seconds=_waits(_text(read("MAIL_RETRY_SECONDS"), "60,300,900")),
        smtp_timeout=float(_number(read("SMTP_TIMEOUT"), "MENTORSHIP_SMTP_TIMEOUT", 30)),
        lease_seconds=_number(read("LEASE_SECONDS"), "MENTORSHIP_LEASE_SECONDS", 120),
        intake_host=intake_host,
        intake_port=intake_port,
        clock_offset=_offset(_text(read("CLOCK_OFFSET"), "0")),
        demo=demo,
    )


def is_local_http(url: str) -> bool:
    """Plain http is for this machine alone: only there do cookies go without `Secure`."""
    parts = urlsplit(url)
    return parts.scheme == "http" and parts.hostname in LOOPBACK


def _config_file(folder: Path) -> Mapping[str, Any]:
    path = folder / "config.toml"
    if not path.is_file():
        return {}
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise Refused(f"config.toml in the instance folder cannot be read: {error}.") from error


def _reader(environment: Mapping[str, str], written: Mapping[str, Any]) -> Callable[[str], str | None]:
    def read(name: str) -> str | None:
        variable = f"MENTORSHIP_{name}"
        if variable in environment:
            return environment[variable]
        if f"{variable}_FILE" in environment:
            path = Path(environment[f"{variable}_FILE"])
            try:
                return path.read_text(encoding="utf-8").strip()
            except (OSError, UnicodeDecodeError) as error:
                raise Refused(f"{variable}_FILE names {path}, which cannot be read.") from error
        value = written.get(name.lower())
        return None if value is None else str(value)

    return read


def _text(value: str | None, default: str) -> str:
    return value.strip() if value and value.strip() else default


def _number(value: str | None, name: str, default: int) -> int:
    text = _text(value, str(default))
    number = _whole(text)
    if number is None or number < 1:
        raise Refused(f"{name} is {text!r}; it takes a whole number of 1 or more.")
    return number


def _whole(text: str) -> int | None:
    """A whole number of at most nine digits, so that no setting overflows what it is used for."""
    return int(text) if text.isdecimal() and len(text) < len(str(LARGEST_NUMBER)) else None


def _port(value: str | None, name: str, default: int) -> int:
    port = _number(value, name, default)
    if port > LARGEST_PORT:
        raise Refused(f"{name} is {port}; it takes a port from 1 to {LARGEST_PORT}.")
    return port


def _offset(text: str) -> float:
    try:
        offset = float(text)
    except ValueError:
        offset = float("nan")
    if not abs(offset) <= LARGEST_NUMBER:
        raise Refused(f"MENTORSHIP_CLOCK_OFFSET is {text!r}; it takes a number of seconds.")
    return offset


def _waits(text: str) -> tuple[int, ...]:
    waits = [_whole(part.strip()) for part in text.split(",") if part.strip()]
    known = tuple(wait for wait in waits if wait is not None)
    if not known or len(known) != len(waits):
        raise Refused(f"MENTORSHIP_MAIL_RETRY_SECONDS is {text!r}; it takes whole seconds, such as 60,300,900.")
    return known


def _address(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    number = _whole(port)
    if not host or number is None or not 1 <= number <= LARGEST_PORT:
        raise Refused(f"MENTORSHIP_INTAKE_SMTP is {text!r}; it takes an address and a port, such as 127.0.0.1:2626.")
    return host.removeprefix("[").removesuffix("]"), number


def _database_url(value: str | None, folder: Path) -> str:
    url = _text(value, f"sqlite:///{folder / 'mentorship.sqlite3'}")
    if re.match("sqlite:///[^:?]", url):
        return url
    if not url.startswith(("postgresql://", "postgresql+psycopg://")) or _split(url) is None:
        raise Refused("MENTORSHIP_DATABASE_URL takes sqlite:///… or postgresql://….")
    if importlib.util.find_spec("psycopg") is None:
        raise Refused("MENTORSHIP_DATABASE_URL names PostgreSQL, which needs the extra “scale” to be installed.")
    return "postgresql+psycopg://" + url.partition("://")[2]


def _public_url(value: str | None, host: str, port: int) -> str:
    if value and value.strip():
        url = value.strip().rstrip("/")
        parts = _split(url)
        if parts is None or parts.scheme not in {"http", "https"} or not parts.hostname:
            raise Refused(f"MENTORSHIP_PUBLIC_URL is {url!r}; it takes an address such as https://visits.example.org.")
        return url
    if host not in LOOPBACK:
        raise Refused("MENTORSHIP_PUBLIC_URL is needed to listen beyond this machine: links in mails are made from it.")
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _split(url: str) -> SplitResult | None:
    """The parts of a URL, None where its host or its port can't be one."""
    try:
        parts = urlsplit(url)
        return parts if parts.port != 0 else None
    except ValueError:
        return None


def _mail_server(url: str) -> MailServer:
    parts = _split(url)
    default = {"smtp": 25, "smtps": 465, "smtp+starttls": 587}.get(parts.scheme) if parts else None
    if parts is None or default is None or not parts.hostname:
        raise Refused(
            "MENTORSHIP_SMTP_URL takes smtp://host:port, smtps://user:pass@host:465 or smtp+starttls://user:pass@host:587."
        )
    if parts.scheme == "smtp" and parts.hostname not in LOOPBACK:
        raise Refused(
            "MENTORSHIP_SMTP_URL: mail without TLS is allowed on loopback only; use smtps:// or smtp+starttls://."
        )
    user, password = (unquote(part) if part else None for part in (parts.username, parts.password))
    return MailServer(parts.scheme, parts.hostname, parts.port or default, user, password)


def _mail_from(address: str) -> str:
    if not _PLAIN_ADDRESS.fullmatch(address.lower()):
        raise Refused(f"MENTORSHIP_MAIL_FROM is {address!r}; it takes a plain address such as visits@walk.example.org.")
    return address.lower()


def _key(read: Callable[[str], str | None], folder: Path, name: str) -> str:
    """A key of 32 characters or more. The private key may be several: the first seals, each of them unseals."""
    given = read(name)
    if given is None:
        given = _kept_key(folder / f"{name.lower()}.txt")
    keys = [part.strip() for part in given.split(",")] if name == "PRIVATE_KEY" else [given]
    if any(len(key) < SHORTEST_KEY for key in keys):
        raise Refused(f"MENTORSHIP_{name} is too short; it takes {SHORTEST_KEY} characters or more.")
    return given


def _kept_key(path: Path) -> str:
    """The key of this instance, written once and readable by its owner alone.

    Processes that start together agree on one, and a process that dies while writing leaves none: a key that is lost
    or half written would lose all that it sealed.
    """
    try:
        with _alone_in(path.parent) as folder:
            if not path.exists():
                _write_key(path)
                os.fsync(folder)
        return path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise Refused(f"The key in {path} can be neither read nor written; see who owns it.") from error


@contextmanager
def _alone_in(folder: Path) -> Iterator[int]:
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield handle
    finally:
        os.close(handle)


def _write_key(path: Path) -> None:
    half = path.with_suffix(".half")
    half.unlink(missing_ok=True)
    handle = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(secrets.token_urlsafe(48))
        file.flush()
        os.fsync(file.fileno())
    half.replace(path)
