"""Mail servers on loopback that answer as a test says: one line an answer, or no answer at all."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session


class ScriptedServer:
    """A real SMTP server. `answers` are those to DATA, one a message, the last for all that follow; `refused` are
    the answers to RCPT by address; `on_message` runs before the answer to DATA, in the server's thread.
    """

    def __init__(
        self,
        answers: Sequence[str] = ("250 taken",),
        *,
        refused: Mapping[str, str] | None = None,
        on_message: Callable[[bytes], None] | None = None,
    ) -> None:
        self.answers, self.refused, self.on_message = list(answers), dict(refused or {}), on_message
        self.arrived: list[bytes] = []
        self.recipients: list[str] = []
        self.port = free_port()
        options: dict[str, Any] = {"decode_data": False}
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port, **options)

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if address in self.refused:
            return self.refused[address]
        envelope.rcpt_tos.append(address)
        return "250 go on"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        assert isinstance(envelope.content, bytes), "mail is asked for undecoded"
        self.arrived.append(envelope.content)
        self.recipients += envelope.rcpt_tos
        if self.on_message is not None:
            self.on_message(envelope.content)
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]

    def __enter__(self) -> ScriptedServer:
        self._controller.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._controller.stop()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def silent_server(*, says: Sequence[bytes] = ()) -> Iterator[int]:
    """Takes every connection, says each line of `says` in turn to what it is told, and then nothing more."""
    listener = socket.create_server(("127.0.0.1", 0))
    open_sockets: list[socket.socket] = []

    def serve(connection: socket.socket) -> None:
        try:
            for line in says:
                connection.sendall(line)
                if connection.recv(65536) == b"":
                    return
        except OSError:
            return

    def accept() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            open_sockets.append(connection)
            threading.Thread(target=serve, args=(connection,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield listener.getsockname()[1]
    finally:
        # Closing alone does not wake a thread that waits in `accept`.
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        for connection in open_sockets:
            connection.close()
