# ruff: noqa: S608  # the statements are put together from our own column names alone; values are always bound
"""Staged rows → the goods base, in a few statements over all rows. Whoever calls holds the base's lock."""

from collections.abc import Collection
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from services.catalog.repository.history import BEFORE
from services.catalog.repository.staging import STAGED_COLUMNS
from services.contracts.values import AccountId

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

_STAGED = ", ".join(STAGED_COLUMNS)
_FROM_STAGED = ", ".join(f"s.{column}" for column in STAGED_COLUMNS)
_FROM = "staged s LEFT JOIN group_ids g ON g.key = s.groups"
_NEW = ", ".join(_FRESH.values())
# The history has the codes of all items that this revision has found to differ.
_IN_HISTORY = (
    "i.code IN (SELECT h.code FROM catalog.item_history h WHERE h.account_id = :account AND h.revision = :revision)"
)
_SMALLINTS = frozenset({"tax_code", "type_code", "measure_unit", "section", "tax_system", "payment_method", "agent"})


def _differs(said: Collection[str]) -> str:
    """Whether a staged row makes another item of `i`, if staged rows say anything in these columns alone."""
    touched = [column for column in ITEM_COLUMNS if not _SAID_BY.get(column, {column}).isdisjoint(said)]
    if not touched:
        return "false"
    old, new = (f"i.{column}" for column in touched), (_FRESH[column] for column in touched)
    return f"({', '.join(old)}) IS DISTINCT FROM ({', '.join(new)})"


class Merged(NamedTuple):
    """What a merge did."""

    created: int
    changed: int
    removed: int
    items: int  # in the base now
    no_price: int


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


def merge_staged(
    account: AccountId,
    session: Session,
    revision: int,
    default_tax: int,
    base_items: int,
    now: Any,
    said: Collection[str] = STAGED_COLUMNS,
) -> Merged:
    """Remove, change and add the items that staged rows remove, change and add, and count the base.

    How each of them was goes into the history of items. In other columns than those `said` every staged row is NULL.
    If the base has items, `meet_items` was done.
    """
    values = {"account": account, "revision": revision, "default_tax": default_tax, "now": now}
    removed = _remove_items(session, values) if "removed" in said else 0
    changed = _change_items(session, values, said) if base_items else 0
    created = _add_items(session, values, base_items > 0)
    counts = session.execute(
        sa.text(
            "SELECT count(*) AS items, count(*) FILTER (WHERE price IS NULL) AS no_price"
            " FROM catalog.item WHERE account_id = :account"
        ),
        values,
    ).one()
    return Merged(created, changed, removed, counts.items, counts.no_price)


def _remove_items(session: Session, values: dict[str, Any]) -> int:
    """Take out the items of rows that say so, and those rows with them."""
    leaving: sa.CursorResult[Any] = session.execute(  # type: ignore[assignment]
        sa.text(
            "INSERT INTO catalog.item_history (account_id, revision, code, before)"
            f" SELECT :account, :revision, i.code, {BEFORE} FROM catalog.item i"
            " JOIN staged s ON s.code = i.code WHERE i.account_id = :account AND s.removed"
        ),
        values,
    )
    if leaving.rowcount:
        for statement in (
            "DELETE FROM catalog.barcode b USING staged s"
            " WHERE b.account_id = :account AND b.code = s.code AND s.removed",
            "WITH gone AS (DELETE FROM catalog.item i USING staged s WHERE i.account_id = :account"
            " AND i.code = s.code AND s.removed RETURNING i.code)"
            " INSERT INTO catalog.removed_item (account_id, code, removed_revision)"
            " SELECT :account, code, :revision FROM gone",
        ):
            session.execute(sa.text(statement), values)
    session.execute(sa.text("DELETE FROM staged WHERE removed"))
    return leaving.rowcount


def _change_items(session: Session, values: dict[str, Any], said: Collection[str]) -> int:
    told: sa.CursorResult[Any] = session.execute(  # type: ignore[assignment]
        sa.text(
            "INSERT INTO catalog.item_history (account_id, revision, code, before)"
            f" SELECT :account, :revision, i.code, {BEFORE} FROM catalog.item i, {_FROM}"
            f" WHERE i.account_id = :account AND i.code = s.code AND {_differs(said)}"
        ),
        values,
    )
    if not told.rowcount:
        return 0
    rebarcoded: sa.CursorResult[Any] = session.execute(  # type: ignore[assignment]
        sa.text(
            "CREATE TEMPORARY TABLE rebarcoded ON COMMIT DROP AS SELECT i.code FROM met i"
            f" WHERE NOT i.is_new AND {_IN_HISTORY}"
        ),
        values,
    )
    if rebarcoded.rowcount:
        session.execute(sa.text("ANALYZE rebarcoded"))
        session.execute(
            sa.text(
                "DELETE FROM catalog.barcode b USING rebarcoded r WHERE b.account_id = :account AND b.code = r.code"
            ),
            values,
        )
    settings = ", ".join(f"{column} = {fresh}" for column, fresh in _FRESH.items())
    changed: sa.CursorResult[Any] = session.execute(  # type: ignore[assignment]
        sa.text(
            f"UPDATE catalog.item i SET {settings}, changed_revision = :revision, version = i.version + 1,"
            f" changed_at = :now FROM {_FROM} WHERE i.account_id = :account AND i.code = s.code AND {_IN_HISTORY}"
        ),
        values,
    )
    if rebarcoded.rowcount:
        session.execute(
            sa.text(
                "INSERT INTO catalog.barcode (account_id, key, code) SELECT :account, k.key, s.code"
                " FROM rebarcoded r JOIN staged s USING (code), unnest(string_to_array(s.keys, ' ')) AS k(key)"
            ),
            values,
        )
    return changed.rowcount


def _add_items(session: Session, values: dict[str, Any], base_has_items: bool) -> int:
    is_new = "true"
    if base_has_items:
        if not session.execute(sa.text("SELECT EXISTS (SELECT FROM met WHERE is_new)")).scalar_one():
            return 0
        is_new = "s.code IN (SELECT m.code FROM met m WHERE m.is_new)"
    session.execute(
        sa.text(
            # Most items have one barcode, and taking texts apart costs as much as putting them in.
            "INSERT INTO catalog.barcode (account_id, key, code) SELECT CAST(:account AS uuid), s.keys, s.code"
            f" FROM staged s WHERE s.keys <> '' AND strpos(s.keys, ' ') = 0 AND {is_new} UNION ALL"
            " SELECT :account, k.key, s.code FROM staged s, unnest(string_to_array(s.keys, ' ')) AS k(key)"
            f" WHERE strpos(s.keys, ' ') > 0 AND {is_new}"
        ),
        values,
    )
    session.execute(
        sa.text("DELETE FROM catalog.removed_item r USING staged s WHERE r.account_id = :account AND r.code = s.code"),
        values,
    )
    session.execute(
        sa.text(
            "INSERT INTO catalog.item_history (account_id, revision, code)"
            f" SELECT :account, :revision, s.code FROM staged s WHERE {is_new}"
        ),
        values,
    )
    nothing = ", ".join(f"NULL::{_type_of(column)} AS {column}" for column in ITEM_COLUMNS)
    added: sa.CursorResult[Any] = session.execute(  # type: ignore[assignment]
        sa.text(
            f"INSERT INTO catalog.item (account_id, code, {', '.join(ITEM_COLUMNS)}, changed_revision, version,"
            f" changed_at) SELECT :account, s.code, {_NEW}, :revision, 1, :now"
            f" FROM {_FROM} CROSS JOIN (SELECT {nothing}) i WHERE {is_new}"
        ),
        values,
    )
    return added.rowcount


def _type_of(column: str) -> str:
    if column in _SMALLINTS:
        return "smallint"
    kinds = {"price": "bigint", "excise": "bigint", "volume_ml": "integer", "groups": "uuid[]", "extra": "jsonb"}
    booleans = ("short_name_edited", "marked", "undivided", "blocked", "alcohol")
    return kinds.get(column, "boolean" if column in booleans else "text")


def write_preview(
    account: AccountId, session: Session, import_id: str, default_tax: int, said: Collection[str] = STAGED_COLUMNS
) -> None:
    """Keep the staged rows with what each would do, what changed items are now, and names the file does not say.

    In other columns than those `said` every staged row is NULL.
    """
    before = ", ".join(f"'{column}', i.{column}" for column in ITEM_COLUMNS)
    session.execute(
        sa.text(
            f"INSERT INTO catalog.import_row (account_id, import_id, {_STAGED}, what, before)"
            f" SELECT :account, :import_id, {_FROM_STAGED}, w.what,"
            f" CASE WHEN w.what IN ('changed', 'removed') THEN jsonb_build_object({before})"
            " WHEN s.name IS NULL THEN jsonb_build_object('name', i.name) END"
            f" FROM {_FROM} LEFT JOIN catalog.item i ON i.account_id = :account AND i.code = s.code"
            " CROSS JOIN LATERAL (SELECT CASE WHEN s.removed AND i.code IS NULL THEN 'unchanged'"
            " WHEN s.removed THEN 'removed' WHEN i.code IS NULL THEN 'created'"
            f" WHEN {_differs(said)} THEN 'changed' ELSE 'unchanged' END AS what) w"
        ),
        {"account": account, "import_id": import_id, "default_tax": default_tax},
    )
