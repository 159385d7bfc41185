"""`python -m bench.main_job`: the whole main job against a running server, over HTTP and a simulated register.

It makes a register, starts a simulator with its ID, imports a goods file, sets the register's item groups, percentage
and rounding, loads, and compares what the register then holds with a file that was written by hand. Run `make up`
first; options point it at another server, file or expectation. Ends with 0 only if every record is as expected.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from deploy.api_client import ApiClient

DATA = Path(__file__).parent / "data"
ROOT = Path(__file__).parents[1]
VAT_22 = 11  # FFD tag 1199
DONE = {"applied", "failed", "cancelled", "superseded", "expired"}


def arguments() -> argparse.Namespace:
    """What the command line says."""
    parser = argparse.ArgumentParser(prog="python -m bench.main_job", description=__doc__.splitlines()[0])
    parser.add_argument("--url", default="http://localhost:8000")
    parser.add_argument("--link", default="ws://localhost:8001/link")
    parser.add_argument("--sign-in", type=Path, default=ROOT / ".kkt" / "first-sign-in.json")
    parser.add_argument("--goods", type=Path, default=DATA / "main_job_goods.csv")
    parser.add_argument("--expected", type=Path, default=DATA / "main_job_expected.json")
    parser.add_argument("--groups", default="Хлеб,Молоко", help="item groups of the register by name; empty: all goods")
    parser.add_argument("--percent", type=int, default=110)
    parser.add_argument("--rounding", type=int, default=10, help="kopecks: 1, 10, 50 or 100")
    return parser.parse_args()


def import_goods(api: ApiClient, file: Path) -> None:
    """Import the file and print its report."""
    if api.get("/accounts/current")["default_tax_code"] is None:
        api.patch("/accounts/current", {"default_tax_code": VAT_22})
    started = time.perf_counter()
    told = api.wait(f"/imports/{api.import_file(file)['id']}", {"applied", "failed", "cancelled"})
    print(
        f"import {told['state']} in {time.perf_counter() - started:.1f} s: {told['rows']} rows, {told['created']} new, "
        f"{told['changed']} changed, {told['unchanged']} unchanged, {told['failed']} refused"
    )
    if told["state"] != "applied":
        sys.exit(f"The import ended {told['state']}: {told['reason']}")
    for problem in api.get(f"/imports/{told['id']}/errors")["items"]:
        print(f"  line {problem['line']}: {problem['field']}: {problem['code']}")


def set_up_register(api: ApiClient, register: dict[str, Any], told: argparse.Namespace) -> None:
    """Item groups, percentage and rounding of the register."""
    groups = {group["name"]: group["id"] for group in api.get("/item-groups", limit=500)["items"]}
    wanted = [groups[name] for name in told.groups.split(",") if name]
    api.patch(
        f"/registers/{register['id']}",
        {"item_groups": wanted, "price_percent": told.percent, "price_rounding": told.rounding},
    )


def load(api: ApiClient, register: dict[str, Any]) -> dict[str, Any]:
    """Press «Загрузить товары» and watch; returns the ended exchange."""
    started = time.perf_counter()
    exchange = api.post(f"/registers/{register['id']}/exchanges", {"kind": "load_goods"})
    ended: dict[str, Any] = api.wait(f"/exchanges/{exchange['id']}", DONE)
    print(f"load {ended['state']} in {time.perf_counter() - started:.1f} s (reason: {ended['reason']})")
    for step in ended["timeline"]:
        print(f"  {step['at'][11:23]} {step['what']} {json.dumps(step['params'], ensure_ascii=False)}")
    return ended


def compare(held: dict[str, Any], expected: list[dict[str, Any]]) -> list[str]:
    """Differences, a line each; none when the register holds exactly what is expected."""
    found = {record["code"]: record for record in held["base"]}
    wanted = {record["code"]: record for record in expected}
    lines = [f"code {code}: not on the register" for code in sorted(wanted.keys() - found.keys())]
    lines += [f"code {code}: on the register, not expected" for code in sorted(found.keys() - wanted.keys())]
    for code in sorted(wanted.keys() & found.keys()):
        for field in sorted(wanted[code].keys() | found[code].keys()):
            if wanted[code].get(field) != found[code].get(field):
                lines.append(
                    f"code {code}: {field} is {found[code].get(field)!r}, expected {wanted[code].get(field)!r}"
                )
    return lines


def main() -> None:
    """Do the job and say how it went."""
    told = arguments()
    keys = json.loads(told.sign_in.read_text(encoding="utf-8"))
    api = ApiClient(told.url)
    api.sign_in(str(keys["client_number"]), keys["user"], keys["password"])
    register = api.post("/registers", {"name": "Касса главной работы"})
    print(f"register ID {register['kkt_id']}")
    kkt_sim = [sys.executable, "-m", "devices.sim.cli"]
    with tempfile.TemporaryDirectory(prefix="kkt-sim-") as state:
        simulator = subprocess.Popen(
            [*kkt_sim, "run", "--id", register["kkt_id"], "--server", told.link, "--state", state],
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
        )
        try:
            import_goods(api, told.goods)
            set_up_register(api, register, told)
            ended = load(api, register)
            shown = subprocess.run(
                [*kkt_sim, "goods", "--json", "--state", state], cwd=ROOT, capture_output=True, text=True, check=True
            )
        finally:
            simulator.terminate()
            simulator.wait(20)
    held = json.loads(shown.stdout)
    differences = compare(held, json.loads(told.expected.read_text(encoding="utf-8")))
    print("\n".join(differences) or f"the register holds exactly what is expected: {held['count']} records")
    truth = api.get(f"/registers/{register['id']}")["goods"]
    print(f"in sync: {truth['in_sync']}, confirmed: {truth['confirmed']}")
    if differences or ended["state"] != "applied" or truth["confirmed"]["base_hash"] != held["base_hash"]:
        sys.exit(1)


if __name__ == "__main__":
    main()
