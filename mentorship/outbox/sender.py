"""Handing a message to the mail server (RFC 5321), through Flask-Mail's connection with a time limit of ours."""

from __future__ import annotations

import smtplib
import ssl
from contextlib import suppress
from dataclasses import dataclass
from time import monotonic

from mentorship.config import MailServer

GOODBYE_SECONDS = 2.0


class MailTrouble(Exception):
    """The server did not take it; `final` when trying again is no use (a 5xx for this message)."""

    def __init__(self, answer: str, *, final: bool) -> None:
        super().__init__(answer)
        self.final = final


@dataclass(frozen=True)
class Sender:
    """Where mail is handed over, by whom, and how many seconds one answer and the whole hand-over may take."""

    server: MailServer
    envelope_from: str
    timeout: float
    patience: float

    def send(self, to_address: str, content: bytes) -> str:
        """The server's last words. Raises `MailTrouble`."""
        deadline = monotonic() + self.patience
        try:
            connection = self._connection(deadline)
            try:
                return self._hand_over(connection, to_address, content, deadline)
            finally:
                _say_goodbye(connection)
        except smtplib.SMTPRecipientsRefused as error:
            code, words = next(iter(error.recipients.values()), (450, b"no answer"))
            raise MailTrouble(_answer(code, words), final=code >= 500) from error
        except smtplib.SMTPAuthenticationError as error:
            # A wrong password is this service's trouble, not the recipient's: the mail waits until it is mended.
            raise MailTrouble(_answer(error.smtp_code, error.smtp_error), final=False) from error
        except (smtplib.SMTPSenderRefused, smtplib.SMTPDataError) as error:
            raise MailTrouble(_answer(error.smtp_code, error.smtp_error), final=error.smtp_code >= 500) from error
        except (smtplib.SMTPException, OSError) as error:
            raise MailTrouble(f"the mail server could not be reached: {error}", final=False) from error

    def _connection(self, deadline: float) -> smtplib.SMTP:
        server = self.server
        if server.scheme == "smtps":
            context = ssl.create_default_context()
            connection: smtplib.SMTP = smtplib.SMTP_SSL(server.host, server.port, timeout=self.timeout, context=context)
        else:
            connection = smtplib.SMTP(server.host, server.port, timeout=self.timeout)
        if server.scheme == "smtp+starttls":
            self._limit(connection, deadline)
            connection.starttls(context=ssl.create_default_context())
        if server.user and server.password:
            self._limit(connection, deadline)
            connection.login(server.user, server.password)
        return connection

    def _limit(self, connection: smtplib.SMTP, deadline: float) -> None:
        """The next answer may take what is left, and no longer than one answer may."""
        left = deadline - monotonic()
        if left <= 0:
            raise TimeoutError("it took too long over the earlier answers")
        if connection.sock is not None:
            connection.sock.settimeout(min(self.timeout, left))

    def _hand_over(self, connection: smtplib.SMTP, to_address: str, content: bytes, deadline: float) -> str:
        self._limit(connection, deadline)
        connection.ehlo_or_helo_if_needed()
        self._limit(connection, deadline)
        code, words = connection.mail(self.envelope_from)
        if code != 250:
            raise smtplib.SMTPSenderRefused(code, words, self.envelope_from)
        self._limit(connection, deadline)
        code, words = connection.rcpt(to_address)
        if code not in (250, 251):
            raise smtplib.SMTPRecipientsRefused({to_address: (code, words)})
        self._limit(connection, deadline)
        code, words = connection.data(content)
        if code != 250:
            raise smtplib.SMTPDataError(code, words)
        return _answer(code, words)


def _say_goodbye(connection: smtplib.SMTP) -> None:
    """The message is taken or refused by now: a server that fumbles the goodbye changes neither, and nobody waits."""
    with suppress(smtplib.SMTPException, OSError):
        if connection.sock is not None:
            connection.sock.settimeout(GOODBYE_SECONDS)
        connection.quit()


def _answer(code: int, words: bytes | str) -> str:
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
    return f"{code} {' '.join(text.split())}"[:400]
