"""Doors of the catalog room: SchedulesRpc."""

from datetime import datetime

from sqlalchemy.orm import Session

from services.catalog.use_cases import schedules
from services.chassis import clock
from services.chassis.permit import permit
from services.contracts.bulk_changes import BulkChange, Selection
from services.contracts.permissions import Right
from services.contracts.schedules import ScheduledItem, ScheduleView
from services.contracts.values import DEFAULT_PAGE, Cursor, ImportId, Page, ScheduleId, UserActor


class SchedulesDoor:
    """The doors for SchedulesRpc; the service class inherits it."""

    session: Session

    def schedule_bulk_change(
        self,
        actor: UserActor,
        selection: Selection,
        change: BulkChange,
        due_at: datetime,
        seen_revision: int | None = None,
        seen_matched: int | None = None,
    ) -> ScheduleView:
        """See SchedulesRpc."""
        permit(actor, Right.CHANGE_GOODS)
        return schedules.schedule_bulk_change(
            actor, self.session, selection, change, due_at, seen_revision, seen_matched, clock.now()
        )

    def schedule_import_prices(self, actor: UserActor, import_id: ImportId, due_at: datetime) -> ScheduleView:
        """See SchedulesRpc."""
        permit(actor, Right.CHANGE_GOODS)
        return schedules.schedule_import_prices(actor, self.session, import_id, due_at, clock.now())

    def page_schedules(self, actor: UserActor, after: Cursor | None, limit: int = DEFAULT_PAGE) -> Page[ScheduleView]:
        """See SchedulesRpc."""
        permit(actor, Right.SEE)
        return schedules.page_schedules(actor.account, self.session, after, limit)

    def get_schedule(self, actor: UserActor, schedule: ScheduleId) -> ScheduleView:
        """See SchedulesRpc."""
        permit(actor, Right.SEE)
        return schedules.get_schedule(actor.account, self.session, schedule)

    def page_scheduled_items(
        self, actor: UserActor, schedule: ScheduleId, after: Cursor | None, limit: int = DEFAULT_PAGE
    ) -> Page[ScheduledItem]:
        """See SchedulesRpc."""
        permit(actor, Right.SEE)
        return schedules.page_items(actor.account, self.session, schedule, after, limit)

    def cancel_schedule(self, actor: UserActor, schedule: ScheduleId) -> ScheduleView:
        """See SchedulesRpc."""
        permit(actor, Right.CHANGE_GOODS)
        return schedules.cancel_schedule(actor.account, self.session, schedule, clock.now())
