"""One stream's queue: bounded, never waiting, honest about what was missed."""

import asyncio
from datetime import UTC, datetime

import msgspec

from gateway_http.live.hub import event_data
from gateway_http.live.stream import WAITING_MAX, LiveEvent, LiveStream, Signal
from services.contracts.live import LiveMessage
from services.contracts.values import AccountId, SessionId


def stream() -> LiveStream:
    return LiveStream(AccountId("a"), SessionId("s"))


def event(number: int) -> LiveEvent:
    return LiveEvent(f"registers:{number}", b"{}")


async def test_events_come_in_order_and_nothing_comes_in_time() -> None:
    one = stream()
    for number in range(3):
        one.put(event(number))
    assert [await one.next(1) for _ in range(3)] == [event(0), event(1), event(2)]
    assert await one.next(0.01) is None
    waiting = asyncio.create_task(one.next(1))
    await asyncio.sleep(0)
    one.put(event(3))
    assert await waiting == event(3)


async def test_a_listener_too_slow_is_told_to_read_anew() -> None:
    one = stream()
    for number in range(WAITING_MAX + 1):
        one.put(event(number))
    assert await one.next(1) is Signal.RESYNC
    assert await one.next(0.01) is None
    one.put(event(1))
    one.put(Signal.RESYNC)
    assert await one.next(1) is Signal.RESYNC


async def test_nothing_comes_after_the_end() -> None:
    one = stream()
    one.put(event(1))
    one.put(Signal.END)
    one.put(event(2))
    assert await one.next(1) is Signal.END
    assert await one.next(0.01) is None


def test_an_event_keeps_its_own_kind_apart_from_the_exchanges() -> None:
    body = {"type": "exchange_changed", "exchange": "e", "kind": "test", "state": "applied"}
    message = LiveMessage("registers:1", AccountId("a"), "exchange_changed", body, datetime(2026, 3, 2, tzinfo=UTC))
    assert msgspec.json.decode(event_data(message)) == {
        "kind": "exchange_changed",
        "exchange": "e",
        "exchange_kind": "test",
        "state": "applied",
    }
