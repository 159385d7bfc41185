"""A bus to the real rooms on which a test lets single questions of the gateway fail, get lost, or wait."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, Concatenate, ParamSpec, TypeVar

from services.chassis.bridge import Bridge
from services.chassis.rpc_wire import RemoteError
from services.chassis.settings import Settings
from services.device_gateway.server import DeviceGateway
from tests.services.device_gateway.conftest import RunningGateway, free_port
from tests.waiting import wait_for

P = ParamSpec("P")
T = TypeVar("T")

LOST = object()  # a verdict: the question never arrives, and None is the answer
Verdict = Callable[[str, tuple[Any, ...]], Awaitable[object]]


class FaultyBus(Bridge):
    """`verdict(method, arguments)` comes before each question; what it raises is the answer."""

    verdict: Verdict | None = None

    async def call(self, method: Callable[Concatenate[Any, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        if self.verdict is not None and await self.verdict(method.__name__, args) is LOST:
            return None  # type: ignore[return-value]
        return await super().call(method, *args, **kwargs)

    def fail(self, method: str, times: int, of: type | None = None) -> list[int]:
        """Let the next `times` questions of that name fail (reports: those `of` a type); returns how often it did."""
        failed = [0]

        async def verdict(asked: str, arguments: tuple[Any, ...]) -> object:
            if asked == method and failed[0] < times and (of is None or isinstance(arguments[-1], of)):
                failed[0] += 1
                raise RemoteError("OperationalError: cannot execute UPDATE in a read-only transaction")
            return None

        self.verdict = verdict
        return failed


@asynccontextmanager
async def faulty_gateway(amqp_url: str) -> AsyncIterator[tuple[RunningGateway, FaultyBus]]:
    """A gateway of this process with such a bus."""
    bus = FaultyBus(amqp_url)
    await bus.start(5)
    port = free_port()
    gateway = DeviceGateway(bus, Settings(amqp_url=amqp_url, database_url="", link_port=port))
    await gateway.start()
    try:
        await asyncio.to_thread(wait_for, lambda: gateway.ready, 30, "the gateway's bus")
        yield RunningGateway(gateway, port), bus
    finally:
        await gateway.stop()
        await bus.stop()
