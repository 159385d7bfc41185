"""A clerk with an account, and a simulated register as a process of its own."""

import json
import os
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from deploy.api_client import ApiClient
from tests.house.running import RunningHouse, start_house
from tests.house.servers import discard, scratch_place

ROOT = Path(__file__).parents[2]
PASSWORD = "Очень-длинный-7-пароль"
VAT_22 = 11  # FFD tag 1199


class Clerk(ApiClient):
    """Signed in as the administrator of a new account with «НДС по умолчанию» chosen."""

    def __init__(self, house: RunningHouse) -> None:
        super().__init__(house.http_url)
        made = house.create_account(f"Магазин {uuid.uuid4().hex[:8]}", "clerk", PASSWORD)
        self.client_number = made["client_number"]
        self.sign_in(str(self.client_number), "clerk", PASSWORD)
        self.patch("/accounts/current", {"default_tax_code": VAT_22})

    def import_text(self, text: str, folder: Path) -> dict[str, Any]:
        """Import a CSV and wait until it is in force."""
        file = folder / f"{uuid.uuid4().hex}.csv"
        file.write_text(text, encoding="utf-8")
        told: dict[str, Any] = self.wait(f"/imports/{self.import_file(file)['id']}", {"applied", "failed"})
        assert told["state"] == "applied", told
        return told


class Simulator:
    """`kkt-sim run`; stopped, started again and asked as a person at the till would."""

    def __init__(self, house: RunningHouse, kkt_id: str, folder: Path) -> None:
        self.folder = folder
        self._arguments = ["run", "--id", kkt_id, "--server", house.link_url, "--state", str(folder)]
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, *options: str) -> None:
        """Switch it on."""
        self.process = subprocess.Popen(
            [sys.executable, "-m", "devices.sim.cli", *self._arguments, *options], cwd=ROOT, stdout=subprocess.DEVNULL
        )

    def stop(self) -> None:
        """Switch it off."""
        if self.process is not None:
            self.process.terminate()
            self.process.wait(20)
            self.process = None

    def ask(self, *words: str) -> str:
        """Another command of kkt-sim on the same state."""
        command = [sys.executable, "-m", "devices.sim.cli", *words, "--state", str(self.folder)]
        return subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout

    def goods(self) -> dict[str, Any]:
        """What it holds."""
        told: dict[str, Any] = json.loads(self.ask("goods", "--json"))
        return told

    def switches(self) -> list[dict[str, Any]]:
        """Each switch to another goods base, from the register's own log."""
        lines = (self.folder / "log.jsonl").read_text(encoding="utf-8").splitlines()
        return [event for event in map(json.loads, lines) if "number" in event]


@pytest.fixture
def clerk(house: RunningHouse) -> Clerk:
    return Clerk(house)


@pytest.fixture(scope="module")
def breakable_house() -> Iterator[RunningHouse]:
    """Every process with its own PostgreSQL and RabbitMQ, for the tests of a module that kill them."""
    place = scratch_place("breakable")
    try:
        running = start_house(place)
        yield running
        running.stop()
    finally:
        discard(place)


@pytest.fixture
def simulators() -> Iterator[list[Simulator]]:
    """Whatever a test puts in is switched off at its end."""
    started: list[Simulator] = []
    yield started
    for simulator in started:
        simulator.stop()


def without_kkt_environment() -> dict[str, str]:
    """The environment without our own settings."""
    return {name: value for name, value in os.environ.items() if not name.startswith("KKT_")}
