"""Items of one account: pages, single ones, and what changes them."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session, aliased

from services.catalog.domain.taxes import LEGACY_TAX_CODES
from services.catalog.models import SEARCH, Barcode, GoodsBase, Item, ItemSearch, RemovedItem
from services.contracts.barcodes import REGISTER_DIGITS_MAX
from services.contracts.catalog import FOUND_MAX, ItemDoubt
from services.contracts.values import AccountId

NO_PRICE_SORTS_AS = -1  # below every price
# A barcode that is no number of at most REGISTER_DIGITS_MAX digits, among those of an item.
_NO_NUMBER = f"(^| )([^ ]*[^0-9 ][^ ]*|[0-9]{{{REGISTER_DIGITS_MAX + 1},}})( |$)"

SORTS: dict[str, sa.ColumnElement[Any]] = {
    "code": Item.code.expression,
    "name": SEARCH,
    "price": sa.func.coalesce(Item.price, NO_PRICE_SORTS_AS),
    "changed": Item.changed_at.expression,
}


class Wanted(NamedTuple):
    """What a query asks for. `groups`: in any of these; an empty list: in none at all. The rest: see ItemQuery."""

    patterns: Sequence[str] = ()
    groups: Sequence[str] | None = None
    no_price: bool | None = None
    outside: Sequence[str] | None = None
    changed_since: datetime | None = None
    problem: bool | None = None
    short_name: str | None = None

    @property
    def is_everything(self) -> bool:
        """Whether no item is left out."""
        return self == Wanted()


def matching(account: AccountId, wanted: Wanted, most_found: int = FOUND_MAX) -> sa.Select[Item]:
    """The items that a query asks for. Of those that the patterns find, at most `most_found`."""
    question = sa.select(Item).where(Item.account_id == account)
    if wanted.patterns:
        found = sa.func.catalog.find_item_codes(sa.cast(list(wanted.patterns), sa.ARRAY(sa.Text)), most_found)
        question = question.where(Item.code.in_(sa.select(found.table_valued("code").render_derived().c.code)))
    if wanted.groups is not None:
        none_at_all = sa.func.cardinality(Item.groups) == 0
        question = question.where(Item.groups.overlap(wanted.groups) if wanted.groups else none_at_all)
    if wanted.no_price is not None:
        question = question.where(Item.price.is_(None) if wanted.no_price else Item.price.is_not(None))
    if wanted.outside is not None:
        question = question.where(sa.or_(Item.price.is_(None), ~Item.groups.overlap(wanted.outside)))
    if wanted.changed_since is not None:
        question = question.where(Item.changed_at >= wanted.changed_since)
    if wanted.problem is not None:
        doubtful = sa.or_(*_doubts(account).values())
        question = question.where(doubtful if wanted.problem else sa.not_(doubtful))
    if wanted.short_name is not None:
        question = question.where(Item.short_name == wanted.short_name)
    return question


def _doubts(account: AccountId) -> dict[ItemDoubt, sa.ColumnElement[bool]]:
    other = aliased(Item)
    twice = (
        sa.select(other.short_name)
        .where(other.account_id == account)
        .group_by(other.short_name)
        .having(sa.func.count() > 1)
    )
    return {
        ItemDoubt.NO_PRICE: Item.price.is_(None),
        ItemDoubt.OLD_TAX: Item.tax_code.in_(sorted(LEGACY_TAX_CODES)),
        ItemDoubt.BARCODE: Item.barcodes.regexp_match(_NO_NUMBER),
        ItemDoubt.SAME_SHORT_NAME: Item.short_name.in_(twice),
    }


def doubts_of(account: AccountId, session: Session, codes: Sequence[int]) -> dict[int, tuple[ItemDoubt, ...]]:
    """What is doubtful of each of these items; those with nothing are left out."""
    known = _doubts(account)
    rows = session.execute(
        sa.select(Item.code, *known.values()).where(Item.account_id == account, Item.code.in_(codes))
    )
    told = {row[0]: tuple(doubt for doubt, holds in zip(known, row[1:], strict=True) if holds) for row in rows}
    return {code: doubts for code, doubts in told.items() if doubts}


def page_items(
    account: AccountId,
    session: Session,
    question: sa.Select[Item],
    sort: str,
    descending: bool,
    after: tuple[Any, ...] | None,
    limit: int,
) -> list[tuple[Item, Any]]:
    """Rows of one page with their sort values; one row more than `limit` if there is a next page."""
    column = SORTS[sort]
    keys: list[sa.ColumnElement[Any]] = [column] if sort == "code" else [column, Item.code.expression]
    if after is not None:
        last = (sa.literal(value, key.type) for value, key in zip(after, keys, strict=True))
        here, there = sa.tuple_(*keys), sa.tuple_(*last)
        question = question.where(here < there if descending else here > there)
    ordered = question.add_columns(column).order_by(*(key.desc() if descending else key for key in keys))
    return [(row[0], row[1]) for row in session.execute(ordered.limit(limit + 1)) if row[0].account_id == account]


def count_matching(account: AccountId, session: Session, question: sa.Select[Item]) -> int:
    """How many items match, counted up to FOUND_MAX."""
    bounded = question.with_only_columns(Item.code).limit(FOUND_MAX).subquery()
    return session.execute(sa.select(sa.func.count()).select_from(bounded)).scalar_one()


def get_items(account: AccountId, session: Session, codes: Iterable[int]) -> dict[int, Item]:
    """Items by their codes; those that exist. No item has a code outside of its column's range."""
    sought = {code for code in codes if 0 < code < 2**31}
    found = session.scalars(sa.select(Item).where(Item.account_id == account, Item.code.in_(sought)))
    return {item.code: item for item in found}


def existing_codes(account: AccountId, session: Session, codes: Iterable[int]) -> set[int]:
    """Those of these codes that items have."""
    sought = {code for code in codes if 0 < code < 2**31}
    return set(session.scalars(sa.select(Item.code).where(Item.account_id == account, Item.code.in_(sought))))


def owners_of_barcodes(account: AccountId, session: Session, keys: Iterable[str]) -> dict[str, int]:
    """Which item has each of these barcodes."""
    rows = session.execute(
        sa.select(Barcode.key, Barcode.code).where(Barcode.account_id == account, Barcode.key.in_(set(keys)))
    )
    return {row.key: row.code for row in rows}


def move_barcodes(account: AccountId, session: Session, dropped: set[str], added: dict[str, int]) -> None:
    """Take barcodes from items, then give barcodes to items."""
    if dropped:
        session.execute(sa.delete(Barcode).where(Barcode.account_id == account, Barcode.key.in_(dropped)))
    if added:
        session.execute(
            sa.insert(Barcode), [{"account_id": account, "key": key, "code": code} for key, code in added.items()]
        )


def bury_items(account: AccountId, session: Session, codes: set[int], revision: int) -> None:
    """Remove items and keep their codes for deltas."""
    session.execute(sa.delete(Item).where(Item.account_id == account, Item.code.in_(codes)))
    rows = [{"account_id": account, "code": code, "removed_revision": revision} for code in sorted(codes)]
    session.execute(insert(RemovedItem), rows)


def unbury_codes(account: AccountId, session: Session, codes: set[int]) -> None:
    """The codes are in use again."""
    session.execute(sa.delete(RemovedItem).where(RemovedItem.account_id == account, RemovedItem.code.in_(codes)))


def refresh_search(account: AccountId, session: Session, codes: set[int]) -> None:
    """Bring the searchable copy of these items up to date."""
    session.execute(sa.delete(ItemSearch).where(ItemSearch.account_id == account, ItemSearch.code.in_(codes)))
    fresh = sa.select(Item.account_id, Item.code, SEARCH).where(Item.account_id == account, Item.code.in_(codes))
    session.execute(sa.insert(ItemSearch).from_select(["account_id", "code", "search"], fresh))


def renew_search(account: AccountId, session: Session) -> None:
    """Bring the whole searchable copy up to the present revision. Runs beside edits; the last statement waits for one.

    Items changed after the revision was read may get in as well; they are taken again the next time.
    """
    base = session.execute(
        sa.select(GoodsBase.revision, GoodsBase.search_revision).where(GoodsBase.account_id == account)
    ).one()
    # Those that are gone are told by RemovedItem. Sought by what is not in the base, they would cost a large new base
    # minutes: of an account that the planner has not heard of yet it compares every copy with every item.
    gone = sa.select(RemovedItem.code).where(
        RemovedItem.account_id == account, RemovedItem.removed_revision > base.search_revision
    )
    session.execute(sa.delete(ItemSearch).where(ItemSearch.account_id == account, ItemSearch.code.in_(gone)))
    fresh = sa.select(Item.account_id, Item.code, SEARCH).where(
        Item.account_id == account, Item.changed_revision > base.search_revision
    )
    copy = insert(ItemSearch).from_select(["account_id", "code", "search"], fresh)
    session.execute(
        copy.on_conflict_do_update(
            index_elements=["account_id", "code"],
            set_={"search": copy.excluded.search},
            where=ItemSearch.search != copy.excluded.search,
        )
    )
    session.execute(sa.update(GoodsBase).where(GoodsBase.account_id == account).values(search_revision=base.revision))
