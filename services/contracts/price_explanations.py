"""What the catalog room promises about «Почему такая цена?»: how an item's record for one register comes about."""

from datetime import datetime
from typing import Protocol

import msgspec

from services.contracts.catalog import ItemView, RecordProblem
from services.contracts.recipe import Recipe
from services.contracts.values import ItemCode, ItemGroupId, Json, UserActor


class PriceChanged(msgspec.Struct, frozen=True):
    """The revision since which the base has the price that it has."""

    revision: int
    source: str  # as in RevisionView
    author: str
    at: datetime


class RecordLimits(msgspec.Struct, frozen=True):
    """What a register of this model can hold of one item."""

    base_version: str  # of the goods record: what the register reported, else what is supposed
    ffd: str  # fiscal format, likewise
    code_max: int
    price_max: int  # kopecks


class PriceExplanation(msgspec.Struct, frozen=True):
    """The steps from the goods base to the record; prices in kopecks.

    `after_percent` and `price` are None where there is no price to reckon from. `record` is what the register should
    hold, None if it should not have the item; `problems` say what is left out and why. `let_in` is false when the
    register's filter keeps the item out; `let_in_by` are the chosen groups that the item is in, itself or deeper.
    """

    item: ItemView
    let_in: bool
    let_in_by: tuple[ItemGroupId, ...]
    after_percent: int | None
    price: int | None
    limits: RecordLimits
    record: dict[str, Json] | None
    problems: tuple[RecordProblem, ...]
    price_since: PriceChanged | None  # None: since before the history was kept


class PriceExplanationsRpc(Protocol):
    """The service's name on the bus is that of the catalog room."""

    def explain_price(self, actor: UserActor, recipe: Recipe, code: ItemCode) -> PriceExplanation:
        """How the record of an item comes about for a register with this recipe. Refuses with NotFound."""
        ...
