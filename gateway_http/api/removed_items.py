"""`/removed-items`: what left the goods base and can come back."""

from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct

from gateway_http.api.call import Call
from gateway_http.api.endpoint import Endpoint
from gateway_http.api.items import Code
from gateway_http.api.revisions import ConflictOut, conflict_out
from gateway_http.api.wire import ListOf, ListQuery, Search, next_of
from services.contracts.catalog import TooManyItems
from services.contracts.refusals import Forbidden
from services.contracts.revisions import RESTORED_MAX, RemovedItemView, RemovedQuery, RevisionsRpc
from services.contracts.values import ItemCode


class RemovedItemOut(Struct, frozen=True):
    """An item as it was last; `revision`, `source`, `author` and `at` are those of its removal."""

    code: int
    name: str
    price: int | None
    barcodes: tuple[str, ...]
    article: str
    revision: int
    source: str
    author: str
    at: datetime


class RemovedListQuery(ListQuery, frozen=True):
    """`q`: code, barcode, article or words of the name."""

    q: Search = ""


class RestoreBody(Struct, frozen=True, forbid_unknown_fields=True):
    """Codes of removed items; others are passed over."""

    restore: Annotated[tuple[Code, ...], Meta(min_length=1, max_length=RESTORED_MAX)]


class RestoredOut(Struct, frozen=True):
    """`revision` is the new one, null if nothing came back; `conflicts` are what items came back without."""

    revision: int | None
    restored: int
    conflicts: tuple[ConflictOut, ...]


def removed_item_out(view: RemovedItemView) -> RemovedItemOut:
    return RemovedItemOut(
        code=view.code,
        name=view.name,
        price=view.price,
        barcodes=view.barcodes,
        article=view.article,
        revision=view.revision,
        source=view.source,
        author=view.author,
        at=view.at,
    )


async def list_removed(call: Call) -> None:
    asked = call.query(RemovedListQuery)
    page = await call.ask(RevisionsRpc.page_removed, RemovedQuery(asked.q, asked.cursor, asked.limit))
    call.answer(ListOf(tuple(map(removed_item_out, page.items)), next_of(page)))


async def restore_items(call: Call) -> None:
    body = await call.json(RestoreBody)
    done = await call.ask(RevisionsRpc.restore_items, tuple(map(ItemCode, body.restore)))
    call.answer(RestoredOut(done.revision, done.restored, tuple(map(conflict_out, done.conflicts))))


ENDPOINTS = (
    Endpoint(
        method="GET",
        path="/removed-items",
        handler=list_removed,
        summary="Items that left the goods base, those removed last first",
        query=RemovedListQuery,
        answer=ListOf[RemovedItemOut],
    ),
    Endpoint(
        method="POST",
        path="/removed-items",
        handler=restore_items,
        summary="Bring removed items back under their codes",
        body=RestoreBody,
        answer=RestoredOut,
        refusals=(Forbidden, TooManyItems),
    ),
)
