"""Imports of one account: their rows, problems, previews, and saved column maps."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from services.catalog.domain.import_states import OPEN
from services.catalog.models import GoodsImport, ImportProblemRow, SavedColumns
from services.contracts.imports import ImportState
from services.contracts.values import AccountId

WORK_CHANNEL = "kkt_catalog_work"  # PostgreSQL NOTIFY: there is work for a worker


def wake_workers(account: AccountId, session: Session) -> None:
    """Tell idle workers, when this transaction is committed, to look for work."""
    session.execute(sa.text("SELECT pg_notify(:channel, :account)"), {"channel": WORK_CHANNEL, "account": account})


def count_open(account: AccountId, session: Session) -> int:
    """How many imports of the account wait or run."""
    counted = sa.select(sa.func.count()).select_from(GoodsImport)
    return session.execute(counted.where(GoodsImport.account_id == account, GoodsImport.state.in_(OPEN))).scalar_one()


def begun_since(account: AccountId, session: Session, since: datetime, most: int) -> tuple[int, datetime | None]:
    """How many imports were begun since then, and when the `most`-th newest of them was (None: fewer were)."""
    begun = (GoodsImport.account_id == account, GoodsImport.created_at > since)
    count = session.execute(sa.select(sa.func.count()).select_from(GoodsImport).where(*begun)).scalar_one()
    if count < most or most < 1:
        return count, None
    newest = sa.select(GoodsImport.created_at).where(*begun).order_by(GoodsImport.created_at.desc())
    return count, session.scalars(newest.offset(most - 1).limit(1)).one_or_none()


def get_import(account: AccountId, session: Session, import_id: str, *, lock: bool = False) -> GoodsImport | None:
    """One import; `lock` holds its row to the end of the transaction."""
    question = (
        sa.select(GoodsImport)
        .where(GoodsImport.account_id == account, GoodsImport.import_id == import_id)
        .execution_options(populate_existing=True)
    )
    return session.scalars(question.with_for_update() if lock else question).one_or_none()


def page_imports(
    account: AccountId, session: Session, after: tuple[datetime, str] | None, limit: int
) -> list[GoodsImport]:
    """Newest first; one more than `limit` if there is a next page."""
    question = sa.select(GoodsImport).where(GoodsImport.account_id == account)
    if after is not None:
        last = sa.tuple_(sa.literal(after[0]), sa.literal(after[1], sa.Uuid(as_uuid=False)))
        question = question.where(sa.tuple_(GoodsImport.created_at, GoodsImport.import_id) < last)
    newest = question.order_by(GoodsImport.created_at.desc(), GoodsImport.import_id.desc())
    return list(session.scalars(newest.limit(limit + 1)))


def update_held(
    account: AccountId, session: Session, import_id: str, held_by: str, states: Sequence[ImportState], **values: Any
) -> bool:
    """Change an import that this worker holds and that is in one of these states; False if it is not so any more."""
    held = session.execute(
        sa.update(GoodsImport)
        .where(
            GoodsImport.account_id == account,
            GoodsImport.import_id == import_id,
            GoodsImport.worker == held_by,
            GoodsImport.state.in_(states),
        )
        .values(**values)
        .returning(GoodsImport.import_id)
    ).first()
    return held is not None


def last_applied(
    account: AccountId, session: Session, sha256: str, base_revision: int, like: dict[str, str | None]
) -> GoodsImport | None:
    """The last import of the same file that the base has been as since; `like` are columns that must be the same."""
    return session.scalars(
        sa.select(GoodsImport)
        .where(
            GoodsImport.account_id == account,
            GoodsImport.state == ImportState.APPLIED,
            GoodsImport.base_revision == base_revision,
            GoodsImport.request["sha256"].astext == sha256,
            *(getattr(GoodsImport, name).is_not_distinct_from(value) for name, value in like.items()),
        )
        .order_by(GoodsImport.created_at.desc())
        .limit(1)
    ).one_or_none()


def copy_problems(account: AccountId, session: Session, before: str, import_id: str) -> None:
    """The problems of an earlier import are those of this one."""
    drop_problems(account, session, import_id)
    kept = [column for column in ImportProblemRow.__table__.columns if column.name != "import_id"]
    found = sa.select(*kept, sa.literal(import_id, ImportProblemRow.import_id.type)).where(
        ImportProblemRow.account_id == account, ImportProblemRow.import_id == before
    )
    names = [*(column.name for column in kept), "import_id"]
    session.execute(sa.insert(ImportProblemRow).from_select(names, found))


def drop_problems(account: AccountId, session: Session, import_id: str) -> None:
    """Forget the problems of an earlier reading."""
    session.execute(
        sa.delete(ImportProblemRow).where(
            ImportProblemRow.account_id == account, ImportProblemRow.import_id == import_id
        )
    )


def page_problems(
    account: AccountId, session: Session, import_id: str, after: int, limit: int
) -> list[ImportProblemRow]:
    """Problems in the order of the file; one more than `limit` if there is a next page."""
    return list(
        session.scalars(
            sa.select(ImportProblemRow)
            .where(
                ImportProblemRow.account_id == account,
                ImportProblemRow.import_id == import_id,
                ImportProblemRow.number > after,
            )
            .order_by(ImportProblemRow.number)
            .limit(limit + 1)
        )
    )


def saved_columns(account: AccountId, session: Session, header_key: str) -> dict[str, str] | None:
    """The column map that somebody saved for such a header."""
    return session.scalars(
        sa.select(SavedColumns.columns).where(SavedColumns.account_id == account, SavedColumns.header_key == header_key)
    ).one_or_none()


def save_columns(
    account: AccountId, session: Session, header_key: str, columns: dict[str, str], now: datetime, most: int
) -> None:
    """Keep a column map; beyond `most` of an account the oldest go."""
    row = insert(SavedColumns).values(account_id=account, header_key=header_key, columns=columns, saved_at=now)
    session.execute(
        row.on_conflict_do_update(
            index_elements=["account_id", "header_key"], set_={"columns": columns, "saved_at": now}
        )
    )
    old = (
        sa.select(SavedColumns.header_key)
        .where(SavedColumns.account_id == account)
        .order_by(SavedColumns.saved_at.desc())
        .offset(most)
    )
    session.execute(sa.delete(SavedColumns).where(SavedColumns.account_id == account, SavedColumns.header_key.in_(old)))
