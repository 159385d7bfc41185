"""Goods on their way into registers: whole, resumed, waited for, broken off, and fetched once for many."""

import asyncio
import hashlib
import json
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed

from services.contracts.catalog import PriceListGone
from services.contracts.goods_record import base_hash_of
from services.device_gateway import metrics
from services.device_gateway.chunk_store import ChunkStore
from tests.gateway_http.api.people import Person
from tests.house.running import RunningHouse
from tests.services.device_gateway.conftest import RunningGateway, gateway_on
from tests.services.device_gateway.line import Line

pytestmark = pytest.mark.asyncio(loop_scope="module")

Eventually = Callable[[Callable[[], object]], Awaitable[None]]
ITEMS = 2_000  # about 200 KB: a dozen chunks


@pytest.fixture(scope="module")
def stocked(owner: Person) -> Iterator[Person]:
    """The account with a goods base of some size."""
    owner.choose_tax()
    rows = [
        {"code": code, "name": f"Товар номер {code}, в упаковке", "price": 100 * code, "barcodes": [f"46{code:011}"]}
        for code in range(1, ITEMS + 1)
    ]
    body = "\n".join(json.dumps(row, ensure_ascii=False) for row in rows).encode()
    told = owner.client.post("/items/bulk", content=body, headers={"Content-Type": "application/jsonl"})
    assert told.json()["created"] == ITEMS, told.text[:300]
    yield owner


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
    exchange: str = told.json()["id"]
    return exchange


def _exchange(owner: Person, exchange: str) -> dict[str, Any]:
    told: dict[str, Any] = owner.client.get(f"/exchanges/{exchange}").json()
    return told


def _state_is(owner: Person, exchange: str, state: str) -> Callable[[], bool]:
    return lambda: bool(_exchange(owner, exchange)["state"] == state)


async def _apply(line: Line, begin: dict[str, Any], lines: bytes) -> None:
    """Answer `load_apply` with what the register now holds, reckoned from the lines themselves."""
    order = await line.hear_type("load_apply")
    held = lines.rstrip(b"\n").split(b"\n")
    line.goods = {
        "revision": begin["revision"], "base_hash": base_hash_of(held), "count": len(held), "capacity": 10000,
    }  # fmt: skip
    line.buffer = {"state": "empty"}
    await line.say(
        type="load_state", id=order["id"], exchange=order["exchange"], load=begin["sha256"], state="applied",
        **{name: line.goods[name] for name in ("revision", "base_hash", "count")},
    )  # fmt: skip


async def test_a_load_goes_in_whole_and_is_confirmed_by_its_hash(
    gateway: RunningGateway, stocked: Person, eventually: Eventually
) -> None:
    line, register = await _linked(gateway, stocked)
    exchange = await _start_load(stocked, register)
    begin = await line.hear_type("load_begin")
    assert (begin["kind"], begin["records"], begin["exchange"]) == ("full", ITEMS, exchange)
    lines = await line.take_load(begin)
    assert len(lines) == begin["bytes"]
    assert hashlib.sha256(lines).hexdigest() == begin["sha256"]
    await eventually(_state_is(stocked, exchange, "buffered"))
    await _apply(line, begin, lines)
    await eventually(_state_is(stocked, exchange, "applied"))
    assert line.goods["base_hash"] == begin["base_hash"]
    told = stocked.client.get(f"/registers/{register}").json()["goods"]
    assert told["in_sync"]
    assert told["confirmed"]["base_hash"] == line.goods["base_hash"]
    assert told["confirmed"]["count"] == ITEMS
    await line.leave()


async def test_what_a_register_says_last_is_told_though_it_hangs_up(
    gateway: RunningGateway, stocked: Person, eventually: Eventually
) -> None:
    line, register = await _linked(gateway, stocked)
    exchange = await _start_load(stocked, register)
    begin = await line.hear_type("load_begin")
    await _apply(line, begin, await line.take_load(begin))
    await line.leave()
    await eventually(_state_is(stocked, exchange, "applied"))


async def test_a_cut_load_goes_on_at_another_gateway_where_it_stopped(
    gateway: RunningGateway, house: RunningHouse, stocked: Person, eventually: Eventually
) -> None:
    line, register = await _linked(gateway, stocked)
    exchange = await _start_load(stocked, register)
    begin = await line.hear_type("load_begin")
    await line.say(type="load_begun", id=begin["id"], handle=begin["handle"], state="ready", received=0)
    lines = b""
    for number in range(1, 6):
        frame = await line.hear()
        assert isinstance(frame, bytes)
        lines += frame[8:]
        await line.say(type="chunk_ack", handle=begin["handle"], received=number)
    assert line.socket is not None
    line.socket.transport.abort()  # type: ignore[attr-defined]
    prefix = hashlib.sha256(lines).hexdigest()
    line.buffer = {
        "state": "receiving", "load": begin["sha256"], "exchange": exchange, "received": 5, "prefix_sha256": prefix,
    }  # fmt: skip
    async with gateway_on(house.amqp_url) as other:
        line.url = other.url
        await line.open()
        again = await line.hear_type("load_begin")
        assert (again["exchange"], again["sha256"]) == (exchange, begin["sha256"])
        whole = await line.take_load(again, received=5, lines=lines)
        await _apply(line, again, whole)
        await eventually(_state_is(stocked, exchange, "applied"))
        await line.leave()
    steps = [entry["what"] for entry in _exchange(stocked, exchange)["timeline"]]
    assert "resumed" in steps


async def test_a_buffer_that_lies_starts_again_at_the_first_chunk(
    gateway: RunningGateway, stocked: Person, eventually: Eventually
) -> None:
    line, register = await _linked(gateway, stocked)
    exchange = await _start_load(stocked, register)
    begin = await line.hear_type("load_begin")
    await line.say(
        type="load_begun", id=begin["id"], handle=begin["handle"], state="ready", received=3, prefix_sha256="0" * 64
    )
    again = await line.hear_type("load_begin")
    assert again["restart"] is True
    lines = await line.take_load(again)
    await _apply(line, again, lines)
    await eventually(_state_is(stocked, exchange, "applied"))
    await line.leave()


async def test_sales_mode_is_waited_out(gateway: RunningGateway, stocked: Person, eventually: Eventually) -> None:
    line, register = await _linked(gateway, stocked)
    line.mode = "sales"
    await line.say(type="mode_changed", mode="sales", since="2026-03-02T07:42:00Z")
    await eventually(lambda: stocked.client.get(f"/registers/{register}").json()["mode"] == "sales")
    exchange = await _start_load(stocked, register)
    begin = await line.hear_type("load_begin")
    await line.say(type="load_begun", id=begin["id"], handle=begin["handle"], state="waiting", reason="sales_mode")
    await eventually(lambda: _exchange(stocked, exchange)["reason"] == "sales_mode")
    assert _exchange(stocked, exchange)["state"] == "waiting"
    line.mode = "menu"
    await line.say(type="mode_changed", mode="menu", since="2026-03-02T07:50:00Z")
    again = await line.hear_type("load_begin")
    lines = await line.take_load(again)
    order = await line.hear_type("load_apply")
    await line.say(
        type="load_state", id=order["id"], exchange=exchange, load=begin["sha256"], state="waiting", reason="dialog"
    )
    await eventually(lambda: _exchange(stocked, exchange)["reason"] == "dialog")
    held = lines.rstrip(b"\n").split(b"\n")
    await line.say(
        type="load_state", exchange=exchange, load=begin["sha256"], state="applied",
        revision=begin["revision"], base_hash=base_hash_of(held), count=len(held),
    )  # fmt: skip
    await eventually(_state_is(stocked, exchange, "applied"))
    await line.leave()


async def test_a_refused_record_fails_the_load_by_name(
    gateway: RunningGateway, stocked: Person, eventually: Eventually
) -> None:
    line, register = await _linked(gateway, stocked)
    exchange = await _start_load(stocked, register)
    begin = await line.hear_type("load_begin")
    await line.say(type="error", id=begin["id"], code="record_refused", register_code="085", record=17)
    await eventually(_state_is(stocked, exchange, "failed"))
    told = _exchange(stocked, exchange)
    assert (told["reason"], told["register_code"], told["item_code"]) == ("record_refused", "085", 17)
    await line.leave()


async def test_a_cancelled_load_is_thrown_away(
    gateway: RunningGateway, stocked: Person, eventually: Eventually
) -> None:
    line, register = await _linked(gateway, stocked)
    exchange = await _start_load(stocked, register)
    begin = await line.hear_type("load_begin")
    await line.say(type="load_begun", id=begin["id"], handle=begin["handle"], state="ready", received=0)
    assert isinstance(await line.hear(), bytes)
    await eventually(_state_is(stocked, exchange, "sending"))
    cancelled = await asyncio.to_thread(lambda: stocked.client.delete(f"/exchanges/{exchange}"))
    assert cancelled.json()["state"] == "cancelled"
    while isinstance(frame := await line.hear(), bytes):
        pass
    told = json.loads(frame)
    assert (told["type"], told["exchange"]) == ("load_abort", exchange)
    await line.say(type="done", id=told["id"])
    second = await _start_load(stocked, register)
    begin = await line.hear_type("load_begin")
    assert begin["exchange"] == second
    lines = await line.take_load(begin)
    await _apply(line, begin, lines)
    await eventually(_state_is(stocked, second, "applied"))
    assert _exchange(stocked, exchange)["state"] == "cancelled"
    await line.leave()


async def test_an_outcome_that_no_link_carried_is_told_by_the_next_hello(
    gateway: RunningGateway, stocked: Person, eventually: Eventually
) -> None:
    line, register = await _linked(gateway, stocked)
    exchange = await _start_load(stocked, register)
    begin = await line.hear_type("load_begin")
    lines = await line.take_load(begin)
    await line.hear_type("load_apply")
    assert line.socket is not None
    line.socket.transport.abort()  # type: ignore[attr-defined]  # switched, and the line broke before it could say so
    held = lines.rstrip(b"\n").split(b"\n")
    line.goods = {
        "revision": begin["revision"], "base_hash": base_hash_of(held), "count": len(held), "capacity": 10000,
    }  # fmt: skip
    await line.open()
    await eventually(_state_is(stocked, exchange, "applied"))
    with pytest.raises((TimeoutError, ConnectionClosed)):
        await line.hear(1.0)  # nothing is sent again
    await line.leave()


async def test_one_list_is_fetched_once_for_many_registers(
    gateway: RunningGateway, stocked: Person, eventually: Eventually
) -> None:
    pairs = [await _linked(gateway, stocked) for _ in range(6)]
    misses, sent = _value(metrics.CHUNK_MISSES), _value(metrics.CHUNKS)
    exchanges = [await _start_load(stocked, register) for _, register in pairs]

    async def whole(line: Line) -> int:
        begin = await line.hear_type("load_begin")
        await _apply(line, begin, await line.take_load(begin))
        return int(begin["chunks"])

    chunks = await asyncio.gather(*(whole(line) for line, _ in pairs))
    for exchange in exchanges:
        await eventually(_state_is(stocked, exchange, "applied"))
    assert _value(metrics.CHUNKS) - sent == sum(chunks)
    assert _value(metrics.CHUNK_MISSES) - misses <= chunks[0] * 2  # the others found them, or waited for one fetch
    for line, _ in pairs:
        await line.leave()


async def test_the_chunk_cache_is_bounded_and_asks_once_for_all_who_wait(
    gateway: RunningGateway, stocked: Person, eventually: Eventually
) -> None:
    line, register = await _linked(gateway, stocked)
    await _start_load(stocked, register)
    begin = await line.hear_type("load_begin")
    lines = await line.take_load(begin)
    tools = gateway.gateway._tools
    actor = next(link.actor for link in tools.connections if link.actor.register == register)
    store = ChunkStore(tools.core, limit=40_000)
    wanted = [number for number in range(begin["chunks"]) for _ in range(5)]
    got = await asyncio.gather(*(store.get(actor, begin["sha256"], number) for number in wanted))
    assert b"".join(chunk.body for chunk in got[::5]) == lines
    assert got[-1].prefix_sha256 == begin["sha256"]
    assert 0 < store._bytes <= 40_000
    assert store._fetching == {}
    for sha256, number in ((begin["sha256"], begin["chunks"]), ("0" * 64, 0)):
        with pytest.raises(PriceListGone):
            await store.get(actor, sha256, number)
    await _apply(line, begin, lines)
    await line.leave()


def _value(counter: Any) -> float:
    return float(counter._value.get())


async def test_progress_is_told_to_open_pages(gateway: RunningGateway, house: RunningHouse, stocked: Person) -> None:
    from tests.gateway_http.api.test_live_events import listening

    line, register = await _linked(gateway, stocked)

    def watch(started: asyncio.Event, loop: asyncio.AbstractEventLoop) -> dict[str, Any]:
        with listening(stocked) as listener:
            loop.call_soon_threadsafe(started.set)
            return listener.until("progress", register=register)[2]

    started = asyncio.Event()
    watching = asyncio.create_task(asyncio.to_thread(watch, started, asyncio.get_running_loop()))
    await started.wait()
    exchange = await _start_load(stocked, register)
    begin = await line.hear_type("load_begin")
    lines = await line.take_load(begin)
    data = await watching
    assert (data["exchange"], data["total"]) == (exchange, begin["chunks"])
    assert 1 <= data["done"] <= data["total"]
    await _apply(line, begin, lines)
    await line.leave()
