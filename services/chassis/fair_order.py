"""Who is next: a bounded number of turns, few of them of one account, the accounts one after the other.

Only the order is kept here; how somebody waits for a turn is the matter of those who use it: threads of a room
(services.chassis.account_turns), tasks of the device gateway.
"""

from collections import OrderedDict, deque
from typing import Generic, TypeVar

T = TypeVar("T")


class FairOrder(Generic[T]):
    """Within an account turns come in the order of asking. `None` as account: the house itself, bounded by all alone.

    Not safe for threads by itself.
    """

    def __init__(self, at_once: int, of_one_account: int) -> None:
        self._free = at_once
        self._of_one_account = of_one_account
        self._has: dict[str, int] = {}  # turns of an account, at least one
        self._lines: OrderedDict[str | None, deque[T]] = OrderedDict()  # the next account stands first

    @property
    def waiting(self) -> int:
        """How many stand in line."""
        return sum(map(len, self._lines.values()))

    @property
    def given(self) -> int:
        """How many turns accounts have."""
        return sum(self._has.values())

    def stand(self, account: str | None, who: T) -> None:
        """Get in line; `hand_out` tells when the turn comes."""
        self._lines.setdefault(account, deque()).append(who)

    def leave(self, account: str | None, who: T) -> None:
        """Get out of the line. Raises KeyError or ValueError for somebody who does not stand there."""
        line = self._lines[account]
        line.remove(who)
        if not line:
            del self._lines[account]

    def give_back(self, account: str | None) -> None:
        """A turn has ended."""
        self._free += 1
        if account is not None:
            self._has[account] -= 1
            if self._has[account] == 0:
                del self._has[account]

    def hand_out(self) -> list[T]:
        """Those whose turn it is now. An account that got one stands behind all others."""
        given: list[T] = []
        while self._free > 0:
            account = next((one for one in self._lines if self._may(one)), "")
            if account == "":
                break
            line = self._lines.pop(account)
            given.append(line.popleft())
            if line:
                self._lines[account] = line
            self._free -= 1
            if account is not None:
                self._has[account] = self._has.get(account, 0) + 1
        return given

    def _may(self, account: str | None) -> bool:
        return account is None or self._has.get(account, 0) < self._of_one_account
