"""Text frames to messages and back. Strict types; unknown fields are ignored; every fault has a name.

`decode_from_register` is what a server uses, `decode_from_server` what a register uses. Both raise `UnknownMessage`
for a type that they do not know and `MalformedMessage` for everything else; no other exception comes out, whatever
goes in.
"""

import re
from typing import Any, Final, get_args

import msgspec

from services.device_gateway.protocol.errors import MalformedMessage, UnknownMessage
from services.device_gateway.protocol.register_messages import RegisterMessage
from services.device_gateway.protocol.server_messages import ServerMessage
from services.device_gateway.protocol.values import MAX_MESSAGE_BYTES, MAX_U32, PROTOCOL


class _Envelope(msgspec.Struct):
    """What is looked at before the rest: enough to name an unknown message, or a hello of another protocol."""

    type: str
    id: Any = None
    protocol: Any = None


def _decoders(union: Any) -> dict[str, msgspec.json.Decoder[Any]]:
    return {str(one.__struct_config__.tag): msgspec.json.Decoder(one) for one in get_args(union)}


# How msgspec and our own checks name a field in their texts.
_NAMED: Final = re.compile(r"field `(\w+)`")
_ENVELOPE: Final = msgspec.json.Decoder(_Envelope)
_FROM_REGISTER: Final = _decoders(RegisterMessage)
_FROM_SERVER: Final = _decoders(ServerMessage)
_ENCODER: Final = msgspec.json.Encoder()


class OtherProtocol(MalformedMessage):
    """A hello in another version of the protocol: to be refused by name, not closed as malformed."""

    code = "protocol_version"


def decode_from_register(text: str | bytes) -> RegisterMessage:
    """The message of a register. A hello of another protocol version raises `OtherProtocol`."""
    message: RegisterMessage = _decode(text, _FROM_REGISTER)
    return message


def decode_from_server(text: str | bytes) -> ServerMessage:
    """The message of a server."""
    message: ServerMessage = _decode(text, _FROM_SERVER)
    return message


def encode(message: RegisterMessage | ServerMessage) -> str:
    """The text frame of a message."""
    return _ENCODER.encode(message).decode()


def _decode(text: str | bytes, decoders: dict[str, msgspec.json.Decoder[Any]]) -> Any:
    try:
        raw = text.encode() if isinstance(text, str) else text
        if len(raw) > MAX_MESSAGE_BYTES:
            raise MalformedMessage("size")
        envelope = _ENVELOPE.decode(raw)
        decoder = decoders.get(envelope.type)
        if decoder is None:
            raise UnknownMessage(_printable(envelope.type), _usable_id(envelope.id))
        if envelope.type == "hello" and isinstance(envelope.protocol, str) and envelope.protocol != PROTOCOL:
            raise OtherProtocol(_printable(envelope.protocol))
        return decoder.decode(raw)
    except (msgspec.MsgspecError, UnicodeError, RecursionError, ValueError, OverflowError) as fault:
        raise MalformedMessage(_printable(_without_values(fault))) from None


def _without_values(fault: Exception) -> str:
    """Where it is wrong, but nothing of what was sent: a hello has a key in it."""
    text = str(fault)
    at = text.rfind(" - at `")
    place = text[at + 7 : -1] if at >= 0 else ""
    named = _NAMED.search(text)
    if named is not None:
        missing = " missing" if text.lower().removeprefix("object ").startswith("missing") else ""
        return f"{place or '$'}.{named[1]}{missing}"
    return place or "json"


def _printable(text: str) -> str:
    # 40 characters of printable ASCII: it goes into a close reason (123 bytes at most) and into logs.
    return "".join(char if " " <= char <= "~" else "?" for char in text[:40])


def _usable_id(value: Any) -> int | None:
    return value if type(value) is int and 1 <= value <= MAX_U32 else None
