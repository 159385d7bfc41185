"""One change of many items as the user of one account makes it."""

from services.catalog.use_cases import bulk_changes
from services.chassis import clock
from services.contracts.bulk_changes import (
    BulkChange,
    BulkDone,
    BulkPreview,
    PriceChange,
    PriceChangeKind,
    PriceRounding,
    Selection,
    TaxCount,
)
from services.contracts.catalog import ItemQuery
from services.contracts.values import ItemCode
from tests.services.catalog.history_house import HistoryHouse

ALL = Selection(matching=ItemQuery())


def ticked(*codes: int) -> Selection:
    """These items."""
    return Selection(codes=tuple(map(ItemCode, codes)))


def found(**query: object) -> Selection:
    """All that a query finds."""
    return Selection(matching=ItemQuery(**query))  # type: ignore[arg-type]


def by_percent(amount: int, rounding: PriceRounding = PriceRounding.NONE) -> PriceChange:
    """Hundredths of a per cent."""
    return PriceChange(PriceChangeKind.PERCENT, amount, rounding)


def by_sum(amount: int, rounding: PriceRounding = PriceRounding.NONE) -> PriceChange:
    """Kopecks."""
    return PriceChange(PriceChangeKind.SUM, amount, rounding)


def to_price(amount: int) -> PriceChange:
    """Kopecks."""
    return PriceChange(PriceChangeKind.SET, amount)


class BulkHouse(HistoryHouse):
    """The room with its history and its bulk changes."""

    def as_stranger(self, name: str = "charlie") -> "BulkHouse":
        """The same room, seen by a user of another account."""
        stranger = super().as_stranger(name)
        return BulkHouse(stranger.database, stranger.actor)

    def look(self, selection: Selection, change: BulkChange) -> BulkPreview:
        """What the change would do."""
        with self.session() as session:
            return bulk_changes.preview(self.account, session, selection, change)

    def do(
        self,
        selection: Selection,
        change: BulkChange,
        seen: BulkPreview | None = None,
    ) -> BulkDone:
        """Make the change, as it was looked at or at once."""
        revision, matched = (None, None) if seen is None else (seen.base_revision, seen.matched)
        with self.session() as session:
            return bulk_changes.apply(self.account, session, "alice", selection, change, revision, matched, clock.now())

    def taxes(self) -> dict[int, int]:
        """Items of each VAT."""
        with self.session() as session:
            counts: tuple[TaxCount, ...] = bulk_changes.count_tax_codes(self.account, session)
        return {one.tax_code: one.items for one in counts}

    def prices(self) -> dict[int, int | None]:
        """Prices by code."""
        return {int(item.code): item.price for item in self.all_items()}
