"""What decides which records one register gets out of the goods base of its account."""

import hashlib

import msgspec

from services.contracts.values import ItemGroupId

PRICE_PERCENT_MIN = 1
PRICE_PERCENT_MAX = 1000
PRICE_ROUNDINGS = (1, 10, 50, 100)  # kopecks


class Recipe(msgspec.Struct, frozen=True):
    """The register's side of a price list; the other side is the account's base at one revision.

    `registers` fills it from the register; `catalog` resolves the model profile from the four device facts.
    """

    item_groups: tuple[ItemGroupId, ...]  # sorted; none = all goods
    price_percent: int  # 1 … 1000, 100 = as in the base
    price_rounding: int  # kopecks: 1, 10, 50 or 100
    model: str  # as the register reported it, "" before first contact
    base_version: str  # of the goods record, "0.4"; "" before first contact
    ffd: str  # fiscal format: "1.05", "1.1", "1.2"; "" before first contact
    capacity: int  # records that the register said it can hold; 0 before first contact


def recipe_id(recipe: Recipe) -> str:
    """The name of a recipe: equal recipes have equal names (64 hexadecimal digits)."""
    return hashlib.sha256(b"kkt recipe 1\n" + msgspec.json.encode(recipe)).hexdigest()


class PriceListRef(msgspec.Struct, frozen=True):
    """An immutable price list: what a register should hold at one revision. Its bytes are named by `sha256`."""

    sha256: str  # of all chunks' bytes in order
    revision: int
    recipe_id: str
    base_hash: str
    records: int
    bytes: int
    chunks: int


class DeltaRef(msgspec.Struct, frozen=True):
    """Immutable lines (upserts, deletions by code) that lead from one confirmed base to a price list."""

    from_revision: int
    from_base_hash: str
    sha256: str
    lines: int
    bytes: int
    chunks: int


class ItemFilters(msgspec.Struct, frozen=True):
    """What the account's registers take together. Disabled registers count: they keep their goods."""

    registers: int
    all_goods: bool  # one of them has no filter
    item_groups: tuple[ItemGroupId, ...]  # sorted; of those that have one
