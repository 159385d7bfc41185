"""`/items/changes`: one change of many items, looked at first or made at once."""

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from gateway_http.api.call import Call
from gateway_http.api.endpoint import Endpoint
from gateway_http.api.items import Code, Section, ShortName
from gateway_http.api.wire import Id, IdOrNone, Search, TaxCode
from gateway_http.i18n import Language
from gateway_http.words.bulk_words import reason_text
from services.contracts.bulk_changes import (
    CODES_MAX,
    GROUPS_MAX,
    PERCENT_MAX,
    BulkChange,
    BulkChangesRpc,
    ChangedItem,
    PriceRounding,
    Selection,
    Skipped,
)
from services.contracts.catalog import PRICE_MAX, ItemQuery
from services.contracts.refusals import Forbidden, Invalid, NotFound, Stale
from services.contracts.values import ItemCode, ItemGroupId, Json

Codes = Annotated[tuple[Code, ...], Meta(max_length=CODES_MAX)]
Groups = Annotated[tuple[Id, ...], Meta(max_length=GROUPS_MAX)]
Amount = Annotated[
    int,
    Meta(
        ge=-PRICE_MAX,
        le=PRICE_MAX,
        description="percent: hundredths of a per cent, more than -100 % and at most"
        f" {PERCENT_MAX // 100} %; sum: kopecks, less when negative; set: the price in kopecks.",
    ),
]
Count = Annotated[int, Meta(ge=0, le=2_147_483_647)]


class MatchingBody(Struct, frozen=True, forbid_unknown_fields=True):
    """All items that this finds, as in the list of items."""

    q: Search = ""
    group: IdOrNone | None = None
    no_price: bool | None = None
    changed_since: Annotated[datetime, Meta(tz=True)] | None = None
    problem: bool | None = None
    short_name: ShortName | None = None


class SelectionBody(Struct, frozen=True, forbid_unknown_fields=True):
    """Either `codes` or `matching`; `{"matching": {}}` is the whole goods base."""

    codes: Codes = ()
    matching: MatchingBody | None = None


class PriceChangeBody(Struct, frozen=True, forbid_unknown_fields=True, tag="price", tag_field="kind"):
    how: Literal["percent", "sum", "set"]
    amount: Amount
    rounding: PriceRounding = PriceRounding.NONE


class TaxChangeBody(Struct, frozen=True, forbid_unknown_fields=True, tag="tax", tag_field="kind"):
    tax_code: TaxCode


class TaxTo22Body(Struct, frozen=True, forbid_unknown_fields=True, tag="tax_to_22", tag_field="kind"):
    """20 % becomes 22 %, 20/120 becomes 22/122, whatever else stays."""


class GroupsChangeBody(Struct, frozen=True, forbid_unknown_fields=True, tag="groups", tag_field="kind"):
    put: Groups = ()
    take: Groups = ()


class BlockedChangeBody(Struct, frozen=True, forbid_unknown_fields=True, tag="blocked", tag_field="kind"):
    blocked: bool


class SectionChangeBody(Struct, frozen=True, forbid_unknown_fields=True, tag="section", tag_field="kind"):
    section: Section


class RemovalBody(Struct, frozen=True, forbid_unknown_fields=True, tag="remove", tag_field="kind"):
    """The items leave the goods base."""


ChangeBody = (
    PriceChangeBody
    | TaxChangeBody
    | TaxTo22Body
    | GroupsChangeBody
    | BlockedChangeBody
    | SectionChangeBody
    | RemovalBody
)


class BulkChangeBody(Struct, frozen=True, forbid_unknown_fields=True):
    """`base_revision` and `matched` are those of a preview: then a change is refused when it no longer holds."""

    selection: SelectionBody
    change: ChangeBody
    preview: bool = True
    base_revision: Count | None = None
    matched: Count | None = None


class SkippedOut(Struct, frozen=True):
    """Items that stay as they are: how many, and the first of them."""

    reason: str
    message: str
    items: int
    first: tuple[int, ...]


class ChangedItemOut(Struct, frozen=True):
    """`after` is null for an item that leaves the base; `jump`: its price goes far up or down."""

    code: int
    name: str
    before: dict[str, Json]
    after: dict[str, Json] | None
    jump: bool


class BulkChangeOut(Struct, frozen=True):
    """A preview has `base_revision`, `jumps` and the `first` items; a change that was made has its `revision`, null
    if nothing had to be changed."""

    preview: bool
    matched: int
    changed: int
    unchanged: int
    skipped: tuple[SkippedOut, ...]
    revision: int | None = None
    base_revision: int | None = None
    jumps: int | None = None
    first: tuple[ChangedItemOut, ...] = ()


def selection_of(body: SelectionBody) -> Selection:
    """The contract's form of what was sent."""
    codes, wanted = tuple(map(ItemCode, body.codes)), body.matching
    if wanted is None:
        return Selection(codes)
    group = None if wanted.group is None else ItemGroupId(wanted.group)
    query = ItemQuery(
        q=wanted.q,
        group=group,
        no_price=wanted.no_price,
        changed_since=wanted.changed_since,
        problem=wanted.problem,
        short_name=wanted.short_name,
    )
    return Selection(codes, query)


def change_of(body: ChangeBody) -> BulkChange:
    """The contract's form of what was sent."""
    change: BulkChange = msgspec.convert(msgspec.to_builtins(body), BulkChange)
    return change


async def change_items(call: Call) -> None:
    body = await call.json(BulkChangeBody)
    selection = selection_of(body.selection)
    change = change_of(body.change)
    if body.preview:
        seen = await call.ask(BulkChangesRpc.preview_bulk_change, selection, change)
        call.answer(
            BulkChangeOut(
                preview=True,
                matched=seen.matched,
                changed=seen.changed,
                unchanged=seen.unchanged,
                skipped=_skipped(seen.skipped, call.language),
                base_revision=seen.base_revision,
                jumps=seen.jumps,
                first=tuple(map(_changed, seen.first)),
            )
        )
        return
    done = await call.ask(BulkChangesRpc.apply_bulk_change, selection, change, body.base_revision, body.matched)
    skipped = _skipped(done.skipped, call.language)
    call.answer(BulkChangeOut(False, done.matched, done.changed, done.unchanged, skipped, done.revision))


def _skipped(skipped: tuple[Skipped, ...], language: Language) -> tuple[SkippedOut, ...]:
    return tuple(SkippedOut(one.reason, reason_text(one.reason, language), one.items, one.first) for one in skipped)


def _changed(item: ChangedItem) -> ChangedItemOut:
    return ChangedItemOut(item.code, item.name, item.before, item.after, item.jump)


ENDPOINTS = (
    Endpoint(
        method="POST",
        path="/items/changes",
        handler=change_items,
        summary="One change of many items in one revision, or a preview of it",
        body=BulkChangeBody,
        answer=BulkChangeOut,
        refusals=(NotFound, Invalid, Forbidden, Stale),  # the group that is searched in
    ),
)
