# ruff: noqa: S608  # the statements are put together from our own column names alone; values are always bound
"""Previews: the rows of a dry run, kept until it is put into effect or forgotten."""

from collections.abc import Collection
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.catalog.repository.fresh_items import ITEM_COLUMNS, differs, from_staged
from services.catalog.repository.staging import STAGED_COLUMNS, analyze_staging
from services.contracts.imports import PRICE_JUMP_PERCENT
from services.contracts.values import AccountId

_LIST = ", ".join(STAGED_COLUMNS)
# Changed rows of items that had a price and would have none, or one more than :jump per cent away from it.
_JUMPS = (
    "what = 'changed' AND price_given AND (before ->> 'price')::bigint > 0"
    " AND abs(coalesce(price, 0) - (before ->> 'price')::bigint) * 100 > (before ->> 'price')::bigint * :jump"
)


def write_preview(
    account: AccountId, session: Session, import_id: str, default_tax: int, said: Collection[str] = STAGED_COLUMNS
) -> None:
    """Keep the staged rows with what each would do, what changed items are now, and names the file does not say.

    In other columns than those `said` every staged row is NULL.
    """
    before = ", ".join(f"'{column}', i.{column}" for column in ITEM_COLUMNS)
    session.execute(
        sa.text(
            f"INSERT INTO catalog.import_row (account_id, import_id, {_LIST}, what, before)"
            f" SELECT :account, :import_id, {', '.join(f's.{name}' for name in STAGED_COLUMNS)}, w.what,"
            f" CASE WHEN w.what IN ('changed', 'removed') THEN jsonb_build_object({before})"
            " WHEN s.name IS NULL THEN jsonb_build_object('name', i.name) END"
            f" FROM {from_staged(said)} LEFT JOIN catalog.item i ON i.account_id = :account AND i.code = s.code"
            " CROSS JOIN LATERAL (SELECT CASE WHEN s.removed AND i.code IS NULL THEN 'unchanged'"
            " WHEN s.removed THEN 'removed' WHEN i.code IS NULL THEN 'created'"
            f" WHEN {differs(said)} THEN 'changed' ELSE 'unchanged' END AS what) w"
        ),
        {"account": account, "import_id": import_id, "default_tax": default_tax},
    )


def page_preview(
    account: AccountId, session: Session, import_id: str, what: str | None, after: int, limit: int
) -> list[sa.Row[Any]]:
    """Rows in the order of the file; one more than `limit` if there is a next page. `what` may be "jump"."""
    chosen = _JUMPS if what == "jump" else "(:what = '' OR what = :what)"
    return list(
        session.execute(
            sa.text(
                "SELECT * FROM catalog.import_row WHERE account_id = :account AND import_id = :import_id"
                f" AND line > :after AND {chosen} ORDER BY line LIMIT :most"
            ),
            {
                "account": account,
                "import_id": import_id,
                "after": after,
                "what": what or "",
                "most": limit + 1,
                "jump": PRICE_JUMP_PERCENT,
            },
        )
    )


def count_preview(account: AccountId, session: Session, import_id: str) -> dict[str, int]:
    """How many rows would create, change, or leave an item as it is."""
    rows = session.execute(
        sa.text(
            "SELECT what, count(*) AS n FROM catalog.import_row"
            " WHERE account_id = :account AND import_id = :import_id GROUP BY what"
        ),
        {"account": account, "import_id": import_id},
    )
    return {row.what: row.n for row in rows}


def count_jumps(account: AccountId, session: Session, import_id: str) -> int:
    """How many items would lose their price, or have one more than PRICE_JUMP_PERCENT away from it."""
    found: int = session.execute(
        sa.text(
            "SELECT count(*) FROM catalog.import_row"
            f" WHERE account_id = :account AND import_id = :import_id AND {_JUMPS}"
        ),
        {"account": account, "import_id": import_id, "jump": PRICE_JUMP_PERCENT},
    ).scalar_one()
    return found


def stage_preview(account: AccountId, session: Session, import_id: str) -> None:
    """Put the rows of a preview that do something back into the staging table."""
    session.execute(
        sa.text(
            f"INSERT INTO staged ({_LIST}) SELECT {_LIST} FROM catalog.import_row"
            " WHERE account_id = :account AND import_id = :import_id AND what <> 'unchanged'"
        ),
        {"account": account, "import_id": import_id},
    )
    analyze_staging(account, session)


def drop_preview(account: AccountId, session: Session, import_id: str) -> None:
    """Forget the rows of a preview."""
    session.execute(
        sa.text("DELETE FROM catalog.import_row WHERE account_id = :account AND import_id = :import_id"),
        {"account": account, "import_id": import_id},
    )
