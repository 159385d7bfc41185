"""`/schedules`: changes of many items that wait for their time."""

from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct

from gateway_http.api.call import Call
from gateway_http.api.endpoint import Endpoint
from gateway_http.api.item_changes import ChangeBody, Count, SelectionBody, change_of, selection_of
from gateway_http.api.wire import Id, ListOf, ListQuery, next_of
from services.contracts.imports import ImportNotReady
from services.contracts.refusals import FieldError, Forbidden, Invalid, NotFound, Stale
from services.contracts.schedules import (
    NothingToChange,
    ScheduledItem,
    ScheduleOver,
    SchedulesRpc,
    ScheduleState,
    ScheduleView,
    TooManySchedules,
)
from services.contracts.values import ImportId, Json, ScheduleId


class ScheduleOut(Struct, frozen=True):
    """`note` tells the change as JSON, or the file whose prices wait. `revision` null: nothing had to be changed."""

    id: str
    state: ScheduleState
    due_at: datetime
    field: str
    source: str
    note: str
    items: int
    changed: int | None
    revision: int | None
    reason: str | None
    by: str
    created_at: datetime
    finished_at: datetime | None


class ScheduledItemOut(Struct, frozen=True):
    """`before` when it was worked out, `now`, and `after` its time. `name` null: the item is no more."""

    code: int
    name: str | None
    before: Json
    now: Json
    after: Json


class ScheduleBody(Struct, frozen=True, forbid_unknown_fields=True):
    """Either a change of items (`selection` and `change` as in `/items/changes`), or the prices of a previewed import,
    for items that the base has."""

    due_at: Annotated[datetime, Meta(tz=True)]
    selection: SelectionBody | None = None
    change: ChangeBody | None = None
    base_revision: Count | None = None
    matched: Count | None = None
    import_id: Id | None = None


def schedule_out(view: ScheduleView) -> ScheduleOut:
    return ScheduleOut(
        id=view.id,
        state=view.state,
        due_at=view.due_at,
        field=view.field,
        source=view.source,
        note=view.note,
        items=view.items,
        changed=view.changed,
        revision=view.revision,
        reason=view.reason,
        by=view.by,
        created_at=view.created_at,
        finished_at=view.finished_at,
    )


def item_out(item: ScheduledItem) -> ScheduledItemOut:
    return ScheduledItemOut(item.code, item.name, item.before, item.now, item.after)


async def list_schedules(call: Call) -> None:
    asked = call.query(ListQuery)
    page = await call.ask(SchedulesRpc.page_schedules, asked.cursor, asked.limit)
    call.answer(ListOf(tuple(map(schedule_out, page.items)), next_of(page)))


async def schedule(call: Call) -> None:
    body = await call.json(ScheduleBody)
    if body.import_id is not None:
        if body.selection is not None or body.change is not None:
            raise Invalid(errors=(FieldError("import_id", "not_together", {"with": "change"}),))
        view = await call.ask(SchedulesRpc.schedule_import_prices, ImportId(body.import_id), body.due_at)
    elif body.selection is None or body.change is None:
        raise Invalid(errors=(FieldError("selection" if body.selection is None else "change", "required"),))
    else:
        selection, change = selection_of(body.selection), change_of(body.change)
        seen = body.base_revision, body.matched
        view = await call.ask(SchedulesRpc.schedule_bulk_change, selection, change, body.due_at, *seen)
    call.answer(schedule_out(view), location=f"/schedules/{view.id}")


async def get_schedule(call: Call) -> None:
    call.answer(schedule_out(await call.ask(SchedulesRpc.get_schedule, ScheduleId(call.path_id()))))


async def cancel_schedule(call: Call) -> None:
    call.answer(schedule_out(await call.ask(SchedulesRpc.cancel_schedule, ScheduleId(call.path_id()))))


async def list_items(call: Call) -> None:
    asked = call.query(ListQuery)
    schedule = ScheduleId(call.path_id())
    page = await call.ask(SchedulesRpc.page_scheduled_items, schedule, asked.cursor, asked.limit)
    call.answer(ListOf(tuple(map(item_out, page.items)), next_of(page)))


ENDPOINTS = (
    Endpoint(
        method="GET",
        path="/schedules",
        handler=list_schedules,
        summary="Changes that wait for their time, then those that are over",
        query=ListQuery,
        answer=ListOf[ScheduleOut],
    ),
    Endpoint(
        method="POST",
        path="/schedules",
        handler=schedule,
        summary="Let a change of items, or the prices of a previewed import, wait for their time",
        body=ScheduleBody,
        answer=ScheduleOut,
        status=201,
        refusals=(Invalid, NotFound, Forbidden, Stale, ImportNotReady, NothingToChange, TooManySchedules),
    ),
    Endpoint(
        method="GET",
        path="/schedules/{id}",
        handler=get_schedule,
        summary="One change that waits, or did",
        answer=ScheduleOut,
        refusals=(NotFound,),
    ),
    Endpoint(
        method="DELETE",
        path="/schedules/{id}",
        handler=cancel_schedule,
        summary="Cancel a waiting change; answers what became of it",
        answer=ScheduleOut,
        refusals=(NotFound, Forbidden, ScheduleOver),
    ),
    Endpoint(
        method="GET",
        path="/schedules/{id}/items",
        handler=list_items,
        summary="What a waiting change will do, item by item",
        query=ListQuery,
        answer=ListOf[ScheduledItemOut],
        refusals=(NotFound,),
    ),
)
