"""What the catalog room promises about the history of a goods base: its revisions, undoing them, removed items."""

from datetime import datetime
from typing import Protocol

import msgspec

from services.contracts.refusals import Conflict
from services.contracts.rpc import writes
from services.contracts.values import DEFAULT_PAGE, Cursor, ItemCode, Json, Page, UserActor

CONFLICTS_TOLD = 100  # of one undo, one by one; all are counted
CHANGES_SHOWN = 50  # items of a preview of an undo
RESTORED_MAX = 500  # removed items in one call


class RevisionView(msgspec.Struct, frozen=True):
    """One change set. `known`: how its items were before is kept, so it can be looked at and undone.

    With the source "undo" either `undoes` says what was taken back, or removed items came back.
    """

    revision: int
    source: str  # "edit", "import", "groups", "bulk", "vat", "schedule", "undo"
    author: str
    at: datetime
    created: int
    changed: int
    removed: int
    note: str  # a file's name, a rule of prices, …
    undoes: int | None  # the revision that this one took back
    undone_by: int | None  # the newest revision that took this one back
    known: bool


class ItemDifference(msgspec.Struct, frozen=True):
    """One item in two states of a base: of a changed one only the fields that differ, as in ItemView.

    `what`: "created" (`before` is None), "changed", "removed" (`after` is None). What an item has not (no article, not
    marked) is left out of whole items; a field that is None or missing in one state was or is empty.
    """

    code: ItemCode
    name: str
    what: str
    before: dict[str, Json] | None
    after: dict[str, Json] | None


class UndoConflict(msgspec.Struct, frozen=True):
    """What an undo leaves as it is, and why.

    `kind`: "changed_later" (a later revision changed the field again, or the item that came with this one),
    "code_taken" (there is another item with the code), "removed_later" (the item is no more), "group_gone" (the group
    in `group` is no more), "barcode_taken" (`barcode` is by now the item's in `item`). A `forceable` one goes when it
    is meant; of the others the rest of the item goes. `field` is None where the whole item is meant.
    """

    code: ItemCode
    name: str
    field: str | None
    kind: str
    forceable: bool
    params: dict[str, str | int] = {}


class UndoPreview(msgspec.Struct, frozen=True):
    """What an undo would do to the base as it is at `base_revision`."""

    revision: RevisionView
    base_revision: int
    created: int  # items that would come back
    changed: int
    removed: int
    unchanged: int  # of this revision's items, those that would stay as they are
    conflicts: int
    forceable: int  # of the conflicts
    first_conflicts: tuple[UndoConflict, ...]  # at most CONFLICTS_TOLD
    first_changes: tuple[ItemDifference, ...]  # at most CHANGES_SHOWN


class Undone(msgspec.Struct, frozen=True):
    """What an undo did; `revision` is the new one, `conflicts` counts what stayed as it was."""

    revision: int
    created: int
    changed: int
    removed: int
    conflicts: int


class RemovedItemView(msgspec.Struct, frozen=True):
    """An item that left the base, as it was last."""

    code: ItemCode
    name: str
    price: int | None
    barcodes: tuple[str, ...]
    article: str
    revision: int  # that removed it
    source: str
    author: str
    at: datetime


class RemovedQuery(msgspec.Struct, frozen=True):
    """`q` finds as in ItemQuery. Those removed last come first."""

    q: str = ""
    after: Cursor | None = None
    limit: int = DEFAULT_PAGE


class Restored(msgspec.Struct, frozen=True):
    """Removed items that came back; `revision` is None if there was none of them."""

    revision: int | None
    restored: int
    conflicts: tuple[UndoConflict, ...]  # at most CONFLICTS_TOLD


class BaseMoved(Conflict):
    """The goods base changed since it was looked at; `revision` is its revision now."""

    code = "base_moved"


class NothingToUndo(Conflict):
    """Nothing would change: all is as it was before that revision, or stands in conflict (`conflicts` of them)."""

    code = "nothing_to_undo"


class RevisionsRpc(Protocol):
    """Doors for the history of a goods base; the service's name on the bus is that of the catalog room."""

    def page_revisions(self, actor: UserActor, after: Cursor | None, limit: int = DEFAULT_PAGE) -> Page[RevisionView]:
        """Newest first."""
        ...

    def get_revision(self, actor: UserActor, revision: int) -> RevisionView: ...

    def page_revision_changes(
        self, actor: UserActor, revision: int, after: Cursor | None, limit: int = DEFAULT_PAGE
    ) -> Page[ItemDifference]:
        """What a revision did, item by item in the order of their codes."""
        ...

    def compare_revisions(
        self, actor: UserActor, older: int, newer: int, after: Cursor | None, limit: int = DEFAULT_PAGE
    ) -> Page[ItemDifference]:
        """What differs between the bases as two revisions left them (0: the empty base), by code.

        Refuses with NotFound, Invalid (`older` is not the older one).
        """
        ...

    def preview_undo(self, actor: UserActor, revision: int, on_conflict: str = "skip") -> UndoPreview:
        """What `undo_revision` would do."""
        ...

    @writes
    def undo_revision(
        self, actor: UserActor, revision: int, on_conflict: str = "skip", base_revision: int | None = None
    ) -> Undone:
        """Take back what a revision changed, field by field, as a new revision; what it did not touch stays.

        `on_conflict`: "skip" leaves what was changed again later, "force" takes it back all the same where it can.
        Refuses with NotFound, Invalid, NothingToUndo, BaseMoved (when the base is not at `base_revision`),
        TooManyItems.
        """
        ...

    def page_removed(self, actor: UserActor, query: RemovedQuery) -> Page[RemovedItemView]: ...

    @writes
    def restore_items(self, actor: UserActor, codes: tuple[ItemCode, ...]) -> Restored:
        """Bring up to RESTORED_MAX removed items back under their codes, as they were last.

        Codes that no removed item has are passed over. Refuses with Invalid, TooManyItems.
        """
        ...
