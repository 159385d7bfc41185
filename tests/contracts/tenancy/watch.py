"""Whether anything of an account changed: its rows first, and what its owner sees of them where a row differs."""

from collections.abc import Callable
from typing import Any

import psycopg
from psycopg import sql

from services.chassis.database import plain_url
from services.contracts.values import AccountId

_TABLES = """
SELECT table_schema::text, table_name::text FROM information_schema.columns JOIN pg_roles
  ON rolname = 'kkt_' || table_schema || '_system'
WHERE column_name = 'account_id' ORDER BY 1, 2
"""


class Watch:
    """Looking at all that an owner sees takes some twenty calls; reading every row of the account takes one of a room.

    Answers are made of rows, so equal rows need no second look. A row that differs (the hour of a last use, a fact that
    went its way) proves nothing yet: then the answers are compared.
    """

    def __init__(self, database_url: str, account: AccountId, look: Callable[[], dict[str, Any]]) -> None:
        self._connection = psycopg.connect(plain_url(database_url), autocommit=True)
        self._look = look
        self._account = account
        self._digests = self._queries()
        self._rows: list[str] = []
        self._seen: dict[str, Any] = {}

    def remember(self) -> None:
        """What is there now is what is to stay."""
        rows = self._read()
        if rows != self._rows:
            self._rows, self._seen = rows, self._look()

    def assert_unchanged(self) -> None:
        """The owner sees what was there at `remember`."""
        rows = self._read()
        if rows != self._rows:
            assert self._look() == self._seen
            self._rows = rows

    def close(self) -> None:
        self._connection.close()

    def _queries(self) -> list[tuple[sql.Composed, sql.Composed]]:
        """Of each room: becoming who sees all its rows, and one digest of those of an account in all its tables."""
        tables: dict[str, list[str]] = {}
        for room, table in self._connection.execute(_TABLES).fetchall():
            tables.setdefault(room, []).append(table)
        assert {"identity", "registers", "catalog"} <= tables.keys()
        return [
            (
                sql.SQL("SET ROLE {}").format(sql.Identifier(f"kkt_{room}_system")),
                sql.SQL("SELECT md5(string_agg(row, ',' ORDER BY row)) FROM ({}) rows").format(
                    sql.SQL(" UNION ALL ").join(
                        sql.SQL("SELECT {} || md5(t::text) AS row FROM {} t WHERE account_id = %(account)s").format(
                            sql.Literal(name), sql.Identifier(room, name)
                        )
                        for name in names
                    )
                ),
            )
            for room, names in tables.items()
        ]

    def _read(self) -> list[str]:
        told = []
        for role, digest in self._digests:
            self._connection.execute(role)
            row = self._connection.execute(digest, {"account": self._account}).fetchone()
            told.append(str(row and row[0]))
        return told
