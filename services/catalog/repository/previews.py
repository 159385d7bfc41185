# ruff: noqa: S608  # the statements are put together from our own column names alone; values are always bound
"""Previews: the rows of a dry run, kept until it is put into effect or forgotten."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.catalog.repository.staging import STAGED_COLUMNS, analyze_staging
from services.contracts.values import AccountId

_LIST = ", ".join(STAGED_COLUMNS)


def page_preview(
    account: AccountId, session: Session, import_id: str, what: str | None, after: int, limit: int
) -> list[sa.Row[Any]]:
    """Rows in the order of the file; one more than `limit` if there is a next page."""
    return list(
        session.execute(
            sa.text(
                "SELECT * FROM catalog.import_row WHERE account_id = :account AND import_id = :import_id"
                " AND line > :after AND (:what = '' OR what = :what) ORDER BY line LIMIT :most"
            ),
            {"account": account, "import_id": import_id, "after": after, "what": what or "", "most": limit + 1},
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
