"""Chunks of price lists, fetched once and sent to a thousand registers.

A chunk is named by account, SHA-256 of its list, and number, and never changes; so the cache needs no care but its
bound in bytes. Several registers that need the same chunks at the same time wait for one fetch.
"""

import asyncio
from collections import OrderedDict

from services.contracts.catalog import CHUNKS_PULL, CatalogRpc, Chunk, PriceListGone
from services.contracts.values import AccountId, RegisterActor
from services.device_gateway import metrics
from services.device_gateway.core import Core

CACHE_BYTES = 64 * 1024 * 1024  # of chunk bodies; the oldest used go first

Name = tuple[AccountId, str, int]


class ChunkStore:
    """One of a process. Numbers count from 0, as in the contract."""

    def __init__(self, core: Core, limit: int = CACHE_BYTES) -> None:
        self._core = core
        self._limit = limit
        self._chunks: OrderedDict[Name, Chunk] = OrderedDict()
        self._bytes = 0
        self._fetching: dict[Name, asyncio.Task[dict[int, Chunk]]] = {}  # at most one a link under way

    async def get(self, actor: RegisterActor, sha256: str, number: int) -> Chunk:
        """The chunk. Raises PriceListGone if the list was swept, Unavailable while nobody can be asked."""
        found = self._chunks.get((actor.account, sha256, number))
        if found is not None:
            self._chunks.move_to_end((actor.account, sha256, number))
            metrics.CHUNK_HITS.inc()
            return found
        metrics.CHUNK_MISSES.inc()
        first = number - number % CHUNKS_PULL
        name = (actor.account, sha256, first)
        task = self._fetching.get(name)
        if task is None:
            task = asyncio.create_task(self._fetch(actor, sha256, first))
            self._fetching[name] = task
            task.add_done_callback(lambda done: self._fetched(name, done))
        # Shielded: the link that asked first may end, the others still wait.
        fetched = await asyncio.shield(task)
        if number not in fetched:
            raise PriceListGone
        return fetched[number]

    def _fetched(self, name: Name, done: "asyncio.Task[dict[int, Chunk]]") -> None:
        self._fetching.pop(name, None)
        if not done.cancelled():
            done.exception()  # looked at here: all who waited for it may be gone

    async def _fetch(self, actor: RegisterActor, sha256: str, first: int) -> dict[int, Chunk]:
        chunks = await self._core.ask(CatalogRpc.price_list_chunks, actor, sha256, first, CHUNKS_PULL)
        for chunk in chunks:
            self._keep((actor.account, sha256, chunk.number), chunk)
        return {chunk.number: chunk for chunk in chunks}

    def _keep(self, name: Name, chunk: Chunk) -> None:
        if name in self._chunks:
            return
        self._chunks[name] = chunk
        self._bytes += len(chunk.body)
        while self._bytes > self._limit and len(self._chunks) > 1:
            _, oldest = self._chunks.popitem(last=False)
            self._bytes -= len(oldest.body)
        metrics.CHUNK_CACHE_BYTES.set(self._bytes)
