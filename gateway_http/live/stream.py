"""One open stream: a bounded queue between the hub and one listener."""

import asyncio
from collections import deque
from enum import StrEnum

import msgspec

from services.contracts.values import AccountId, SessionId, UserId

WAITING_MAX = 256  # events for one slow listener; beyond that it is told to read anew


class Signal(StrEnum):
    """What is no event of the account."""

    RESYNC = "resync"  # something was missed: read the page anew
    END = "end"  # the session is over
    REPLACED = "replaced"  # a newer stream of the session took its place: the line just ends
    RENEW = "renew"  # the rights may be others now: the line just ends, who comes back is authenticated anew


class LiveEvent(msgspec.Struct, frozen=True):
    """`id` is the fact's, "" of a progress note; `data` is JSON: {kind, …body}; `user`: whom it is for, "" for all."""

    id: str
    data: bytes
    user: str = ""


_LAST = frozenset({Signal.END, Signal.REPLACED, Signal.RENEW})


class LiveStream:
    """Belongs to one session of one user. `put` never waits; `next` is called by one listener."""

    def __init__(self, account: AccountId, session: SessionId, user: UserId) -> None:
        self.account = account
        self.session = session
        self.user = user
        self.ended = False
        self._waiting: deque[LiveEvent | Signal] = deque()  # at most WAITING_MAX
        self._filled = asyncio.Event()

    def put(self, event: LiveEvent | Signal) -> None:
        """Hand an event over; with too many waiting all of them become one `resync`. Others' events are left out."""
        if self.ended or (isinstance(event, LiveEvent) and event.user not in {"", self.user}):
            return
        if event in _LAST:
            self.ended = True
            self._waiting.clear()
        elif event is Signal.RESYNC or len(self._waiting) >= WAITING_MAX:
            self._waiting.clear()
            event = Signal.RESYNC
        self._waiting.append(event)
        self._filled.set()

    async def next(self, seconds: float) -> LiveEvent | Signal | None:
        """The next event, None if none came within `seconds`."""
        if not self._waiting:
            self._filled.clear()
            try:
                async with asyncio.timeout(seconds):
                    await self._filled.wait()
            except TimeoutError:
                return None
        return self._waiting.popleft()
