"""Gateways in the test's own process, on a real bus with the real rooms behind it."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager

import httpx
import pytest
import pytest_asyncio

from services.chassis.bridge import Bridge
from services.chassis.settings import Settings
from services.device_gateway.protocol.timings import DEFAULT_TIMINGS, Timings
from services.device_gateway.server import DeviceGateway
from tests.gateway_http.api.people import Described, Person
from tests.house.running import RunningHouse
from tests.waiting import wait_for


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class RunningGateway:
    """One gateway and the address of its links."""

    def __init__(self, gateway: DeviceGateway, port: int) -> None:
        self.gateway = gateway
        self.url = f"ws://127.0.0.1:{port}/link"


@asynccontextmanager
async def gateway_on(
    amqp_url: str, timings: Timings = DEFAULT_TIMINGS, port: int | None = None, proxies: int = 0
) -> AsyncIterator[RunningGateway]:
    """A gateway of this process."""
    bus = Bridge(amqp_url)
    await bus.start(5)
    port = port or free_port()
    settings = Settings(amqp_url=amqp_url, database_url="", link_port=port, link_trusted_proxies=proxies)
    gateway = DeviceGateway(bus, settings, timings)
    await gateway.start()
    try:
        await asyncio.to_thread(wait_for, lambda: gateway.ready, 30, "the gateway's bus")
        yield RunningGateway(gateway, port)
    finally:
        await gateway.stop()
        await bus.stop()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def gateway(house: RunningHouse) -> AsyncIterator[RunningGateway]:
    async with gateway_on(house.amqp_url) as running:
        yield running


@pytest.fixture(scope="module")
def owner(house: RunningHouse) -> Iterator[Person]:
    """The account whose registers connect."""
    document = httpx.get(f"{house.http_url}/api/v1/openapi.json").json()
    person = Person(house, Described(document), "Кассы")
    yield person
    person.leave()


@pytest.fixture
def eventually() -> Callable[[Callable[[], object]], Awaitable[None]]:
    """Wait for a fact without stopping the gateway that runs on the same loop."""

    async def wait(fact: Callable[[], object], seconds: float = 30) -> None:
        deadline = asyncio.get_running_loop().time() + seconds
        while not await asyncio.to_thread(fact):
            assert asyncio.get_running_loop().time() < deadline, "waited in vain"
            await asyncio.sleep(0.05)

    return wait
