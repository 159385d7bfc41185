"""Looking at items: pages, single ones, the base in a line."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from services.catalog.domain.cursors import decode_cursor, encode_cursor
from services.catalog.domain.group_tree import with_descendants
from services.catalog.domain.search_words import search_patterns
from services.catalog.repository.base import count_groups, get_base
from services.catalog.repository.groups import all_groups
from services.catalog.repository.items import SORTS, Wanted, count_matching, doubts_of, get_items, matching, page_items
from services.catalog.use_cases.views import item_view
from services.contracts.catalog import BaseStatus, ItemQuery, ItemsPage, ItemView
from services.contracts.refusals import FieldError, Invalid, NotFound
from services.contracts.values import MAX_PAGE, AccountId, ItemCode

NO_GROUP = "none"
_SORT_TYPES: dict[str, tuple[Any, ...]] = {
    "code": (int,),
    "name": (str, int),
    "price": (int, int),
    "changed": (datetime, int),
}


def base_status(account: AccountId, session: Session) -> BaseStatus:
    """The goods base in a line."""
    base = get_base(account, session)
    groups = count_groups(account, session)
    if base is None:
        return BaseStatus(revision=0, items=0, no_price=0, groups=groups, changed_at=None)
    return BaseStatus(base.revision, base.items, base.no_price, groups, base.changed_at)


def get_item(account: AccountId, session: Session, code: ItemCode) -> ItemView:
    """One item. Refuses with NotFound."""
    item = get_items(account, session, [code]).get(code) if 0 < code < 2**31 else None
    if item is None:
        raise NotFound(code=code)
    return item_view(item)


def page(account: AccountId, session: Session, query: ItemQuery) -> ItemsPage:
    """A page of the items that match. Refuses with Invalid."""
    sort, descending = query.sort.removeprefix("-"), query.sort.startswith("-")
    if sort not in SORTS:
        raise Invalid((FieldError("sort", "unknown"),))
    if not 1 <= query.limit <= MAX_PAGE:
        raise Invalid((FieldError("limit", "out_of_range", {"min": 1, "max": MAX_PAGE}),))
    after = decode_cursor(query.after, *_SORT_TYPES[sort])
    wanted = wanted_of(account, session, query)
    question = matching(account, wanted)
    rows = page_items(account, session, question, sort, descending, after, query.limit)
    following = None
    if len(rows) > query.limit:
        rows.pop()
        item, value = rows[-1]
        if isinstance(value, datetime):
            value = value.isoformat()
        following = encode_cursor(item.code) if sort == "code" else encode_cursor(value, item.code)
    base = get_base(account, session) if wanted.is_everything else None
    found = base.items if base is not None else count_matching(account, session, question)
    told = doubts_of(account, session, [item.code for item, _value in rows]) if query.problem else {}
    doubts = tuple((ItemCode(code), what) for code, what in told.items())
    return ItemsPage(tuple(item_view(item) for item, _value in rows), following, found, doubts)


def wanted_of(account: AccountId, session: Session, query: ItemQuery) -> Wanted:
    """What a query asks for, with the groups inside its groups. Refuses with Invalid, NotFound (the group)."""
    if query.changed_since is not None and query.changed_since.tzinfo is None:
        raise Invalid((FieldError("changed_since", "no_time_zone"),))
    outside = None
    if query.outside is not None:
        parents = {row.group_id: row.parent_id for row in all_groups(account, session)}
        outside = sorted(with_descendants(parents, [str(group) for group in query.outside]))
    return Wanted(
        tuple(search_patterns(query.q)),
        groups_of(account, session, query.group),
        query.no_price,
        outside,
        query.changed_since,
        query.problem,
        query.short_name,
    )


def groups_of(account: AccountId, session: Session, group: str | None) -> list[str] | None:
    """A group with all that stand inside it; [] for «in no group», None for no filter. Refuses with NotFound."""
    if group is None:
        return None
    if group == NO_GROUP:
        return []
    parents = {row.group_id: row.parent_id for row in all_groups(account, session)}
    found = with_descendants(parents, [group])
    if not found:
        raise NotFound(group=group[:36])
    return sorted(found)
