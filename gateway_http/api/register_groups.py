"""`/register-groups`: flat groups of registers."""

from msgspec import Struct

from gateway_http.api.call import Call
from gateway_http.api.endpoint import Endpoint
from gateway_http.api.wire import Name, Whole
from services.contracts.refusals import Forbidden, Invalid, NotFound, Stale
from services.contracts.registers import GroupNameTaken, RegisterGroupView, RegistersRpc
from services.contracts.values import RegisterGroupId


class RegisterGroupOut(Struct, frozen=True):
    """`registers` counts those in the group."""

    id: str
    name: str
    registers: int
    version: int


class RegisterGroupBody(Struct, frozen=True, forbid_unknown_fields=True):
    name: Name


def group_out(view: RegisterGroupView) -> RegisterGroupOut:
    return RegisterGroupOut(view.id, view.name, view.registers, view.version)


async def list_groups(call: Call) -> None:
    call.answer(Whole(tuple(group_out(view) for view in await call.ask(RegistersRpc.list_groups))))


async def add_group(call: Call) -> None:
    body = await call.json(RegisterGroupBody)
    view = await call.ask(RegistersRpc.add_group, body.name)
    call.answer(group_out(view), version=view.version, location=f"/register-groups/{view.id}")


async def get_group(call: Call) -> None:
    wanted = call.path_id()
    for view in await call.ask(RegistersRpc.list_groups):  # at most 500
        if view.id == wanted:
            call.answer(group_out(view), version=view.version)
            return
    raise NotFound


async def rename_group(call: Call) -> None:
    body = await call.json(RegisterGroupBody)
    group = RegisterGroupId(call.path_id())
    view = await call.ask(RegistersRpc.rename_group, group, body.name, call.version_to_match())
    call.answer(group_out(view), version=view.version)


async def remove_group(call: Call) -> None:
    await call.ask(RegistersRpc.remove_group, RegisterGroupId(call.path_id()))
    call.no_content()


ENDPOINTS = (
    Endpoint(
        method="GET",
        path="/register-groups",
        handler=list_groups,
        summary="All register groups by name",
        answer=Whole[RegisterGroupOut],
    ),
    Endpoint(
        method="POST",
        path="/register-groups",
        handler=add_group,
        summary="Add a register group",
        body=RegisterGroupBody,
        answer=RegisterGroupOut,
        status=201,
        conditional=True,
        refusals=(Invalid, Forbidden, GroupNameTaken),
    ),
    Endpoint(
        method="GET",
        path="/register-groups/{id}",
        handler=get_group,
        summary="One register group",
        answer=RegisterGroupOut,
        conditional=True,
        refusals=(NotFound,),
    ),
    Endpoint(
        method="PATCH",
        path="/register-groups/{id}",
        handler=rename_group,
        summary="Rename a register group",
        body=RegisterGroupBody,
        answer=RegisterGroupOut,
        conditional=True,
        refusals=(NotFound, Invalid, Forbidden, Stale, GroupNameTaken),
    ),
    Endpoint(
        method="DELETE",
        path="/register-groups/{id}",
        handler=remove_group,
        summary="Remove a register group; its registers stay",
        status=204,
        refusals=(NotFound, Forbidden),
    ),
)
