"""One stream's queue: bounded, never waiting, honest about what was missed."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Future
from datetime import UTC, datetime
from typing import Any, cast

import msgspec

from gateway_http.bus import Bus
from gateway_http.live.hub import LiveHub, event_data
from gateway_http.live.stream import WAITING_MAX, LiveEvent, LiveStream, Signal
from services.contracts.live import LiveMessage
from services.contracts.values import AccountId, SessionId, UserId


def stream() -> LiveStream:
    return LiveStream(AccountId("a"), SessionId("s"), UserId("u"))


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


async def test_what_is_meant_for_one_user_is_told_to_nobody_else() -> None:
    one = stream()
    one.put(LiveEvent("identity:1", b"{}", user="another"))
    one.put(LiveEvent("identity:2", b"{}", user="u"))
    told = await one.next(1)
    assert isinstance(told, LiveEvent) and told.id == "identity:2"
    assert await one.next(0.01) is None


class _Standing:
    """A subscription that stands; what is bound is remembered by nobody."""

    ready = True

    def bind(self, key: str) -> "Future[None]":
        done: Future[None] = Future()
        done.set_result(None)
        return done

    def unbind(self, key: str) -> "Future[None]":
        return self.bind(key)


class _Wire:
    """A bus that hands over whatever the test says was published."""

    publish: Callable[[str, dict[str, Any]], None]

    async def subscribe(
        self, exchange: str, kind: str, keys: tuple[str, ...], callback: Callable[[str, dict[str, Any]], None]
    ) -> _Standing:
        self.publish = callback
        return _Standing()


def said(number: int, told_kind: str, **body: str) -> dict[str, Any]:
    message = LiveMessage(f"identity:{number}", AccountId("a"), told_kind, body, datetime(2026, 3, 2, tzinfo=UTC))
    told: dict[str, Any] = msgspec.to_builtins(message)
    return told


async def test_a_changed_user_comes_back_to_be_authenticated_anew() -> None:
    wire = _Wire()
    hub = LiveHub(cast(Bus, wire))
    hers = await hub.open(AccountId("a"), SessionId("1"), UserId("anna"), None)
    his = await hub.open(AccountId("a"), SessionId("2"), UserId("boris"), None)
    wire.publish("a", said(1, "user_changed", user="anna", what="rights"))
    assert await hers.next(1) is Signal.RENEW
    told = await his.next(1)
    assert isinstance(told, LiveEvent) and msgspec.json.decode(told.data)["kind"] == "user_changed"
    wire.publish("a", said(2, "notified", user="anna", kind="new_place"))
    assert await his.next(0.01) is None
    back = await hub.open(AccountId("a"), SessionId("1"), UserId("anna"), "identity:1")
    told = await back.next(1)
    assert isinstance(told, LiveEvent)
    assert msgspec.json.decode(told.data) == {"kind": "notified", "user": "anna", "notified_kind": "new_place"}
    beside = await hub.open(AccountId("a"), SessionId("2"), UserId("boris"), "identity:1")
    assert await beside.next(0.01) is None
