# ruff: noqa: S608  # the statements are put together from our own column names alone; values are always bound
"""Previews: the rows of a dry run, kept until it is put into effect or forgotten."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.catalog.repository.staging import STAGED_COLUMNS, analyze_staging
from services.contracts.imports import PRICE_JUMP_PERCENT
from services.contracts.values import AccountId

_LIST = ", ".join(STAGED_COLUMNS)
# Changed rows of items that had a price and would have another one, more than :jump per cent away from it.
_JUMPS = (
    "what = 'changed' AND price_given AND price > 0 AND (before ->> 'price')::bigint > 0"
    " AND abs(price - (before ->> 'price')::bigint) * 100 > (before ->> 'price')::bigint * :jump"
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
    """How many items would have a price more than PRICE_JUMP_PERCENT away from what it is."""
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
