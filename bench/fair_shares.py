"""`python -m bench.fair_shares [--samples 400] [--runs 3]`: a quiet account beside one that floods, beside a control.

The quiet account opens a page, asks the API, and its register looks for prices over the link. Beside it another account
reloads 500 registers with 10,000 items each and imports 100,000 rows, round after round. The control is an idle product
and, for each process of the flood, a process outside of the product; together they burn the CPU that the machine used
in the flood above what the quiet account alone makes it use. So what is compared is not a busy machine with an idle
one, but a busy product with a busy machine. Goal: the p99 beside the flood is at most twice the p99 beside the control.
"""

import argparse
import contextlib
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from bench.bench_house import ROOT, bench_house, in_shares, make_registers, signed_in, start_fleet, write_ids
from bench.figures import machine_cpu_seconds, milliseconds, percentile, tree_cpu_seconds
from bench.flood import GROUPS, REGISTERS, ROWS
from bench.quiet_account import KINDS, QuietAccount, goods_csv, import_goods
from deploy.api_client import ApiClient, ApiError
from tests.house.running import RunningHouse

GOAL = 2.0
SPIN = 20_000  # turns of a loop, about a millisecond
REST = 0.002  # seconds
LEAST_SHARE = 0.005  # of a core; a process that used less is not imitated

Samples = dict[str, list[float]]


class Spent(NamedTuple):
    """Cores that were busy while something was asked: all of the machine, and each process of the product."""

    machine: float
    processes: dict[str, float]


def burn(share: float) -> None:
    """Use that share of a core until killed; what others took away is made up for."""
    started = time.perf_counter()
    while True:
        if time.process_time() < share * (time.perf_counter() - started):
            for _ in range(SPIN):
                pass
        else:
            time.sleep(REST)


class Scene:
    """The house with both accounts; what is measured in it."""

    def __init__(self, house: RunningHouse, folder: Path) -> None:
        self._house = house
        self.quiet = QuietAccount(house)
        self._flood = signed_in(house, "Шумная сеть", REGISTERS)
        print("preparing", flush=True)
        import_goods(self._flood, goods_csv(ROWS, 0, GROUPS))
        groups = self._flood.get("/item-groups", limit=500)["items"]
        registers = make_registers(self._flood, REGISTERS)

        def choose(share: range) -> None:
            for number in share:
                chosen = {"item_groups": [groups[number % len(groups)]["id"]], "auto_load": False}
                self._flood.patch(f"/registers/{registers[number]['id']}", chosen)

        in_shares(choose, REGISTERS)
        write_ids(registers, folder / "ids")
        self._fleet = start_fleet(house, folder / "ids", "--every", "3600")
        while self._flood.get("/registers", limit=1, online="false")["items"]:
            time.sleep(0.5)
        self._calm_down(self._flood)  # each was asked for its settings

    def close(self) -> None:
        """Switch the registers off."""
        self._fleet.terminate()
        self._fleet.wait()

    def alone(self, samples: int) -> tuple[Samples, Spent]:
        """The quiet account's requests while nobody else asks anything."""
        return self._ask(samples)

    def beside_flood(self, samples: int) -> tuple[Samples, Spent]:
        """The quiet account's requests while the other floods."""
        command = [sys.executable, "-m", "bench.flood", self._house.http_url, str(self._flood.token)]
        flood = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        assert flood.stdout is not None
        flood.stdout.readline()
        told = self._ask(samples, flood.pid)
        flood.terminate()
        print("".join(f"    flood, {line}" for line in flood.stdout), end="")
        flood.wait()
        self._calm_down(self._flood)
        return told

    def beside_control(self, samples: int, shares: list[float]) -> tuple[Samples, Spent]:
        """The same beside processes that burn such shares of a core."""
        burners = [
            subprocess.Popen([sys.executable, "-m", "bench.fair_shares", "burn", f"{share:.4f}"], cwd=ROOT)
            for share in shares
        ]
        time.sleep(2)  # they begin to burn
        told = self._ask(samples)
        for one in burners:
            one.kill()
            one.wait()
        return told

    def _ask(self, samples: int, flood: int | None = None) -> tuple[Samples, Spent]:
        watched = {**self._house.processes, "registers' side": self._fleet.pid}
        if flood is not None:
            watched["the flood itself"] = flood
        before = {name: tree_cpu_seconds(pid) for name, pid in watched.items()}
        machine, started = machine_cpu_seconds(), time.perf_counter()
        told = self.quiet.ask(samples)
        machine, seconds = machine_cpu_seconds() - machine, time.perf_counter() - started
        shares = {name: (tree_cpu_seconds(pid) - before[name]) / seconds for name, pid in watched.items()}
        return told, Spent(machine / seconds, shares)

    @staticmethod
    def _calm_down(api: ApiClient) -> None:
        """Nothing of the flood is left to be done."""
        while True:
            waiting = api.get("/exchanges", under_way="true", limit=500)["items"]
            if not waiting:
                break
            for exchange in waiting:
                with contextlib.suppress(ApiError):  # some have come to their ends, some cannot be taken back any more
                    api.delete(f"/exchanges/{exchange['id']}")
        while any(one["state"] in ("reading", "applying") for one in api.get("/imports", limit=10)["items"]):
            time.sleep(0.5)


def report(title: str, told: Samples) -> None:
    """One line for each kind of request."""
    for kind in KINDS:
        print(f"    {title:<16}{kind:<6}{milliseconds(told[kind])}  ({len(told[kind])} requests)", flush=True)


def p99(told: Samples, kind: str | None = None) -> float:
    """Of one kind of request, or of all together."""
    return percentile(told[kind] if kind else [one for kind in KINDS for one in told[kind]], 0.99)


def run(scene: Scene, samples: int) -> dict[str, float]:
    """Measure once; the ratio of each kind, and of all together."""
    told, alone = scene.alone(samples)
    report("alone", told)
    flooded, beside = scene.beside_flood(samples)
    report("beside the flood", flooded)
    more = beside.machine - alone.machine
    shares = {name: share - alone.processes.get(name, 0.0) for name, share in beside.processes.items()}
    shares = {name: share for name, share in shares.items() if share >= LEAST_SHARE}
    words = ", ".join(f"{name} {share:.2f}" for name, share in shares.items())
    print(f"    the machine was busy with {beside.machine:.2f} cores, {more:.2f} more than alone: {words}")
    scale = more / sum(shares.values())
    controlled, burned = scene.beside_control(samples, [share * scale for share in shares.values()])
    report("beside control", controlled)
    print(f"    beside the control {burned.machine:.2f} cores, {burned.machine - alone.machine:.2f} more than alone")
    ratios = {kind: p99(flooded, kind) / p99(controlled, kind) for kind in KINDS}
    return ratios | {"all": p99(flooded) / p99(controlled)}


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m bench.fair_shares", description=__doc__.splitlines()[0])
    parser.add_argument("--samples", type=int, default=400, help="of each kind of request")
    parser.add_argument("--runs", type=int, default=3)
    wanted = parser.parse_args()
    told: list[dict[str, float]] = []
    with bench_house() as house, tempfile.TemporaryDirectory() as folder:
        scene = Scene(house, Path(folder))
        for number in range(1, wanted.runs + 1):
            print(f"run {number}")
            told.append(run(scene, wanted.samples))
            print("    p99 beside the flood to p99 beside the control: " + in_words(told[-1]), flush=True)
        scene.close()
    medians = {kind: statistics.median(one[kind] for one in told) for kind in told[0]}
    print(f"median of {len(told)} runs: {in_words(medians)} (goal: at most {GOAL:.0f}x)")
    sys.exit(0 if medians["all"] <= GOAL else 1)


def in_words(ratios: dict[str, float]) -> str:
    """E.g. «page 1.2x, api 1.1x»."""
    return ", ".join(f"{kind} {ratio:.2f}x" for kind, ratio in ratios.items())


if __name__ == "__main__":
    if sys.argv[1:2] == ["burn"]:
        burn(float(sys.argv[2]))
    main()
