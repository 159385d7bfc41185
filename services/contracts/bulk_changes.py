"""What the catalog room promises about one change of many items: looked at first, then made as one revision."""

from enum import StrEnum
from typing import Protocol

import msgspec

from services.contracts.catalog import ItemQuery
from services.contracts.rpc import writes
from services.contracts.values import ItemCode, ItemGroupId, Json, UserActor

CODES_MAX = 500  # ticked items of one change; what a query finds has no bound but the account's own
ROWS_SHOWN = 50  # changed items of a preview
CODES_SHOWN = 10  # of the items that a reason leaves as they are
GROUPS_MAX = 50  # item groups of one change
PERCENT_MIN, PERCENT_MAX = -9_999, 1_000_000  # hundredths of a per cent


class Selection(msgspec.Struct, frozen=True):
    """Either these items (at most CODES_MAX), or all that the query finds; its order and paging do not matter."""

    codes: tuple[ItemCode, ...] = ()
    matching: ItemQuery | None = None


class PriceChangeKind(StrEnum):
    """What a price is changed by."""

    PERCENT = "percent"  # hundredths of a per cent: 250 is +2.5 %, -1000 is -10 %, half up to the kopeck
    SUM = "sum"  # kopecks more, or less when negative
    SET = "set"  # this price in kopecks, also of items that had none; 0: free price


class PriceRounding(StrEnum):
    """Where a changed price is put: the nearest such price, half up; never 0."""

    NONE = "none"  # whole kopecks
    TEN_KOPECKS = "ten_kopecks"  # x.10, x.20, …
    ROUBLE = "rouble"  # x.00
    NINETY = "ninety"  # x.90


class PriceChange(msgspec.Struct, frozen=True, tag="price", tag_field="kind"):
    """By a percentage or a sum items without a price, and those with a free one, stay as they are."""

    how: PriceChangeKind
    amount: int
    rounding: PriceRounding = PriceRounding.NONE


class TaxChange(msgspec.Struct, frozen=True, tag="tax", tag_field="kind"):
    """This VAT for all."""

    tax_code: int  # FFD tag 1199


class TaxTo22(msgspec.Struct, frozen=True, tag="tax_to_22", tag_field="kind"):
    """«Перевести на 22 %»: 20 % becomes 22 %, 20/120 becomes 22/122, whatever else stays."""


class GroupsChange(msgspec.Struct, frozen=True, tag="groups", tag_field="kind"):
    """Put into these item groups and take out of those."""

    put: tuple[ItemGroupId, ...] = ()
    take: tuple[ItemGroupId, ...] = ()


class BlockedChange(msgspec.Struct, frozen=True, tag="blocked", tag_field="kind"):
    """Blocked items are not sold."""

    blocked: bool


class SectionChange(msgspec.Struct, frozen=True, tag="section", tag_field="kind"):
    section: int  # 1 … 16


class Removal(msgspec.Struct, frozen=True, tag="remove", tag_field="kind"):
    """The items leave the base; undoing the revision brings them back."""


BulkChange = PriceChange | TaxChange | TaxTo22 | GroupsChange | BlockedChange | SectionChange | Removal


class Skipped(msgspec.Struct, frozen=True):
    """Items that stay as they are, and why.

    `reason`: "no_price" and "free_price" (nothing to reckon from), "price_above_limit", "price_below_zero" (nothing
    would be left of it), "too_many_item_groups".
    """

    reason: str
    items: int
    first: tuple[ItemCode, ...]  # at most CODES_SHOWN


class ChangedItem(msgspec.Struct, frozen=True):
    """One item before and after, the fields that differ as in ItemView; `after` is None when it leaves the base.

    `jump`: the price goes more than PRICE_JUMP_PERCENT up or down.
    """

    code: ItemCode
    name: str
    before: dict[str, Json]
    after: dict[str, Json] | None
    jump: bool


class BulkPreview(msgspec.Struct, frozen=True):
    """What a change would do to the base as it is at `base_revision`."""

    base_revision: int
    matched: int  # items of the selection
    changed: int  # of them, with those that would leave the base
    unchanged: int  # are so already
    skipped: tuple[Skipped, ...]
    jumps: int
    first: tuple[ChangedItem, ...]  # at most ROWS_SHOWN; jumps first, else by code


class BulkDone(msgspec.Struct, frozen=True):
    """What a change did; `revision` is None if nothing had to be changed."""

    revision: int | None
    matched: int
    changed: int
    unchanged: int
    skipped: tuple[Skipped, ...]


class TaxCount(msgspec.Struct, frozen=True):
    tax_code: int
    items: int


class BulkChangesRpc(Protocol):
    """Doors for one change of many items; the service's name on the bus is that of the catalog room."""

    def preview_bulk_change(self, actor: UserActor, selection: Selection, change: BulkChange) -> BulkPreview:
        """What `apply_bulk_change` would do. Refuses with Invalid, NotFound (the group of a query)."""
        ...

    @writes
    def apply_bulk_change(
        self,
        actor: UserActor,
        selection: Selection,
        change: BulkChange,
        seen_revision: int | None = None,
        seen_matched: int | None = None,
    ) -> BulkDone:
        """Change all selected items in one revision, of the source "vat" for TaxTo22, else "bulk".

        The revision's note is the change itself as JSON, item groups by name. `seen_revision` and `seen_matched` are
        the `base_revision` and `matched` of a preview. Refused as Stale when the preview no longer holds: since then
        one of the selected items was changed, came in or went. Changes of other items do not matter.

        Refuses with Invalid, NotFound (the group of a query), Stale, Busy.
        """
        ...

    def count_tax_codes(self, actor: UserActor) -> tuple[TaxCount, ...]:
        """How many items have each VAT that occurs, by tag 1199."""
        ...
