"""Which rows of an account a room has, found by walking every table that knows accounts."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg import sql

from services.chassis.database import plain_url

_TABLES = """
SELECT table_name::text FROM information_schema.columns
WHERE table_schema = %s AND column_name = 'account_id' AND table_name <> 'account_terms' ORDER BY 1
"""


@contextmanager
def _owner(database_url: str, room: str) -> Iterator[psycopg.Connection]:
    """The tables' owner is bound by their walls, too; the room's system role sees all."""
    with psycopg.connect(plain_url(database_url)) as connection:
        connection.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(f"kkt_{room}_system")))
        yield connection


def tables_of(database_url: str, room: str) -> list[str]:
    """Every table of the room with rows of accounts, but the one that remembers the forgotten."""
    with psycopg.connect(plain_url(database_url)) as connection:
        return [row[0] for row in connection.execute(_TABLES, (room,)).fetchall()]


def rows_of(database_url: str, room: str, account: str) -> dict[str, int]:
    """How many rows of the account each table has; tables without any are left out."""
    found: dict[str, int] = {}
    with _owner(database_url, room) as connection:
        for table in tables_of(database_url, room):
            counted = sql.SQL("SELECT count(*) FROM {} WHERE account_id = %s").format(sql.Identifier(room, table))
            (count,) = connection.execute(counted, (account,)).fetchone() or (0,)
            if count:
                found[table] = count
    return found


def fill_empty_tables(database_url: str, room: str, account: str, rows: dict[str, str]) -> None:
    """Put a row of the account into tables that a story does not reach: `rows` has their columns and values as SQL."""
    with _owner(database_url, room) as connection:
        for table, values in rows.items():
            connection.execute(f"INSERT INTO {room}.{table} {values}", {"account": account})  # type: ignore[call-overload]


def state_of(database_url: str, room: str, account: str) -> str | None:
    """What the room remembers of the account."""
    with _owner(database_url, room) as connection:
        asked = sql.SQL("SELECT state FROM {} WHERE account_id = %s").format(sql.Identifier(room, "account_terms"))
        row = connection.execute(asked, (account,)).fetchone()
        return None if row is None else str(row[0])


def limits_of(database_url: str, room: str, account: str) -> dict[str, int]:
    """The limits that the room keeps to; {} before any were told."""
    with _owner(database_url, room) as connection:
        asked = sql.SQL("SELECT limits FROM {} WHERE account_id = %s").format(sql.Identifier(room, "account_terms"))
        row = connection.execute(asked, (account,)).fetchone()
        return {} if row is None else dict(row[0])
