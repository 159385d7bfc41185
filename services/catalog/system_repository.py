"""What this room asks over all accounts: the next work for a worker, and what may be forgotten.

Each function has its reason here: a worker serves every account, and so do sweeps.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, UUID
from sqlalchemy.orm import Session, aliased

from services.catalog.domain.import_states import OPEN
from services.catalog.models import (
    ChunkSet,
    GoodsBase,
    GoodsImport,
    PriceList,
    PriceListJob,
    Schedule,
    Upload,
)
from services.contracts.imports import ImportState
from services.contracts.schedules import ScheduleState
from services.contracts.values import AccountId

ATTEMPTS_MAX = 3  # of one piece of work; then its worker died too often
SWEEP_ROWS = 500  # of one kind that one sweep takes away

UPLOADS_KEPT = timedelta(hours=6)
ORIGINALS_KEPT = timedelta(days=30)  # of files that went into the base
PREVIEWS_KEPT = timedelta(hours=24)
IMPORTS_KEPT = timedelta(days=180)
SCHEDULES_KEPT = timedelta(days=180)  # after their end
CHUNKS_KEPT = timedelta(days=14)
LISTS_KEPT_EACH = 5  # newest lists of a recipe whose bytes are kept whatever their age
LISTS_KNOWN = timedelta(days=90)  # how long a delta may begin at a list


# Leases are reckoned by the database's clock alone: those of the workers' machines may differ by more than a lease.


def take_import(
    session: Session, worker: str, lease: timedelta, served: Sequence[AccountId] = ()
) -> GoodsImport | None:
    """The oldest import that waits, or whose worker fell silent; held by a lease. One at a time for an account.

    Accounts in `served` (the one served the longest ago first) come after all others. Workers take turns: that an
    account has one under way shows only when it was taken for good.
    """
    session.execute(sa.text("SELECT pg_advisory_xact_lock(hashtext('catalog work'), hashtext('imports'))"))
    now = _now(session)
    other = aliased(GoodsImport)
    running = (
        sa.select(other.import_id)
        .where(other.account_id == GoodsImport.account_id, other.state.in_(OPEN), other.lease_until >= now)
        .exists()
    )
    row = session.scalars(
        sa.select(GoodsImport)
        .where(GoodsImport.state.in_(OPEN), ~running)
        .order_by(_place(GoodsImport.account_id, served), GoodsImport.created_at)
        .limit(1)
        .with_for_update(skip_locked=True, of=GoodsImport)
    ).one_or_none()
    if row is None:
        return None
    row.worker, row.lease_until = worker, now + lease
    row.attempts += 1
    if row.state == ImportState.QUEUED:
        row.state = ImportState.READING
    session.flush()
    return row


def take_price_list_job(
    session: Session, worker: str, lease: timedelta, served: Sequence[AccountId] = ()
) -> PriceListJob | None:
    """The oldest wish that waits, or whose worker fell silent; held by a lease. `served` as in take_import."""
    now = _now(session)
    row = session.scalars(
        sa.select(PriceListJob)
        .where(sa.or_(PriceListJob.lease_until.is_(None), PriceListJob.lease_until < now))
        .order_by(_place(PriceListJob.account_id, served), PriceListJob.created_at)
        .limit(1)
        .with_for_update(skip_locked=True)
    ).one_or_none()
    if row is None:
        return None
    row.worker, row.lease_until = worker, now + lease
    row.attempts += 1
    session.flush()
    return row


def _place(account: Any, served: Sequence[AccountId]) -> sa.ColumnElement[int]:
    """Where an account stands in the queue: 0 if it was not served yet."""
    order = sa.cast(list(served), ARRAY(UUID(as_uuid=False)))
    return sa.func.coalesce(sa.func.array_position(order, account), 0)


def extend_leases(session: Session, workers: Sequence[str], lease: timedelta) -> None:
    """Those who hold work live: it stays theirs for so long from now on."""
    until = _now(session) + lease
    for table in (GoodsImport, PriceListJob):
        session.execute(sa.update(table).where(table.worker.in_(workers)).values(lease_until=until))


def _now(session: Session) -> datetime:
    """By the database's clock, and not when the transaction began: it may have waited."""
    now: datetime = session.execute(sa.select(sa.func.clock_timestamp())).scalar_one()
    return now


def stale_searches(session: Session, most: int) -> list[AccountId]:
    """Accounts whose searchable copy is behind their base."""
    question = sa.select(GoodsBase.account_id).where(GoodsBase.search_revision < GoodsBase.revision).limit(most)
    return [AccountId(account) for account in session.scalars(question)]


def due_schedules(session: Session, most: int) -> list[tuple[AccountId, str]]:
    """Account and id of changes whose time has come, the longest due first; by the database's clock."""
    question = (
        sa.select(Schedule.account_id, Schedule.schedule_id)
        .where(Schedule.state == ScheduleState.WAITING, Schedule.due_at <= sa.func.clock_timestamp())
        .order_by(Schedule.due_at)
        .limit(most)
    )
    return [(AccountId(account), schedule) for account, schedule in session.execute(question)]


def sweep(session: Session, now: datetime) -> None:
    """Forget what ran out; what is more than SWEEP_ROWS of a kind goes the next time."""
    _sweep_uploads(session, now)
    _sweep_imports(session, now)
    _sweep_price_lists(session, now)
    _sweep_schedules(session, now)


def _sweep_uploads(session: Session, now: datetime) -> None:
    of_upload = sa.select(GoodsImport.import_id).where(
        GoodsImport.account_id == Upload.account_id,
        GoodsImport.request["upload"].astext == sa.cast(Upload.upload_id, sa.Text),
    )
    busy = of_upload.where(GoodsImport.state.in_(OPEN)).exists()
    applied = of_upload.where(GoodsImport.state == ImportState.APPLIED).exists()
    spare = sa.or_(~applied, Upload.touched_at < now - ORIGINALS_KEPT)
    old = (
        sa.select(Upload.account_id, Upload.upload_id)
        .where(Upload.touched_at < now - UPLOADS_KEPT, ~busy, spare)
        .limit(SWEEP_ROWS)
    )
    session.execute(sa.delete(Upload).where(sa.tuple_(Upload.account_id, Upload.upload_id).in_(old)))


def _sweep_imports(session: Session, now: datetime) -> None:
    session.execute(
        sa.update(GoodsImport)
        .where(GoodsImport.state == ImportState.PREVIEWED, GoodsImport.created_at < now - PREVIEWS_KEPT)
        .values(state=ImportState.CANCELLED, finished_at=now)
    )
    # Rows of previews that are over, whichever way.
    session.execute(
        sa.text(
            "DELETE FROM catalog.import_row r USING catalog.goods_import i WHERE i.account_id = r.account_id"
            " AND i.import_id = r.import_id AND i.state IN ('applied', 'failed', 'cancelled')"
        )
    )
    old = (
        sa.select(GoodsImport.account_id, GoodsImport.import_id)
        .where(GoodsImport.finished_at < now - IMPORTS_KEPT)
        .limit(SWEEP_ROWS)
    )
    session.execute(sa.delete(GoodsImport).where(sa.tuple_(GoodsImport.account_id, GoodsImport.import_id).in_(old)))


def _sweep_schedules(session: Session, now: datetime) -> None:
    old = (
        sa.select(Schedule.account_id, Schedule.schedule_id)
        .where(Schedule.finished_at < now - SCHEDULES_KEPT)
        .limit(SWEEP_ROWS)
    )
    session.execute(sa.delete(Schedule).where(sa.tuple_(Schedule.account_id, Schedule.schedule_id).in_(old)))


def _sweep_price_lists(session: Session, now: datetime) -> None:
    ranked = sa.select(
        PriceList.account_id,
        PriceList.sha256,
        sa.func.row_number()
        .over(partition_by=(PriceList.account_id, PriceList.recipe_id), order_by=PriceList.revision.desc())
        .label("place"),
    ).subquery()
    newest = (
        sa.select(ranked.c.sha256)
        .where(
            ranked.c.account_id == ChunkSet.account_id,
            ranked.c.sha256 == ChunkSet.sha256,
            ranked.c.place <= LISTS_KEPT_EACH,
        )
        .exists()
    )
    old = (
        sa.select(ChunkSet.account_id, ChunkSet.sha256)
        .where(ChunkSet.made_at < now - CHUNKS_KEPT, ~newest)
        .limit(SWEEP_ROWS)
    )
    session.execute(sa.delete(ChunkSet).where(sa.tuple_(ChunkSet.account_id, ChunkSet.sha256).in_(old)))
    session.execute(sa.delete(PriceList).where(PriceList.built_at < now - LISTS_KNOWN))
