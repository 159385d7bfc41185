"""One account floods over real sockets; another is answered as if nothing were.

What the flood asks for is made to last: its row in the identity room is locked, so each of its requests that reached
the room stays there. Nothing here is told by a clock: who is answered while who waits, and how many are refused.
"""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import httpx
import psycopg
import pytest

from gateway_http.middleware.fair_shares import AT_ONCE, WAITING_MAX
from services.chassis.database import plain_url
from tests.gateway_http.socket_lines import Caller, SocketLine
from tests.house.running import RunningHouse
from tests.services.identity_facts import account_of
from tests.waiting import wait_for

PASSWORD = "a long way to Tver 77"
MORE = 20  # than may be there
PATIENCE = 60.0  # seconds until a fact that must come counts as missing

_WAITING = """
SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'
"""


class Account:
    """An account of its own whose session the gateway knows already."""

    def __init__(self, house: RunningHouse, name: str) -> None:
        self._house = house
        number = int(house.create_account(name, "clerk", PASSWORD)["client_number"])
        self.id = account_of(house.database_url, number)
        signed = {"client": str(number), "user": "clerk", "password": PASSWORD}
        token = httpx.post(f"{house.http_url}/api/v1/sessions", json=signed).raise_for_status().json()["token"]
        httpx.get(f"{house.http_url}/api/v1/me", headers={"Authorization": f"Bearer {token}"}).raise_for_status()
        self.caller = Caller(house.http_url, token)

    @contextmanager
    def held_up(self) -> Iterator[None]:
        """Whatever it asks stays in the identity room until the end of the block."""
        with psycopg.connect(plain_url(self._house.database_url)) as connection:
            connection.execute("SET ROLE kkt_identity_system")
            row = "SELECT 1 FROM identity.request_rate WHERE account_id = %s FOR UPDATE"
            assert connection.execute(row, (self.id,)).fetchone() is not None
            yield


@pytest.fixture
def in_the_room(house: RunningHouse) -> Iterator[Callable[[], int]]:
    """Tells how many calls are held up now."""
    with psycopg.connect(plain_url(house.database_url), autocommit=True) as connection:

        def count() -> int:
            (found,) = connection.execute(_WAITING).fetchone() or (0,)
            return int(found)

        yield count


@pytest.fixture
def flood(house: RunningHouse) -> Account:
    return Account(house, "Потоп")


@pytest.fixture
def quiet(house: RunningHouse) -> Account:
    return Account(house, "Тишина")


async def pages_and_api(caller: Caller, count: int) -> list[SocketLine]:
    """So many requests, each on a line of its own."""
    return [await (caller.ask("/me") if number % 2 else caller.see("/me")) for number in range(count)]


async def until(fact: Callable[[], bool], what: str) -> None:
    """Wait for a fact while the lines go on."""
    await asyncio.to_thread(wait_for, fact, PATIENCE, what)


async def is_served(caller: Caller) -> None:
    """A page and the API answer this account."""
    for line in (await caller.see("/registers"), await caller.ask("/items")):
        assert (await line.answer).status == 200


async def fill_the_line(caller: Caller) -> list[SocketLine]:
    """More requests than may be there. The surplus is refused, each with when to come again; the others wait."""
    lines = await pages_and_api(caller, AT_ONCE + WAITING_MAX + MORE)
    await until(lambda: sum(line.answered for line in lines) == MORE, "the surplus to be refused")
    for line in [line for line in lines if line.answered]:
        told = await line.answer
        assert told.status == 429, told.body
        assert int(told.headers["retry-after"]) >= 1
        assert b"too_many_at_once" in told.body or told.headers["content-type"].startswith("text/html")
    return [line for line in lines if not line.answered]


async def all_end(lines: list[SocketLine]) -> None:
    """Each is answered: with what it asked for, or told when to come again."""
    for told in await asyncio.gather(*(line.answer for line in lines)):
        assert told.status == 200 or (told.status in {429, 503} and int(told.headers["retry-after"]) >= 1), told.body


def test_who_floods_waits_alone_and_has_all_turns_back_afterwards(flood: Account, quiet: Account) -> None:
    async def scene() -> None:
        for _ in range(2):  # the second time shows that the first gave everything back
            with flood.held_up():
                waiting = await fill_the_line(flood.caller)
                for _ in range(3):
                    await is_served(quiet.caller)
                assert len(waiting) == AT_ONCE + WAITING_MAX
                assert not any(line.answered for line in waiting)
            await all_end(waiting)
        await is_served(flood.caller)

    asyncio.run(scene())


def test_broken_lines_leave_no_more_work_in_the_rooms_than_whole_ones(
    flood: Account, quiet: Account, in_the_room: Callable[[], int]
) -> None:
    """What a broken request has asked of a room goes on there. Its turn is over when that is, not before."""

    async def scene() -> None:
        with flood.held_up():
            first = await pages_and_api(flood.caller, AT_ONCE)
            await until(lambda: in_the_room() == AT_ONCE, "the first to reach the room")
            waiting = await pages_and_api(flood.caller, WAITING_MAX)
            for line in (*first, *waiting[::2]):
                await line.break_off()
            probes: list[SocketLine] = []
            while not probes or probes[-1].answered:  # the places of those who waited come back after a while
                probes.append(await flood.caller.ask("/me"))
                await is_served(quiet.caller)
            assert in_the_room() == AT_ONCE
            assert not any(line.answered for line in waiting[1::2])
        await all_end([*waiting[1::2], *probes])
        with flood.held_up():
            lines = await fill_the_line(flood.caller)
            assert len(lines) == AT_ONCE + WAITING_MAX
        await all_end(lines)

    asyncio.run(scene())


def test_bodies_that_do_not_come_hold_up_their_own_account_alone(flood: Account, quiet: Account) -> None:
    async def scene() -> None:
        halves = [await flood.caller.begin_to_send("/items") for _ in range(AT_ONCE)]
        await is_served(quiet.caller)
        whole = await flood.caller.ask("/me")
        for _ in range(3):
            await is_served(quiet.caller)
        assert not any(line.answered for line in (*halves, whole))
        for line in halves:
            await line.break_off()
        assert (await whole.answer).status == 200

    asyncio.run(scene())
