"""Turns of the questions of registers: an account with many registers waits for its own."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from services.chassis.fair_order import Bounds, FairOrder


class _Asker:
    """Somebody in the line. A cancelled one may be given its turn before it knows of its end."""

    __slots__ = ("began", "given", "wakes")

    def __init__(self) -> None:
        self.wakes: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.given = False
        self.began = 0.0


class FairTurns:
    """`None` as account: questions of the gateway itself."""

    def __init__(self, at_once: int, of_one_account: int) -> None:
        self._order: FairOrder[_Asker] = FairOrder(Bounds(at_once, of_one_account, of_one_account))

    @property
    def idle(self) -> bool:
        """Whether nobody waits and no account has a turn."""
        return self._order.waiting == 0 and self._order.given == 0

    @asynccontextmanager
    async def turn(self, account: str | None) -> AsyncIterator[None]:
        """Have a turn for the block; waits for one."""
        mine = _Asker()
        self._order.stand(account, mine)
        self._hand_out()
        try:
            await mine.wakes
        except asyncio.CancelledError:
            if mine.given:
                self._give_back(account, mine)
            else:
                self._order.leave(account, mine)
            raise
        try:
            yield
        finally:
            self._give_back(account, mine)

    def _give_back(self, account: str | None, asker: _Asker) -> None:
        self._order.give_back(account, asker.began)
        self._hand_out()

    def _hand_out(self) -> None:
        for one, began in self._order.hand_out():
            one.given, one.began = True, began
            if not one.wakes.done():
                one.wakes.set_result(None)
