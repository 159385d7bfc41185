"""One register in a process: the model, its link, its printer, and the socket by which people reach it."""

import asyncio
import contextlib
import signal
import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

from devices.sim import control, slips
from devices.sim.faults import Faults
from devices.sim.identity import Identity
from devices.sim.link import Link, Pacing
from devices.sim.loading import Confirm
from devices.sim.register import Register, machine_clock
from devices.sim.snapshot import of_running
from devices.sim.storage import DiskStorage
from services.device_gateway.protocol.values import Mode

Print = Callable[[str], None]


class Simulator:
    """A running `kkt-sim`. Raises `PowerLoss` out of `run` when that fault strikes."""

    def __init__(
        self,
        directory: Path,
        identity: Identity,
        server: str,
        *,
        confirm: Confirm,
        faults: Faults,
        tls: ssl.SSLContext | None,
        pacing: Pacing,
        mode: Mode | None,
        show: Print,
    ) -> None:
        self._directory = directory
        self._server = server
        self._show = show
        self.register = Register(
            identity, DiskStorage(directory), confirm=confirm, faults=faults, announce=self._announce
        )
        if mode is not None:
            self.register.set_mode(mode)
        self.link = Link(self.register, server, tls, pacing)

    async def run(self) -> None:
        """Live until the power goes or somebody ends the process."""
        self._print(slips.status(of_running(self.register, self.link, self._server), machine_clock()))
        loop = asyncio.get_running_loop()
        ended = asyncio.Event()
        for signal_number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(signal_number, ended.set)
        async with control.served(self._directory, self._handle):
            tasks = [asyncio.create_task(job) for job in (self.link.run(), self._watch(), ended.wait())]
            try:
                done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
                for task in done:
                    task.result()
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)

    async def _watch(self) -> None:
        """Print a slip when the connection comes or goes."""
        known = None
        while True:
            now = (self.link.state, self.link.error, self.link.refusal)
            if now != known and self.link.state != "connecting":
                known = now
                self._print(slips.status(of_running(self.register, self.link, self._server), machine_clock()))
            await asyncio.sleep(0.2)

    async def _handle(self, request: dict[str, Any]) -> dict[str, Any]:
        match request.get("do"):
            case "status":
                return {"lines": slips.status(of_running(self.register, self.link, self._server), machine_clock())}
            case "test":
                return {"lines": await self._test()}
            case "mode" if request.get("mode") in get_args(Mode):
                await self.link.say(self.register.set_mode(request["mode"]))
                return {"mode": self.register.mode.mode}
            case "confirm" | "decline" as answer:
                if not self.register.loading.dialog_open:
                    return {"error": "no dialog is shown"}
                await self.link.say(self.register.answer_dialog(answer == "confirm"))
                return {"answered": answer}
            case _:
                return {"error": "unknown request"}

    async def _test(self) -> list[str]:
        seconds, error = None, None
        try:
            seconds = await self.link.ping()
        except ConnectionError as fault:
            error = str(fault)
        return slips.test(of_running(self.register, self.link, self._server), machine_clock(), seconds, error)

    def _announce(self, kind: str, text: str) -> None:
        self._print(slips.notice(kind, text, machine_clock()))

    def _print(self, lines: list[str]) -> None:
        with contextlib.suppress(BrokenPipeError):
            self._show("\n".join(lines))
