"""Who is next: a bounded number of turns, few of them of one account, the accounts one after the other.

Only the order is kept here; how somebody waits for a turn is the matter of those who use it: threads of a room
(services.chassis.account_turns), tasks of the device gateway.
"""

import math
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from typing import Generic, NamedTuple, TypeVar

T = TypeVar("T")


class Bounds(NamedTuple):
    """How many turns there are.

    One that is older than `long_after` seconds waits for its database most of the time: it counts among all, but no
    longer among those of its account, whose other questions need not wait for it.
    """

    at_once: int
    of_one_account: int  # beside turns of other accounts
    of_the_only_account: int  # while no other account has one
    long_after: float = math.inf


class FairOrder(Generic[T]):
    """Within an account turns come in the order of asking. `None` as account: the house itself, bounded by all alone.

    Not safe for threads by itself.
    """

    def __init__(self, bounds: Bounds, clock: Callable[[], float] = time.monotonic) -> None:
        self._bounds = bounds
        self._clock = clock
        self._free = bounds.at_once
        self._began: dict[str, list[float]] = {}  # of an account's turns, the oldest first; none is empty
        self._lines: OrderedDict[str | None, deque[T]] = OrderedDict()  # the next account stands first

    @property
    def waiting(self) -> int:
        """How many stand in line."""
        return sum(map(len, self._lines.values()))

    @property
    def given(self) -> int:
        """How many turns accounts have."""
        return sum(map(len, self._began.values()))

    def stand(self, account: str | None, who: T) -> None:
        """Get in line; `hand_out` tells when the turn comes."""
        self._lines.setdefault(account, deque()).append(who)

    def leave(self, account: str | None, who: T) -> None:
        """Get out of the line. Raises KeyError or ValueError for somebody who does not stand there."""
        line = self._lines[account]
        line.remove(who)
        if not line:
            del self._lines[account]

    def hand_out(self) -> list[tuple[T, float]]:
        """Those whose turn it is now, and when each began, for `give_back`.

        An account that got one stands behind all others. Ask again when a turn was given back, or has become long.
        """
        given: list[tuple[T, float]] = []
        now = self._clock()
        while self._free > 0:
            account = next((one for one in self._lines if self._may(one, now)), "")
            if account == "":
                break
            line = self._lines.pop(account)
            given.append((line.popleft(), now))
            if line:
                self._lines[account] = line
            self._free -= 1
            if account is not None:
                self._began.setdefault(account, []).append(now)
        return given

    def give_back(self, account: str | None, began: float) -> None:
        """A turn has ended."""
        self._free += 1
        if account is not None:
            turns = self._began[account]
            turns.remove(began)
            if not turns:
                del self._began[account]

    def _may(self, account: str | None, now: float) -> bool:
        if account is None:
            return True
        bounds, turns = self._bounds, self._began.get(account, [])
        alone = len(self._began) == (1 if turns else 0)
        most = bounds.of_the_only_account if alone else bounds.of_one_account
        return sum(now - began < bounds.long_after for began in turns) < most
