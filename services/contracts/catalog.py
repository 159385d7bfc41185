"""What the catalog room promises: items, item groups, the goods base and price lists. Imports stand in imports.py."""

from datetime import datetime
from enum import StrEnum
from typing import Protocol

import msgspec

from services.contracts.recipe import DeltaRef, PriceListRef, Recipe
from services.contracts.refusals import Conflict, NotFound, TooMany
from services.contracts.rpc import writes
from services.contracts.values import (
    DEFAULT_PAGE,
    AccountId,
    Cursor,
    ItemCode,
    ItemGroupId,
    Json,
    RegisterActor,
    UserActor,
    UserId,
)

NAME_MAX = 128  # FFD tag 1030
SHORT_NAME_MAX = 56  # «Меркурий» goods record
PRICE_MAX = 2_147_483_600  # kopecks; the register's store is int32 kopecks
CUSTOMS_DECLARATION_MAX = 32  # FFD tag 1231
NOTE_MAX = 1_000
BARCODES_MAX = 20  # of one item
CHUNK_BYTES = 16_376  # of goods lines in one binary frame of the link: 16 KiB less the 8-byte header
CHUNKS_PULL = 8  # chunks in one reply: its body stays below 256 KiB


class ItemView(msgspec.Struct, frozen=True):
    """An item of the goods base. `price` in kopecks; None: no price yet (not sent); 0: free price."""

    code: ItemCode
    name: str
    short_name: str  # what the register shows; made from the name unless edited
    short_name_edited: bool
    price: int | None
    barcodes: tuple[str, ...]  # strings: leading zeros are kept
    groups: tuple[ItemGroupId, ...]
    article: str
    tax_code: int  # FFD tag 1199
    type_code: int  # FFD tag 1212
    measure_unit: int  # FFD tag 2108
    section: int  # 1 … 16
    marked: bool
    undivided: bool  # sold by the piece
    tax_system: int | None
    blocked: bool  # not for sale
    payment_method: int  # FFD tag 1214
    agent: int | None  # 0 … 6: the bit of FFD tag 1057
    excise: int | None  # kopecks, FFD tag 1229
    country: str  # three digits of OKSM (FFD tag 1230), or ""
    customs_declaration: str  # FFD tag 1231
    marking: str  # a MarkingType, or ""
    alcohol: bool
    volume_ml: int | None
    note: str  # for the shop's own people
    extra: dict[str, Json]  # foreign attributes, kept
    changed_revision: int
    version: int
    changed_at: datetime


class ItemDraft(msgspec.Struct, frozen=True, omit_defaults=True):
    """A new item, or all of an item's fields after an edit. What is UNSET takes its default (or stays, in a change)."""

    name: str | msgspec.UnsetType = msgspec.UNSET
    short_name: str | None | msgspec.UnsetType = msgspec.UNSET  # None: make it from the name
    price: int | None | msgspec.UnsetType = msgspec.UNSET
    barcodes: tuple[str, ...] | msgspec.UnsetType = msgspec.UNSET
    groups: tuple[ItemGroupId, ...] | msgspec.UnsetType = msgspec.UNSET
    article: str | msgspec.UnsetType = msgspec.UNSET
    tax_code: int | msgspec.UnsetType = msgspec.UNSET  # a new item: the account's «НДС по умолчанию»
    type_code: int | msgspec.UnsetType = msgspec.UNSET
    measure_unit: int | msgspec.UnsetType = msgspec.UNSET
    section: int | msgspec.UnsetType = msgspec.UNSET
    marked: bool | msgspec.UnsetType = msgspec.UNSET
    undivided: bool | msgspec.UnsetType = msgspec.UNSET
    tax_system: int | None | msgspec.UnsetType = msgspec.UNSET
    blocked: bool | msgspec.UnsetType = msgspec.UNSET
    payment_method: int | msgspec.UnsetType = msgspec.UNSET
    agent: int | None | msgspec.UnsetType = msgspec.UNSET
    excise: int | None | msgspec.UnsetType = msgspec.UNSET
    country: str | msgspec.UnsetType = msgspec.UNSET
    customs_declaration: str | msgspec.UnsetType = msgspec.UNSET
    marking: str | msgspec.UnsetType = msgspec.UNSET
    alcohol: bool | msgspec.UnsetType = msgspec.UNSET
    volume_ml: int | None | msgspec.UnsetType = msgspec.UNSET
    note: str | msgspec.UnsetType = msgspec.UNSET


class ItemDoubt(StrEnum):
    """What is doubtful of an item whatever the register: the same for all of them."""

    NO_PRICE = "no_price"
    OLD_TAX = "old_tax"  # 20 % or 20/120, obsolete since 2026
    BARCODE = "barcode"  # letters, or more than 18 digits: registers hold numbers
    SAME_SHORT_NAME = "same_short_name"  # another item is called so on the register


class ItemQuery(msgspec.Struct, frozen=True):
    """`q` finds by code, barcode, article and words of the name in any order (ё = е, case does not matter)."""

    q: str = ""
    group: ItemGroupId | None = None  # "none": the items in no group
    no_price: bool | None = None
    outside: tuple[ItemGroupId, ...] | None = None  # no price, or in none of these groups and what stands inside them
    changed_since: datetime | None = None
    problem: bool | None = None  # something of it will not reach registers as it is: see ItemDoubt
    short_name: str | None = None  # called so on a register, to the letter
    sort: str = "code"  # "code", "name", "price", "changed"; a leading "-" turns it round
    after: Cursor | None = None
    limit: int = DEFAULT_PAGE


class ItemsPage(msgspec.Struct, frozen=True):
    items: tuple[ItemView, ...]
    next: Cursor | None
    found: int  # all that match, counted up to FOUND_MAX
    doubts: tuple[tuple[ItemCode, tuple[ItemDoubt, ...]], ...] = ()  # by item; told when `problem` was asked for


FOUND_MAX = 100_000


class ItemGroupView(msgspec.Struct, frozen=True):
    id: ItemGroupId
    name: str
    parent: ItemGroupId | None
    items: int
    version: int


class BaseStatus(msgspec.Struct, frozen=True):
    """The account's goods base in a line."""

    revision: int
    items: int
    no_price: int
    groups: int
    changed_at: datetime | None


class CatalogUsage(msgspec.Struct, frozen=True):
    """How much of AccountLimits the catalog room counts as used."""

    items: int
    imports: int  # begun in the last 24 hours


class RecordProblem(msgspec.Struct, frozen=True):
    """An item (or a part of it) that a register will not get, and why.

    `code` is stable: "no_price", "price_above_limit", "barcode_not_numeric", "barcode_too_long", "barcode_duplicate",
    "extra_barcode", "code_out_of_range", "capacity", "tax_code_unknown", "type_code_unknown", "blocked_unsupported", …
    `whole` tells whether the item is not sent at all or only that part of it is not. With "unknown_item_group" `item`
    is 0: the whole list cannot be.
    """

    item: ItemCode
    name: str
    code: str
    whole: bool
    params: dict[str, str | int] = {}


class PriceListPreview(msgspec.Struct, frozen=True):
    """What a register would get now: counts of all, one page of records, the first problems (at most 500)."""

    revision: int
    records: int
    bytes: int
    base_hash: str
    problems_count: int
    problems: tuple[RecordProblem, ...]
    items: tuple[dict[str, Json], ...]  # register records
    next: Cursor | None


class Chunk(msgspec.Struct, frozen=True):
    """A part of a price list. `prefix_sha256` is of all chunks up to and including this one."""

    number: int  # from 0
    body: bytes
    prefix_sha256: str


class CodeTaken(Conflict):
    code = "code_taken"


class BarcodeTaken(Conflict):
    """Another item of the base has this barcode (compared as a number); `item` is its code."""

    code = "barcode_taken"


class ItemGroupNameTaken(Conflict):
    code = "item_group_name_taken"


class ItemGroupInUse(Conflict):
    """Registers filter by it; `registers` names them."""

    code = "item_group_in_use"


class DefaultTaxCodeMissing(Conflict):
    """«НДС по умолчанию» must be chosen first."""

    code = "default_tax_code_missing"


class TooManyItems(TooMany):
    code = "too_many_items"


class PriceListGone(NotFound):
    """That price list was swept; ask for the work again."""

    code = "price_list_gone"


class CatalogRpc(Protocol):
    """Doors of the catalog room."""

    def base_status(self, actor: UserActor) -> BaseStatus: ...

    def get_usage(self, actor: UserActor) -> CatalogUsage:
        """This room's part of the limits in use, for everybody who may see the account."""
        ...

    def page_items(self, actor: UserActor, query: ItemQuery) -> ItemsPage: ...

    def get_item(self, actor: UserActor, code: ItemCode) -> ItemView: ...

    @writes
    def add_item(self, actor: UserActor, code: ItemCode | None, draft: ItemDraft) -> ItemView:
        """A new item; without a code it gets the lowest free one. Refuses with Invalid, CodeTaken, BarcodeTaken."""
        ...

    @writes
    def change_item(self, actor: UserActor, code: ItemCode, draft: ItemDraft, version: int | None) -> ItemView:
        """Refuses with Invalid, Stale, BarcodeTaken, NotFound."""
        ...

    @writes
    def remove_items(self, actor: UserActor, codes: tuple[ItemCode, ...]) -> int:
        """Remove up to 500 items; returns how many there were. Registers lose them with the next load."""
        ...

    @writes
    def put_in_groups(
        self,
        actor: UserActor,
        codes: tuple[ItemCode, ...],
        add: tuple[ItemGroupId, ...],
        remove: tuple[ItemGroupId, ...],
    ) -> int:
        """Flags for up to 500 items; returns how many changed."""
        ...

    def list_item_groups(self, actor: UserActor) -> tuple[ItemGroupView, ...]:
        """All item groups of the account by name (at most 1,000)."""
        ...

    @writes
    def add_item_group(self, actor: UserActor, name: str, parent: ItemGroupId | None) -> ItemGroupView: ...

    @writes
    def change_item_group(
        self,
        actor: UserActor,
        group: ItemGroupId,
        name: str,
        parent: ItemGroupId | None,
        version: int | None,
    ) -> ItemGroupView: ...

    @writes
    def remove_item_group(self, actor: UserActor, group: ItemGroupId) -> None:
        """Its items stay. Refuses with ItemGroupInUse while a register filters by it."""
        ...

    def preview_price_list(
        self, actor: UserActor, recipe: Recipe, after: Cursor | None, limit: int
    ) -> PriceListPreview:
        """What a register with this recipe would get now, and what it would not and why."""
        ...

    def price_list_chunks(self, actor: RegisterActor, sha256: str, first: int, count: int) -> tuple[Chunk, ...]:
        """Chunks of a built list (or delta) of the actor's account, at most CHUNKS_PULL. Refuses with PriceListGone."""
        ...


class BaseChangedEvent(msgspec.Struct, frozen=True, tag="base_changed"):
    """The account's goods base has a new revision."""

    revision: int
    source: str  # "edit", "import", "groups"
    changed: int  # items


class ItemGroupChangedEvent(msgspec.Struct, frozen=True, tag="item_group_changed"):
    group: ItemGroupId
    what: str  # "added", "changed", "removed"


class ImportChangedEvent(msgspec.Struct, frozen=True, tag="import_changed"):
    import_id: str
    state: str
    by: UserId | None = None  # who began it; told with its end, as are the following
    filename: str = ""
    created: int = 0  # items
    changed: int = 0
    failed: int = 0  # rows refused
    reason: str | None = None  # why it failed, as in ImportView


class PriceListBuiltEvent(msgspec.Struct, frozen=True, tag="price_list_built"):
    """The answer to PriceListWantedEvent."""

    account: AccountId
    recipe_id: str
    list: PriceListRef
    delta: DeltaRef | None
    problems: int  # items that this list could not carry


class PriceListFailedEvent(msgspec.Struct, frozen=True, tag="price_list_failed"):
    """The list cannot be built. `code`: "capacity" (more records than the register holds), "empty_base", … as in
    `import_codes.PriceListFailure`.
    """

    account: AccountId
    recipe_id: str
    revision: int
    code: str
    params: dict[str, str | int] = {}


CatalogEvent = (
    BaseChangedEvent | ItemGroupChangedEvent | ImportChangedEvent | PriceListBuiltEvent | PriceListFailedEvent
)
