"""A whole house of the product's own for a measurement, with an account and registers in it."""

import contextlib
import json
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from bench.figures import cpu_seconds, rss_kib
from deploy.api_client import ApiClient
from services.contracts.limits import DEFAULT_LIMITS, AccountState
from tests.house.running import RunningHouse, start_house
from tests.house.servers import discard, scratch_place
from tests.services.forgotten_rows import limits_of
from tests.services.identity_facts import account_of, tell_terms
from tests.waiting import wait_for

PASSWORD = "bench-Pa55-word"
ROOT = Path(__file__).parents[1]
MAKERS = 4  # threads that make registers and set them up


@contextlib.contextmanager
def bench_house() -> Iterator[RunningHouse]:
    """Everything running on free ports, with servers of its own; gone afterwards."""
    place = scratch_place("bench")
    house = start_house(place)
    try:
        yield house
    finally:
        house.stop()
        discard(place)


def signed_in(house: RunningHouse, name: str, registers: int = DEFAULT_LIMITS.registers) -> ApiClient:
    """A new account's administrator, with «НДС по умолчанию» set; it may have so many registers, all connected."""
    made = house.create_account(name, "bench", PASSWORD)
    if registers > DEFAULT_LIMITS.registers:
        url, account = house.database_url, account_of(house.database_url, int(made["client_number"]))
        tell_terms(url, account, 1, AccountState.ACTIVE, registers=registers, links=registers)
        wait_for(lambda: limits_of(url, "registers", account), 30, "the limits to be known")
    api = ApiClient(house.http_url)
    api.sign_in(str(made["client_number"]), "bench", PASSWORD)
    api.patch("/accounts/current", {"default_tax_code": 11})
    return api


def make_registers(api: ApiClient, count: int) -> list[dict[str, Any]]:
    """So many registers of the account."""
    made: list[dict[str, Any]] = []

    def make(share: range) -> None:
        for number in share:
            made.append(api.post("/registers", {"name": f"Касса {number:04d}"}))

    in_shares(make, count)
    return made


def in_shares(work: Callable[[range], None], count: int) -> None:
    """Do the work of `count` numbers in MAKERS threads, each of which gets every so-manieth number."""
    threads = [threading.Thread(target=work, args=(range(start, count, MAKERS),)) for start in range(MAKERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def start_fleet(house: RunningHouse, ids: Path, *options: str) -> "subprocess.Popen[str]":
    """`kkt-sim fleet` with the IDs of a file; its summaries come as JSON lines on stdout."""
    command = [sys.executable, "-m", "devices.sim.cli", "fleet", "--ids-file", str(ids), "--server", house.link_url]
    return subprocess.Popen([*command, "--json", *options], cwd=ROOT, stdout=subprocess.PIPE, text=True)


def write_ids(registers: list[dict[str, Any]], file: Path) -> None:
    """The file that the fleet reads."""
    file.write_text("".join(f"{register['kkt_id']}\n" for register in registers), encoding="ascii")


def gateway_pids(house: RunningHouse) -> list[int]:
    """The device gateways' processes."""
    return [pid for name, pid in house.processes.items() if name.startswith("device-gateway")]


def gateway_cpu(house: RunningHouse) -> float:
    """CPU seconds of all device gateways so far."""
    return sum(cpu_seconds(pid) for pid in gateway_pids(house))


def gateway_rss(house: RunningHouse) -> int:
    """Resident KiB of all device gateways."""
    return sum(rss_kib(pid) for pid in gateway_pids(house))


def metric(house: RunningHouse, process: str, name: str) -> float:
    """The sum of one metric over its labels, from a process's /metrics."""
    with urllib.request.urlopen(f"http://127.0.0.1:{house.ports[process]}/metrics", timeout=5) as answer:
        lines = answer.read().decode().splitlines()
    return sum(float(line.rsplit(" ", 1)[1]) for line in lines if line.startswith((name + " ", name + "{")))


def summary(line: str) -> dict[str, Any]:
    """One summary of the fleet."""
    told: dict[str, Any] = json.loads(line)
    return told
