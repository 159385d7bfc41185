"""One account's many registers keep no other account's register waiting for more than a turn."""

import asyncio

from services.device_gateway.fair_turns import FairTurns


async def let_run() -> None:
    """Every task that can go on does so."""
    for _ in range(10):
        await asyncio.sleep(0)


class Scene:
    """Questions that end when they are told to; `began` is in which order they got their turns."""

    def __init__(self, at_once: int, of_one_account: int) -> None:
        self.turns = FairTurns(at_once, of_one_account)
        self.began: list[str] = []
        self.tasks: dict[str, asyncio.Task[None]] = {}
        self._ends: dict[str, asyncio.Event] = {}

    async def ask(self, account: str, number: int) -> None:
        name = f"{account}{number}"
        self._ends[name] = asyncio.Event()

        async def question() -> None:
            async with self.turns.turn(account):
                self.began.append(name)
                await self._ends[name].wait()

        self.tasks[name] = asyncio.create_task(question())
        await let_run()

    async def end(self, name: str) -> None:
        self._ends[name].set()
        await let_run()


def test_accounts_take_turns_however_many_of_one_wait() -> None:
    async def scene() -> None:
        at = Scene(2, 2)
        for number in range(6):
            await at.ask("many", number)
        await at.ask("one", 0)
        await at.ask("other", 0)
        assert at.began == ["many0", "many1"]
        await at.end("many0")
        await at.end("many1")
        assert at.began == ["many0", "many1", "many2", "one0"]
        for name in ("many2", "one0", "other0", "many3", "many4", "many5"):
            await at.end(name)
        assert at.began[4:] == ["other0", "many3", "many4", "many5"]
        await asyncio.gather(*at.tasks.values())
        assert at.turns.idle

    asyncio.run(scene())


def test_whoever_gives_up_waiting_loses_no_turn() -> None:
    async def scene() -> None:
        at = Scene(1, 1)
        for number in range(4):
            await at.ask("a", number)
        at.tasks["a1"].cancel()  # it waits
        await let_run()
        at._ends["a0"].set()
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        at.tasks["a2"].cancel()  # it was given its turn, or is about to be
        await let_run()
        assert at.began[-1] == "a3"
        await at.end("a3")
        await at.ask("b", 0)
        assert at.began[-1] == "b0"
        await at.end("b0")
        assert at.turns.idle

    asyncio.run(scene())


def test_one_account_has_few_turns_and_others_have_the_rest() -> None:
    async def scene() -> None:
        at = Scene(3, 2)
        for number in range(4):
            await at.ask("many", number)
        await at.ask("one", 0)
        assert at.began == ["many0", "many1", "one0"]
        for name in ("one0", "many0", "many1", "many2", "many3"):
            await at.end(name)
        assert at.began == ["many0", "many1", "one0", "many2", "many3"]
        assert at.turns.idle

    asyncio.run(scene())


def test_a_turn_that_comes_with_the_end_of_its_asker_goes_to_the_next() -> None:
    async def scene() -> None:
        at = Scene(1, 1)
        for number in range(3):
            await at.ask("a", number)
        at.tasks["a1"].cancel()  # it has not run since, and does not know yet
        at._ends["a0"].set()
        await let_run()
        assert at.began == ["a0", "a2"]
        await at.end("a2")
        assert at.turns.idle

    asyncio.run(scene())
