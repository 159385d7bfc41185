"""What can be wrong with bytes from the other side, as one small tree, and the close codes of the link.

LinkError
├── MalformedMessage   a text frame that is not a message of ours     closes the link, `malformed_message`
├── MalformedFrame     a binary frame that is not a chunk             closes the link, `malformed_frame`
└── UnknownMessage     a message type we do not know                  answered by `error`, the link stays
"""

from typing import Final

from msgspec import Struct


class LinkError(Exception):
    """Something from the other side breaks the protocol. `code` is its stable name on the wire."""

    code = "link_error"

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class MalformedMessage(LinkError):
    """Not JSON, not an object, no `type`, a missing field, or a field outside its limits."""

    code = "malformed_message"


class MalformedFrame(LinkError):
    """A binary frame without a whole header, above its size, or with a broken line."""

    code = "malformed_frame"


class UnknownMessage(LinkError):
    """A well-formed message of a type that this side does not know; `message_id` is its `id`, if it has one."""

    code = "unknown_message"

    def __init__(self, message_type: str, message_id: int | None) -> None:
        super().__init__(message_type[:40])
        self.message_type = message_type[:40]
        self.message_id = message_id


class CloseReason(Struct, frozen=True):
    """A WebSocket close: its code (RFC 6455 leaves 4000 to 4999 to us) and its name, sent as the reason."""

    code: int
    name: str


MALFORMED_MESSAGE: Final = CloseReason(4400, "malformed_message")
MALFORMED_FRAME: Final = CloseReason(4401, "malformed_frame")
REFUSED: Final = CloseReason(4403, "refused")
HELLO_EXPECTED: Final = CloseReason(4404, "hello_expected")
HELLO_TIMEOUT: Final = CloseReason(4408, "hello_timeout")
REPLACED: Final = CloseReason(4409, "replaced")
SILENT: Final = CloseReason(4410, "silent")
DRAINING: Final = CloseReason(4411, "draining")
NO_ANSWER: Final = CloseReason(4412, "no_answer")
TOO_MANY_ERRORS: Final = CloseReason(4429, "too_many_errors")
SERVER_FAULT: Final = CloseReason(4500, "server_fault")
