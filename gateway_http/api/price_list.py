"""`/registers/{id}/price-list`: what a register should hold now, as register records."""

from datetime import datetime

from msgspec import Struct

from gateway_http.api.call import Call
from gateway_http.api.endpoint import Endpoint
from gateway_http.api.register_bodies import GoodsTruthOut, goods_out
from gateway_http.api.wire import ListQuery
from services.contracts.catalog import CatalogRpc
from services.contracts.price_explanations import PriceExplanationsRpc
from services.contracts.refusals import NotFound
from services.contracts.registers import RegistersRpc
from services.contracts.values import ItemCode, Json, RegisterId


class ProblemOut(Struct, frozen=True):
    """An item, or with `whole` false a part of it, that the register will not get, and why."""

    item: int
    name: str
    code: str
    whole: bool
    params: dict[str, str | int]


class PriceListOut(Struct, frozen=True):
    """`items` is one page of goods records; the counts and `base_hash` are of the whole list."""

    revision: int
    records: int
    bytes: int
    base_hash: str
    problems_count: int
    problems: tuple[ProblemOut, ...]
    items: tuple[dict[str, Json], ...]
    next: str | None


async def get_price_list(call: Call) -> None:
    asked = call.query(ListQuery)
    register = await call.ask(RegistersRpc.get_register, RegisterId(call.path_id()))
    view = await call.ask(CatalogRpc.preview_price_list, register.recipe, asked.cursor, asked.limit)
    call.answer(
        PriceListOut(
            revision=view.revision,
            records=view.records,
            bytes=view.bytes,
            base_hash=view.base_hash,
            problems_count=view.problems_count,
            problems=tuple(ProblemOut(one.item, one.name, one.code, one.whole, one.params) for one in view.problems),
            items=view.items,
            next=view.next,
        )
    )


class PriceSinceOut(Struct, frozen=True):
    revision: int
    source: str
    author: str
    at: datetime


class LimitsOut(Struct, frozen=True):
    """What a register of this model can hold of one item; `price_max` in kopecks."""

    base_version: str
    ffd: str
    code_max: int
    price_max: int


class ExplanationOut(Struct, frozen=True):
    """The steps from the goods base to the record, in kopecks. `record` null: the register should not have the item.

    The register has this base price if `goods.confirmed.revision` is not less than `price_since.revision`.
    """

    item: int
    name: str
    base_price: int | None
    price_since: PriceSinceOut | None
    let_in: bool
    let_in_by: tuple[str, ...]
    price_percent: int
    after_percent: int | None
    price_rounding: int
    price: int | None
    limits: LimitsOut
    record: dict[str, Json] | None
    problems: tuple[ProblemOut, ...]
    goods: GoodsTruthOut


async def explain_price(call: Call) -> None:
    register = await call.ask(RegistersRpc.get_register, RegisterId(call.path_id()))
    code = ItemCode(call.path_number("code"))
    told = await call.ask(PriceExplanationsRpc.explain_price, register.recipe, code)
    since = told.price_since
    call.answer(
        ExplanationOut(
            item=told.item.code,
            name=told.item.name,
            base_price=told.item.price,
            price_since=None if since is None else PriceSinceOut(since.revision, since.source, since.author, since.at),
            let_in=told.let_in,
            let_in_by=told.let_in_by,
            price_percent=register.price_percent,
            after_percent=told.after_percent,
            price_rounding=register.price_rounding,
            price=told.price,
            limits=LimitsOut(told.limits.base_version, told.limits.ffd, told.limits.code_max, told.limits.price_max),
            record=told.record,
            problems=tuple(ProblemOut(one.item, one.name, one.code, one.whole, one.params) for one in told.problems),
            goods=goods_out(register.goods),
        )
    )


ENDPOINTS = (
    Endpoint(
        method="GET",
        path="/registers/{id}/price-list/{code}",
        handler=explain_price,
        summary="Why the register should sell an item for that price, or not have it",
        answer=ExplanationOut,
        refusals=(NotFound,),
    ),
    Endpoint(
        method="GET",
        path="/registers/{id}/price-list",
        handler=get_price_list,
        summary="What the register should hold now, and what it will not get and why",
        query=ListQuery,
        answer=PriceListOut,
        refusals=(NotFound,),
    ),
)
