"""Jobs of one owner, one at a time and in order; there is no task while there is nothing to do."""

import asyncio
from collections.abc import Awaitable, Callable

Job = Callable[[], Awaitable[None]]


class SerialJobs:
    """Thousands of idle owners cost a small object each, not a task each."""

    __slots__ = ("_failed", "_jobs", "_limit", "_task")

    def __init__(self, limit: int, failed: Callable[[Exception], None]) -> None:
        self._limit = limit
        self._failed = failed  # told of what a job raises; the next job runs all the same
        self._jobs: list[Job] = []  # short, and far smaller than a deque while it is empty
        self._task: asyncio.Task[None] | None = None

    def add(self, job: Job) -> bool:
        """Run it after all that were added before. False (and nothing happens) when `limit` jobs wait already."""
        if len(self._jobs) >= self._limit:
            return False
        self._jobs.append(job)
        if self._task is None:
            self._task = asyncio.create_task(self._run())
        return True

    async def finish(self, seconds: float) -> None:
        """Wait until all that were added are done; forget those that are not within `seconds`."""
        if self._task is not None:
            await asyncio.wait([self._task], timeout=seconds)
        self.cancel()

    def cancel(self) -> None:
        """Forget what waits and stop what runs."""
        self._jobs.clear()
        if self._task is not None:
            self._task.cancel()

    async def _run(self) -> None:
        try:
            while self._jobs:
                try:
                    await self._jobs.pop(0)()
                except Exception as error:
                    self._failed(error)
        finally:
            self._task = None
