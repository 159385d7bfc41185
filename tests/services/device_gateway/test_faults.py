"""The core answers with faults: a load never stands still on a healthy link, and gets no chunk of another list."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any

import pytest
import pytest_asyncio

from services.contracts.goods_record import base_hash_of
from services.contracts.work import Begun, Buffered
from services.device_gateway import core
from tests.gateway_http.api.people import Person
from tests.house.running import RunningHouse
from tests.services.device_gateway.conftest import RunningGateway
from tests.services.device_gateway.faulty_bus import LOST, FaultyBus, faulty_gateway
from tests.services.device_gateway.line import Line

pytestmark = pytest.mark.asyncio(loop_scope="module")

Eventually = Callable[[Callable[[], object]], Awaitable[None]]
ITEMS = 1_000  # several chunks
SERVER_FAULT = (4500, "server_fault")


@pytest.fixture(scope="module")
def stocked(owner: Person) -> Iterator[Person]:
    """The account with a goods base of some size."""
    owner.choose_tax()
    _stock(owner, range(1, ITEMS + 1), 100)
    yield owner


def _stock(owner: Person, codes: range, price: int) -> None:
    rows = [{"code": code, "name": f"Товар номер {code}, в упаковке", "price": price} for code in codes]
    body = "\n".join(json.dumps(row, ensure_ascii=False) for row in rows).encode()
    told = owner.client.post("/items/bulk", content=body, headers={"Content-Type": "application/jsonl"})
    assert told.status_code == 200, told.text[:300]


@pytest_asyncio.fixture(loop_scope="module")
async def faulty(
    house: RunningHouse, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[tuple[RunningGateway, FaultyBus]]:
    monkeypatch.setattr(core, "BACKOFF_FIRST", 0.01)
    async with faulty_gateway(house.amqp_url) as running:
        yield running


async def _linked(gateway: RunningGateway, owner: Person) -> tuple[Line, str]:
    register = await asyncio.to_thread(owner.add_register)
    line = Line(gateway.url, register["kkt_id"])
    await line.open()
    await line.settle()
    return line, register["id"]


async def _start_load(owner: Person, register: str) -> str:
    told = await asyncio.to_thread(
        lambda: owner.client.post(f"/registers/{register}/exchanges", json={"kind": "load_goods"})
    )
    assert told.status_code == 202, told.text
    return str(told.json()["id"])


async def _switch(line: Line, begin: dict[str, Any], lines: bytes) -> None:
    """Take the order to apply, and do."""
    order = await line.hear_type("load_apply")
    held = lines.rstrip(b"\n").split(b"\n")
    line.goods = {
        "revision": begin["revision"], "base_hash": begin["base_hash"], "count": len(held), "capacity": 10000,
    }  # fmt: skip
    await line.say(
        type="load_state", id=order["id"], exchange=order["exchange"], load=begin["sha256"], state="applied",
        revision=begin["revision"], base_hash=base_hash_of(held), count=len(held),
    )  # fmt: skip


def _applied(owner: Person, exchange: str) -> Callable[[], bool]:
    return lambda: owner.client.get(f"/exchanges/{exchange}").json()["state"] == "applied"


@pytest.mark.parametrize(("method", "of"), [("report", Begun), ("report", Buffered), ("price_list_chunks", None)])
async def test_a_fault_that_passes_is_not_noticed(
    faulty: tuple[RunningGateway, FaultyBus], stocked: Person, eventually: Eventually, method: str, of: type | None
) -> None:
    gateway, bus = faulty
    line, register = await _linked(gateway, stocked)
    failed = bus.fail(method, core.FAULTS_MAX - 1, of)
    exchange = await _start_load(stocked, register)
    begin = await line.hear_type("load_begin")
    await _switch(line, begin, await line.take_load(begin))
    await eventually(_applied(stocked, exchange))
    assert failed == [core.FAULTS_MAX - 1]
    await line.leave()


async def test_a_report_that_finds_no_ears_ends_the_link_and_the_hello_heals(
    faulty: tuple[RunningGateway, FaultyBus], stocked: Person, eventually: Eventually
) -> None:
    gateway, bus = faulty
    line, register = await _linked(gateway, stocked)
    bus.fail("report", core.FAULTS_MAX, Buffered)
    exchange = await _start_load(stocked, register)
    begin = await line.hear_type("load_begin")
    lines = await line.take_load(begin)
    assert await line.end() == SERVER_FAULT
    line.buffer = {
        "state": "buffered", "load": begin["sha256"], "exchange": exchange, "received": begin["chunks"],
        "prefix_sha256": begin["sha256"],
    }  # fmt: skip
    await line.open()
    again = await line.hear_type("load_begin")
    await line.take_load(again, received=begin["chunks"], lines=lines)
    await _switch(line, begin, lines)
    await eventually(_applied(stocked, exchange))
    await line.leave()


async def test_chunks_that_nobody_gives_end_the_link(
    faulty: tuple[RunningGateway, FaultyBus], stocked: Person, eventually: Eventually
) -> None:
    gateway, bus = faulty
    line, register = await _linked(gateway, stocked)
    bus.fail("price_list_chunks", core.FAULTS_MAX)
    exchange = await _start_load(stocked, register)
    begin = await line.hear_type("load_begin")
    await line.say(type="load_begun", id=begin["id"], handle=begin["handle"], state="ready", received=0)
    assert await line.end() == SERVER_FAULT
    await line.open()
    again = await line.hear_type("load_begin")
    await _switch(line, again, await line.take_load(again))
    await eventually(_applied(stocked, exchange))
    await line.leave()


async def test_a_full_buffer_that_the_core_does_not_know_is_told_again(
    faulty: tuple[RunningGateway, FaultyBus], stocked: Person, eventually: Eventually
) -> None:
    gateway, bus = faulty
    line, register = await _linked(gateway, stocked)
    told: list[object] = []

    async def lose_the_first(asked: str, arguments: tuple[Any, ...]) -> object:
        if asked == "report" and isinstance(arguments[-1], Buffered):
            told.append(arguments)
            return LOST if len(told) == 1 else None
        return None

    bus.verdict = lose_the_first
    exchange = await _start_load(stocked, register)
    begin = await line.hear_type("load_begin")
    lines = await line.take_load(begin)
    for _ in range(4):
        await line.beat()
    await _switch(line, begin, lines)
    await eventually(_applied(stocked, exchange))
    assert len(told) == 2
    await line.leave()


async def test_no_chunk_of_the_delta_reaches_the_whole_list_that_follows_it(
    faulty: tuple[RunningGateway, FaultyBus], stocked: Person, eventually: Eventually
) -> None:
    gateway, bus = faulty
    line, register = await _linked(gateway, stocked)
    first = await _start_load(stocked, register)
    begin = await line.hear_type("load_begin")
    await _switch(line, begin, await line.take_load(begin))
    await eventually(_applied(stocked, first))
    await asyncio.to_thread(_stock, stocked, range(1, 11), 200)
    held = {"asked": asyncio.Event(), "go_on": asyncio.Event()}

    async def hold_the_first(asked: str, _arguments: tuple[Any, ...]) -> object:
        if asked == "price_list_chunks" and not held["asked"].is_set():
            held["asked"].set()
            await held["go_on"].wait()
        return None

    bus.verdict = hold_the_first
    exchange = await _start_load(stocked, register)
    delta = await line.hear_type("load_begin")
    assert delta["kind"] == "delta"
    await line.say(type="load_begun", id=delta["id"], handle=delta["handle"], state="ready", received=0)
    await held["asked"].wait()
    await line.say(type="load_state", exchange=exchange, load=delta["sha256"], state="failed", code="base_mismatch")
    whole = await line.hear_type("load_begin")
    assert (whole["kind"], whole["exchange"]) == ("full", exchange)
    await line.say(type="load_begun", id=whole["id"], handle=whole["handle"], state="ready", received=0)
    await line.say(type="are_you_there", id=1)
    await line.hear_type("error")  # so the answer before it was heard too
    held["go_on"].set()
    await _switch(line, whole, await line.take_rest(whole))
    await eventually(_applied(stocked, exchange))
    await line.leave()


@pytest.mark.parametrize("exchange", ["3f2b8c1e-9d4a-4f6b-8a70-1c2d3e4f5a6b", "of-another-server"])
async def test_a_register_that_names_a_foreign_exchange_keeps_its_link(
    faulty: tuple[RunningGateway, FaultyBus], stocked: Person, exchange: str
) -> None:
    gateway, _ = faulty
    line, register = await _linked(gateway, stocked)
    await line.say(type="load_state", exchange=exchange, load="0" * 64, state="failed", code="storage_failed")
    await asyncio.to_thread(lambda: stocked.client.post(f"/registers/{register}/exchanges", json={"kind": "test"}))
    assert (await line.hear_type("test"))["text"]  # asked for behind the report that was refused
    await line.leave()
