"""What a house survives: killed servers, a killed supervisor, a second start, a stop in the middle."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from deploy.local.house import detach, stop
from deploy.local.place import HousePlace
from deploy.local.state import living_state
from deploy.refusal import CommandRefusedError
from tests.house.servers import TestServers, discard, scratch_place, start_servers
from tests.waiting import wait_for


@pytest.fixture
def place() -> Iterator[HousePlace]:
    place = scratch_place("healing")
    yield place
    discard(place)


def _pids(place: HousePlace) -> dict[str, int]:
    state = living_state(place)
    assert state is not None
    return {row.name: row.pid for row in state.processes if row.pid is not None}


def _alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def _all_ready(place: HousePlace) -> bool:
    state = living_state(place)
    return state is not None and bool(state.processes) and all(row.ready for row in state.processes)


def _rows(url: str) -> int:
    with psycopg.connect(url, autocommit=True) as link:
        link.execute("CREATE TABLE IF NOT EXISTS kept (n int)")
        link.execute("INSERT INTO kept VALUES (1)")
        answer = link.execute("SELECT count(*) FROM kept").fetchone()
        assert answer is not None
        return int(answer[0])


def test_killed_servers_come_back_with_their_data(place: HousePlace) -> None:
    servers = start_servers(place)
    assert _rows(servers.database_url) == 1
    before = _pids(place)
    assert set(before) == {"epmd", "rabbitmq", "postgres"}
    for pid in before.values():
        os.kill(pid, signal.SIGKILL)
    wait_for(lambda: all(_pids(place).get(name, pid) != pid for name, pid in before.items()), 30, "new processes")
    wait_for(lambda: _all_ready(place), 60, "all ready again")
    assert _rows(servers.database_url) == 2, "same address, same data"
    assert servers.broker_does("1 + 1.") == "2"
    state = living_state(place)
    assert state is not None and all(row.restarts >= 1 for row in state.processes)
    assert servers.supervisor is not None
    stop(place)
    assert servers.supervisor.wait(30) == 0


def test_a_killed_supervisor_takes_its_children_along_and_the_next_start_heals(place: HousePlace) -> None:
    first = start_servers(place)
    _rows(first.database_url)
    pids = _pids(place)
    assert first.supervisor is not None
    first.supervisor.send_signal(signal.SIGKILL)
    first.supervisor.wait(10)
    wait_for(lambda: not any(_alive(pid) for pid in pids.values()), 30, "no child outlives the supervisor")
    # A crash of the machine leaves such a file with a number that belongs to a stranger by now.
    ((place.elsewhere() or place.folder) / "postgresql/cluster/postmaster.pid").write_text(f"{os.getpid()}\n")
    second = start_servers(place)
    assert second.database_url == first.database_url and second.amqp_url == first.amqp_url
    assert _rows(second.database_url) == 2
    assert second.supervisor is not None
    stop(place)
    assert second.supervisor.wait(30) == 0
    assert living_state(place) is None


def test_one_supervisor_a_folder(infrastructure: TestServers) -> None:
    arguments = ["up", "--dir", str(infrastructure.place.folder), "--infrastructure-only", "--scratch"]
    with pytest.raises(CommandRefusedError, match="already running from"):
        detach(infrastructure.place, arguments)


def test_a_stop_while_starting_leaves_nothing_running(place: HousePlace) -> None:
    place.create()
    supervisor = subprocess.Popen(
        _command(place), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL
    )
    wait_for(lambda: "rabbitmq" in _pids(place) if living_state(place) else False, 30, "the broker to be starting")
    pids = _pids(place)
    supervisor.send_signal(signal.SIGINT)
    assert supervisor.wait(60) == 0
    assert supervisor.stdout is not None
    assert b"Traceback" not in supervisor.stdout.read()
    supervisor.stdout.close()
    assert not any(_alive(pid) for pid in pids.values())


def _command(place: HousePlace) -> list[str]:
    return [
        *(sys.executable, "-m", "deploy.cli", "up", "--dir", str(place.folder)),
        *("--infrastructure-only", "--scratch", "--with-parent"),
    ]
