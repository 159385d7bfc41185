# ruff: noqa: S608  # the statements are put together from our own column names alone; values are always bound
"""Rows of one import on their way into the base: staged by COPY, matched with the base, and what cannot go in.

The staging table is temporary: row security refuses COPY into the room's own tables, and what is staged by an import
that dies is gone with its transaction.
"""

import json
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, NamedTuple

import psycopg
import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.catalog.domain.goods_block import GoodsBlock
from services.catalog.domain.goods_row import UNSAID, GoodsRow
from services.chassis.temporary_tables import plan_each_time
from services.contracts.import_codes import RowCode
from services.contracts.imports import ImportProblem
from services.contracts.values import AccountId

COPY_CHARACTERS = 64 * 1024  # that are sent at once

STAGED_COLUMNS = GoodsRow._fields
_TYPES = {"line": "integer", "code": "integer", "price": "bigint", "excise": "bigint", "volume_ml": "integer"}
_TYPES |= dict.fromkeys(("short_name_given", "price_given", "tax_system_given"), "boolean")
_TYPES |= dict.fromkeys(("marked", "undivided", "blocked", "alcohol", "removed"), "boolean")
_TYPES |= dict.fromkeys(("tax_code", "type_code", "measure_unit", "section", "tax_system"), "smallint")
_TYPES |= dict.fromkeys(("payment_method", "agent"), "smallint") | {"extra": "jsonb"}
#: Column of the staging table → its type.
STAGED_TYPES = {column: _TYPES.get(column, "text") for column in STAGED_COLUMNS}
_NOT_NULL = {name: f" NOT NULL DEFAULT {str(value).lower()}" for name, value in UNSAID.items()} | {"line": " NOT NULL"}

FOLDED = "translate(lower({0} COLLATE \"und-x-icu\"), 'ё', 'е')"  # as the search column is made


class Refused(NamedTuple):
    """A staged row that was taken out again."""

    line: int
    field: str
    code: RowCode
    params: dict[str, str | int]


def create_staging(account: AccountId, session: Session) -> None:
    """An empty staging table, which lives as long as the transaction."""
    del account  # the table is this transaction's own
    plan_each_time(session)
    columns = ", ".join(f"{name} {kind}{_NOT_NULL.get(name, '')}" for name, kind in STAGED_TYPES.items())
    session.execute(sa.text(f"CREATE TEMPORARY TABLE staged ({columns}) ON COMMIT DROP"))


@contextmanager
def copying_rows(account: AccountId, session: Session) -> Iterator["RowCopy"]:
    """Within it, rows stream into the staging table; on leaving they are all there, unknown to the planner."""
    driver: psycopg.Connection[Any] = session.connection().connection.driver_connection  # type: ignore[assignment]
    with driver.cursor() as cursor, ExitStack() as copying:
        rows = RowCopy(cursor, copying)
        yield rows
        rows.flush()


def analyze_staging(account: AccountId, session: Session) -> None:
    """Tell the planner how many rows there are, and which of the columns that it joins by are filled.

    To be done again when codes were given: for a planner that knows of none, one row is as good as all.
    """
    del account
    session.execute(sa.text("ANALYZE staged (line, code)"))


def index_codes(account: AccountId, session: Session) -> None:
    """Before codes are given to rows: whatever the planner believes of them meanwhile, finding one stays cheap."""
    del account
    session.execute(sa.text("CREATE INDEX ON staged (code)"))


class RowCopy:
    """Sends rows in blocks, those columns alone that rows say anything in: a file says a third of them.

    A block that says more than all before it ends one COPY and begins the next.
    """

    def __init__(self, cursor: psycopg.Cursor[Any], copying: ExitStack) -> None:
        self._cursor = cursor
        self._copying = copying  # holds the COPY that is under way
        self.said: frozenset[str] = frozenset()  # columns that rows say anything in; in others none does
        self._names: tuple[str, ...] = ()
        self._copy: psycopg.Copy | None = None
        self._texts: list[str] = []  # to be sent
        self._characters = 0

    def add(self, block: GoodsBlock) -> None:
        """Stage these rows."""
        said = block.columns.keys()
        if self._copy is None or not said <= self.said:
            self.flush()
            self._copying.close()
            self.said |= said
            self._names = tuple(name for name in STAGED_COLUMNS if name in self.said)
            names = ", ".join(self._names)
            self._copy = self._copying.enter_context(self._cursor.copy(f"COPY staged ({names}) FROM STDIN"))
        text = block.copy_text(self._names)
        self._texts.append(text)
        self._characters += len(text)
        if self._characters >= COPY_CHARACTERS:
            self.flush()

    def flush(self) -> None:
        """Send what was gathered."""
        if self._copy is not None:
            self._copy.write("".join(self._texts))
        self._texts.clear()
        self._characters = 0


def execute(account: AccountId, session: Session, sql: str, **values: Any) -> sa.CursorResult[Any]:
    """Run one statement; `:account` is bound."""
    return session.execute(sa.text(sql), {"account": account, **values})  # type: ignore[return-value]


def match_by_origin(account: AccountId, session: Session, source: str) -> None:
    """Give rows the codes that their system's own names of them had before, be those items there now or not."""
    execute(
        account,
        session,
        """
        UPDATE staged s SET code = o.code FROM catalog.item_origin o
        WHERE o.account_id = :account AND o.source = :source AND o.foreign_id = s.foreign_id AND s.code IS NULL
        """,
        source=source,
    )


def drop_absent(account: AccountId, session: Session) -> None:
    """Rows that remove an item which is not there say nothing."""
    execute(
        account,
        session,
        """
        DELETE FROM staged s WHERE s.removed AND (s.code IS NULL OR NOT EXISTS (
          SELECT FROM catalog.item i WHERE i.account_id = :account AND i.code = s.code))
        """,
    )


def stage_missing(account: AccountId, session: Session) -> None:
    """Stage the removal of every item that no row means: the file has all goods."""
    execute(
        account,
        session,
        """
        INSERT INTO staged (line, code, removed)
        SELECT (SELECT coalesce(max(line), 0) FROM staged) + row_number() OVER (ORDER BY i.code), i.code, true
        FROM catalog.item i WHERE i.account_id = :account
          AND NOT EXISTS (SELECT FROM staged s WHERE s.code = i.code)
        """,
    )
    analyze_staging(account, session)


def count_removals(account: AccountId, session: Session) -> int:
    """How many staged rows remove an item."""
    return int(execute(account, session, "SELECT count(*) FROM staged WHERE removed").scalar_one())


def keep_origins(account: AccountId, session: Session, source: str) -> None:
    """Remember which item each row's system means, for the next file of it."""
    execute(
        account,
        session,
        """
        INSERT INTO catalog.item_origin (account_id, source, foreign_id, code)
        SELECT :account, :source, foreign_id, code FROM staged WHERE foreign_id IS NOT NULL AND code IS NOT NULL
        ON CONFLICT (account_id, source, foreign_id) DO UPDATE SET code = excluded.code
        WHERE item_origin.code <> excluded.code
        """,
        source=source,
    )


def match_by_barcode(account: AccountId, session: Session) -> list[Refused]:
    """Give rows without a code the code of the item that has their barcode; refuse those that fit several items."""
    matches = """
      SELECT s.line, min(b.code) AS code, count(DISTINCT b.code) AS items, min(k.key) AS key
      FROM staged s, unnest(string_to_array(s.keys, ' ')) AS k(key)
      JOIN catalog.barcode b ON b.account_id = :account AND b.key = k.key
      WHERE s.code IS NULL AND s.keys <> '' GROUP BY s.line
    """
    several = execute(account, session, f"SELECT line, key FROM ({matches}) m WHERE items > 1 ORDER BY line").all()
    refused = [Refused(row.line, "barcode", RowCode.ITEM_AMBIGUOUS, {"value": row.key}) for row in several]
    take_out(account, session, [row.line for row in refused])
    execute(account, session, f"UPDATE staged s SET code = m.code FROM ({matches}) m WHERE m.line = s.line")
    return refused


def match_by_name(account: AccountId, session: Session) -> list[Refused]:
    """Give rows that still have no code the code of the item with their name (and article, where given).

    A row that says it has no barcode, or has a new one, means an item without barcodes. Several items with that name:
    refused if the row has no barcode to be known by; else it is a new item.
    """
    # In steps, each counted for the planner: left to guess, it would compare every row with every item.
    for statement in (
        f"""
        CREATE TEMPORARY TABLE nameless_codes ON COMMIT DROP AS
        SELECT s.line, {FOLDED.format("s.name")} AS name, {FOLDED.format("s.article")} AS article,
          s.barcodes IS NULL AS any_item, coalesce(s.keys, '') = '' AS keyless
        FROM staged s WHERE s.code IS NULL AND s.name IS NOT NULL
        """,
        """
        CREATE TEMPORARY TABLE free_items ON COMMIT DROP AS
        SELECT i.code, split_part(i.search, E'\n', 1) AS name, split_part(i.search, E'\n', 2) AS article,
          i.barcodes = '' AS bare
        FROM catalog.item i
        WHERE i.account_id = :account AND NOT EXISTS (SELECT FROM staged o WHERE o.code = i.code)
        """,
        "ANALYZE nameless_codes",
        "ANALYZE free_items",
        """
        CREATE TEMPORARY TABLE name_matches ON COMMIT DROP AS
        SELECT n.line, n.keyless, n.name, min(i.code) AS code, count(*) AS items
        FROM nameless_codes n JOIN free_items i ON i.name = n.name
          AND (n.article IS NULL OR i.article = n.article) AND (n.any_item OR i.bare)
        GROUP BY n.line, n.keyless, n.name
        """,
        "ANALYZE name_matches",
    ):
        execute(account, session, statement)
    several = "SELECT line, name FROM name_matches WHERE items > 1 AND keyless ORDER BY line"
    refused = [
        Refused(row.line, "name", RowCode.ITEM_AMBIGUOUS, {"value": row.name[:64]})
        for row in execute(account, session, several)
    ]
    take_out(account, session, [row.line for row in refused])
    one = """
      SELECT DISTINCT ON (code) line, code FROM name_matches WHERE items = 1 ORDER BY code, NOT keyless, line
    """
    execute(account, session, f"UPDATE staged s SET code = m.code FROM ({one}) m WHERE m.line = s.line")
    analyze_staging(account, session)
    return refused


def refuse_same_items(account: AccountId, session: Session) -> list[Refused]:
    """Rows that turned out to mean an item which an earlier row means: refused."""
    repeated = """
      SELECT line, code, first FROM (
        SELECT line, code, first_value(line) OVER (PARTITION BY code ORDER BY line) AS first
        FROM staged WHERE code IS NOT NULL) t
      WHERE line <> first ORDER BY line
    """
    refused = [
        Refused(row.line, "code", RowCode.ITEM_DUPLICATE, {"value": row.code, "first_line": row.first})
        for row in execute(account, session, repeated)
    ]
    take_out(account, session, [row.line for row in refused])
    return refused


def give_free_codes(account: AccountId, session: Session, rows: int) -> None:
    """Give rows that are new items the lowest codes that neither the base nor the file uses, in the file's order."""
    for statement in (
        """
        CREATE TEMPORARY TABLE used_codes ON COMMIT DROP AS
        SELECT code FROM catalog.item WHERE account_id = :account
        UNION SELECT code FROM staged WHERE code IS NOT NULL
        UNION SELECT code FROM catalog.item_origin WHERE account_id = :account
        """,
        "ANALYZE used_codes",
        """
        WITH wanted AS (SELECT line, row_number() OVER (ORDER BY line) AS turn FROM staged WHERE code IS NULL),
        free AS (
          SELECT n, row_number() OVER (ORDER BY n) AS turn
          FROM generate_series(1, :rows + (SELECT count(*) FROM used_codes)) AS n
          WHERE NOT EXISTS (SELECT FROM used_codes u WHERE u.code = n)
          ORDER BY n LIMIT (SELECT count(*) FROM wanted)
        )
        UPDATE staged s SET code = free.n FROM wanted JOIN free USING (turn) WHERE wanted.line = s.line
        """,
    ):
        execute(account, session, statement, rows=rows)
    analyze_staging(account, session)  # until now it knew of no codes


def refuse_nameless(account: AccountId, session: Session) -> list[Refused]:
    """Rows without a name that no item of the base fits: refused."""
    nameless = """
      SELECT s.line FROM staged s WHERE s.name IS NULL AND s.removed IS NOT TRUE
        AND NOT EXISTS (SELECT FROM catalog.item i WHERE i.account_id = :account AND i.code = s.code) ORDER BY s.line
    """
    refused = [Refused(row.line, "name", RowCode.NAME_REQUIRED, {}) for row in execute(account, session, nameless)]
    take_out(account, session, [row.line for row in refused])
    return refused


def take_out(account: AccountId, session: Session, lines: list[int]) -> None:
    """Take refused rows out of the staging table."""
    if lines:
        execute(account, session, "DELETE FROM staged WHERE line = ANY(:lines)", lines=lines)


def count_staged(account: AccountId, session: Session) -> int:
    """How many rows are staged."""
    return int(execute(account, session, "SELECT count(*) FROM staged").scalar_one())


def group_keys(account: AccountId, session: Session) -> set[str]:
    """Every different set of groups that staged rows name."""
    return set(execute(account, session, "SELECT DISTINCT groups FROM staged WHERE groups IS NOT NULL").scalars())


def store_problems(account: AccountId, session: Session, import_id: str, problems: Iterable[ImportProblem]) -> None:
    """Keep the problems of an import, in this order. They go by COPY: there may be PROBLEMS_KEPT of them."""
    session.execute(
        sa.text(
            "CREATE TEMPORARY TABLE told (number integer, line integer, field text, code text, params jsonb,"
            " severity text, text text) ON COMMIT DROP"
        )
    )
    driver: psycopg.Connection[Any] = session.connection().connection.driver_connection  # type: ignore[assignment]
    with driver.cursor() as cursor, cursor.copy("COPY told FROM STDIN") as copy:
        for number, told in enumerate(problems):
            params = json.dumps(told.params, ensure_ascii=False)
            copy.write_row((number, told.line, told.field, told.code, params, told.severity, told.text))
    execute(
        account,
        session,
        """
        INSERT INTO catalog.import_problem (account_id, import_id, number, line, field, code, params, severity, text)
        SELECT :account, :import_id, number, line, field, code, params, severity, text FROM told ORDER BY number
        """,
        import_id=import_id,
    )
