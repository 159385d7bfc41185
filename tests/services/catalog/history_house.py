"""The history of a goods base as the user of one account sees it."""

from services.catalog.use_cases import item_changes, item_groups, revisions
from services.catalog.use_cases.price_list_preview import PreviewSeats
from services.chassis import clock
from services.contracts.bulk import ItemChange, ItemOutcome
from services.contracts.catalog import ItemView
from services.contracts.revisions import (
    ItemDifference,
    RemovedItemView,
    RemovedQuery,
    Restored,
    RevisionView,
    Undone,
    UndoPreview,
)
from services.contracts.values import Cursor, ItemCode, ItemGroupId, Page
from tests.services.catalog.catalog_house import DEFAULT_TAX, CatalogHouse


class HistoryHouse(CatalogHouse):
    """The room with its history."""

    seats = PreviewSeats()

    def as_stranger(self, name: str = "charlie") -> "HistoryHouse":
        """The same room, seen by a user of another account."""
        stranger = super().as_stranger(name)
        return HistoryHouse(stranger.database, stranger.actor)

    def bulk(self, *changes: ItemChange) -> tuple[ItemOutcome, ...]:
        """Many changes in one revision."""
        with self.session() as session:
            now = clock.now()
            return item_changes.change_items(self.account, session, "alice", changes, lambda: DEFAULT_TAX, now)

    def put(self, codes: list[int], add: list[str], remove: list[str] | None = None) -> None:
        """Flags of groups."""
        with self.session() as session:
            numbers, groups = tuple(map(ItemCode, codes)), tuple(map(ItemGroupId, add))
            gone = tuple(map(ItemGroupId, remove or []))
            item_changes.put_in_groups(self.account, session, "alice", numbers, groups, gone, clock.now())

    def remove_group(self, group: str) -> None:
        """Take a group away."""
        with self.session() as session:
            wanted = ItemGroupId(group)
            item_groups.remove_group(self.account, session, "alice", wanted, lambda _: (), clock.now())

    def revisions(self, limit: int = 50, after: Cursor | None = None) -> Page[RevisionView]:
        """Newest first."""
        with self.session() as session:
            return revisions.page_revisions(self.account, session, after, limit)

    def get_revision(self, revision: int) -> RevisionView:
        """One of them."""
        with self.session() as session:
            return revisions.get_revision(self.account, session, revision)

    def changes(self, revision: int) -> list[ItemDifference]:
        """What a revision did."""
        with self.session() as session:
            return list(revisions.page_changes(self.account, session, revision, None, 500).items)

    def compare(self, older: int, newer: int) -> list[ItemDifference]:
        """What differs between two."""
        with self.session() as session:
            return list(revisions.compare(self.account, session, older, newer, None, 500).items)

    def preview(self, revision: int, on_conflict: str = "skip") -> UndoPreview:
        """What undoing would do."""
        with self.session() as session:
            return revisions.preview_undo(self.account, session, self.seats, revision, on_conflict)

    def undo(self, revision: int, on_conflict: str = "skip", base: int | None = None) -> Undone:
        """Take a revision back."""
        with self.session() as session:
            return revisions.undo_revision(self.account, session, "alice", revision, on_conflict, base, clock.now())

    def removed(self, q: str = "") -> list[RemovedItemView]:
        """Removed items."""
        with self.session() as session:
            return list(revisions.page_removed(self.account, session, RemovedQuery(q=q)).items)

    def restore(self, *codes: int) -> Restored:
        """Bring removed items back."""
        with self.session() as session:
            return revisions.restore_items(self.account, session, "alice", tuple(map(ItemCode, codes)), clock.now())

    def plain_items(self) -> list[dict[str, object]]:
        """All items without what counts their changes."""
        return [plain(item) for item in self.all_items()]


def plain(item: ItemView) -> dict[str, object]:
    """An item without what counts its changes."""
    counting = {"changed_revision", "version", "changed_at"}
    return {field: getattr(item, field) for field in item.__struct_fields__ if field not in counting}
