"""Changes that wait for their time: worked out when they are asked for, put in force by a worker."""

import uuid
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy.orm import Session

from services.catalog.domain.cursors import decode_cursor, encode_cursor
from services.catalog.models import Item, Schedule, ScheduledValue
from services.catalog.repository import bulk_changes, schedules
from services.catalog.repository import imports as imports_repository
from services.catalog.use_cases.base_changes import BaseChange
from services.catalog.use_cases.bulk_changes import SCHEDULE, stage_seen, write_staged
from services.chassis.account_terms import lock_in_account
from services.chassis.database import Database
from services.chassis.journal import acting_as, changed
from services.contracts.bulk_changes import BulkChange, Selection
from services.contracts.imports import ImportNotReady, ImportState
from services.contracts.refusals import FieldError, Invalid, NotFound
from services.contracts.schedules import (
    AHEAD_MAX_DAYS,
    SCHEDULES_MAX,
    NothingToChange,
    ScheduledItem,
    ScheduleOver,
    ScheduleState,
    ScheduleView,
    TooManySchedules,
)
from services.contracts.values import MAX_PAGE, AccountId, Cursor, ImportId, ItemCode, Page, ScheduleId, UserActor

APPLIED = "schedule_applied"  # how the journal calls the work of a worker


def schedule_bulk_change(
    actor: UserActor,
    session: Session,
    selection: Selection,
    change: BulkChange,
    due_at: datetime,
    seen_revision: int | None,
    seen_matched: int | None,
    now: datetime,
) -> ScheduleView:
    """Work out a change and let it wait.

    Refuses with Invalid, NotFound (the group of a query), Stale, NothingToChange, TooManySchedules.
    """
    row = _new(actor, session, due_at, now)
    account = actor.account
    staged = stage_seen(account, session, selection, change, seen_revision, seen_matched)
    row.field, row.source, row.note = staged.field, staged.source, staged.note
    schedules.add_schedule(account, session, row)
    row.items = schedules.keep_values(account, session, row.schedule_id, staged.staged)
    return _begun(session, row)


def schedule_import_prices(
    actor: UserActor, session: Session, import_id: ImportId, due_at: datetime, now: datetime
) -> ScheduleView:
    """Let the prices of a previewed file wait.

    Refuses with Invalid, NotFound, ImportNotReady, NothingToChange, TooManySchedules.
    """
    row = _new(actor, session, due_at, now)
    account = actor.account
    found = imports_repository.get_import(account, session, _uuid(import_id, "import"))
    if found is None:
        raise NotFound(what="import")
    if found.state != ImportState.PREVIEWED:
        raise ImportNotReady(state=found.state)
    row.field, row.source, row.note = "price", "import", found.request["filename"]
    schedules.add_schedule(account, session, row)
    row.items = schedules.keep_prices_of_preview(account, session, row.schedule_id, found.import_id)
    return _begun(session, row)


def _new(actor: UserActor, session: Session, due_at: datetime, now: datetime) -> Schedule:
    """Its place among the account's; nobody else of the account takes one meanwhile."""
    if due_at.tzinfo is None:
        raise Invalid((FieldError("due_at", "no_time_zone"),))
    if due_at <= now:
        raise Invalid((FieldError("due_at", "in_the_past"),))
    if due_at > now + timedelta(days=AHEAD_MAX_DAYS):
        raise Invalid((FieldError("due_at", "too_far_ahead", {"days": AHEAD_MAX_DAYS}),))
    lock_in_account(session, actor.account, "schedules")
    if schedules.count_waiting(actor.account, session) >= SCHEDULES_MAX:
        raise TooManySchedules(limit=SCHEDULES_MAX)
    return Schedule(
        account_id=actor.account,
        schedule_id=str(uuid.uuid4()),
        state=ScheduleState.WAITING,
        due_at=due_at,
        items=0,
        author=msgspec.to_builtins(actor),
        by_name=actor.name,
        created_at=now,
    )


def _begun(session: Session, row: Schedule) -> ScheduleView:
    if not row.items:
        raise NothingToChange
    session.flush()
    told = {"due_at": row.due_at.isoformat(), "field": row.field, "items": row.items}
    changed(session, AccountId(row.account_id), "schedule", row.schedule_id, _named(row), None, told)
    return _view(row)


def _named(row: Schedule) -> str:
    """By what the journal calls it: a file's name, else the field."""
    return row.note if row.source == "import" else row.field


def page_schedules(account: AccountId, session: Session, after: Cursor | None, limit: int) -> Page[ScheduleView]:
    """Those that wait first. Refuses with Invalid."""
    _check_limit(limit)
    last = decode_cursor(after, int, datetime, str)
    if last is not None:
        last = (last[0], last[1], _uuid(last[2], "after"))
    found = schedules.page_schedules(account, session, last, limit)
    following = None
    if len(found) > limit:
        found.pop()
        end = found[-1]
        at = end.due_at if end.finished_at is None else end.finished_at
        following = encode_cursor(int(end.finished_at is not None), at.isoformat(), end.schedule_id)
    return Page(tuple(map(_view, found)), following)


def get_schedule(account: AccountId, session: Session, schedule: ScheduleId) -> ScheduleView:
    """One change. Refuses with NotFound."""
    return _view(_existing(account, session, schedule))


def page_items(
    account: AccountId, session: Session, schedule: ScheduleId, after: Cursor | None, limit: int
) -> Page[ScheduledItem]:
    """What it will do, item by item. Refuses with NotFound, Invalid."""
    _check_limit(limit)
    row = _existing(account, session, schedule)
    last = decode_cursor(after, int)
    found = schedules.page_values(account, session, row, last[0] if last else 0, limit)
    following = None
    if len(found) > limit:
        found.pop()
        following = encode_cursor(found[-1][0].code)
    return Page(tuple(_item(row, value, item) for value, item in found), following)


def cancel_schedule(account: AccountId, session: Session, schedule: ScheduleId, now: datetime) -> ScheduleView:
    """It will not happen. Refuses with NotFound, ScheduleOver."""
    row = _existing(account, session, schedule, lock=True)
    if row.state != ScheduleState.WAITING:
        raise ScheduleOver(state=row.state)
    _end(session, row, ScheduleState.CANCELLED, now)
    before, after = {"state": ScheduleState.WAITING}, {"state": row.state}
    changed(session, account, "schedule", row.schedule_id, _named(row), before, after)
    return _view(row)


def apply_schedule(database: Database, account: AccountId, schedule: str, now: datetime) -> None:
    """Put a change in force as the work of whoever asked for it; nothing if it does not wait any more.

    Waits for the base's lock. A fault is the caller's.
    """
    with database.account(account) as session:
        row = schedules.get_schedule(account, session, schedule, lock=True)
        if row is None or row.state != ScheduleState.WAITING:
            return
        author = msgspec.convert(row.author, UserActor)
        with acting_as(session, author, APPLIED):
            made = BaseChange(account, session, row.by_name, now, patient=True)
            staged = schedules.stage_scheduled(account, session, row)
            counted = bulk_changes.count_bulk(account, session, staged)
            row.changed = counted.changed
            row.revision = write_staged(made, staged, counted, SCHEDULE, row.note) if counted.changed else None
            _end(session, row, ScheduleState.APPLIED, now)
            told = {"state": row.state, "changed": row.changed, "revision": row.revision}
            was = {"state": ScheduleState.WAITING}
            changed(session, account, "schedule", row.schedule_id, _named(row), was, told)


def fail_schedule(database: Database, account: AccountId, schedule: str, reason: str, now: datetime) -> None:
    """Give up a change that cannot be put in force; the base is as it was."""
    with database.account(account) as session:
        row = schedules.get_schedule(account, session, schedule, lock=True)
        if row is None or row.state != ScheduleState.WAITING:
            return
        row.reason = reason
        with acting_as(session, msgspec.convert(row.author, UserActor), APPLIED):
            _end(session, row, ScheduleState.FAILED, now)
            before, after = {"state": ScheduleState.WAITING}, {"state": row.state, "reason": reason}
            changed(session, account, "schedule", row.schedule_id, _named(row), before, after)


def _end(session: Session, row: Schedule, state: ScheduleState, now: datetime) -> None:
    row.state, row.finished_at = state, now
    session.flush()
    schedules.drop_values(AccountId(row.account_id), session, row.schedule_id)


def _existing(account: AccountId, session: Session, schedule: str, *, lock: bool = False) -> Schedule:
    try:
        row = schedules.get_schedule(account, session, str(uuid.UUID(schedule)), lock=lock)
    except ValueError:
        row = None
    if row is None:
        raise NotFound(what="schedule")
    return row


def _uuid(text: str, field: str) -> str:
    try:
        return str(uuid.UUID(text))
    except ValueError:
        if field == "after":
            raise Invalid((FieldError(field, "malformed"),)) from None
        raise NotFound(what=field) from None


def _check_limit(limit: int) -> None:
    if not 1 <= limit <= MAX_PAGE:
        raise Invalid((FieldError("limit", "out_of_range", {"min": 1, "max": MAX_PAGE}),))


def _item(row: Schedule, value: ScheduledValue, item: Item | None) -> ScheduledItem:
    now: Any = None if item is None else getattr(item, row.field)
    if isinstance(now, list):
        now = [str(group) for group in now]
    return ScheduledItem(ItemCode(value.code), None if item is None else item.name, value.before, now, value.after)


def _view(row: Schedule) -> ScheduleView:
    return ScheduleView(
        id=ScheduleId(row.schedule_id),
        state=ScheduleState(row.state),
        due_at=row.due_at,
        field=row.field,
        source=row.source,
        note=row.note,
        items=row.items,
        changed=row.changed,
        revision=row.revision,
        reason=row.reason,
        by=row.by_name,
        created_at=row.created_at,
        finished_at=row.finished_at,
    )
