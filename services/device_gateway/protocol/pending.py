"""Requests that wait for their one answer: which message answers which, and the bounds."""

from typing import Final

from msgspec import Struct

from services.device_gateway.protocol.register_messages import (
    ClockState,
    ConnectionTested,
    Done,
    GoodsPage,
    LoadState,
    Settings,
)
from services.device_gateway.protocol.server_messages import (
    Clock,
    ConnectionTest,
    LoadAbort,
    LoadApply,
    ReadGoods,
    ReadSettings,
    WriteSettings,
)
from services.device_gateway.protocol.values import MAX_U32

# The requests that a driver makes itself; those of a load are made by the load.
Question = ReadGoods | ReadSettings | WriteSettings | ConnectionTest | Clock

# What answers each request (those of `LoadSender` it knows itself); anything else is a fault of the register.
ANSWERS: Final[dict[type, type]] = {
    ReadGoods: GoodsPage,
    ReadSettings: Settings,
    WriteSettings: Settings,
    ConnectionTest: ConnectionTested,
    Clock: ClockState,
    LoadApply: LoadState,
    LoadAbort: Done,
}


class TooManyRequests(Exception):
    """The link has as many unanswered requests as it may have: ask later."""


class Pending(Struct):
    """A request that waits: the type of its answer, when it is late, and the exchange that it is about."""

    answer: type
    deadline: float
    exchange: str | None = None


class LoadUnderWay(Exception):
    """A link carries one load at a time."""


class Counter:
    """Numbers 1, 2, 3 … within 32 bits: the request ids of one link."""

    def __init__(self) -> None:
        self._last = 0

    def __call__(self) -> int:
        """The next number."""
        self._last = self._last % MAX_U32 + 1
        return self._last
