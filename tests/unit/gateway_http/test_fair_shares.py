"""One account's flood waits in a line of its own, and what waits there is bounded."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from gateway_http.counted_calls import CountedCalls
from gateway_http.middleware import fair_shares
from gateway_http.middleware.fair_shares import AT_ONCE, TURN, WAITING_MAX, FairShares, Turn
from gateway_http.problems import TooManyAtOnce
from gateway_http.refused_tokens import RefusedTokens
from services.contracts.identity import IdentityRpc, TooManyRequests
from services.contracts.registers import RegistersRpc
from services.contracts.values import SystemActor

SYSTEM = SystemActor(name="test")


async def let_run() -> None:
    """Every task that can go on does so."""
    for _ in range(5):
        await asyncio.sleep(0)


def test_a_full_line_keeps_no_other_account_waiting() -> None:
    async def scene() -> None:
        shares = FairShares(secure=False, trusted_proxies=0)
        flood = [asyncio.create_task(shares.enter("flood")) for _ in range(AT_ONCE + 3)]
        await let_run()
        assert sum(task.done() for task in flood) == AT_ONCE
        await asyncio.wait_for(shares.enter("quiet"), 1)
        shares.leave("quiet")
        shares.leave("flood")
        await let_run()
        assert [task.done() for task in flood] == [True] * (AT_ONCE + 1) + [False] * 2  # in the order of coming
        for _ in range(AT_ONCE + 2):
            shares.leave("flood")
            await let_run()
        assert shares._lines == {}

    asyncio.run(scene())


def test_what_may_wait_is_bounded() -> None:
    async def scene() -> None:
        shares = FairShares(secure=False, trusted_proxies=0)
        waiting = [asyncio.create_task(shares.enter("flood")) for _ in range(AT_ONCE + WAITING_MAX)]
        await let_run()
        with pytest.raises(TooManyAtOnce):
            await shares.enter("flood")
        waiting[-1].cancel()  # whoever gives up makes room
        await let_run()
        last = asyncio.create_task(shares.enter("flood"))
        await let_run()
        assert not last.done()
        for task in (*waiting, last):
            task.cancel()

    asyncio.run(scene())


def test_nobody_waits_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fair_shares, "WAIT_SECONDS", 0.01)

    async def scene() -> None:
        shares = FairShares(secure=False, trusted_proxies=0)
        for _ in range(AT_ONCE):
            await shares.enter("slow")
        with pytest.raises(TooManyAtOnce):
            await shares.enter("slow")
        for _ in range(AT_ONCE):
            shares.leave("slow")
        assert shares._lines == {}

    asyncio.run(scene())


class CountingBus:
    """Refuses every token for ten seconds, and counts."""

    ready = True

    def __init__(self) -> None:
        self.calls = 0

    async def call(self, method: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        self.calls += 1
        if method is IdentityRpc.authenticate:
            raise TooManyRequests(retry_after=10)
        return "asked"


def test_a_refused_token_does_not_reach_the_room_until_it_may_come_again() -> None:
    inner, time = CountingBus(), [0.0]
    bus = RefusedTokens(inner, lambda: time[0])  # type: ignore[arg-type]

    def ask(token: str) -> int:
        with pytest.raises(TooManyRequests) as refused:
            asyncio.run(bus.call(IdentityRpc.authenticate, SYSTEM, token, "192.0.2.1"))
        return int(refused.value.params["retry_after"])

    assert ask("one") == 10
    time[0] = 4.0
    assert [ask("one") for _ in range(100)] == [6] * 100
    assert inner.calls == 1
    assert ask("two") == 10  # another token of the same account is asked for once
    assert inner.calls == 2
    time[0] = 10.0
    assert ask("one") == 10
    assert inner.calls == 3
    other: object = asyncio.run(bus.call(RegistersRpc.fleet_summary, SYSTEM))  # type: ignore[arg-type]
    assert other == "asked"


def test_whoever_hangs_up_gives_the_turn_back() -> None:
    """A web server cancels the task of a request whose line broke: no answer is made, so no answer ends the turn."""

    async def scene() -> None:
        shares = FairShares(secure=False, trusted_proxies=0)

        async def request() -> None:
            await shares.enter("gone")
            Turn(shares, "gone")
            await asyncio.Event().wait()

        under_way = [asyncio.create_task(request()) for _ in range(AT_ONCE + 2)]
        await let_run()
        for task in under_way:
            task.cancel()
            await let_run()
        assert shares._lines == {}

    asyncio.run(scene())


def test_a_turn_ends_once_however_many_requests_one_task_serves() -> None:
    async def scene() -> None:
        shares = FairShares(secure=False, trusted_proxies=0)

        async def kept_line() -> None:
            for _ in range(3):
                await shares.enter("kept")
                turn = Turn(shares, "kept")
                assert shares._lines["kept"].here == 1
                turn.end()
                turn.end()
            assert shares._lines == {}

        await asyncio.create_task(kept_line())
        assert shares._lines == {}

    asyncio.run(scene())


class SlowBus:
    """Answers nothing until `answers` is set; knows how many calls are under way, and the most there ever were."""

    ready = True

    def __init__(self) -> None:
        self.answers = asyncio.Event()
        self.under_way = self.most = 0

    async def call(self, method: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        try:
            await self.answers.wait()
            await asyncio.sleep(0)
        finally:
            self.under_way -= 1
        return "asked"


def test_what_a_broken_line_asked_of_a_room_keeps_its_turn_until_it_is_answered() -> None:
    async def scene() -> None:
        shares, inner = FairShares(secure=False, trusted_proxies=0), SlowBus()
        bus = CountedCalls(inner)  # type: ignore[arg-type]

        async def request() -> None:
            await shares.enter("gone")
            TURN.set(Turn(shares, "gone"))
            await bus.call(RegistersRpc.fleet_summary, SYSTEM)  # type: ignore[arg-type]

        requests = [asyncio.create_task(request()) for _ in range(3 * AT_ONCE)]
        await let_run()
        for task in requests[: 2 * AT_ONCE]:
            task.cancel()
        await let_run()
        assert all(task.cancelled() for task in requests[: 2 * AT_ONCE])
        assert inner.under_way == AT_ONCE
        inner.answers.set()
        await asyncio.gather(*requests[2 * AT_ONCE :])
        await let_run()
        assert inner.most == AT_ONCE
        assert shares._lines == {}

    asyncio.run(scene())


def test_streams_take_a_turn_for_each_piece_however_many_flow() -> None:
    async def scene() -> None:
        shares, inner = FairShares(secure=False, trusted_proxies=0), SlowBus()
        bus = CountedCalls(inner)  # type: ignore[arg-type]
        told = []

        async def export() -> None:
            await shares.enter("export")
            turn = Turn(shares, "export")
            TURN.set(turn)
            turn.end()  # the answer's head is made; its pieces follow
            for _ in range(3):
                told.append(await bus.call(RegistersRpc.fleet_summary, SYSTEM))  # type: ignore[arg-type]

        streams = [asyncio.create_task(export()) for _ in range(4 * AT_ONCE)]
        await let_run()
        assert inner.under_way == AT_ONCE
        await asyncio.wait_for(shares.enter("quiet"), 1)
        shares.leave("quiet")
        inner.answers.set()
        await asyncio.gather(*streams)
        await let_run()
        assert len(told) == 12 * AT_ONCE
        assert inner.most == AT_ONCE
        assert shares._lines == {}

    asyncio.run(scene())
