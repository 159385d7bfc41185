"""Fetches the chunks that the load of one link needs and hands them to its session, in order, beside everything else.

What must hold: a chunk of one list never reaches the load of another. An exchange may go on with another list (whole
instead of a delta, or ordered anew), so each need carries the list that it was made for and is dropped when the link
sends another one by then.
"""

import asyncio
from collections.abc import Callable
from typing import Protocol

import msgspec

from services.contracts.catalog import Chunk, PriceListGone
from services.contracts.values import RegisterActor
from services.device_gateway.core import until_answered
from services.device_gateway.protocol.outputs import NeedChunk, NeedPrefix, Output
from services.device_gateway.protocol.session import Identified

PAUSE_MAX = 1.0  # seconds between tries to get a chunk, and up to as much again: a register waits for it


class Acts(Protocol):
    """The link that the chunks go over."""

    async def act(self, do: Callable[[Identified, float], list[Output]]) -> None: ...


class Chunks(Protocol):
    """Where they come from. Numbers count from 0."""

    async def get(self, actor: RegisterActor, sha256: str, number: int) -> Chunk: ...


class Sent(msgspec.Struct, frozen=True):
    """What a link sends: the order, and the lines by their hash."""

    exchange: str
    sha256: str


class ChunkFeed:
    """Belongs to one link. `gone` hears of a load whose list is kept no longer, `failed` of what cannot be fetched."""

    __slots__ = ("_actor", "_chunks", "_failed", "_gone", "_link", "_needs", "_pump", "_sent")

    def __init__(
        self,
        link: Acts,
        actor: RegisterActor,
        chunks: Chunks,
        *,
        gone: Callable[[Sent], None],
        failed: Callable[[Exception], None],
    ) -> None:
        self._link = link
        self._actor = actor
        self._chunks = chunks
        self._gone = gone
        self._failed = failed
        self._sent: Sent | None = None
        self._needs: list[tuple[NeedChunk | NeedPrefix, Sent]] = []  # at most a window, or a prefix
        self._pump: asyncio.Task[None] | None = None

    def begin(self, exchange: str, sha256: str) -> None:
        """From now on the link sends this, and whatever was needed for another load is not needed any more."""
        self._sent = Sent(exchange, sha256)
        self._needs.clear()

    def end(self, exchange: str) -> None:
        """The link no longer sends that load, if it did."""
        if self._sent is not None and self._sent.exchange == exchange:
            self._sent = None
            self._needs.clear()

    def offered_again(self) -> None:
        """The register said anew where it stands: what was needed behind its earlier place is asked for anew."""
        self._needs.clear()

    def stop(self) -> None:
        """The link is gone."""
        self._sent = None
        self._needs.clear()
        if self._pump is not None:
            self._pump.cancel()

    def need(self, need: NeedChunk | NeedPrefix) -> None:
        """The load that the link sends now needs this."""
        if self._sent is None:
            return
        self._needs.append((need, self._sent))
        if self._pump is None:
            self._pump = asyncio.create_task(self._fetch_needs())

    async def _fetch_needs(self) -> None:
        try:
            while self._needs:
                await self._serve(*self._needs.pop(0))
        finally:
            self._pump = None

    async def _serve(self, need: NeedChunk | NeedPrefix, sent: Sent) -> None:
        """Chunks count from 1 on the link, from 0 in the catalog."""
        number = need.count if isinstance(need, NeedPrefix) else need.number

        async def fetch() -> Chunk | None:
            return await self._chunks.get(self._actor, sent.sha256, number - 1) if self._sent == sent else None

        try:
            chunk = await until_answered(fetch, longest=PAUSE_MAX)
            if chunk is not None and self._sent == sent:
                await self._link.act(lambda session, at: self._give(session, need, sent, chunk, at))
        except Exception as error:
            if self._sent != sent:
                return  # whatever it was, it was about a load that nobody sends any more
            self.end(sent.exchange)
            if isinstance(error, PriceListGone):
                self._gone(sent)
            else:
                self._failed(error)

    def _give(
        self, session: Identified, need: NeedChunk | NeedPrefix, sent: Sent, chunk: Chunk, at: float
    ) -> list[Output]:
        if self._sent != sent:
            return []
        if isinstance(need, NeedPrefix):
            return session.prefix_ready(sent.exchange, need.count, chunk.prefix_sha256, at)
        return session.chunk_ready(sent.exchange, need.number, chunk.body, at)
