"""Files that people upload, in parts."""

from collections.abc import Iterator, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from services.catalog.domain.import_states import OPEN
from services.catalog.models import GoodsImport, Upload, UploadPart
from services.contracts.values import AccountId


def open_upload(account: AccountId, session: Session, upload: str, now: datetime) -> tuple[Upload, bool]:
    """The upload's row, locked, and whether it is new."""
    added = session.execute(
        insert(Upload)
        .values(account_id=account, upload_id=upload, bytes=0, parts=0, touched_at=now)
        .on_conflict_do_nothing()
        .returning(Upload.upload_id)
    ).first()
    row = session.scalars(
        sa.select(Upload).where(Upload.account_id == account, Upload.upload_id == upload).with_for_update()
    ).one()
    return row, added is not None


def count_uploads(account: AccountId, session: Session) -> int:
    """How many uploads the account has."""
    return session.execute(
        sa.select(sa.func.count()).select_from(Upload).where(Upload.account_id == account)
    ).scalar_one()


def drop_spare_uploads(account: AccountId, session: Session, before: datetime, most: int) -> int:
    """Drop the account's oldest uploads that no import waits for; returns how many.

    Spare is what nobody touched since `before`, and what an import has read already: it is kept only for reading it
    again in another way.
    """
    of_upload = sa.select(GoodsImport.import_id).where(
        GoodsImport.account_id == account,
        GoodsImport.request["upload"].astext == sa.cast(Upload.upload_id, sa.Text),
    )
    wanted = of_upload.where(GoodsImport.state.in_(OPEN)).exists()
    idle = (
        sa.select(Upload.upload_id)
        .where(Upload.account_id == account, ~wanted, sa.or_(Upload.touched_at < before, of_upload.exists()))
        .order_by(Upload.touched_at)
        .limit(most)
    )
    dropped = session.execute(
        sa.delete(Upload).where(Upload.account_id == account, Upload.upload_id.in_(idle)).returning(Upload.upload_id)
    )
    return len(dropped.all())


def add_part(account: AccountId, session: Session, upload: str, number: int, body: bytes) -> bool:
    """Store a part; False if it is there already."""
    added = session.execute(
        insert(UploadPart)
        .values(account_id=account, upload_id=upload, number=number, body=body)
        .on_conflict_do_nothing()
        .returning(UploadPart.number)
    ).first()
    return added is not None


def size_of_part(account: AccountId, session: Session, upload: str, number: int) -> int:
    """Bytes of a part that is there."""
    size: int = session.execute(
        sa.select(sa.func.length(UploadPart.body)).where(
            UploadPart.account_id == account, UploadPart.upload_id == upload, UploadPart.number == number
        )
    ).scalar_one()
    return size


def digest(account: AccountId, session: Session, upload: str) -> tuple[int, int, str]:
    """How many parts there are in an unbroken row from 0, their bytes and their SHA-256 (the database counts it)."""
    ordered = (
        sa.select(UploadPart.number, UploadPart.body)
        .where(UploadPart.account_id == account, UploadPart.upload_id == upload)
        .order_by(UploadPart.number)
        .subquery()
    )
    nothing = sa.literal(b"", sa.LargeBinary)
    joined = sa.func.coalesce(sa.func.string_agg(ordered.c.body, nothing), nothing)
    row = session.execute(
        sa.select(
            sa.func.count(),
            sa.func.coalesce(sa.func.max(ordered.c.number), -1),
            sa.func.length(joined),
            sa.func.encode(sa.func.sha256(joined), "hex"),
        )
    ).one()
    unbroken = row[0] if row[1] == row[0] - 1 else -1
    return unbroken, row[2], row[3]


def read_parts(account: AccountId, session: Session, upload: str, parts: int) -> Iterator[bytes]:
    """The file, part by part; one part is in memory at a time."""
    for number in range(parts):
        yield session.execute(
            sa.select(UploadPart.body).where(
                UploadPart.account_id == account, UploadPart.upload_id == upload, UploadPart.number == number
            )
        ).scalar_one()


def kept_uploads(account: AccountId, session: Session, uploads: Sequence[str]) -> set[str]:
    """Which of these files are still there."""
    found = sa.select(Upload.upload_id).where(Upload.account_id == account, Upload.upload_id.in_(uploads))
    return set(session.scalars(found))


def read_part(account: AccountId, session: Session, upload: str, number: int) -> bytes | None:
    """One part of a file, None if it is not there."""
    return session.scalars(
        sa.select(UploadPart.body).where(
            UploadPart.account_id == account, UploadPart.upload_id == upload, UploadPart.number == number
        )
    ).one_or_none()
