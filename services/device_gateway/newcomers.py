"""Sockets that have not said hello yet: bounded in all, and for each address, so that nobody can take all the room."""

from collections import Counter
from collections.abc import Callable

from services.device_gateway.caller_address import neighbourhood


class Newcomers:
    """One of a process. A socket is counted until its first frame, whatever becomes of it then."""

    def __init__(self, most: int, most_of_one: int) -> None:
        self._most = most
        self._most_of_one = most_of_one
        self._all = 0
        self._silent: Counter[str] = Counter()  # at most `most` entries: an address without silent sockets has none

    def __len__(self) -> int:
        return self._all

    def room_for(self, address: str) -> bool:
        """Whether one more socket from there may be silent for a while."""
        return self._all < self._most and self._silent[neighbourhood(address)] < self._most_of_one

    def came(self, address: str) -> Callable[[], None]:
        """Count a socket; what is returned ends that, and may be called again."""
        caller = neighbourhood(address)
        self._all += 1
        self._silent[caller] += 1
        counted = True

        def spoke() -> None:
            nonlocal counted
            if not counted:
                return
            counted = False
            self._all -= 1
            self._silent[caller] -= 1
            if not self._silent[caller]:
                del self._silent[caller]

        return spoke
