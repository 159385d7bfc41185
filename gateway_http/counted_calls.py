"""A call that was sent goes on although its caller's line broke, and counts to the turn of its request until it is
answered: whoever hangs up again and again has no more work under way in the rooms than whoever waits."""

import asyncio
from collections.abc import Callable
from typing import Any, Concatenate, ParamSpec, TypeVar

from gateway_http.bus import Bus, BusSubscription
from gateway_http.middleware.fair_shares import TURN

P = ParamSpec("P")
R = TypeVar("R")


class CountedCalls(Bus):
    """The bus as it is, but for calls of requests that have a turn."""

    def __init__(self, bus: Bus) -> None:
        self.bus = bus

    async def call(self, method: Callable[Concatenate[Any, P], R], *args: P.args, **kwargs: P.kwargs) -> R:
        """See Bus."""
        turn = TURN.get()
        if turn is None:
            return await self.bus.call(method, *args, **kwargs)
        piece = await turn.another() if turn.over else None
        call = asyncio.create_task(self.bus.call(method, *args, **kwargs))
        (piece or turn).asks(call)
        if piece is not None:
            piece.end()
        return await asyncio.shield(call)

    async def subscribe(
        self,
        exchange: str,
        exchange_type: str,
        routing_keys: tuple[str, ...],
        callback: Callable[[str, dict[str, Any]], None],
    ) -> BusSubscription:
        """See Bus."""
        return await self.bus.subscribe(exchange, exchange_type, routing_keys, callback)

    async def start(self, wait: float) -> None:
        """See Bus."""
        await self.bus.start(wait)

    async def stop(self) -> None:
        """See Bus."""
        await self.bus.stop()

    @property
    def ready(self) -> bool:
        """See Bus."""
        return self.bus.ready
