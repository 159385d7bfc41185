"""What the catalog room promises to programs that change many items at once."""

from typing import Protocol

import msgspec

from services.contracts.catalog import ItemDraft
from services.contracts.refusals import FieldError
from services.contracts.rpc import writes
from services.contracts.values import ItemCode, UserActor

MAX_BULK = 500  # changes in one call


class ItemChange(msgspec.Struct, frozen=True, omit_defaults=True):
    """One row: an upsert by `draft` (what it leaves UNSET stays), or with `removed` a removal.

    Without a code the draft is a new item, which gets the lowest free code.
    """

    row: int  # the caller's own number of it, told back
    code: ItemCode | None = None
    removed: bool = False
    draft: ItemDraft = ItemDraft()


class ItemOutcome(msgspec.Struct, frozen=True, omit_defaults=True):
    """What became of a row: "created", "changed", "unchanged", "removed", "absent" or "refused".

    A refused row has the code and the params of its refusal, and the wrong fields.
    """

    row: int
    what: str
    code: ItemCode | None = None
    refusal: str | None = None
    params: dict[str, str | int] = {}
    errors: tuple[FieldError, ...] = ()


class BulkItemsRpc(Protocol):
    """Doors for many items; the service's name on the bus is that of the catalog room."""

    @writes
    def change_items(self, actor: UserActor, changes: tuple[ItemChange, ...]) -> tuple[ItemOutcome, ...]:
        """Change up to MAX_BULK items in one revision, in the order of the rows.

        A refused row changes nothing and stops no other. Refuses as a whole with Forbidden, Invalid (too many rows),
        DefaultTaxCodeMissing.
        """
        ...
