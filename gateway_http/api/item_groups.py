"""`/item-groups`: groups of goods, which may be nested."""

from msgspec import UNSET, Struct, UnsetType

from gateway_http.api.call import Call
from gateway_http.api.endpoint import Endpoint
from gateway_http.api.wire import Id, Name, Whole
from services.contracts.catalog import CatalogRpc, ItemGroupInUse, ItemGroupNameTaken, ItemGroupView
from services.contracts.refusals import Forbidden, Invalid, NotFound, Stale
from services.contracts.values import ItemGroupId


class ItemGroupOut(Struct, frozen=True):
    """`items` counts those that are in the group itself."""

    id: str
    name: str
    parent: str | None
    items: int
    version: int


class NewItemGroupBody(Struct, frozen=True, forbid_unknown_fields=True):
    name: Name
    parent: Id | None = None


class ItemGroupBody(Struct, frozen=True, forbid_unknown_fields=True):
    """What is left out stays."""

    name: Name | UnsetType = UNSET
    parent: Id | None | UnsetType = UNSET


def group_out(view: ItemGroupView) -> ItemGroupOut:
    return ItemGroupOut(view.id, view.name, view.parent, view.items, view.version)


async def _find(call: Call) -> ItemGroupView:
    wanted = call.path_id()
    for view in await call.ask(CatalogRpc.list_item_groups):  # at most 1,000
        if view.id == wanted:
            return view
    raise NotFound


async def list_groups(call: Call) -> None:
    call.answer(Whole(tuple(group_out(view) for view in await call.ask(CatalogRpc.list_item_groups))))


async def add_group(call: Call) -> None:
    body = await call.json(NewItemGroupBody)
    parent = None if body.parent is None else ItemGroupId(body.parent)
    view = await call.ask(CatalogRpc.add_item_group, body.name, parent)
    call.answer(group_out(view), version=view.version, location=f"/item-groups/{view.id}")


async def get_group(call: Call) -> None:
    view = await _find(call)
    call.answer(group_out(view), version=view.version)


async def change_group(call: Call) -> None:
    body = await call.json(ItemGroupBody)
    asked = call.version_to_match()
    now = await _find(call)
    name = now.name if isinstance(body.name, UnsetType) else body.name
    parent = now.parent if isinstance(body.parent, UnsetType) else body.parent
    # What was left out is taken from the group as it was just read: that version must still hold.
    version = now.version if asked is None else asked
    told = None if parent is None else ItemGroupId(parent)
    view = await call.ask(CatalogRpc.change_item_group, now.id, name, told, version)
    call.answer(group_out(view), version=view.version)


async def remove_group(call: Call) -> None:
    await call.ask(CatalogRpc.remove_item_group, ItemGroupId(call.path_id()))
    call.no_content()


ENDPOINTS = (
    Endpoint(
        method="GET",
        path="/item-groups",
        handler=list_groups,
        summary="All item groups by name",
        answer=Whole[ItemGroupOut],
    ),
    Endpoint(
        method="POST",
        path="/item-groups",
        handler=add_group,
        summary="Add an item group",
        body=NewItemGroupBody,
        answer=ItemGroupOut,
        status=201,
        conditional=True,
        refusals=(Invalid, NotFound, Forbidden, ItemGroupNameTaken),
    ),
    Endpoint(
        method="GET",
        path="/item-groups/{id}",
        handler=get_group,
        summary="One item group",
        answer=ItemGroupOut,
        conditional=True,
        refusals=(NotFound,),
    ),
    Endpoint(
        method="PATCH",
        path="/item-groups/{id}",
        handler=change_group,
        summary="Rename or move an item group",
        body=ItemGroupBody,
        answer=ItemGroupOut,
        conditional=True,
        refusals=(NotFound, Invalid, Forbidden, Stale, ItemGroupNameTaken),
    ),
    Endpoint(
        method="DELETE",
        path="/item-groups/{id}",
        handler=remove_group,
        summary="Remove an item group; its items stay",
        status=204,
        refusals=(NotFound, Forbidden, ItemGroupInUse),
    ),
)
