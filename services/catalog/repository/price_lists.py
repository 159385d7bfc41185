# ruff: noqa: S608  # the statement is put together from our own column names alone; values are always bound
"""Price lists of one account: wishes, what was built, the bytes; and the items that go into one."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import Any

import psycopg
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from services.catalog.domain.price_list import ListChunk
from services.catalog.domain.register_record import ListItem, ListRow
from services.catalog.models import ChunkSet, Item, PriceList, PriceListChunk, PriceListJob, RemovedItem
from services.contracts.catalog import Chunk
from services.contracts.values import AccountId

ROWS_AT_ONCE = 128  # of items while a list is built
_ITEMS = f"SELECT {', '.join(ListItem._fields)} FROM catalog.item WHERE account_id = %s"


def want_list(account: AccountId, session: Session, job: dict[str, Any]) -> bool:
    """Queue a wish; False if the very same one waits already. A preview's wish never mutes an announced one."""
    added = session.execute(
        insert(PriceListJob)
        .values(account_id=account, attempts=0, **job)
        .on_conflict_do_nothing()
        .returning(PriceListJob.job_key)
    ).first()
    return added is not None


def finish_job(account: AccountId, session: Session, job_key: str, worker: str) -> bool:
    """Take a wish away; False if another worker has it now."""
    done = session.execute(
        sa.delete(PriceListJob)
        .where(PriceListJob.account_id == account, PriceListJob.job_key == job_key, PriceListJob.worker == worker)
        .returning(PriceListJob.job_key)
    ).first()
    return done is not None


def find_list(
    account: AccountId, session: Session, recipe_id: str, profiles_version: int, revision: int
) -> PriceList | None:
    """The list built for this recipe at this revision."""
    return session.get(PriceList, (account, recipe_id, profiles_version, revision), populate_existing=True)


def list_items(account: AccountId, session: Session, groups: Sequence[str] | None) -> Iterator[list[ListRow]]:
    """The items that pass a filter, in the order of their codes, ROWS_AT_ONCE at a time. None: all of them.

    PostgreSQL reads on while the caller makes something of these; until the end it answers nothing else.
    """
    filtered, values = ("", (account,)) if groups is None else (" AND groups && %s::uuid[]", (account, list(groups)))
    # Straight from the driver: SQLAlchemy's rows would take as long again as all that a list is made of.
    driver: psycopg.Connection[Any] = session.connection().connection.driver_connection  # type: ignore[assignment]
    with driver.cursor() as cursor:
        rows = cursor.stream(f"{_ITEMS}{filtered} ORDER BY code".encode(), values, size=ROWS_AT_ONCE)
        while block := list(islice(rows, ROWS_AT_ONCE)):
            yield block


def codes_without_record(account: AccountId, session: Session, groups: Sequence[str] | None, since: int) -> list[int]:
    """Codes changed after `since` that do not pass the filter: removed ones, and those of other groups."""
    gone = sa.select(RemovedItem.code).where(RemovedItem.account_id == account, RemovedItem.removed_revision > since)
    codes = list(session.scalars(gone))
    if groups is not None:
        outside = sa.select(Item.code).where(
            Item.account_id == account, Item.changed_revision > since, ~Item.groups.overlap(groups)
        )
        codes.extend(session.scalars(outside))
    return codes


def store_chunks(account: AccountId, session: Session, sha256: str, chunks: Iterable[ListChunk], now: datetime) -> None:
    """Keep bytes under their name; if they are there already only their age is renewed."""
    added: bool = session.execute(
        insert(ChunkSet)
        .values(account_id=account, sha256=sha256, made_at=now)
        .on_conflict_do_update(index_elements=["account_id", "sha256"], set_={"made_at": now})
        .returning(sa.literal_column("xmax = 0"))
    ).scalar_one()
    rows = [{"account_id": account, "sha256": sha256, **chunk._asdict()} for chunk in chunks] if added else []
    if rows:
        session.execute(sa.insert(PriceListChunk), rows)


def add_list(account: AccountId, session: Session, built: dict[str, Any]) -> None:
    """Keep what a list is; the same list may have been built by another worker."""
    session.execute(insert(PriceList).values(account_id=account, **built).on_conflict_do_nothing())


def has_chunks(account: AccountId, session: Session, sha256: str) -> bool:
    """Whether those bytes are kept."""
    return session.get(ChunkSet, (account, sha256), populate_existing=True) is not None


def get_chunks(account: AccountId, session: Session, sha256: str, first: int, count: int) -> tuple[Chunk, ...]:
    """Some chunks in order."""
    rows = session.execute(
        sa.select(PriceListChunk.number, PriceListChunk.body, PriceListChunk.prefix_sha256)
        .where(
            PriceListChunk.account_id == account,
            PriceListChunk.sha256 == sha256,
            PriceListChunk.number >= first,
            PriceListChunk.number < first + count,
        )
        .order_by(PriceListChunk.number)
    )
    return tuple(Chunk(row.number, bytes(row.body), row.prefix_sha256) for row in rows)


def lines_after(account: AccountId, session: Session, sha256: str, code: int, most: int) -> list[bytes]:
    """Lines of a list from the chunk on in which codes above `code` begin, at least `most` of them if there are."""
    holding = sa.select(sa.func.coalesce(sa.func.max(PriceListChunk.number), 0)).where(
        PriceListChunk.account_id == account, PriceListChunk.sha256 == sha256, PriceListChunk.first_code <= code
    )
    number = session.execute(holding).scalar_one()
    lines: list[bytes] = []
    wanted = most + 1
    while True:
        chunks = get_chunks(account, session, sha256, number, 4)
        if not chunks:
            return lines
        for chunk in chunks:
            lines.extend(chunk.body.splitlines())
        number += len(chunks)
        if len(lines) > wanted and _code(lines[-wanted]) > code:
            return lines


def _code(line: bytes) -> int:
    return int(line.split(b'"code":', 1)[1].split(b",", 1)[0])
