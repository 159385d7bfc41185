"""One job at a time, in order, bounded, and no task while there is nothing to do."""

import asyncio

from services.device_gateway.serial_jobs import SerialJobs


async def _idle(jobs: SerialJobs) -> None:
    """Wait until nothing runs any more."""
    task = jobs._task
    assert task is not None
    async with asyncio.timeout(1):
        await task


async def test_jobs_run_one_after_the_other_and_a_failing_one_stops_no_other() -> None:
    ran: list[int] = []
    faults: list[Exception] = []
    inside = 0

    def job(number: int) -> object:
        async def run() -> None:
            nonlocal inside
            inside += 1
            assert inside == 1
            await asyncio.sleep(0)
            ran.append(number)
            inside -= 1
            if number == 2:
                raise ValueError(number)

        return run

    jobs = SerialJobs(10, faults.append)
    for number in range(5):
        assert jobs.add(job(number))  # type: ignore[arg-type]
    await _idle(jobs)
    assert ran == [0, 1, 2, 3, 4]
    assert [str(fault) for fault in faults] == ["2"]
    assert jobs._task is None


async def test_more_than_the_limit_are_refused_and_cancelling_forgets_them() -> None:
    gate = asyncio.Event()
    ran: list[int] = []

    async def wait() -> None:
        await gate.wait()
        ran.append(1)

    jobs = SerialJobs(2, lambda _fault: None)
    assert jobs.add(wait)
    await asyncio.sleep(0)  # the first one runs and waits no more in the queue
    assert [jobs.add(wait) for _ in range(3)] == [True, True, False]
    jobs.cancel()
    gate.set()
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert ran == []
    assert jobs.add(wait)
    await _idle(jobs)
    assert ran == [1]
