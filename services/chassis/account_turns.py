"""Turns of a room's calls.

A room computes in one process. What one account has under way there slows everybody, however short the line is: so an
account that asks much has one call under way beside those of others, and the rest of its calls wait before they have a
session or a connection. Runs on real threads and on green ones.
"""

import contextlib
import threading
import time
from collections.abc import Iterator

from services.chassis.fair_order import Bounds, FairOrder

OF_ONE_ACCOUNT = 1
OF_THE_ONLY_ACCOUNT = 3  # with one, it would wait for its own database alone
LONG_AFTER = 2.0  # seconds; a preview of many items takes longer
WAITING = 54  # calls of a room that wait for their turns; more wait with the broker


class TurnNotGiven(Exception):
    """The turn did not come in time."""


class _Caller:
    """Somebody in the line."""

    __slots__ = ("began", "given")

    def __init__(self) -> None:
        self.given = threading.Event()
        self.began = 0.0


class AccountTurns:
    """One per process of a room. `None` as account: calls of the house itself."""

    def __init__(self, bounds: Bounds) -> None:
        self._long_after = bounds.long_after
        self._lock = threading.Lock()
        self._order: FairOrder[_Caller] = FairOrder(bounds)

    @property
    def waiting(self) -> int:
        """How many wait for a turn."""
        return self._order.waiting

    @contextlib.contextmanager
    def turn(self, account: str | None, seconds: float) -> Iterator[None]:
        """Have a turn for the block. Raises TurnNotGiven when none came within `seconds`."""
        began = self._take(account, seconds)
        try:
            yield
        finally:
            with self._lock:
                self._order.give_back(account, began)
                self._hand_out()

    def _take(self, account: str | None, seconds: float) -> float:
        mine, last = _Caller(), time.monotonic() + seconds
        with self._lock:
            self._order.stand(account, mine)
            self._hand_out()
        while not mine.given.wait(max(0.0, min(last - time.monotonic(), self._long_after))):
            with self._lock:
                self._hand_out()  # a turn may have become a long one
                if mine.given.is_set():
                    break
                if time.monotonic() >= last:
                    self._order.leave(account, mine)
                    raise TurnNotGiven
        return mine.began

    def _hand_out(self) -> None:
        for one, began in self._order.hand_out():
            one.began = began
            one.given.set()


def turns_of_room(at_once: int) -> AccountTurns:
    """The turns of one process of a room that handles so many calls at a time."""
    return AccountTurns(Bounds(at_once, OF_ONE_ACCOUNT, OF_THE_ONLY_ACCOUNT, LONG_AFTER))
