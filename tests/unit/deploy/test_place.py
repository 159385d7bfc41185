"""The folder of a house: one supervisor, steady ports and passwords, private files."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from deploy.local.place import HousePlace, RunAs, may_enter
from deploy.local.ports import free_port, is_free, steady_port
from deploy.local.state import HouseState, ProcessState, living_state, read_state, write_state
from deploy.refusal import CommandRefusedError


@pytest.fixture
def place(tmp_path: Path) -> HousePlace:
    place = HousePlace(tmp_path / "house")
    place.create()
    return place


def test_passwords_and_ports_are_made_once(place: HousePlace) -> None:
    again = HousePlace(place.folder)
    assert place.secret("a") == again.secret("a") != again.secret("b")
    port = steady_port(place, "thing")
    assert steady_port(again, "thing") == port == again.remembered_port("thing")
    for file in place.folder.glob("*.json"):
        assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_taken_port_is_replaced(place: HousePlace) -> None:
    import socket

    port = steady_port(place, "thing")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", port))
        taken.listen()
        assert not is_free(port)
        assert steady_port(place, "thing") != port


def test_two_names_never_get_one_port(place: HousePlace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("deploy.local.ports._OWN_RANGE", (20000, 20006))
    free = [port for port in range(20000, 20006) if is_free(port)]
    got = [steady_port(place, f"thing {n}", besides=free[:1]) for n in range(len(free) - 1)]
    assert sorted(got) == free[1:]
    with pytest.raises(CommandRefusedError):
        steady_port(place, "one too many", besides=free[:1])


def test_own_ports_lie_below_those_of_outgoing_connections() -> None:
    lowest_outgoing = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    assert all(1024 < free_port() < lowest_outgoing for _ in range(50))


def test_one_supervisor_and_the_lock_dies_with_it(place: HousePlace) -> None:
    holder = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import sys; from pathlib import Path; from deploy.local.place import HousePlace;"
            f"assert HousePlace(Path({str(place.folder)!r})).take_lock(); print('held', flush=True); sys.stdin.read()",
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert holder.stdin is not None and holder.stdout is not None
    assert holder.stdout.readline() == b"held\n"
    assert place.running_supervisor() == holder.pid
    assert not place.take_lock()
    holder.kill()
    holder.communicate()
    assert place.running_supervisor() is None
    assert place.take_lock()


def test_state_is_only_believed_of_a_living_supervisor(place: HousePlace) -> None:
    row = ProcessState("catalog", 4, 20001, 2, True)
    state = HouseState("ready", os.getpid(), http_url="http://localhost:1", processes=(row,))
    write_state(place, state)
    assert read_state(place) == state
    assert living_state(place) is None
    assert place.take_lock()
    assert living_state(place) == state
    write_state(place, HouseState("ready", os.getpid() + 1))
    assert living_state(place) == HouseState("starting", os.getpid()), "an earlier supervisor's words"


def test_data_goes_elsewhere_when_the_service_user_cannot_come_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    service_user = RunAs(os.geteuid(), os.getegid())
    monkeypatch.setattr("deploy.local.place.may_enter", lambda folder, run_as: False)
    monkeypatch.setattr("deploy.local.place.SHARED_DATA_PARENT", tmp_path / "shared")
    place = HousePlace(tmp_path / "checkout/.kkt")
    place.create()
    data = place.data_folder("postgresql", service_user)
    assert data.parent == place.elsewhere() and data.parent.parent == tmp_path / "shared"
    assert data.parent.name.startswith("checkout-")
    assert HousePlace(place.folder).data_folder("postgresql", service_user) == data, "remembered"


def test_who_may_enter_is_asked_of_the_kernel(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    assert may_enter(closed, RunAs())
    assert may_enter(closed, RunAs(os.geteuid(), os.getegid()))
    if os.geteuid() == 0:  # only root can become somebody else
        assert not may_enter(closed, RunAs(65534, 65534))


def test_a_folder_of_another_user_is_refused_with_a_cure(place: HousePlace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 65533)
    with pytest.raises(CommandRefusedError, match=r"belongs to the user .*KKT_DIR=<folder>"):
        place.create()
