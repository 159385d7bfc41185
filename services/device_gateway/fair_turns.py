"""A bounded number of turns, given to the accounts one after the other: who wants many waits for its own."""

import asyncio
from collections import OrderedDict, deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class FairTurns:
    """Within an account turns are given in the order of asking."""

    def __init__(self, at_once: int) -> None:
        self._free = at_once
        self._waiting: OrderedDict[str, deque[asyncio.Future[None]]] = OrderedDict()  # the next account stands first

    @asynccontextmanager
    async def turn(self, account: str) -> AsyncIterator[None]:
        """Have a turn for the block; waits for one."""
        if self._free > 0:  # then nobody waits
            self._free -= 1
        else:
            await self._wait(account)
        try:
            yield
        finally:
            self._pass_on()

    async def _wait(self, account: str) -> None:
        mine: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(account, deque()).append(mine)
        try:
            await mine
        except asyncio.CancelledError:
            if mine.done() and not mine.cancelled():
                self._pass_on()  # it was given just now, and is not wanted any more
            raise

    def _pass_on(self) -> None:
        while self._waiting:
            account, line = self._waiting.popitem(last=False)
            given = line.popleft()
            if line:
                self._waiting[account] = line  # behind all other accounts
            if not given.done():
                given.set_result(None)
                return
        self._free += 1
