"""A token whose account has used up its requests is refused here until it may come again: a flood ends at the gateway
and does not reach the identity room."""

import hashlib
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Any, Concatenate, ParamSpec, TypeVar

from gateway_http.bus import Bus, BusSubscription
from services.contracts.identity import IdentityRpc, TooManyRequests

P = ParamSpec("P")
R = TypeVar("R")

TOKENS_REMEMBERED = 10_000  # about 1 MB
SECONDS_REMEMBERED = 60.0  # at most: the operator may raise the rate meanwhile


class RefusedTokens(Bus):
    """The bus as it is, but for a memory of IdentityRpc.authenticate's TooManyRequests by token."""

    def __init__(self, bus: Bus, clock: Callable[[], float] = time.monotonic) -> None:
        self.bus = bus
        self._clock = clock
        self._until: OrderedDict[bytes, float] = OrderedDict()

    async def call(self, method: Callable[Concatenate[Any, P], R], *args: P.args, **kwargs: P.kwargs) -> R:
        """See Bus."""
        asked: object = method
        if asked is not IdentityRpc.authenticate:
            return await self.bus.call(method, *args, **kwargs)
        token = hashlib.sha256(str(args[1]).encode(errors="replace")).digest()
        left = self._until.get(token, 0.0) - self._clock()
        if left > 0:
            raise TooManyRequests(retry_after=max(1, round(left)))
        self._until.pop(token, None)
        try:
            return await self.bus.call(method, *args, **kwargs)
        except TooManyRequests as refusal:
            seconds = min(float(refusal.params.get("retry_after", 1)), SECONDS_REMEMBERED)
            self._until[token] = self._clock() + seconds
            while len(self._until) > TOKENS_REMEMBERED:
                self._until.popitem(last=False)
            raise

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
