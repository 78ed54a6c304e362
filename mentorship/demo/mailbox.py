"""The demo's own mail server, on loopback: it takes every mail and keeps it in a folder."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session


class Mailbox:
    """Real SMTP in, one `.eml` a mail, in the order of arrival; on a free port unless one is given."""

    def __init__(self, folder: Path, port: int | None = None) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.port = port or _free_port()
        self._controller: Controller | None = None

    def start(self) -> None:
        # Made here and not before, because it opens an event loop, which only `stop` closes.
        options: dict[str, Any] = {"decode_data": False}
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port, **options)
        self._controller.start()

    def stop(self) -> None:
        if self._controller is not None:
            self._controller.stop()

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        assert isinstance(envelope.content, bytes), "mail is asked for undecoded"
        (self.folder / f"{len(self.files()) + 1:05}.eml").write_bytes(envelope.content)
        return "250 taken"

    def files(self) -> list[Path]:
        return sorted(self.folder.glob("*.eml"))


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
