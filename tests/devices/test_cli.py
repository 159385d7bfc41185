"""`kkt-sim` as people use it: processes, files, signals."""

import asyncio
import contextlib
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from devices.sim import cli, faults
from devices.sim.fleet import invent_ids
from devices.sim.storage import DiskStorage
from services.device_gateway.protocol.outputs import LoadApplied, LoadFailed, LoadWaiting
from tests.devices.lists import base_hash, full, record
from tests.devices.mini_gateway import MiniGateway

KKT_ID = "271999163800"
GOODS = [record(code) for code in range(1, 21)]
NEW = [record(code, 250) for code in range(11, 31)]


class Sims:
    """`kkt-sim` commands in one directory."""

    def __init__(self, directory: Path) -> None:
        self.state = directory / ("a directory with a long name " * 4) / "register"
        self._home = directory

    async def command(self, *words: str, state: bool = True) -> tuple[int, str]:
        """Run a command to its end; exit code and everything that it printed."""
        process = await self.start(*words, state=state)
        out, _ = await asyncio.wait_for(process.communicate(), 30)
        return process.returncode or 0, out.decode()

    async def start(self, *words: str, state: bool = True) -> asyncio.subprocess.Process:
        """Start a command."""
        where = ["--state", str(self.state)] if state else []
        return await asyncio.create_subprocess_exec(
            sys.executable, "-m", "devices.sim.cli", *words, *where, cwd=Path(__file__).parents[2],
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT, env={**os.environ, "PYTHONUTF8": "1"},
        )  # fmt: skip

    @asynccontextmanager
    async def running(self, *words: str) -> AsyncIterator[asyncio.subprocess.Process]:
        """A register that is on as long as this lasts; ended as Ctrl-C does it."""
        process = await self.start("run", "--retry", "0.1", *words)
        try:
            yield process
            process.send_signal(signal.SIGINT)
            assert await asyncio.wait_for(process.wait(), 10) == 0
        finally:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()

    async def goods(self) -> dict[str, Any]:
        """What `goods --json` prints."""
        code, text = await self.command("goods", "--json")
        assert code == 0, text
        told: dict[str, Any] = json.loads(text)
        return told

    def switches(self) -> list[dict[str, Any]]:
        """The switches in the register's own log."""
        log = DiskStorage(self.state).read("log.jsonl") or b""
        return [event for event in map(json.loads, log.splitlines()) if event["event"] == "applied"]


@pytest.fixture
def sims(tmp_path: Path) -> Sims:
    """In a directory whose name is longer than the address of a socket may be."""
    return Sims(tmp_path)


async def test_a_register_from_its_first_start_to_the_next(sims: Sims) -> None:
    """Runs, loads, answers commands, stops, and knows everything when it starts again."""
    gateway = MiniGateway([full(GOODS, 1)])
    async with gateway.open() as address:
        async with sims.running("--id", "2719 9916 3800", "--server", address, "--serial", "04000777"):
            await gateway.until(lambda: gateway.told(LoadApplied))
            code, text = await sims.command("status")
            assert code == 0
            assert "СТАТУС СЕРВ. ККТ" in text
            assert "ТОВАРОВ         20/10000" in text
            assert (await sims.command("test"))[1].count("ЕСТЬ") == 1
            code, text = await sims.command("run")
            assert code == 1
            assert "running already" in text
        assert await sims.goods() == {"revision": 1, "base_hash": base_hash(GOODS), "count": 20, "base": GOODS}
        assert "ВЫКЛЮЧЕНА" in (await sims.command("status"))[1]
        code, text = await sims.command("test")
        assert (code, text.count("ЕСТЬ")) == (0, 1)
        async with sims.running():
            await gateway.until(lambda: len(gateway.links) == 3)
        first, last = gateway.hellos[0], gateway.hellos[-1]
        assert (last.key, last.serial_number, last.kkt_id) == (first.key, "04000777", KKT_ID)
        assert last.boot_id != first.boot_id
        assert (last.goods.revision, last.goods.base_hash) == (1, base_hash(GOODS))
    assert (await sims.command("test"))[0] == 1
    assert len(sims.switches()) == 1


async def test_modes_and_the_dialog_are_worked_from_outside(sims: Sims) -> None:
    """As a person at the keypad would."""
    gateway = MiniGateway([full(GOODS, 1)])
    async with gateway.open() as address:
        options = ("--id", KKT_ID, "--server", address, "--confirm-dialog", "manual", "--mode", "sales")
        async with sims.running(*options):
            await gateway.until(lambda: gateway.told(LoadWaiting))
            assert (await sims.command("mode", "programming")) == (0, "programming\n")
            await gateway.until(lambda: LoadWaiting("full-1", "main_menu") in gateway.told(LoadWaiting))
            assert (await sims.command("confirm"))[0] == 1
            await sims.command("mode", "menu")
            await gateway.until(lambda: LoadWaiting("full-1", "dialog") in gateway.told(LoadWaiting))
            assert (await sims.command("decline"))[0] == 0
            await gateway.until(lambda: gateway.told(LoadFailed) == [LoadFailed("full-1", "declined", "067")])
            await gateway.offer(full(GOODS, 1, "again"))
            await gateway.until(lambda: LoadWaiting("again", "dialog") in gateway.told(LoadWaiting))
            assert (await sims.command("confirm"))[0] == 0
            await gateway.until(lambda: gateway.told(LoadApplied))
    assert (await sims.goods())["revision"] == 1


@pytest.mark.parametrize("step", ["chunk", "apply", "switched"])
async def test_a_power_loss_ends_the_process_and_the_next_start_goes_on(sims: Sims, step: str) -> None:
    """Exactly one switch, by the register's own log."""
    gateway = MiniGateway([full(GOODS, 1)])
    async with gateway.open() as address:
        code, text = await sims.command("run", "--id", KKT_ID, "--server", address, "--fault", f"power-loss={step}")
        assert code == 75, text
        async with sims.running():
            await gateway.until(lambda: gateway.told(LoadApplied))
    assert (await sims.goods())["base"] == GOODS
    assert [one["exchange"] for one in sims.switches()] == ["full-1"]


async def test_kill_9_in_the_middle_of_a_load(sims: Sims) -> None:
    """The next start goes on behind the chunks that it has."""
    gateway = MiniGateway([full(GOODS, 1)])
    async with gateway.open() as address:
        slow = ("--fault", "slow-line=2000")
        process = await sims.start("run", "--id", KKT_ID, "--server", address, *slow)
        await gateway.until(lambda: gateway.links and len(gateway.links[0].told) > 6)
        process.kill()
        await process.wait()
        async with sims.running():
            await gateway.until(lambda: gateway.told(LoadApplied))
    assert gateway.links[1].chunks[0] > 5
    assert (await sims.goods())["base"] == GOODS
    assert len(sims.switches()) == 1


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (("run",), "needs --id"),
        (("run", "--id", "271999163801", "--server", "ws://x"), "not a register ID"),
        (("run", "--id", KKT_ID), "--server"),
        (("run", "--id", KKT_ID, "--server", "ws://x", "--fault", "meteor"), "no such fault: meteor"),
        (("run", "--id", KKT_ID, "--server", "ws://x", "--fault", "slow-line=fast"), "a number is needed"),
        (("run", "--id", KKT_ID, "--server", "ws://x", "--serial", "04 77"), "serial_number"),
        (("status",), "no register"),
        (("goods", "--json"), "no register"),
        (("mode", "sales"), "not running"),
    ],
)
async def test_mistakes_are_named_in_a_sentence(sims: Sims, words: tuple[str, ...], text: str) -> None:
    """No traceback."""
    code, printed = await sims.command(*words)
    assert code != 0
    assert text in printed
    assert "Traceback" not in printed


async def fleet(sims: Sims, *words: str) -> tuple[int, list[dict[str, Any]]]:
    """Run a fleet to its end; its summaries."""
    code, text = await sims.command("fleet", "--json", "--every", "0.1", "--retry", "0.2", *words, state=False)
    return code, [json.loads(line) for line in text.splitlines()]


async def test_a_fleet_loads_and_ends_when_all_have_the_revision(sims: Sims, tmp_path: Path) -> None:
    """Sixty registers, each of which loses its power once just after the switch."""
    ids = tmp_path / "ids"
    ids.write_text("# a fleet\n\n" + "".join(f"{kkt_id} {serial}\n" for kkt_id, serial in invent_ids(60)))
    gateway = MiniGateway([full(GOODS, 1), full(NEW, 2)])
    async with gateway.open() as address:
        options = ("--ids-file", str(ids), "--server", address, "--until-applied", "2", "--timeout", "60")
        code, told = await fleet(sims, *options, "--fault", "power-loss=switched")
    assert code == 0, told
    last = told[-1]
    assert (last["registers"], last["revisions"], last["base_hashes"]) == (60, {"2": 60}, {base_hash(NEW): 60})
    assert last["applied"] == 120


async def test_a_fleet_that_nobody_knows_says_so(sims: Sims) -> None:
    """Refused by name; the goal is not reached in time."""
    gateway = MiniGateway()
    gateway.refusal = lambda hello: ("unknown_id", None)
    async with gateway.open() as address:
        options = ("--count", "5", "--server", address, "--until-applied", "1", "--timeout", "2")
        code, told = await fleet(sims, *options)
    assert code == 1
    assert told[-1]["refusals"] == {"unknown_id": 5}
    assert told[-1]["errors"] == {"513": 5}


async def test_a_fleet_kept_on_disk_comes_back(sims: Sims, tmp_path: Path) -> None:
    """With its keys and goods; Ctrl-C ends it well."""
    ids = tmp_path / "ids"
    ids.write_text("\n".join(kkt_id for kkt_id, _ in invent_ids(5)))
    gateway = MiniGateway([full(GOODS, 1)])
    keys: list[set[str]] = []
    async with gateway.open() as address:
        for _ in range(2):
            words = ("fleet", "--json", "--ids-file", str(ids), "--server", address, "--state", str(tmp_path / "fleet"))
            process = await sims.start(*words, state=False)
            await gateway.until(_heard(gateway, 5 * (len(keys) + 1)))
            await gateway.until(lambda: len(gateway.told(LoadApplied)) == 5)
            process.send_signal(signal.SIGINT)
            assert await asyncio.wait_for(process.wait(), 10) == 0
            keys.append({hello.key for hello in gateway.hellos[-5:]})
    assert keys[0] == keys[1]
    assert {hello.goods.revision for hello in gateway.hellos[-5:]} == {1}


def _heard(gateway: MiniGateway, count: int) -> Callable[[], bool]:
    return lambda: len(gateway.links) == count


def test_the_page_names_every_command_and_fault() -> None:
    """docs/kkt-sim.md and the program know the same words."""
    page = (Path(__file__).parents[2] / "docs" / "kkt-sim.md").read_text("utf-8")
    for name in cli.main.commands:
        assert f"kkt-sim {name}" in page
    for line in (faults.__doc__ or "").splitlines()[2:]:
        assert f"`{line.split()[0]}`" in page
    for step in faults.STEPS:
        assert f"`{step}`" in page
