"""`kkt` as a person types it: up, status, logs, down, admin; what it says when something is in the way."""

import json
import os
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator

import pytest

from deploy.local.place import CHECKOUT, HousePlace
from deploy.local.ports import free_port
from tests.house.servers import TestServers, discard, scratch_place


@pytest.fixture
def place() -> Iterator[HousePlace]:
    place = scratch_place("commands")
    yield place
    discard(place)


@pytest.fixture
def addresses(infrastructure: TestServers) -> Iterator[dict[str, str]]:
    """Environment for a house on a database and virtual host of its own."""
    database, vhost = infrastructure.create_empty_database(), infrastructure.create_vhost()
    yield {
        "KKT_DATABASE_URL": database,
        "KKT_AMQP_URL": vhost,
        "KKT_HTTP_PORT": str(free_port()),
        "KKT_LINK_PORT": str(free_port()),
    }
    infrastructure.drop_vhost(vhost)
    infrastructure.drop_database(database)


def _kkt(
    place: HousePlace, *words: str, env: dict[str, str] | None = None, stdin: str = ""
) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("KKT_")}
    return subprocess.run(
        [sys.executable, "-m", "deploy.cli", *words, *(["--dir", str(place.folder)] if words[0] != "service" else [])],
        env=clean | (env or {}),
        cwd=CHECKOUT,
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
        timeout=110,
    )


@pytest.mark.timeout(300)  # two whole starts and a dozen commands, each of which begins a Python of its own
def test_up_prints_where_and_how_and_a_second_start_keeps_everything(
    place: HousePlace, addresses: dict[str, str]
) -> None:
    try:
        first = _kkt(place, "up", "--detach", env=addresses)
        assert first.returncode == 0, first.stderr
        sign_in = json.loads(place.first_sign_in_file.read_text())
        assert set(sign_in) == {"client", "client_number", "user", "password", "operator"}
        assert set(sign_in["operator"]) == {"client", "client_number", "user", "password"}
        assert stat.S_IMODE(place.first_sign_in_file.stat().st_mode) == 0o600
        for told in (
            f"http://localhost:{addresses['KKT_HTTP_PORT']}",
            sign_in["password"],
            sign_in["operator"]["password"],
        ):
            assert told in first.stdout
        assert f"ws://localhost:{addresses['KKT_LINK_PORT']}/link" in first.stdout

        status = json.loads(_kkt(place, "status", "--json").stdout)
        rows = {row["name"]: row for row in status["processes"]}
        assert {"identity", "registers", "device-gateway-1", "device-gateway-2", "gateway-http"} <= set(rows)
        assert all(row["ready"] and row["pid"] and row["port"] and not row["restarts"] for row in rows.values())
        assert "password" not in json.dumps(status)

        again = _kkt(place, "up", env=addresses)
        assert again.returncode == 1 and "already running from" in again.stderr and "kkt down" in again.stderr

        asked = ("admin", "create-account", "Вторая", "--user", "anna", "--password-stdin", "--json")
        made = _kkt(place, *asked, stdin="Long-2-enough\n")
        assert json.loads(made.stdout)["user"] == "anna", made.stderr
        weak = _kkt(place, "admin", "create-account", "Третья", "--user", "anna", "--password-stdin", stdin="1\n")
        assert weak.returncode == 1 and "password (" in weak.stderr and "Traceback" not in weak.stderr
        assert "serving" in _kkt(place, "logs", "identity").stdout
    finally:
        down = _kkt(place, "down")
    assert down.stdout == "Stopped.\n"
    assert _kkt(place, "status").returncode == 3
    assert _kkt(place, "down").stdout.startswith("Nothing is running")

    second = _kkt(place, "up", "--detach", env=addresses)
    assert second.returncode == 0, second.stderr
    assert json.loads(place.first_sign_in_file.read_text()) == sign_in, "no second first account"
    _kkt(place, "down")


def test_a_taken_port_stops_the_start_with_one_sentence(place: HousePlace, addresses: dict[str, str]) -> None:
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a house before may have had it
        taken.bind(("127.0.0.1", int(addresses["KKT_LINK_PORT"])))
        taken.listen()
        refused = _kkt(place, "up", "--detach", env=addresses)
    assert refused.returncode == 1
    assert refused.stderr.count("\n") == 1 and refused.stderr.startswith(f"Port {addresses['KKT_LINK_PORT']}")
    assert f"pid {os.getpid()}" in refused.stderr and "KKT_LINK_PORT=<port>" in refused.stderr


def test_an_address_where_nothing_answers_is_told(place: HousePlace, addresses: dict[str, str]) -> None:
    nowhere = f"postgresql://kkt:hidden-word@127.0.0.1:{free_port()}/kkt"
    refused = _kkt(place, "up", "--detach", env=addresses | {"KKT_DATABASE_URL": nowhere})
    assert refused.returncode == 1 and "KKT_DATABASE_URL" in refused.stderr
    assert refused.stderr.count("\n") == 1 and "Nothing answers at 127.0.0.1" in refused.stderr
    assert "hidden-word" not in refused.stderr


@pytest.mark.parametrize("words", [("migrate",), ("logs", "identity"), ("infra", "url", "database")])
def test_commands_that_need_a_running_house_say_so(place: HousePlace, words: tuple[str, ...]) -> None:
    place.create()
    refused = _kkt(place, *words)
    assert refused.returncode == 1 and "Traceback" not in refused.stderr
    assert "Start it with 'make up'" in refused.stderr or "There is no log" in refused.stderr
