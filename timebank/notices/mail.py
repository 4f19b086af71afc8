"""Mail by SMTP: one connection for a chunk, TLS, a login, and a message id that tells repeats.

Nothing here writes an address or a word of a mail into a log; a server's answers are kept as
figures, because their words repeat addresses.
"""

from __future__ import annotations

import logging
import smtplib
import ssl
import time
from collections.abc import Iterator, Sequence
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from services.clock import local
from services.notices.sending import SENT, Outcome, Outgoing
from timebank.notices.addresses import MailServer
from timebank.notices.wording import Wording

TIMEOUT_SECONDS = 15
#: A chunk takes no longer than this, so that its claim does not run out meanwhile.
CHUNK_SECONDS = 300
#: Connections lost one after the other until the server is taken to be down.
DROPS = 2
log = logging.getLogger(__name__)


class ServerDown(Exception):
    """No mail can be sent now, whoever it is for; ``reason`` is a code of ours."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Mail:
    """The mail server of the settings."""

    def __init__(
        self, server: MailServer, wording: Wording, trust: ssl.SSLContext | None = None
    ) -> None:
        self._server, self._wording = server, wording
        self._trust = trust or ssl.create_default_context()

    def send(self, chunk: Sequence[Outgoing]) -> Iterator[tuple[Outgoing, Outcome]]:
        """Send one after the other over one connection; a new one when it is lost.

        When the server is down, the first mail has failed and the rest is put off.
        """
        connection: smtplib.SMTP | None = None
        drops, ends = 0, time.monotonic() + CHUNK_SECONDS
        try:
            for place, going in enumerate(chunk):
                if time.monotonic() > ends:
                    yield from _put_off(chunk[place:])
                    return
                try:
                    connection = connection or self._connected()
                    outcome = self._send(connection, going)
                    drops = 0
                except ServerDown as down:
                    log.warning("mail server: %s", down.reason)
                    _closed(connection)
                    connection, drops = None, drops + 1
                    yield going, Outcome("failed", down.reason)
                    if down.reason != "dropped" or drops >= DROPS:
                        yield from _put_off(chunk[place + 1 :])
                        return
                else:
                    yield going, outcome
        finally:
            _closed(connection)

    def _connected(self) -> smtplib.SMTP:
        server = self._server
        try:
            if server.scheme == "smtps":
                connection: smtplib.SMTP = smtplib.SMTP_SSL(
                    server.host, server.port, timeout=TIMEOUT_SECONDS, context=self._trust
                )
            else:
                connection = smtplib.SMTP(server.host, server.port, timeout=TIMEOUT_SECONDS)
        except ssl.SSLError:
            raise ServerDown("certificate") from None
        except smtplib.SMTPResponseException as answer:
            raise ServerDown(f"smtp {answer.smtp_code}") from None
        except (OSError, smtplib.SMTPException):
            raise ServerDown("unreachable") from None
        try:
            self._secured(connection)
        except ServerDown:
            _closed(connection)
            raise
        return connection

    def _secured(self, connection: smtplib.SMTP) -> None:
        """STARTTLS where it is asked for, and the login."""
        try:
            if self._server.scheme == "smtp":
                connection.starttls(context=self._trust)
            if self._server.user:
                self._login(connection)
        except ssl.SSLError:
            raise ServerDown("certificate") from None
        except smtplib.SMTPNotSupportedError:
            raise ServerDown("not_offered") from None
        except smtplib.SMTPResponseException as answer:
            raise ServerDown(f"smtp {answer.smtp_code}") from None
        except (OSError, smtplib.SMTPException):
            raise ServerDown("unreachable") from None

    def _login(self, connection: smtplib.SMTP) -> None:
        """A server may answer a wrong password, or hang up on it."""
        try:
            connection.login(self._server.user, self._server.password)
        except (smtplib.SMTPAuthenticationError, smtplib.SMTPServerDisconnected):
            raise ServerDown("login") from None

    def _send(self, connection: smtplib.SMTP, going: Outgoing) -> Outcome:
        """One mail. 4xx may succeed later, 5xx never; both leave the connection as it is."""
        assert going.to is not None, "the claim has found an address"
        try:
            mail = self.mail(going)
        except (MessageError, ValueError):
            # No header can hold this address: that is this reader's affair, and no other's.
            return Outcome("refused", "bad_address")
        try:
            connection.send_message(mail, from_addr=self._server.sender, to_addrs=[going.to])
        except smtplib.SMTPRecipientsRefused as refused:
            return _answered(next(iter(refused.recipients.values()))[0])
        except smtplib.SMTPSenderRefused as answer:
            # Our own address is no good: that is not this reader's affair.
            raise ServerDown(f"sender {answer.smtp_code}") from None
        except smtplib.SMTPDataError as answer:
            return _answered(answer.smtp_code)
        except smtplib.SMTPResponseException as answer:
            raise ServerDown(f"smtp {answer.smtp_code}") from None
        except (OSError, smtplib.SMTPException):
            raise ServerDown("dropped") from None
        return SENT

    def mail(self, going: Outgoing) -> EmailMessage:
        """The mail itself. Its id is the notice's, so that a repeat is known for one."""
        name, sender = self._wording.called(going.language), self._server.sender
        mail = EmailMessage(policy=SMTP)
        mail["From"] = Address(display_name=name, addr_spec=sender)
        mail["To"] = Address(addr_spec=going.to or "")
        mail["Subject"] = self._wording.subject(going)
        mail["Date"] = format_datetime(local(going.created_at))
        mail["Message-ID"] = f"<{going.id}@{sender.partition('@')[2]}>"
        mail["Auto-Submitted"] = "auto-generated"
        mail.set_content(self._wording.body(going), cte="base64")
        mail["Content-Language"] = "en" if going.language == "en" else "zh-CN"
        return mail


def _put_off(rest: Sequence[Outgoing]) -> Iterator[tuple[Outgoing, Outcome]]:
    return ((going, Outcome("postponed")) for going in rest)


def _answered(code: int) -> Outcome:
    if code == 421:
        raise ServerDown("smtp 421")
    return Outcome("refused" if code >= 500 else "failed", f"smtp {code}")


def _closed(connection: smtplib.SMTP | None) -> None:
    """End a connection, politely if it still listens."""
    if connection is None:
        return
    try:
        connection.quit()
    except (OSError, smtplib.SMTPException):
        connection.close()
