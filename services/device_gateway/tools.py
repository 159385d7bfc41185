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
        self._tasks: set[asyncio.Task[Any]] = set()

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

    async def stop(self) -> None:
        """End what still runs."""
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
