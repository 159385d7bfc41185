"""A pool gives out living connections alone: nobody sees that the server closed one while it rested."""

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa

from services.chassis import living_connections
from services.chassis.database import Database, plain_url
from tests.waiting import wait_for


@pytest.fixture
def database(module_database: str) -> Iterator[Database]:
    database = Database(module_database, "identity", 2)
    yield database
    database.close()


def backend(database: Database) -> int:
    """The server's process behind the connection that the pool gives."""
    with database.system() as session:
        return int(session.execute(sa.text("SELECT pg_backend_pid()")).scalar_one())


def end(database: Database, pid: int) -> None:
    with psycopg.connect(plain_url(database.url), autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s)", (pid,))
    wait_for(lambda: not Path(f"/proc/{pid}").exists(), 20, "the server's process to end, and its sockets with it")


@pytest.mark.parametrize("rest", [living_connections.REST_SECONDS, 0.0])
def test_a_connection_that_was_closed_is_not_given_out(
    database: Database, rest: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(living_connections, "REST_SECONDS", rest)
    first = backend(database)
    assert backend(database) == first, "a living one is given out again"
    end(database, first)
    assert backend(database) != first


def test_one_that_rested_is_asked(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []
    monkeypatch.setattr(database.engine.dialect, "do_ping", asked.append)
    backend(database)
    backend(database)
    assert not asked
    monkeypatch.setattr(living_connections, "REST_SECONDS", 0.0)
    backend(database)
    assert len(asked) == 1


def test_what_rested_while_the_server_forgot_it_is_not_given_out(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A middlebox that forgot the line answers the first statement with an error, and says nothing before."""

    def fails(_connection: object) -> None:
        raise psycopg.OperationalError("connection reset by peer")

    monkeypatch.setattr(living_connections, "REST_SECONDS", 0.0)
    first = backend(database)
    monkeypatch.setattr(database.engine.dialect, "do_ping", fails)
    assert backend(database) != first
