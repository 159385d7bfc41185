"""`/registers`: the cash registers of the account."""

from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from gateway_http.api.call import Call
from gateway_http.api.endpoint import Endpoint
from gateway_http.api.register_bodies import RegisterOut, SettingsOut, register_out
from gateway_http.api.wire import Id, Ids, ListOf, ListQuery, Name, Search, next_of
from services.contracts.recipe import PRICE_PERCENT_MAX, PRICE_PERCENT_MIN
from services.contracts.refusals import Forbidden, Invalid, NotFound, Stale
from services.contracts.registers import (
    AlreadyBound,
    FleetSummary,
    NewRegister,
    NotReported,
    RegisterChanges,
    RegisterQuery,
    RegistersRpc,
    TooManyRegisters,
    UnknownItemGroup,
)
from services.contracts.values import ItemGroupId, RegisterGroupId, RegisterId

Percent = Annotated[int, Meta(ge=PRICE_PERCENT_MIN, le=PRICE_PERCENT_MAX)]
Serial = Annotated[str, Meta(max_length=20)]


class RegisterListQuery(ListQuery, frozen=True):
    """`q` finds by name, register ID and serial number; `group` is a register group's id."""

    q: Search = ""
    group: Id | None = None
    online: bool | None = None
    sync: Literal["in_sync", "stale"] | None = None


class NewRegisterBody(Struct, frozen=True, forbid_unknown_fields=True):
    """`serial_number` may be told beforehand: then only that register can be bound."""

    name: Name
    groups: Ids = ()
    serial_number: Serial | None = None


class RegisterBody(Struct, frozen=True, forbid_unknown_fields=True):
    """What is left out stays. `price_rounding` is a step in kopecks."""

    name: Name | UnsetType = UNSET
    groups: Ids | UnsetType = UNSET
    item_groups: Ids | UnsetType = UNSET
    price_percent: Percent | UnsetType = UNSET
    price_rounding: Literal[1, 10, 50, 100] | UnsetType = UNSET
    auto_load: bool | UnsetType = UNSET
    disabled: bool | UnsetType = UNSET


def _register_groups(ids: tuple[str, ...]) -> tuple[RegisterGroupId, ...]:
    return tuple(RegisterGroupId(one) for one in ids)


async def list_registers(call: Call) -> None:
    asked = call.query(RegisterListQuery)
    query = RegisterQuery(
        q=asked.q,
        group=None if asked.group is None else RegisterGroupId(asked.group),
        online=asked.online,
        sync=asked.sync,
        after=asked.cursor,
        limit=asked.limit,
    )
    page = await call.ask(RegistersRpc.page_registers, query)
    call.answer(ListOf(tuple(register_out(view) for view in page.items), next_of(page)))


async def add_register(call: Call) -> None:
    body = await call.json(NewRegisterBody)
    new = NewRegister(name=body.name, groups=_register_groups(body.groups), serial_number=body.serial_number)
    view = await call.ask(RegistersRpc.add_register, new)
    call.answer(register_out(view), version=view.version, location=f"/registers/{view.id}")


async def get_register(call: Call) -> None:
    view = await call.ask(RegistersRpc.get_register, RegisterId(call.path_id()))
    # No 304 here: the live part of a register changes without its version.
    call.answer_live(register_out(view), version=view.version)


async def change_register(call: Call) -> None:
    body = await call.json(RegisterBody)
    changes = RegisterChanges(
        name=body.name,
        groups=UNSET if isinstance(body.groups, UnsetType) else _register_groups(body.groups),
        item_groups=UNSET
        if isinstance(body.item_groups, UnsetType)
        else tuple(ItemGroupId(one) for one in body.item_groups),
        price_percent=body.price_percent,
        price_rounding=body.price_rounding,
        auto_load=body.auto_load,
        disabled=body.disabled,
    )
    register = RegisterId(call.path_id())
    view = await call.ask(RegistersRpc.change_register, register, changes, call.version_to_match())
    call.answer(register_out(view), version=view.version)


async def remove_register(call: Call) -> None:
    register = RegisterId(call.path_id())
    version = call.version_to_match()
    if version is not None and (await call.ask(RegistersRpc.get_register, register)).version != version:
        raise Stale
    await call.ask(RegistersRpc.remove_register, register)
    call.no_content()


async def renew_id(call: Call) -> None:
    view = await call.ask(RegistersRpc.renew_kkt_id, RegisterId(call.path_id()))
    call.answer(register_out(view), version=view.version)


async def allow_rebinding(call: Call) -> None:
    view = await call.ask(RegistersRpc.allow_rebinding, RegisterId(call.path_id()))
    call.answer(register_out(view), version=view.version)


async def get_settings(call: Call) -> None:
    view = await call.ask(RegistersRpc.get_settings, RegisterId(call.path_id()))
    told = SettingsOut(reported_at=view.reported_at, settings=view.settings)
    call.answer(told, version=int(view.reported_at.timestamp() * 1000))


async def summary(call: Call) -> None:
    call.answer(await call.ask(RegistersRpc.fleet_summary))


ENDPOINTS = (
    Endpoint(
        method="GET",
        path="/registers",
        handler=list_registers,
        summary="Registers by name, with their live state",
        query=RegisterListQuery,
        answer=ListOf[RegisterOut],
    ),
    Endpoint(
        method="POST",
        path="/registers",
        handler=add_register,
        summary="Add a register: it gets its register ID",
        body=NewRegisterBody,
        answer=RegisterOut,
        status=201,
        conditional=True,
        refusals=(Invalid, NotFound, Forbidden, TooManyRegisters),
    ),
    Endpoint(
        method="GET",
        path="/registers/summary",
        handler=summary,
        summary="How many registers are online, in sync, in trouble",
        answer=FleetSummary,
    ),
    Endpoint(
        method="GET",
        path="/registers/{id}",
        handler=get_register,
        summary="One register",
        answer=RegisterOut,
        conditional=True,
        refusals=(NotFound,),
    ),
    Endpoint(
        method="PATCH",
        path="/registers/{id}",
        handler=change_register,
        summary="Change a register",
        body=RegisterBody,
        answer=RegisterOut,
        conditional=True,
        refusals=(NotFound, UnknownItemGroup, Invalid, Forbidden, Stale),
    ),
    Endpoint(
        method="DELETE",
        path="/registers/{id}",
        handler=remove_register,
        summary="Remove a register; its register ID is never given out again",
        status=204,
        refusals=(NotFound, Forbidden, Stale),
    ),
    Endpoint(
        method="POST",
        path="/registers/{id}/renewal",
        handler=renew_id,
        summary="Renew the register ID of a register that was never bound",
        answer=RegisterOut,
        conditional=True,
        refusals=(NotFound, Forbidden, AlreadyBound),
    ),
    Endpoint(
        method="POST",
        path="/registers/{id}/rebinding",
        handler=allow_rebinding,
        summary="Let the next register with this ID be bound anew, for one hour",
        answer=RegisterOut,
        conditional=True,
        refusals=(NotFound, Forbidden),
    ),
    Endpoint(
        method="GET",
        path="/registers/{id}/settings",
        handler=get_settings,
        summary="The register's own settings, as it reported them",
        answer=SettingsOut,
        conditional=True,
        refusals=(NotFound, NotReported),
    ),
)
