"""The whole product under its supervisor: every process can be killed, and everything goes when the supervisor goes."""

import http.client
import signal
from pathlib import Path
from urllib.parse import urlsplit

from tests.house.running import RunningHouse
from tests.waiting import wait_for


def _status(url: str, path: str) -> int:
    address = urlsplit(url)
    link = http.client.HTTPConnection(address.hostname or "", address.port, timeout=5)
    try:
        link.request("GET", path)
        return link.getresponse().status
    finally:
        link.close()


def _alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def _descendants(pid: int) -> set[int]:
    """Every process under this one, workers of workers too."""
    parents: dict[int, list[int]] = {}
    for process in Path("/proc").iterdir():
        if process.name.isdigit():
            try:
                parent = int((process / "stat").read_text().rsplit(")", 1)[1].split()[1])
            except OSError:
                continue
            parents.setdefault(parent, []).append(int(process.name))
    found: set[int] = set()
    waiting = [pid]
    while waiting:
        children = parents.get(waiting.pop(), [])
        found.update(children)
        waiting.extend(children)
    return found


def test_every_process_may_be_killed_and_none_outlives_the_supervisor(fragile_house: RunningHouse) -> None:
    house = fragile_house
    first = house.create_account("Первая", "admin", "correct horse 1")
    for name, pid in house.processes.items():
        assert house.kill(name) == pid
    house.wait_ready(90)
    assert _status(house.http_url, "/readyz") == 200
    second = house.create_account("Вторая", "admin", "correct horse 2")
    assert second["client_number"] > first["client_number"], "what was committed before is there"
    assert all(row.restarts >= 1 for row in house.state().processes)

    everything = _descendants(house.state().supervisor)
    assert len(everything) > len(house.processes)
    house.kill_supervisor(signal.SIGKILL)
    wait_for(lambda: not [pid for pid in everything if _alive(pid)], 30, "every process to end with the supervisor")


def test_health_pages_and_logs(house: RunningHouse) -> None:
    assert _status(house.http_url, "/healthz") == 200
    for name, port in house.ports.items():
        if name in {"postgres", "rabbitmq", "epmd"}:
            continue
        for path in ("/healthz", "/readyz", "/metrics"):
            assert _status(f"http://127.0.0.1:{port}", path) == 200, f"{name} {path}"
    assert set(house.all_logs(5)) >= set(house.processes)
    secrets = [urlsplit(url).password or "" for url in (house.database_url, house.amqp_url)]
    for name, text in house.all_logs(5000).items():
        assert not any(secret in text for secret in secrets), f"the log of {name} holds a password"
