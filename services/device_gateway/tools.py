"""What all links of a process share."""

import asyncio
from collections.abc import Coroutine
from typing import Any

from services.device_gateway.chunk_store import ChunkStore
from services.device_gateway.connections import Connections
from services.device_gateway.core import Bus, Core
from services.device_gateway.heartbeats import Heartbeats
from services.device_gateway.hello_desk import HelloDesk
from services.device_gateway.progress import Progress
from services.device_gateway.protocol.timings import DEFAULT_TIMINGS, Timings


class Tools:
    """Made once at the start of the process."""

    def __init__(self, bus: Bus, gateway: str, timings: Timings = DEFAULT_TIMINGS) -> None:
        self.core = Core(bus)
        self.connections = Connections(bus)
        self.hellos = HelloDesk(bus, gateway)
        self.chunks = ChunkStore(self.core)
        self.heartbeats = Heartbeats(self.core, self.connections)
        self.progress = Progress(self.core)
        self.timings = timings
        self._tasks: set[asyncio.Task[None]] = set()
        self._finishing: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Connect to the pokes and begin the batches."""
        await self.connections.start()
        for run in (self.connections.run, self.heartbeats.run, self.progress.run):
            self.spawn(run())

    def spawn(self, work: Coroutine[Any, Any, None]) -> "asyncio.Task[None]":
        """Run something that nobody waits for; the process holds on to it until it ends."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def finish(self, work: Coroutine[Any, Any, None]) -> None:
        """As `spawn`, for the last words of a link: the process waits for them a little when it stops."""
        task = asyncio.create_task(work)
        self._finishing.add(task)
        task.add_done_callback(self._finishing.discard)

    async def finished(self, seconds: float) -> None:
        """Wait for the last words of all links."""
        if self._finishing:
            await asyncio.wait(self._finishing, timeout=seconds)

    async def stop(self) -> None:
        """End what still runs."""
        left = self._tasks | self._finishing
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)
