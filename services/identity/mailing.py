"""Sending e-mail: what a message looks like on the wire, and one connection to the SMTP server for several of them."""

import contextlib
import smtplib
import ssl
from collections.abc import Iterator
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from email.utils import format_datetime
from enum import StrEnum
from urllib.parse import unquote, urlsplit

import msgspec

from services.chassis.logs import get_logger
from services.chassis.settings import MAIL_ADDRESS, Settings

SECONDS = 20.0  # that one answer of the server may take
SENDER_NAME = "KKT Server"
_PORTS = {"smtp": 25, "smtps": 465}
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})

log = get_logger(__name__)


class Outcome(StrEnum):
    """How it went with one message."""

    SENT = "sent"
    REFUSED = "refused"  # for good: nothing changes when it comes again
    LATER = "later"


class CannotSend(Exception):
    """The server is away, or does not let us in: no message can be sent now."""


class Mail(msgspec.Struct, frozen=True):
    """One e-mail. `message_id`, without brackets, stays the same when it is sent again."""

    to: str
    subject: str
    body: str
    message_id: str
    at: datetime


def message_of(mail: Mail, sender: str) -> EmailMessage:
    """The message as it travels. Raises ValueError for an address or a header that could mean more than it says."""
    for address in (mail.to, sender):
        if not MAIL_ADDRESS.fullmatch(address):
            raise ValueError("not an address")
    message = EmailMessage(policy=SMTP_POLICY)
    message["From"] = _address(sender, SENDER_NAME)
    message["To"] = _address(mail.to)
    message["Subject"] = mail.subject
    message["Date"] = format_datetime(mail.at)
    message["Message-ID"] = f"<{mail.message_id}>"
    message["Auto-Submitted"] = "auto-generated"  # so that no absence note answers
    message.set_content(mail.body, charset="utf-8", cte="base64")
    return message


def _address(text: str, name: str = "") -> Address:
    local, _, domain = text.rpartition("@")
    return Address(name, local, domain)


class Mailer:
    """The SMTP server of KKT_SMTP_URL."""

    def __init__(self, settings: Settings) -> None:
        self.sender = settings.mail_from
        self.public_url = settings.public_url
        self._url = urlsplit(settings.smtp_url or "")

    @contextlib.contextmanager
    def connected(self) -> Iterator[smtplib.SMTP]:
        """One connection, signed in where the URL says how; raises CannotSend."""
        try:
            server = self._connect()
        except (OSError, smtplib.SMTPException) as error:
            raise CannotSend(_brief(error)) from error
        try:
            yield server
        finally:
            with contextlib.suppress(OSError, smtplib.SMTPException):
                server.quit()

    def send(self, server: smtplib.SMTP, mail: Mail) -> Outcome:
        """Hand one message over. Raises CannotSend when the connection is of no use any more."""
        try:
            message = message_of(mail, self.sender)
        except ValueError:
            return Outcome.REFUSED
        try:
            server.send_message(message, self.sender, [mail.to])
        except smtplib.SMTPRecipientsRefused as error:
            code, _ = error.recipients[mail.to]
            return self._refused(server, code)
        except smtplib.SMTPDataError as error:
            return self._refused(server, error.smtp_code)
        except smtplib.SMTPSenderRefused as error:  # ours to mend, not the letter's: it waits
            raise CannotSend(_brief(error)) from error
        except (OSError, smtplib.SMTPException) as error:
            raise CannotSend(_brief(error)) from error
        return Outcome.SENT

    def _refused(self, server: smtplib.SMTP, code: int) -> Outcome:
        log.info("letter_refused", code=code)
        if code == 421 or server.sock is None:  # the server is about to leave
            raise CannotSend(str(code))
        return Outcome.REFUSED if 500 <= code < 600 else Outcome.LATER

    def _connect(self) -> smtplib.SMTP:
        host, scheme = self._url.hostname or "", self._url.scheme
        port = self._url.port or _PORTS[scheme]
        if scheme == "smtps":
            server: smtplib.SMTP = smtplib.SMTP_SSL(host, port, timeout=SECONDS, context=ssl.create_default_context())
        else:
            server = smtplib.SMTP(host, port, timeout=SECONDS)
        try:
            self._begin(server, host, encrypted=scheme == "smtps")
        except BaseException:
            server.close()
            raise
        return server

    def _begin(self, server: smtplib.SMTP, host: str, *, encrypted: bool) -> None:
        server.ehlo_or_helo_if_needed()
        near = host in _LOOPBACK  # nobody listens in between, and its certificate is nobody's
        if not encrypted and not near and server.has_extn("starttls"):
            server.starttls(context=ssl.create_default_context())
            server.ehlo_or_helo_if_needed()
            encrypted = True
        if self._url.username is not None:
            if not encrypted and not near:
                raise smtplib.SMTPException("the server offers no TLS: our password is not sent in the clear")
            server.login(unquote(self._url.username), unquote(self._url.password or ""))


def _brief(error: Exception) -> str:
    """What the log is told: never what was sent."""
    code = getattr(error, "smtp_code", None)
    return type(error).__name__ if code is None else f"{type(error).__name__} {code}"
