"""One caller cannot keep the others out: neither by silence, nor by guessing IDs behind the same proxy."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from websockets.exceptions import InvalidStatus

from services.contracts.kkt_id import new_kkt_id
from services.device_gateway import server
from services.device_gateway.protocol.timings import Timings
from tests.gateway_http.api.people import Person
from tests.house.running import RunningHouse
from tests.services.device_gateway.conftest import gateway_on
from tests.services.device_gateway.line import Line

pytestmark = pytest.mark.asyncio(loop_scope="module")

PATIENT = Timings(hello=60.0)  # nobody's silence ends by itself within these tests


async def test_the_silent_of_one_address_keep_nobody_else_out(
    house: RunningHouse, owner: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "SILENT_MAX", 6)
    monkeypatch.setattr(server, "SILENT_OF_ONE_MAX", 3)
    async with gateway_on(house.amqp_url, PATIENT) as gateway:
        silent = [Line(gateway.url, new_kkt_id()) for _ in range(4)]
        for line in silent:
            line.address = "127.9.9.9"
        for line in silent[:3]:
            await line.connect()
        with pytest.raises(InvalidStatus) as refused:
            await silent[3].connect()
        assert refused.value.response.status_code == 503
        assert refused.value.response.headers["Retry-After"] == "30"
        # Others come in, also more of them than may be silent, and also from there once one of them has spoken.
        for _ in range(5):
            register = await asyncio.to_thread(owner.add_register)
            assert (await Line(gateway.url, register["kkt_id"]).open())["type"] == "welcome"
        assert (await _hello(silent[0]))["code"] == "unknown_id"
        assert (await silent[3].open())["code"] == "unknown_id"


async def _hello(line: Line) -> dict[str, object]:
    await line.say(**line.hello())
    return await line.hear_json()


async def test_sockets_that_still_close_count_no_more(
    house: RunningHouse, monkeypatch: pytest.MonkeyPatch, eventually: Callable[[Callable[[], object]], Awaitable[None]]
) -> None:
    monkeypatch.setattr(server, "SILENT_MAX", 1)
    monkeypatch.setattr(server, "CLOSE_SECONDS", 60.0)
    async with gateway_on(house.amqp_url, PATIENT) as gateway:
        deaf = await Line(gateway.url, new_kkt_id()).connect()
        assert deaf.socket is not None
        await deaf.say_raw("not json")
        deaf.socket.transport.pause_reading()  # it never answers the close frame
        await eventually(lambda: len(gateway.gateway._newcomers) == 0)
        other = Line(gateway.url, new_kkt_id())
        assert (await other.open())["code"] == "unknown_id"
        assert len(gateway.gateway._sockets) >= 1
        deaf.socket.transport.abort()


async def test_guesses_behind_a_proxy_are_counted_to_the_guesser(house: RunningHouse, owner: Person) -> None:
    register = await asyncio.to_thread(owner.add_register)
    async with gateway_on(house.amqp_url, proxies=1) as gateway:

        async def call(kkt_id: str, forwarded_for: str) -> dict[str, object]:
            line = Line(gateway.url, kkt_id)
            line.address = "127.9.9.8"  # the proxy's
            line.headers = {"X-Forwarded-For": forwarded_for}
            told = await line.open()
            await line.leave()
            return told

        guesses = [await call(new_kkt_id(), f"192.0.2.{number}, 198.51.100.66") for number in range(21)]
        assert guesses[-1]["code"] == "too_many_attempts"  # writing other addresses further left helped nothing
        assert (await call(register["kkt_id"], "198.51.100.7"))["type"] == "welcome"
