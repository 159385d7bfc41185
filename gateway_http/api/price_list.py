"""`/registers/{id}/price-list`: what a register should hold now, as register records."""

from msgspec import Struct

from gateway_http.api.call import Call
from gateway_http.api.endpoint import Endpoint
from gateway_http.api.wire import ListQuery
from services.contracts.catalog import CatalogRpc
from services.contracts.refusals import NotFound
from services.contracts.registers import RegistersRpc
from services.contracts.values import Json, RegisterId


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


ENDPOINTS = (
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
