"""Turns of a room's calls.

A room computes in one process. What one account has under way there slows everybody, however short the line is: so an
account that asks much has few calls under way, and its others wait before they have a session or a connection. Runs on
real threads and on green ones.
"""

import contextlib
import threading
from collections.abc import Iterator

from services.chassis.fair_order import FairOrder

OF_ONE_ACCOUNT = 3  # calls; with one, an account would wait for its own database alone
WAITING = 54  # calls of a room that wait for their turns; more wait with the broker


class TurnNotGiven(Exception):
    """The turn did not come in time."""


class AccountTurns:
    """One per process of a room. `None` as account: calls of the house itself."""

    def __init__(self, at_once: int, of_one_account: int = OF_ONE_ACCOUNT) -> None:
        self._lock = threading.Lock()
        self._order: FairOrder[threading.Event] = FairOrder(at_once, of_one_account)

    @property
    def waiting(self) -> int:
        """How many wait for a turn."""
        return self._order.waiting

    @contextlib.contextmanager
    def turn(self, account: str | None, seconds: float) -> Iterator[None]:
        """Have a turn for the block. Raises TurnNotGiven when none came within `seconds`."""
        self._take(account, seconds)
        try:
            yield
        finally:
            with self._lock:
                self._order.give_back(account)
                self._hand_out()

    def _take(self, account: str | None, seconds: float) -> None:
        mine = threading.Event()
        with self._lock:
            self._order.stand(account, mine)
            self._hand_out()
        if mine.wait(seconds):
            return
        with self._lock:
            if mine.is_set():  # between the end of the wait and now
                return
            self._order.leave(account, mine)
        raise TurnNotGiven

    def _hand_out(self) -> None:
        for one in self._order.hand_out():
            one.set()
