"""`python -m bench.idle_links [LINKS]`: memory and CPU of the device gateways per idle link (2,000 by default).

The floor is a bare websockets server with as many silent clients, in the same run.
"""

import asyncio
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.bench_house import (
    ROOT,
    bench_house,
    gateway_cpu,
    gateway_pids,
    gateway_rss,
    make_registers,
    metric,
    signed_in,
    start_fleet,
    write_ids,
)
from bench.figures import cpu_seconds, rss_kib
from bench.loads import GATEWAYS
from deploy.local.ports import free_port

WATCHED = 60  # seconds of idling; two heartbeats of each link


async def bare_server(port: int) -> None:
    """Accept and keep, nothing else."""
    from websockets.asyncio.server import serve  # noqa: PLC0415 only this process needs it

    async with serve(lambda link: link.wait_closed(), "127.0.0.1", port, compression=None):
        print("ready", flush=True)
        await asyncio.Future()


async def bare_clients(port: int, links: int) -> None:
    """So many silent clients."""
    from websockets.asyncio.client import connect  # noqa: PLC0415 only this process needs it

    kept = [await connect(f"ws://127.0.0.1:{port}", compression=None) for _ in range(links)]
    print("ready", flush=True)
    await asyncio.Future()
    del kept


def floor(links: int) -> tuple[float, float]:
    """KiB of resident memory per link, and CPU seconds per link and hour, of the bare server."""
    port = free_port()
    told = [sys.executable, "-m", "bench.idle_links"]
    server = subprocess.Popen([*told, "bare-server", str(port)], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    server.stdout.readline()
    empty = rss_kib(server.pid)
    clients = subprocess.Popen(
        [*told, "bare-clients", str(port), str(links)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert clients.stdout is not None
    clients.stdout.readline()
    before = cpu_seconds(server.pid)
    time.sleep(WATCHED)
    per_link = (rss_kib(server.pid) - empty) / links
    cpu = (cpu_seconds(server.pid) - before) / links / WATCHED * 3600
    for process in (clients, server):
        process.kill()
        process.wait()
    return per_link, cpu


def main() -> None:
    """Measure and print."""
    links = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
    with bench_house() as house, tempfile.TemporaryDirectory() as folder:
        api = signed_in(house, "Простой", registers=links)
        write_ids(make_registers(api, links), Path(folder) / "ids")
        empty = gateway_rss(house)
        fleet = start_fleet(house, Path(folder) / "ids", "--every", "5")
        while sum(metric(house, name, "kkt_links") for name in GATEWAYS) < links:
            time.sleep(0.5)
        time.sleep(10)  # let first contacts finish what they began
        before, started = gateway_cpu(house), time.monotonic()
        time.sleep(WATCHED)
        seconds = time.monotonic() - started
        per_link = (gateway_rss(house) - empty) / links
        cpu = (gateway_cpu(house) - before) / links / seconds * 3600
        fleet.terminate()
        fleet.wait()
        print(f"{links} idle links on {len(gateway_pids(house))} gateway processes, watched for {seconds:.0f} s")
        print(f"  {per_link:.1f} KiB resident and {cpu:.2f} s of CPU an hour per link (empty: {empty / 1024:.0f} MB)")
    bare, bare_cpu = floor(links)
    print(f"  floor, bare websockets: {bare:.1f} KiB and {bare_cpu:.2f} s of CPU an hour per link")
    print(f"  ratio: {per_link / bare:.1f}x the memory", flush=True)


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["bare-server", port]:
            asyncio.run(bare_server(int(port)))
        case ["bare-clients", port, count]:
            asyncio.run(bare_clients(int(port), int(count)))
        case _:
            main()
