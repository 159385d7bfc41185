"""What the catalog room promises about changes of prices (or of another field) that wait for their time."""

from datetime import datetime
from enum import StrEnum
from typing import Protocol

import msgspec

from services.contracts.bulk_changes import BulkChange, Selection
from services.contracts.refusals import Conflict, TooMany
from services.contracts.rpc import writes
from services.contracts.values import DEFAULT_PAGE, Cursor, ImportId, ItemCode, Json, Page, ScheduleId, UserActor

SCHEDULES_MAX = 50  # of one account that wait
AHEAD_MAX_DAYS = 400


class ScheduleState(StrEnum):
    WAITING = "waiting"
    APPLIED = "applied"
    CANCELLED = "cancelled"
    FAILED = "failed"


class ScheduleView(msgspec.Struct, frozen=True):
    """A change that was worked out when it was asked for: each item has the value that it will get.

    At its time items that are no more are left out; others get their value, whatever they have then. But a move of VAT
    rates ("vat") leaves those alone that got another rate meanwhile.
    """

    id: ScheduleId
    state: ScheduleState
    due_at: datetime
    field: str  # of ItemView: "price", "tax_code", …
    source: str  # "bulk", "vat" or "import"
    note: str  # as of a revision: the change as JSON, or the file's name
    items: int
    changed: int | None  # when applied
    revision: int | None  # that it made; None if nothing had to be changed
    reason: str | None  # why it failed
    by: str
    created_at: datetime
    finished_at: datetime | None


class ScheduledItem(msgspec.Struct, frozen=True):
    """One item of a waiting change. `now` is what it has by now, `before` what it had when it was worked out."""

    code: ItemCode
    name: str | None  # None: the item is no more
    before: Json
    now: Json
    after: Json


class NothingToChange(Conflict):
    """Every item is so already, or none can be changed."""

    code = "nothing_to_change"


class ScheduleOver(Conflict):
    """It was applied, cancelled or failed: `state` says which."""

    code = "schedule_over"


class TooManySchedules(TooMany):
    """The account has `limit` waiting changes."""

    code = "too_many_schedules"


class SchedulesRpc(Protocol):
    """Doors for changes that wait; the service's name on the bus is that of the catalog room."""

    @writes
    def schedule_bulk_change(
        self,
        actor: UserActor,
        selection: Selection,
        change: BulkChange,
        due_at: datetime,
        seen_revision: int | None = None,
        seen_matched: int | None = None,
    ) -> ScheduleView:
        """As BulkChangesRpc.apply_bulk_change, but later: items and values are those of now.

        Refuses with Invalid (a time that is over or too far; a removal), NotFound, Stale, NothingToChange,
        TooManySchedules.
        """
        ...

    @writes
    def schedule_import_prices(self, actor: UserActor, import_id: ImportId, due_at: datetime) -> ScheduleView:
        """The prices that a previewed file has for items of the base, later; nothing else of the file goes in.

        Refuses with Invalid, NotFound, ImportNotReady, NothingToChange, TooManySchedules.
        """
        ...

    def page_schedules(self, actor: UserActor, after: Cursor | None, limit: int = DEFAULT_PAGE) -> Page[ScheduleView]:
        """Those that wait by their time, then the others, newest first."""
        ...

    def get_schedule(self, actor: UserActor, schedule: ScheduleId) -> ScheduleView: ...

    def page_scheduled_items(
        self, actor: UserActor, schedule: ScheduleId, after: Cursor | None, limit: int = DEFAULT_PAGE
    ) -> Page[ScheduledItem]:
        """Its items by code, while it waits."""
        ...

    @writes
    def cancel_schedule(self, actor: UserActor, schedule: ScheduleId) -> ScheduleView:
        """Refuses with NotFound, ScheduleOver."""
        ...
