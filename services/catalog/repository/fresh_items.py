# ruff: noqa: S608  # the statements are put together from our own column names alone; values are always bound
"""What staged rows make of the items they mean: as they would be, which differ, and whose barcodes they take.

One look at the base answers all of it, and what follows asks the rows that say something new alone.
"""

from collections.abc import Collection

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from services.catalog.domain.goods_row import UNSAID
from services.catalog.repository.staging import STAGED_TYPES, Refused, execute, take_out
from services.contracts.import_codes import RowCode
from services.contracts.values import AccountId

CLASH_ROUNDS = 20  # of refusing rows whose barcode another item keeps, before being strict

# Column of an item → what a staged row `s` makes of item `i` (NULLs when there is none). A field that the file does not
# say stays. `g` has the ids of the row's groups.
_TYPE = "coalesce(s.type_code, i.type_code, 1)"
_MARKED = "coalesce(s.marked, i.marked, false)"
_FRESH: dict[str, str] = {
    "name": "coalesce(s.name, i.name)",
    "short_name": "CASE WHEN s.short_name_given OR (s.name IS NOT NULL AND NOT coalesce(i.short_name_edited, false))"
    " THEN s.short_name ELSE i.short_name END",
    "short_name_edited": "s.short_name_given OR coalesce(i.short_name_edited, false)",
    "price": "CASE WHEN s.price_given THEN s.price ELSE i.price END",
    "barcodes": "coalesce(s.barcodes, i.barcodes, '')",
    "groups": "coalesce(g.ids, i.groups, '{}')",
    "article": "coalesce(s.article, i.article, '')",
    "tax_code": "coalesce(s.tax_code, i.tax_code, :default_tax)",
    # Marked goods are sold as 31 or 33: a row that says only «marked» changes the type with it.
    "type_code": f"CASE WHEN {_MARKED} AND {_TYPE} NOT IN (31, 33) THEN CASE {_TYPE} WHEN 2 THEN 31 ELSE 33 END"
    f" ELSE {_TYPE} END",
    "measure_unit": "coalesce(s.measure_unit, i.measure_unit, 0)",
    "section": "coalesce(s.section, i.section, 1)",
    "marked": _MARKED,
    "undivided": "coalesce(s.undivided, i.undivided, coalesce(s.measure_unit, 0) = 0)",
    "tax_system": "CASE WHEN s.tax_system_given THEN s.tax_system ELSE i.tax_system END",
    "blocked": "coalesce(s.blocked, i.blocked, false)",
    "payment_method": "coalesce(s.payment_method, i.payment_method, 4)",
    "agent": "coalesce(s.agent, i.agent)",
    "excise": "coalesce(s.excise, i.excise)",
    "country": "coalesce(s.country, i.country, '')",
    "customs_declaration": "coalesce(s.customs_declaration, i.customs_declaration, '')",
    "marking": "coalesce(s.marking, i.marking, '')",
    "alcohol": "coalesce(s.alcohol, i.alcohol, false)",
    "volume_ml": "coalesce(s.volume_ml, i.volume_ml)",
    "note": "coalesce(s.note, i.note, '')",
    # What one system says besides does not wipe what another one said.
    "extra": "CASE WHEN s.extra IS NULL THEN i.extra ELSE coalesce(i.extra, '{}') || s.extra END",
}
ITEM_COLUMNS = tuple(_FRESH)
# Columns of an item that change only if other ones of staged rows than their own say so, or none in particular: a row
# without a price may say that there is none.
_SAID_BY = {"short_name_edited": {"short_name_given"}, "type_code": {"type_code", "marked"}}
_SAID_BY |= {"price": {"price_given"}, "tax_system": {"tax_system_given"}}

# An item that is not there.
_ITEM_TYPES = STAGED_TYPES | {"groups": "uuid[]", "short_name_edited": "boolean"}
_NO_ITEM = ", ".join(f"NULL::{_ITEM_TYPES[column]} AS {column}" for column in ITEM_COLUMNS)
_MADE = ", ".join(f"{fresh} AS {column}" for column, fresh in _FRESH.items())


def differs(said: Collection[str]) -> str:
    """SQL: whether a staged row `s` makes another item of `i`, if staged rows say anything in these columns alone."""
    touched = [column for column in ITEM_COLUMNS if not _SAID_BY.get(column, {column}).isdisjoint(said)]
    if not touched:
        return "false"
    old, new = (f"i.{column}" for column in touched), (_FRESH[column] for column in touched)
    return f"({', '.join(old)}) IS DISTINCT FROM ({', '.join(new)})"


def from_staged(said: Collection[str]) -> str:
    """SQL: staged rows `s` with the ids of their groups `g`, if they say anything in these columns alone.

    The planner is told what no row says: it leaves out what would be worked out of it.
    """
    known = {*said, "line", "code", *UNSAID}
    columns = (name if name in known else f"NULL::{kind} AS {name}" for name, kind in STAGED_TYPES.items())
    return f"(SELECT {', '.join(columns)} FROM staged) s LEFT JOIN group_ids g ON g.key = s.groups"


def set_group_ids(account: AccountId, session: Session, ids: dict[str, list[str]]) -> None:
    """Tell what the groups of staged rows are: key of a set of groups → sorted group ids."""
    del account  # the table is this transaction's own
    session.execute(
        sa.text("CREATE TEMPORARY TABLE group_ids (key text PRIMARY KEY, ids uuid[] NOT NULL) ON COMMIT DROP")
    )
    if ids:
        table = sa.table("group_ids", sa.column("key", sa.Text), sa.column("ids", ARRAY(sa.Uuid(as_uuid=False))))
        session.execute(sa.insert(table), [{"key": key, "ids": groups} for key, groups in ids.items()])
    session.execute(sa.text("ANALYZE group_ids"))


def all_new(said: Collection[str]) -> str:
    """SQL: what `find_fresh` would find in an empty base, where nothing needs to be found. Binds :default_tax."""
    return (
        f"(SELECT s.line, s.code, s.keys, true AS is_new, {_MADE} FROM {from_staged(said)}"
        f" CROSS JOIN (SELECT {_NO_ITEM}) i)"
    )


def find_fresh(account: AccountId, session: Session, default_tax: int, said: Collection[str]) -> None:
    """Make the table `fresh`: every staged row that would add or change an item, with the item as it would be.

    To be done once all rows have their codes, and the groups their ids. In other columns than those `said` every
    staged row is NULL. `new_barcodes`: whether the item is new, or has other barcodes now.
    """
    found = execute(
        account,
        session,
        "CREATE TEMPORARY TABLE fresh ON COMMIT DROP AS SELECT s.line, s.code, s.keys, i.code IS NULL AS is_new,"
        f" i.code IS NULL OR s.barcodes <> i.barcodes AS new_barcodes, {_MADE} FROM {from_staged(said)}"
        " LEFT JOIN catalog.item i ON i.account_id = :account AND i.code = s.code"
        f" WHERE s.removed IS NOT TRUE AND (i.code IS NULL OR {differs(said)})",
        default_tax=default_tax,
    )
    if found.rowcount:
        execute(account, session, "ANALYZE fresh (line, code, is_new, new_barcodes)")


def refuse_taken_barcodes(account: AccountId, session: Session) -> list[Refused]:
    """Rows with a barcode that another item keeps: refused, and taken out of `fresh`. To be done after `find_fresh`.

    An item that the file itself describes anew gives its barcodes up, unless its own row is refused; so it goes round
    until nothing changes, and after CLASH_ROUNDS any barcode of another item counts as kept.
    """
    claims = execute(
        account,
        session,
        """
        CREATE TEMPORARY TABLE claims ON COMMIT DROP AS
        SELECT f.line, f.code, k.key FROM fresh f, unnest(string_to_array(f.keys, ' ')) AS k(key)
        WHERE f.new_barcodes AND f.keys <> ''
        """,
    )
    clash = """
      SELECT DISTINCT ON (c.line) c.line, c.key, b.code AS owner
      FROM claims c JOIN catalog.barcode b ON b.account_id = :account AND b.key = c.key
      WHERE b.code <> c.code
        AND (:strict OR NOT EXISTS (
          SELECT FROM staged o WHERE o.code = b.code AND (o.keys IS NOT NULL OR o.removed)))
      ORDER BY c.line
    """
    refused: list[Refused] = []
    if claims.rowcount == 0:  # every item has these barcodes already
        return refused
    execute(account, session, "ANALYZE claims")
    for turn in range(CLASH_ROUNDS + 1):
        found = execute(account, session, clash, strict=turn == CLASH_ROUNDS).all()
        if not found:
            break
        refused += [
            Refused(row.line, "barcode", RowCode.BARCODE_TAKEN, {"value": row.key, "item": row.owner}) for row in found
        ]
        lines = [row.line for row in found]
        take_out(account, session, lines)
        for table in ("claims", "fresh"):
            execute(account, session, f"DELETE FROM {table} WHERE line = ANY(:lines)", lines=lines)
    return refused
