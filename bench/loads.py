"""`python -m bench.loads [REGISTERS …]`: 10,000 items to 1 register and to 200 at once (or as many as are named).

Prints wall time, bytes, CPU and memory of the device gateways; the floor is the same number of bytes in the same chunks
with the same window through a bare asyncio server and client, in the same run.
"""

import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from bench.bench_house import (
    ROOT,
    bench_house,
    gateway_cpu,
    gateway_rss,
    make_registers,
    metric,
    signed_in,
    start_fleet,
    summary,
    write_ids,
)
from bench.figures import cpu_seconds, rss_kib
from deploy.api_client import ApiClient
from deploy.local.ports import free_port
from tests.house.running import RunningHouse

ITEMS = 10_000
WINDOW = 8
GATEWAYS = ("device-gateway-1", "device-gateway-2")


def goods_file(folder: Path, raise_by: int) -> Path:
    """A CSV of ITEMS rows; another `raise_by` changes every price."""
    file = folder / "goods.csv"
    rows = [
        f"{code};Товар номер {code} в ассортименте;{code % 900 + 10 + raise_by},{code % 100:02d};22%"
        for code in range(1, ITEMS + 1)
    ]
    file.write_text("\n".join(["Код;Наименование;Цена;НДС", *rows]) + "\n", encoding="utf-8")
    return file


def import_goods(api: ApiClient, file: Path) -> int:
    """Import and return the revision that it made."""
    told = api.wait(f"/imports/{api.import_file(file)['id']}", {"applied", "failed"})
    if told["state"] != "applied":
        sys.exit(f"import: {told}")
    return int(told["revision"])


def floor(registers: int, chunks: int, size: int) -> tuple[float, float, int]:
    """Seconds, CPU seconds and resident KiB of the bare server for the same bytes."""
    port = free_port()
    told = [sys.executable, "-m", "bench.bare_echo"]
    server = subprocess.Popen(
        [*told, "serve", str(port), str(chunks), str(size), str(WINDOW)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert server.stdout is not None
    server.stdout.readline()
    before = cpu_seconds(server.pid)
    taken = subprocess.run(
        [*told, "take", str(port), str(registers)], cwd=ROOT, capture_output=True, text=True, check=True
    )
    cpu, memory = cpu_seconds(server.pid) - before, rss_kib(server.pid)
    server.kill()
    server.wait()
    return float(taken.stdout), cpu, memory


def bytes_sent(house: RunningHouse) -> tuple[float, float]:
    """Chunks and bytes that the gateways have sent so far."""
    return (
        sum(metric(house, name, "kkt_chunks_total") for name in GATEWAYS),
        sum(metric(house, name, "kkt_chunk_bytes_total") for name in GATEWAYS),
    )


def measure(house: RunningHouse, registers: int, folder: Path) -> None:
    """One account, so many registers, one load to all of them."""
    api = signed_in(house, f"Замер {registers}")
    made = make_registers(api, registers)
    revision = import_goods(api, goods_file(folder, 0))
    ids = folder / f"ids-{registers}"
    write_ids(made, ids)
    fleet = start_fleet(house, ids, "--until-applied", str(revision), "--timeout", "600", "--every", "0.1")
    assert fleet.stdout is not None
    while api.get("/registers", limit=500, online="false")["items"]:
        time.sleep(0.2)
    chunks_before, bytes_before = bytes_sent(house)
    cpu_before, started = gateway_cpu(house), time.perf_counter()
    for register in made:
        api.post(f"/registers/{register['id']}/exchanges", {"kind": "load_goods"})
    asked = time.perf_counter() - started
    last: dict[str, Any] = {}
    for line in fleet.stdout:
        last = summary(line)
    wall, cpu = time.perf_counter() - started, gateway_cpu(house) - cpu_before
    if fleet.wait() != 0:
        sys.exit(f"the fleet did not get there: {last}")
    while not all(row["goods"]["in_sync"] for row in pages(api)):
        time.sleep(0.1)
    confirmed = time.perf_counter() - started
    chunks, volume = (
        now - before for now, before in zip(bytes_sent(house), (chunks_before, bytes_before), strict=True)
    )
    bare, bare_cpu, bare_rss = floor(registers, int(chunks / registers), int(volume / max(chunks, 1)))
    print(f"{ITEMS} items to {registers} register(s): {volume / 1e6:.1f} MB in {chunks:.0f} chunks")
    print(f"  asked in {asked:.2f} s, all hold it after {wall:.2f} s, all confirmed after {confirmed:.2f} s")
    print(f"  gateways: {cpu:.2f} s CPU, {gateway_rss(house) / 1024:.0f} MB resident")
    print(f"  floor: {bare:.2f} s, {bare_cpu:.2f} s CPU, {bare_rss / 1024:.0f} MB resident")
    print(f"  ratio to the floor: {wall / bare:.1f}x the time, {cpu / max(bare_cpu, 0.01):.1f}x the CPU", flush=True)


def pages(api: ApiClient) -> list[dict[str, Any]]:
    """All registers of the account."""
    rows: list[dict[str, Any]] = []
    after = ""
    while True:
        page = api.get("/registers", limit=500, **({"after": after} if after else {}))
        rows += page["items"]
        if page["next"] is None:
            return rows
        after = page["next"]


def main() -> None:
    """Measure each number of registers that the command line names."""
    with bench_house() as house, tempfile.TemporaryDirectory() as folder:
        for registers in [int(text) for text in sys.argv[1:]] or [1, 200]:
            measure(house, registers, Path(folder))


if __name__ == "__main__":
    main()
