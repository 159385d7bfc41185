# ruff: noqa: S608  # the statements are put together from our own column names alone; values are always bound
"""What was settled in `undoing` (see there) goes into the base: history, barcodes, items, removed codes."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.catalog.repository.history import HISTORY_COLUMNS
from services.catalog.repository.undoing import CHANGING, LEAVING, RETURNING, TARGET
from services.contracts.values import AccountId

# Column of an item → its value in a state; where no type is told, it is text.
_TYPES = {
    **dict.fromkeys(("short_name_edited", "marked", "undivided", "blocked", "alcohol"), "boolean"),
    **dict.fromkeys(
        ("tax_code", "type_code", "measure_unit", "section", "tax_system", "payment_method", "agent"), "smallint"
    ),
    **dict.fromkeys(("price", "excise"), "bigint"),
    "volume_ml": "integer",
}
_VALUES = {column: f"({TARGET} ->> '{column}')::{_TYPES.get(column, 'text')}" for column in HISTORY_COLUMNS} | {
    "groups": f"ARRAY(SELECT jsonb_array_elements_text({TARGET} -> 'groups'))::uuid[]",
    "extra": f"{TARGET} -> 'extra'",
}
_CHANGED = f"{CHANGING} AND NOT {RETURNING} AND NOT {LEAVING}"
_REBARCODED = f"{CHANGING} AND {TARGET} -> 'barcodes' IS DISTINCT FROM u.now -> 'barcodes'"


def keep_history(account: AccountId, session: Session, revision: int) -> None:
    """How each item was goes into the history of items."""
    session.execute(
        sa.text(
            "INSERT INTO catalog.item_history (account_id, revision, code, before)"
            f" SELECT :account, :revision, u.code, u.now FROM undoing u WHERE {CHANGING}"
        ),
        {"account": account, "revision": revision},
    )


def write_undone(account: AccountId, session: Session, revision: int, now: Any) -> None:
    """Take out, change and bring back the items, and move their barcodes."""
    values = {"account": account, "revision": revision, "now": now}
    session.execute(
        sa.text(
            "DELETE FROM catalog.barcode b USING undoing u WHERE b.account_id = :account AND b.code = u.code"
            f" AND u.now ->> 'barcodes' <> '' AND {_REBARCODED}"
        ),
        values,
    )
    session.execute(
        sa.text(
            "WITH gone AS (DELETE FROM catalog.item i USING undoing u WHERE i.account_id = :account"
            f" AND i.code = u.code AND {LEAVING} RETURNING i.code)"
            " INSERT INTO catalog.removed_item (account_id, code, removed_revision)"
            " SELECT :account, code, :revision FROM gone"
        ),
        values,
    )
    _change_items(session, values)
    _bring_back(session, values)
    session.execute(
        sa.text(
            "INSERT INTO catalog.barcode (account_id, key, code)"
            " SELECT DISTINCT CAST(:account AS uuid), k.key, k.code FROM undone_keys k JOIN undoing u USING (code)"
            f" WHERE {_REBARCODED}"
        ),
        values,
    )


def _change_items(session: Session, values: dict[str, Any]) -> None:
    """Only the columns that change are set: the searchable text is made anew only where it has to be."""
    columns = _changing_columns(session)
    if not columns:
        return
    settings = ", ".join(f"{name} = {_VALUES[name]}" for name in columns)
    session.execute(
        sa.text(
            f"UPDATE catalog.item i SET {settings}, changed_revision = :revision, version = i.version + 1,"
            f" changed_at = :now FROM undoing u WHERE i.account_id = :account AND i.code = u.code AND {_CHANGED}"
        ),
        values,
    )


def _changing_columns(session: Session) -> list[str]:
    """The columns in which any item changes; none if no item does."""
    one = session.execute(sa.text(f"SELECT u.now, {TARGET} AS target FROM undoing u WHERE {_CHANGED} LIMIT 1")).first()
    if one is None:
        return []
    # Mostly they are the same ones in all items, and whether it is so is found sooner than all that differs.
    names = [name for name in HISTORY_COLUMNS if one.now.get(name) != one.target.get(name)]
    others = sa.text(
        f"SELECT EXISTS (SELECT FROM undoing u WHERE {_CHANGED}"
        f" AND u.now - CAST(:names AS text[]) <> {TARGET} - CAST(:names AS text[]))"
    )
    if not session.execute(others, {"names": names}).scalar_one():
        return names
    differing = ", ".join(
        f"bool_or({TARGET} -> '{name}' IS DISTINCT FROM u.now -> '{name}') AS {name}" for name in HISTORY_COLUMNS
    )
    found = session.execute(sa.text(f"SELECT {differing} FROM undoing u WHERE {_CHANGED}")).one()
    return [name for name, differs in zip(HISTORY_COLUMNS, found, strict=True) if differs]


def _bring_back(session: Session, values: dict[str, Any]) -> None:
    session.execute(
        sa.text(
            "DELETE FROM catalog.removed_item r USING undoing u"
            f" WHERE r.account_id = :account AND r.code = u.code AND {RETURNING}"
        ),
        values,
    )
    session.execute(
        sa.text(
            f"INSERT INTO catalog.item (account_id, code, {', '.join(HISTORY_COLUMNS)}, changed_revision, version,"
            f" changed_at) SELECT :account, u.code, {', '.join(_VALUES[name] for name in HISTORY_COLUMNS)},"
            f" :revision, 1, :now FROM undoing u WHERE {RETURNING}"
        ),
        values,
    )
