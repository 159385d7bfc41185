"""What can be made to go wrong, on request: `--fault NAME[=VALUE]`, any number of times.

slow-line=BYTES_PER_S   the line carries no more than this
cut-after-chunk=N       the line is cut once, after chunk N arrived and before it is acknowledged
lose-acks[=TIMES]       the next TIMES acknowledgements are not sent (default: all of them)
wrong-hash[=TIMES]      a byte of TIMES loads is spoilt on its way into the buffer (default 1)
full-memory[=N]         there is room for N chunks only (default 0)
refuse-record=CODE      the goods record with this code is refused
power-loss=STEP         the power goes once: at begin, chunk, end, apply, switched or logged
silence=SECONDS         once linked, nothing is said or heard for so long, once
"""

from collections.abc import Sequence
from typing import Final

STEPS: Final = ("begin", "chunk", "end", "apply", "switched", "logged")
_FOREVER: Final = 1 << 62


class PowerLoss(Exception):
    """The power is gone at this step. What is in the memory stays, everything else is lost."""


class BadFault(ValueError):
    """No such fault, or a value that it does not take."""


class Faults:
    """The faults of one register. Each method is asked at its place and says whether it goes wrong there, now."""

    def __init__(self, wanted: Sequence[str] = ()) -> None:
        self.bytes_per_second: int | None = None
        self.silence: float = 0.0
        self._cut_after: int | None = None
        self._acks_to_lose = 0
        self._hashes_to_spoil = 0
        self._room: int | None = None
        self._refused_record: int | None = None
        self._power_loss: str | None = None
        for one in wanted:
            self._take(one)

    def _take(self, text: str) -> None:
        name, _, value = text.partition("=")
        match name:
            case "slow-line":
                self.bytes_per_second = _number(text, value, None)
            case "cut-after-chunk":
                self._cut_after = _number(text, value, None)
            case "lose-acks":
                self._acks_to_lose = _number(text, value, _FOREVER)
            case "wrong-hash":
                self._hashes_to_spoil = _number(text, value, 1)
            case "full-memory":
                self._room = _number(text, value, 0)
            case "refuse-record":
                self._refused_record = _number(text, value, None)
            case "power-loss" if value in STEPS:
                self._power_loss = value
            case "silence":
                self.silence = float(_number(text, value, None))
            case _:
                raise BadFault(f"no such fault: {text}")

    def step(self, name: str) -> None:
        """Raise `PowerLoss` if the power goes at this step."""
        if self._power_loss == name:
            self._power_loss = None
            raise PowerLoss(name)

    def cuts_after(self, chunk: int) -> bool:
        """Whether the line is cut now."""
        if self._cut_after != chunk:
            return False
        self._cut_after = None
        return True

    def loses_ack(self) -> bool:
        """Whether this acknowledgement is lost."""
        if self._acks_to_lose <= 0:
            return False
        self._acks_to_lose -= 1
        return True

    def spoilt(self, number: int, lines: bytes) -> bytes:
        """The chunk as it arrives: the first one of a load may lose a bit."""
        if number != 1 or self._hashes_to_spoil <= 0:
            return lines
        self._hashes_to_spoil -= 1
        return bytes([lines[0] ^ 1]) + lines[1:]

    def has_room_for(self, chunk: int) -> bool:
        """Whether the memory takes this chunk (number 1 is asked for when a load begins)."""
        return self._room is None or chunk <= self._room

    def refuses(self, lines: bytes) -> int | None:
        """The code of the record that is refused, if it is among these lines."""
        code = self._refused_record
        if code is None:
            return None
        wanted = f'"code":{code}'.encode()
        return code if any(wanted + end in lines for end in (b",", b"}")) else None


def _number(text: str, value: str, default: int | None) -> int:
    if not value and default is not None:
        return default
    if not value.isdigit() or len(value) > 12:
        raise BadFault(f"a number is needed: {text}")
    return int(value)
