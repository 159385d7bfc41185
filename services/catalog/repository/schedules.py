# ruff: noqa: S608  # the statements are put together from our own column names alone; values are always bound
"""Changes that wait for their time, and the value that each of their items will get."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.catalog.models import Item, Schedule, ScheduledValue
from services.catalog.repository.bulk_changes import Staged
from services.chassis.temporary_tables import plan_each_time
from services.contracts.schedules import ScheduleState
from services.contracts.values import AccountId

# How a value of a column comes back from JSON.
_FROM_JSON = {
    "price": "(v.after #>> '{}')::bigint",
    "blocked": "(v.after #>> '{}')::boolean",
    "tax_code": "(v.after #>> '{}')::smallint",
    "section": "(v.after #>> '{}')::smallint",
    # Groups that are gone by then are left out.
    "groups": (
        "ARRAY(SELECT g.group_id FROM catalog.item_group g WHERE g.account_id = :account"
        " AND v.after ? g.group_id::text ORDER BY g.group_id)"
    ),
}
FIELDS = frozenset(_FROM_JSON)
_VAT_MOVE = "vat"  # the source of a change that moves VAT rates


def add_schedule(account: AccountId, session: Session, row: Schedule) -> None:
    """A new waiting change."""
    if row.account_id != account:
        raise ValueError(row.account_id)
    session.add(row)
    session.flush()


def keep_values(account: AccountId, session: Session, schedule: str, staged: Staged) -> int:
    """Keep what stands in the table `bulk` as the values of a schedule; returns how many there are."""
    return _kept(
        session,
        f"SELECT :account, :schedule, b.code, to_jsonb(b.was), to_jsonb(b.fresh) FROM bulk b WHERE {staged.changing}",
        {"account": account, "schedule": schedule},
    )


def keep_prices_of_preview(account: AccountId, session: Session, schedule: str, import_id: str) -> int:
    """Keep the prices that a preview would change as the values of a schedule; returns how many there are."""
    return _kept(
        session,
        "SELECT :account, :schedule, r.code, r.before -> 'price', to_jsonb(r.price) FROM catalog.import_row r"
        " WHERE r.account_id = :account AND r.import_id = :import_id AND r.what = 'changed' AND r.price IS NOT NULL"
        " AND r.price IS DISTINCT FROM (r.before ->> 'price')::bigint",
        {"account": account, "schedule": schedule, "import_id": import_id},
    )


def _kept(session: Session, question: str, values: dict[str, Any]) -> int:
    """NULL as JSON is kept as SQL's."""
    kept = session.execute(
        sa.text(
            "WITH kept AS (INSERT INTO catalog.scheduled_value (account_id, schedule_id, code, before, after)"
            f" {question} RETURNING code) SELECT count(*) FROM kept"
        ),
        values,
    )
    found: int = kept.scalar_one()
    return found


def count_waiting(account: AccountId, session: Session) -> int:
    """How many changes of the account wait."""
    waiting = (Schedule.account_id == account, Schedule.state == ScheduleState.WAITING)
    return session.execute(sa.select(sa.func.count()).select_from(Schedule).where(*waiting)).scalar_one()


def get_schedule(account: AccountId, session: Session, schedule: str, *, lock: bool = False) -> Schedule | None:
    """One change."""
    question = sa.select(Schedule).where(Schedule.account_id == account, Schedule.schedule_id == schedule)
    return session.scalars(question.with_for_update() if lock else question).one_or_none()


def page_schedules(
    account: AccountId, session: Session, after: tuple[int, datetime, str] | None, limit: int
) -> list[Schedule]:
    """Those that wait by their time, then the others, newest first; one more than `limit` if there is a next page."""
    place = _place()
    question = sa.select(Schedule).where(Schedule.account_id == account)
    if after is not None:
        over, at, id_ = after
        time = sa.case((Schedule.state == ScheduleState.WAITING, Schedule.due_at), else_=Schedule.finished_at)
        last = sa.literal(id_, sa.Uuid(as_uuid=False))
        if over:
            before = sa.tuple_(time, Schedule.schedule_id) < sa.tuple_(sa.literal(at), last)
            question = question.where(place == 1, before)
        else:
            later = sa.tuple_(time, Schedule.schedule_id) > sa.tuple_(sa.literal(at), last)
            question = question.where(sa.or_(place == 1, later))
    return list(
        session.scalars(
            question.order_by(
                place,
                sa.case((Schedule.state == ScheduleState.WAITING, Schedule.due_at)).asc(),
                sa.case((Schedule.state == ScheduleState.WAITING, Schedule.schedule_id)).asc(),
                Schedule.finished_at.desc(),
                Schedule.schedule_id.desc(),
            ).limit(limit + 1)
        )
    )


def _place() -> sa.ColumnElement[int]:
    return sa.case((Schedule.state == ScheduleState.WAITING, 0), else_=1)


def page_values(
    account: AccountId, session: Session, row: Schedule, after: int, limit: int
) -> list[tuple[ScheduledValue, Item | None]]:
    """The values of a change by code, with the items as they are; one more than `limit` if there is a next page."""
    rows = session.execute(
        sa.select(ScheduledValue, Item)
        .outerjoin(Item, sa.and_(Item.account_id == account, Item.code == ScheduledValue.code))
        .where(
            ScheduledValue.account_id == account,
            ScheduledValue.schedule_id == row.schedule_id,
            ScheduledValue.code > after,
        )
        .order_by(ScheduledValue.code)
        .limit(limit + 1)
    )
    return [(value, item) for value, item in rows]


def drop_values(account: AccountId, session: Session, schedule: str) -> None:
    """Forget the values of a change that is over: of an applied one the revision tells them."""
    session.execute(
        sa.delete(ScheduledValue).where(ScheduledValue.account_id == account, ScheduledValue.schedule_id == schedule)
    )


def stage_scheduled(account: AccountId, session: Session, row: Schedule) -> Staged:
    """Put the values of a change into the table `bulk`, beside what the items have now.

    A move of VAT rates is for items that still have the old one: who got another rate meanwhile keeps it.
    """
    plan_each_time(session)
    fresh = _FROM_JSON[row.field]
    if row.source == _VAT_MOVE:
        fresh = f"CASE WHEN to_jsonb(i.{row.field}) = v.before THEN {fresh} ELSE i.{row.field} END"
    session.execute(
        sa.text(
            "CREATE TEMPORARY TABLE bulk ON COMMIT DROP AS SELECT i.code, i.changed_revision,"
            f" i.price IS NULL AS no_price, i.{row.field} AS was, {fresh} AS fresh,"
            " NULL::text AS reason FROM catalog.scheduled_value v JOIN catalog.item i"
            " ON i.account_id = :account AND i.code = v.code"
            " WHERE v.account_id = :account AND v.schedule_id = :schedule"
        ),
        {"account": account, "schedule": row.schedule_id},
    )
    session.execute(sa.text("ANALYZE bulk"))
    return Staged(row.field)
