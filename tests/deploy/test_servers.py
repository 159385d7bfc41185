"""The servers that tests and `kkt up` start: what they give, and that they keep to themselves."""

from pathlib import Path

import pytest

from deploy.local.ports import LOOPBACK
from tests.house.servers import TestServers


def _listening_addresses(pid: int) -> set[str]:
    """Hexadecimal local addresses on which a process listens."""
    inodes = {entry.readlink().name for entry in Path(f"/proc/{pid}/fd").iterdir()}
    found = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        for line in Path(table).read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A" and f"socket:[{fields[9]}]" in inodes:
                found.add(fields[1].split(":")[0])
    return found


def test_every_socket_is_on_loopback(infrastructure: TestServers) -> None:
    from deploy.local.state import living_state

    state = living_state(infrastructure.place)
    assert state is not None
    loopback = {"0100007F", "00000000000000000000000001000000"}
    for row in state.processes:
        assert row.pid is not None
        addresses = _listening_addresses(row.pid)
        assert addresses and addresses <= loopback, f"{row.name} listens on {addresses}"
    assert LOOPBACK in infrastructure.database_url and LOOPBACK in infrastructure.amqp_url


def test_databases_are_empty_and_apart(infrastructure: TestServers, fresh_database: str) -> None:
    import psycopg

    other = infrastructure.create_database()
    try:
        with psycopg.connect(fresh_database, autocommit=True) as one, psycopg.connect(other, autocommit=True) as two:
            one.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
            one.execute("CREATE TABLE mine (n int)")
            assert two.execute("SELECT to_regclass('mine')").fetchone() == (None,)
            assert one.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user").fetchone() == (False,)
    finally:
        infrastructure.drop_database(other)


def test_virtual_hosts_take_connections(fresh_vhost: str) -> None:
    kombu = pytest.importorskip("kombu")
    with kombu.Connection(fresh_vhost, connect_timeout=5) as link:
        link.connect()
        link.default_channel.queue_declare("q", exclusive=True)
