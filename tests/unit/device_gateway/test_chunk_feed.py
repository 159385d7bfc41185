"""A need belongs to the list that it was made for, before its chunk is asked for and after."""

import asyncio
from collections.abc import Callable

from services.contracts.catalog import Chunk, PriceListGone
from services.contracts.refusals import Unavailable
from services.contracts.values import AccountId, RegisterActor, RegisterId
from services.device_gateway.chunk_feed import ChunkFeed, Sent
from services.device_gateway.protocol.outputs import NeedChunk, NeedPrefix, Output
from services.device_gateway.protocol.session import Identified

ACTOR = RegisterActor(account=AccountId("a"), register=RegisterId("r"), epoch=1)


class Shelf:
    """Two lists of which the second is short; each question is answered when the test says so."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, int]] = []
        self.answers: asyncio.Queue[Exception | None] = asyncio.Queue()
        self.chunks = {"long": 3, "short": 1}

    async def get(self, _actor: RegisterActor, sha256: str, number: int) -> Chunk:
        self.asked.append((sha256, number))
        fault = await self.answers.get()
        if fault is not None:
            raise fault
        if number >= self.chunks[sha256]:
            raise PriceListGone
        return Chunk(number=number, body=b"{}\n", prefix_sha256=f"{sha256}-{number}")


class Told:
    """The link, and whoever hears of what went wrong."""

    def __init__(self) -> None:
        self.acts: list[Callable[[Identified, float], list[Output]]] = []
        self.gone: list[Sent] = []
        self.failed: list[Exception] = []

    async def act(self, do: Callable[[Identified, float], list[Output]]) -> None:
        self.acts.append(do)


def _feed() -> tuple[ChunkFeed, Shelf, Told]:
    shelf, told = Shelf(), Told()
    return ChunkFeed(told, ACTOR, shelf, gone=told.gone.append, failed=told.failed.append), shelf, told


async def _settled(feed: ChunkFeed) -> None:
    async with asyncio.timeout(5):
        while (pump := feed._pump) is not None:
            await asyncio.wait([pump])


async def test_an_old_number_is_never_asked_of_the_new_list() -> None:
    feed, shelf, told = _feed()
    feed.begin("ex", "long")
    for number in (2, 3):
        feed.need(NeedChunk("ex", number))
    await asyncio.sleep(0)
    feed.begin("ex", "short")
    feed.need(NeedChunk("ex", 1))
    shelf.answers.put_nowait(Unavailable())  # while the first question was on its way the list became another one
    shelf.answers.put_nowait(None)
    await _settled(feed)
    assert shelf.asked == [("long", 1), ("short", 0)]
    assert (len(told.acts), told.gone, told.failed) == (1, [], [])


async def test_what_comes_for_a_load_that_is_over_goes_nowhere() -> None:
    feed, shelf, told = _feed()
    for answer in (None, PriceListGone(), ValueError()):
        feed.begin("ex", "long")
        feed.need(NeedChunk("ex", 1))
        await asyncio.sleep(0)
        feed.end("ex")
        shelf.answers.put_nowait(answer)
        await _settled(feed)
    assert (told.acts, told.gone, told.failed) == ([], [], [])
    feed.need(NeedChunk("ex", 1))
    assert feed._pump is None


async def test_a_list_that_is_gone_is_told_once() -> None:
    feed, shelf, told = _feed()
    feed.begin("ex", "long")
    feed.need(NeedPrefix("ex", 2))
    feed.need(NeedChunk("ex", 3))
    shelf.answers.put_nowait(PriceListGone())
    await _settled(feed)
    assert (told.acts, told.gone, shelf.asked) == ([], [Sent("ex", "long")], [("long", 1)])
