"""`/exchanges` and `/registers/{id}/exchanges`: work with registers, started, watched, cancelled."""

from datetime import datetime
from typing import Literal

from msgspec import Struct

from gateway_http.api.call import Call
from gateway_http.api.endpoint import Endpoint
from gateway_http.api.wire import Id, ListOf, ListQuery, Progress, next_of
from services.contracts.limits import AccountNotActive
from services.contracts.recipe import PriceListRef
from services.contracts.refusals import Forbidden, NotFound
from services.contracts.registers import (
    CannotCancel,
    ExchangeKind,
    ExchangeQuery,
    ExchangeState,
    ExchangeView,
    NewExchange,
    RegisterDisabled,
    RegistersRpc,
)
from services.contracts.values import ExchangeId, Json, RegisterId


class ExchangeListQuery(ListQuery, frozen=True):
    """`under_way`: true for those that are not over, false for those that are."""

    under_way: bool | None = None


class AllExchangesQuery(ExchangeListQuery, frozen=True):
    register_id: Id | None = None


class NewExchangeBody(Struct, frozen=True, forbid_unknown_fields=True):
    """`mode` is of a load: `full` sends everything even if a delta would do."""

    kind: ExchangeKind
    mode: Literal["auto", "full"] = "auto"


class TimelineOut(Struct, frozen=True):
    """One step. `what` is a stable word, `params` belong to it."""

    at: datetime
    what: str
    params: dict[str, str | int]


class TargetOut(Struct, frozen=True):
    """What a load is to reach."""

    revision: int
    base_hash: str
    count: int
    bytes: int
    chunks: int
    sha256: str


class ExchangeOut(Struct, frozen=True):
    """`progress` counts chunks; `reason` says why it waits or failed; `register_code` is the register's own code."""

    id: str
    register_id: str
    register_name: str
    kind: ExchangeKind
    state: ExchangeState
    progress: Progress
    reason: str | None
    register_code: str | None
    item_code: int | None
    target: TargetOut | None
    problems: int
    answer: dict[str, Json] | None
    by: str
    created_at: datetime
    finished_at: datetime | None
    timeline: tuple[TimelineOut, ...]


def target_out(target: PriceListRef | None) -> TargetOut | None:
    if target is None:
        return None
    return TargetOut(target.revision, target.base_hash, target.records, target.bytes, target.chunks, target.sha256)


def exchange_out(view: ExchangeView) -> ExchangeOut:
    return ExchangeOut(
        id=view.id,
        register_id=view.register_id,
        register_name=view.register_name,
        kind=view.kind,
        state=view.state,
        progress=Progress(view.done, view.total),
        reason=view.reason,
        register_code=view.register_code,
        item_code=view.item_code,
        target=target_out(view.target),
        problems=view.problems,
        answer=view.answer,
        by=view.by,
        created_at=view.created_at,
        finished_at=view.finished_at,
        timeline=tuple(TimelineOut(entry.at, entry.what, entry.params) for entry in view.timeline),
    )


async def _list(call: Call, query: ExchangeQuery) -> None:
    page = await call.ask(RegistersRpc.page_exchanges, query)
    call.answer(ListOf(tuple(exchange_out(view) for view in page.items), next_of(page)))


async def list_all(call: Call) -> None:
    asked = call.query(AllExchangesQuery)
    register = None if asked.register_id is None else RegisterId(asked.register_id)
    await _list(call, ExchangeQuery(register, asked.under_way, asked.cursor, asked.limit))


async def list_of_register(call: Call) -> None:
    asked = call.query(ExchangeListQuery)
    register = RegisterId(call.path_id())
    if asked.cursor is None:
        await call.ask(RegistersRpc.get_register, register)  # an unknown one is a 404, not an empty list
    await _list(call, ExchangeQuery(register, asked.under_way, asked.cursor, asked.limit))


async def start(call: Call) -> None:
    body = await call.json(NewExchangeBody)
    new = NewExchange(kind=body.kind, mode=body.mode)
    view = await call.ask(RegistersRpc.start_exchange, RegisterId(call.path_id()), new)
    call.answer(exchange_out(view), location=f"/exchanges/{view.id}")


async def get_exchange(call: Call) -> None:
    call.answer(exchange_out(await call.ask(RegistersRpc.get_exchange, ExchangeId(call.path_id()))))


async def cancel(call: Call) -> None:
    call.answer(exchange_out(await call.ask(RegistersRpc.cancel_exchange, ExchangeId(call.path_id()))))


ENDPOINTS = (
    Endpoint(
        method="GET",
        path="/registers/{id}/exchanges",
        handler=list_of_register,
        summary="Exchanges of one register, newest first, without their timelines",
        query=ExchangeListQuery,
        answer=ListOf[ExchangeOut],
        refusals=(NotFound,),
    ),
    Endpoint(
        method="POST",
        path="/registers/{id}/exchanges",
        handler=start,
        summary="Start an exchange; it goes when the register can",
        body=NewExchangeBody,
        answer=ExchangeOut,
        status=202,
        refusals=(NotFound, Forbidden, RegisterDisabled, AccountNotActive),
    ),
    Endpoint(
        method="GET",
        path="/exchanges",
        handler=list_all,
        summary="Exchanges of the account, newest first, without their timelines",
        query=AllExchangesQuery,
        answer=ListOf[ExchangeOut],
    ),
    Endpoint(
        method="GET",
        path="/exchanges/{id}",
        handler=get_exchange,
        summary="One exchange with its timeline",
        answer=ExchangeOut,
        refusals=(NotFound,),
    ),
    Endpoint(
        method="DELETE",
        path="/exchanges/{id}",
        handler=cancel,
        summary="Cancel an exchange; answers what became of it",
        answer=ExchangeOut,
        refusals=(NotFound, Forbidden, CannotCancel),
    ),
)
