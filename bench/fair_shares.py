"""`python -m bench.fair_shares [--samples 400] [--runs 3]`: a quiet account beside one that floods, beside a control.

The quiet account opens a page, asks the API, and its register looks for prices over the link. Beside it another account
reloads 500 registers with 10,000 items each and imports 100,000 rows, round after round. The control is an idle product
and, for each process of the flood, a process outside of the product; together they burn the CPU that the whole machine
used in the flood, less what it uses at rest and what the quiet account's own requests cost it. So what is compared is
not a busy machine with an idle one, but a busy product with a busy machine. Goal: the p99 beside the flood is at most
twice the p99 beside the control.
"""

import argparse
import contextlib
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

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


MACHINE = "the machine"  # among the names of processes: all that was busy, whosever it was
LEAST_ASKED = 20  # requests by which the cost of a kind is measured
IDLE_SECONDS = 20.0  # for which everything is watched while nobody asks anything


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
        self._idle = self._idle_shares()

    def close(self) -> None:
        """Switch the registers off."""
        self._fleet.terminate()
        self._fleet.wait()

    def spent(self, further: dict[str, int] | None = None) -> dict[str, float]:
        """CPU seconds so far of the machine, each process of the product, and all simulated registers' process."""
        watched = {**self._house.processes, "registers' side": self._fleet.pid, **(further or {})}
        return {MACHINE: machine_cpu_seconds(), **{name: tree_cpu_seconds(pid) for name, pid in watched.items()}}

    def beside_flood(self, samples: int, costs: dict[str, dict[str, float]]) -> tuple[Samples, dict[str, float]]:
        """The quiet account's requests while the other floods.

        And the share of a core that the machine and each process used, without what the quiet account's own requests
        cost there and what it uses at rest: both are there beside the control, too.
        """
        command = [sys.executable, "-m", "bench.flood", self._house.http_url, str(self._flood.token)]
        flood = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        assert flood.stdout is not None
        flood.stdout.readline()
        itself = {"the flood itself": flood.pid}
        before, started = self.spent(itself), time.perf_counter()
        told = self.quiet.ask(samples)
        seconds, after = time.perf_counter() - started, self.spent(itself)
        flood.terminate()
        print("".join(f"    flood, {line}" for line in flood.stdout), end="")
        flood.wait()
        self._calm_down(self._flood)
        own = {name: sum(len(told[kind]) * costs[kind].get(name, 0.0) for kind in KINDS) for name in after}
        shares = {name: (after[name] - before[name] - own[name]) / seconds for name in after}
        return told, {name: share - self._idle.get(name, 0.0) for name, share in shares.items()}

    def beside_control(self, samples: int, shares: list[float]) -> tuple[Samples, float]:
        """The same beside processes that burn such shares of a core; and the sum of what they burned."""
        burners = [
            subprocess.Popen([sys.executable, "-m", "bench.fair_shares", "burn", f"{share:.4f}"], cwd=ROOT)
            for share in shares
        ]
        time.sleep(2)  # they begin to burn
        before, started = sum(tree_cpu_seconds(one.pid) for one in burners), time.perf_counter()
        told = self.quiet.ask(samples)
        burned = sum(tree_cpu_seconds(one.pid) for one in burners) - before
        seconds = time.perf_counter() - started
        for one in burners:
            one.kill()
            one.wait()
        return told, burned / seconds

    def costs(self, samples: int) -> dict[str, dict[str, float]]:
        """CPU seconds that one request of each kind costs the machine and each process, above their rest."""
        told: dict[str, dict[str, float]] = {}
        for kind in KINDS:
            before, started = self.spent(), time.perf_counter()
            asked = len(self.quiet.ask(samples, (kind,))[kind])
            seconds, after = time.perf_counter() - started, self.spent()
            told[kind] = {name: (after[name] - before[name] - self._idle[name] * seconds) / asked for name in after}
        return told

    def _idle_shares(self) -> dict[str, float]:
        """The share of a core that the machine and each process use at rest."""
        before, started = self.spent(), time.perf_counter()
        time.sleep(IDLE_SECONDS)
        seconds, after = time.perf_counter() - started, self.spent()
        told = {name: (after[name] - before[name]) / seconds for name in after}
        print(f"at rest the machine is busy with {told[MACHINE]:.2f} cores", flush=True)
        return told

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
    costs = scene.costs(max(samples // 4, LEAST_ASKED))
    each = ", ".join(f"{kind} {cost[MACHINE] * 1e3:.0f} ms" for kind, cost in costs.items())
    print(f"    CPU of one request alone: {each}", flush=True)
    report("alone", scene.quiet.ask(samples))
    flooded, used = scene.beside_flood(samples, costs)
    report("beside the flood", flooded)
    whole = used.pop(MACHINE)
    shares = {name: share for name, share in used.items() if share >= LEAST_SHARE}
    words = ", ".join(f"{name} {share:.2f}" for name, share in shares.items())
    print(f"    the flood used {whole:.2f} cores; of its processes {sum(shares.values()):.2f}: {words}")
    scale = whole / sum(shares.values())
    controlled, burned = scene.beside_control(samples, [share * scale for share in shares.values()])
    report("beside control", controlled)
    print(f"    the control burned {burned:.2f} cores")
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
