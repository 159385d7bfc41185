"""A cash register beside the browser: `kkt-sim` in a process of its own."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
KKT_SIM = [sys.executable, "-m", "devices.sim.cli"]


class Till:
    """Switched on with the ID that a person read on the screen."""

    def __init__(self, link_url: str, state: Path) -> None:
        self.link_url = link_url
        self.state = state
        self._process: subprocess.Popen[bytes] | None = None

    def switch_on(self, kkt_id: str, *options: str) -> None:
        command = [*KKT_SIM, "run", "--id", kkt_id, "--server", self.link_url, "--state", str(self.state), *options]
        self._process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def switch_off(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(20)
            self._process = None

    def turn_to(self, mode: str) -> None:
        """sales, menu, programming or reports."""
        self._tell("mode", mode)

    def goods(self) -> dict[str, Any]:
        """What it holds, as the register itself says."""
        held: dict[str, Any] = json.loads(self._tell("goods", "--json"))
        return held

    def _tell(self, *words: str) -> str:
        told = subprocess.run(
            [*KKT_SIM, *words, "--state", str(self.state)], cwd=ROOT, capture_output=True, text=True, check=True
        )
        return told.stdout
