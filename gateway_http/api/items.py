"""`/items`: the goods base of the account, item by item."""

from datetime import datetime
from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from gateway_http.api.call import Call
from gateway_http.api.endpoint import Endpoint
from gateway_http.api.wire import IdOrNone, Ids, ListQuery, Search, TaxCode
from services.contracts.catalog import (
    BARCODES_MAX,
    CUSTOMS_DECLARATION_MAX,
    NAME_MAX,
    NOTE_MAX,
    PRICE_MAX,
    SHORT_NAME_MAX,
    BarcodeTaken,
    CatalogRpc,
    CodeTaken,
    DefaultTaxCodeMissing,
    ItemDraft,
    ItemQuery,
    ItemView,
    TooManyItems,
)
from services.contracts.refusals import Forbidden, Invalid, NotFound, Stale
from services.contracts.values import ItemCode, ItemGroupId, Json

CODE_MAX = 2_147_483_647

Code = Annotated[int, Meta(ge=1, le=CODE_MAX)]
ItemName = Annotated[str, Meta(min_length=1, max_length=NAME_MAX)]
ShortName = Annotated[str, Meta(max_length=SHORT_NAME_MAX)]
Price = Annotated[int, Meta(ge=0, le=PRICE_MAX, description="Kopecks; null: no price yet; 0: free price.")]
Barcode = Annotated[str, Meta(min_length=1, max_length=64)]
Barcodes = Annotated[tuple[Barcode, ...], Meta(max_length=BARCODES_MAX)]
Article = Annotated[str, Meta(max_length=100)]
TypeCode = Annotated[int, Meta(ge=1, le=99, description="FFD tag 1212.")]
MeasureUnit = Annotated[int, Meta(ge=0, le=255, description="FFD tag 2108.")]
Section = Annotated[int, Meta(ge=1, le=16)]
PaymentMethod = Annotated[int, Meta(ge=1, le=7, description="FFD tag 1214.")]
Agent = Annotated[int, Meta(ge=0, le=6, description="The bit of FFD tag 1057.")]
Whole32 = Annotated[int, Meta(ge=0, le=2_147_483_647)]
Country = Annotated[str, Meta(pattern="^([0-9]{3})?$", description="Digits of OKSM (FFD tag 1230), or empty.")]
CustomsDeclaration = Annotated[str, Meta(max_length=CUSTOMS_DECLARATION_MAX)]
Marking = Annotated[str, Meta(max_length=32, description="What kind of marked goods, or empty.")]
Note = Annotated[str, Meta(max_length=NOTE_MAX)]
TaxSystem = Annotated[
    int,
    Meta(
        ge=0,
        le=5,
        description="The number of a bit of FFD tag 1055: 0 general, 1 simplified on income, 2 simplified on income "
        "less expenses, 4 agricultural, 5 patent. Null: as the register has it.",
    ),
]
Sort = Literal["code", "name", "price", "changed", "-code", "-name", "-price", "-changed"]


class ItemListQuery(ListQuery, frozen=True):
    """`q`: code, barcode, article or words of the name. `group`: an item group's id, or `none`.

    `problem`: no price, VAT of before 2026, a barcode that registers cannot hold, or another item's short name.
    `short_name`: called so on registers, to the letter.
    """

    q: Search = ""
    group: IdOrNone | None = None
    no_price: bool | None = None
    changed_since: Annotated[datetime, Meta(tz=True)] | None = None
    problem: bool | None = None
    short_name: ShortName | None = None
    sort: Sort = "code"


class ItemOut(Struct, frozen=True):
    """An item. `short_name` is what a register shows; `extra` keeps attributes of foreign files."""

    code: int
    name: str
    short_name: str
    short_name_edited: bool
    price: int | None
    barcodes: tuple[str, ...]
    groups: tuple[str, ...]
    article: str
    tax_code: int
    type_code: int
    measure_unit: int
    section: int
    marked: bool
    undivided: bool
    tax_system: int | None
    blocked: bool
    payment_method: int
    agent: int | None
    excise: int | None
    country: str
    customs_declaration: str
    marking: str
    alcohol: bool
    volume_ml: int | None
    note: str
    extra: dict[str, Json]
    changed_revision: int
    changed_at: datetime
    version: int


class ItemsOut(Struct, frozen=True):
    """`found` counts all that match."""

    items: tuple[ItemOut, ...]
    next: str | None
    found: int


class ItemBody(Struct, frozen=True, forbid_unknown_fields=True):
    """What is left out stays; of a new item it takes its default."""

    name: ItemName | UnsetType = UNSET
    short_name: ShortName | None | UnsetType = UNSET
    price: Price | None | UnsetType = UNSET
    barcodes: Barcodes | UnsetType = UNSET
    groups: Ids | UnsetType = UNSET
    article: Article | UnsetType = UNSET
    tax_code: TaxCode | UnsetType = UNSET
    type_code: TypeCode | UnsetType = UNSET
    measure_unit: MeasureUnit | UnsetType = UNSET
    section: Section | UnsetType = UNSET
    marked: bool | UnsetType = UNSET
    undivided: bool | UnsetType = UNSET
    tax_system: TaxSystem | None | UnsetType = UNSET
    blocked: bool | UnsetType = UNSET
    payment_method: PaymentMethod | UnsetType = UNSET
    agent: Agent | None | UnsetType = UNSET
    excise: Whole32 | None | UnsetType = UNSET
    country: Country | UnsetType = UNSET
    customs_declaration: CustomsDeclaration | UnsetType = UNSET
    marking: Marking | UnsetType = UNSET
    alcohol: bool | UnsetType = UNSET
    volume_ml: Whole32 | None | UnsetType = UNSET
    note: Note | UnsetType = UNSET


class NewItemBody(ItemBody, frozen=True, forbid_unknown_fields=True):
    """Without a code the item gets the lowest free one."""

    code: Code | None = None


def item_out(view: ItemView) -> ItemOut:
    return ItemOut(
        code=view.code,
        name=view.name,
        short_name=view.short_name,
        short_name_edited=view.short_name_edited,
        price=view.price,
        barcodes=view.barcodes,
        groups=view.groups,
        article=view.article,
        tax_code=view.tax_code,
        type_code=view.type_code,
        measure_unit=view.measure_unit,
        section=view.section,
        marked=view.marked,
        undivided=view.undivided,
        tax_system=view.tax_system,
        blocked=view.blocked,
        payment_method=view.payment_method,
        agent=view.agent,
        excise=view.excise,
        country=view.country,
        customs_declaration=view.customs_declaration,
        marking=view.marking,
        alcohol=view.alcohol,
        volume_ml=view.volume_ml,
        note=view.note,
        extra=view.extra,
        changed_revision=view.changed_revision,
        changed_at=view.changed_at,
        version=view.version,
    )


def draft_of(body: ItemBody) -> ItemDraft:
    """The contract's form of what was sent: the fields have the same names."""
    return ItemDraft(**{field: getattr(body, field) for field in ItemDraft.__struct_fields__})


def _code(call: Call) -> ItemCode:
    code = call.path_number("code")
    if not 1 <= code <= CODE_MAX:
        raise NotFound
    return ItemCode(code)


async def list_items(call: Call) -> None:
    asked = call.query(ItemListQuery)
    query = ItemQuery(
        q=asked.q,
        group=None if asked.group is None else ItemGroupId(asked.group),
        no_price=asked.no_price,
        changed_since=asked.changed_since,
        problem=asked.problem,
        short_name=asked.short_name,
        sort=asked.sort,
        after=asked.cursor,
        limit=asked.limit,
    )
    page = await call.ask(CatalogRpc.page_items, query)
    call.answer(ItemsOut(tuple(item_out(view) for view in page.items), page.next, page.found))


async def add_item(call: Call) -> None:
    body = await call.json(NewItemBody)
    code = None if body.code is None else ItemCode(body.code)
    view = await call.ask(CatalogRpc.add_item, code, draft_of(body))
    call.answer(item_out(view), version=view.version, location=f"/items/{view.code}")


async def get_item(call: Call) -> None:
    view = await call.ask(CatalogRpc.get_item, _code(call))
    call.answer(item_out(view), version=view.version)


async def change_item(call: Call) -> None:
    body = await call.json(ItemBody)
    view = await call.ask(CatalogRpc.change_item, _code(call), draft_of(body), call.version_to_match())
    call.answer(item_out(view), version=view.version)


async def remove_item(call: Call) -> None:
    code = _code(call)
    version = call.version_to_match()
    if version is not None and (await call.ask(CatalogRpc.get_item, code)).version != version:
        raise Stale
    if await call.ask(CatalogRpc.remove_items, (code,)) == 0:
        raise NotFound
    call.no_content()


ENDPOINTS = (
    Endpoint(
        method="GET",
        path="/items",
        handler=list_items,
        summary="Items of the goods base",
        query=ItemListQuery,
        answer=ItemsOut,
        refusals=(NotFound,),  # the group
    ),
    Endpoint(
        method="POST",
        path="/items",
        handler=add_item,
        summary="Add an item",
        body=NewItemBody,
        answer=ItemOut,
        status=201,
        conditional=True,
        refusals=(Invalid, Forbidden, DefaultTaxCodeMissing, CodeTaken, BarcodeTaken, TooManyItems),
    ),
    Endpoint(
        method="GET",
        path="/items/{code}",
        handler=get_item,
        summary="One item",
        answer=ItemOut,
        conditional=True,
        refusals=(NotFound,),
    ),
    Endpoint(
        method="PATCH",
        path="/items/{code}",
        handler=change_item,
        summary="Change an item",
        body=ItemBody,
        answer=ItemOut,
        conditional=True,
        refusals=(NotFound, Invalid, Forbidden, Stale, BarcodeTaken),
    ),
    Endpoint(
        method="DELETE",
        path="/items/{code}",
        handler=remove_item,
        summary="Remove an item; registers lose it with the next load",
        status=204,
        refusals=(NotFound, Forbidden, Stale),
    ),
)
