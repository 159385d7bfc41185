"""An SMTP server on loopback that keeps what it is sent, and refuses what it is told to."""

import contextlib
import email
import socket
import ssl
from collections.abc import Iterator
from email.message import EmailMessage
from email.policy import default
from typing import Any, cast

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword


class Mailbox:
    """What came in, and what the server answers."""

    def __init__(self) -> None:
        self.messages: list[EmailMessage] = []
        self.envelopes: list[tuple[str, list[str]]] = []
        self.to_recipients: list[str] = []  # answers to the next RCPT commands, the first first; then 250
        self.to_data: list[str] = []  # the same of whole messages
        self.sign_ins: list[tuple[str, str]] = []
        self.encrypted: list[bool] = []
        self.after_message: Any = lambda: None  # done once a message was taken

    def __len__(self) -> int:
        return len(self.messages)

    def bodies(self) -> list[str]:
        return [message.get_content() for message in self.messages]

    # --- what aiosmtpd asks

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:
        if self.to_recipients:
            return self.to_recipients.pop(0)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, _session: Any, envelope: Any) -> str:
        if self.to_data:
            return self.to_data.pop(0)
        self.messages.append(cast(EmailMessage, email.message_from_bytes(envelope.content, policy=default)))
        self.envelopes.append((envelope.mail_from, envelope.rcpt_tos))
        self.encrypted.append(server.transport.get_extra_info("ssl_object") is not None)
        self.after_message()
        return "250 OK"

    def authenticate(self, _server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any) -> AuthResult:
        if not isinstance(data, LoginPassword):
            return AuthResult(success=False, handled=False)
        self.sign_ins.append((data.login.decode(), data.password.decode()))
        return AuthResult(success=data.password == b"s3cret/:@", handled=False)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def serving(
    mailbox: Mailbox, port: int, host: str = "127.0.0.1", tls: ssl.SSLContext | None = None, **options: Any
) -> Iterator[None]:
    """The server answers inside the block. `tls`: from the first byte on."""
    server = Controller(mailbox, hostname=host, port=port, ssl_context=tls, **options)
    server.start()
    try:
        yield
    finally:
        server.stop()
