"""One change of many items: looked at first, then made as one revision."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

import msgspec
from sqlalchemy.orm import Session

from services.catalog.domain.bulk_rules import TAXES_TO_22, check_change, check_selection
from services.catalog.domain.price_rules import rule_of, set_price
from services.catalog.models import Item
from services.catalog.repository import bulk_changes as rows
from services.catalog.repository.base import get_base
from services.catalog.repository.groups import all_groups
from services.catalog.repository.items import matching
from services.catalog.use_cases.base_changes import SEARCH_AT_ONCE, BaseChange
from services.catalog.use_cases.items import wanted_of
from services.catalog.use_cases.told_values import as_read, item_values
from services.chassis.journal import changed, count_more
from services.contracts.bulk_changes import (
    CODES_SHOWN,
    ROWS_SHOWN,
    BlockedChange,
    BulkChange,
    BulkDone,
    BulkPreview,
    ChangedItem,
    GroupsChange,
    PriceChange,
    PriceChangeKind,
    SectionChange,
    Selection,
    Skipped,
    TaxChange,
    TaxCount,
    TaxTo22,
)
from services.contracts.journal import CHANGES_TOLD
from services.contracts.refusals import FieldError, Invalid, Stale
from services.contracts.values import AccountId, ItemCode, ItemGroupId

CODE_MAX = 2**31 - 1
BULK, VAT, SCHEDULE = "bulk", "vat", "schedule"  # sources of revisions
SHOWN_OF_REMOVED = ("price", "groups")  # of an item that leaves the base, in a preview


def preview(account: AccountId, session: Session, selection: Selection, change: BulkChange) -> BulkPreview:
    """What a change would do. Refuses with Invalid, NotFound (the group of a query)."""
    base = get_base(account, session)  # before all else: what is seen further on is not older than this
    names = _group_names(account, session)
    staged, counted = _stage(account, session, selection, change, names)
    first = rows.changes_of(account, session, staged, ROWS_SHOWN, jumps_first=True)
    return BulkPreview(
        base_revision=0 if base is None else base.revision,
        matched=counted.matched,
        changed=counted.changed,
        unchanged=counted.matched - counted.changed - counted.skipped,
        skipped=_skipped(account, session),
        jumps=counted.jumps,
        first=tuple(_changed_item(staged, *row) for row in first),
    )


def apply(
    account: AccountId,
    session: Session,
    author: str,
    selection: Selection,
    change: BulkChange,
    seen_revision: int | None,
    seen_matched: int | None,
    now: datetime,
) -> BulkDone:
    """Make the change. Refuses with Invalid, NotFound (the group of a query), Stale, Busy."""
    made = BaseChange(account, session, author, now)
    names = _group_names(account, session)
    staged, counted = _stage(account, session, selection, change, names)
    _check_seen(counted, seen_revision, seen_matched, made.base.revision)
    revision = None
    if counted.changed:
        revision = write_staged(made, staged, counted, _source(change), _note(change, names))
    unchanged = counted.matched - counted.changed - counted.skipped
    return BulkDone(revision, counted.matched, counted.changed, unchanged, _skipped(account, session))


class StagedChange(NamedTuple):
    """A change as it stands in the table `bulk`, and what revisions say of it."""

    staged: rows.Staged
    field: str
    source: str
    note: str


def stage_seen(
    account: AccountId,
    session: Session,
    selection: Selection,
    change: BulkChange,
    seen_revision: int | None,
    seen_matched: int | None,
) -> StagedChange:
    """Work a change of a field out without making it. Refuses with Invalid, NotFound, Stale."""
    base = get_base(account, session)
    names = _group_names(account, session)
    staged, counted = _stage(account, session, selection, change, names)
    if staged.column is None:
        raise Invalid((FieldError("change", "not_later"),))
    _check_seen(counted, seen_revision, seen_matched, 0 if base is None else base.revision)
    return StagedChange(staged, staged.column, _source(change), _note(change, names))


def _check_seen(counted: rows.Counted, seen_revision: int | None, seen_matched: int | None, revision: int) -> None:
    changed_since = seen_revision is not None and counted.newest > seen_revision
    if changed_since or seen_matched not in (None, counted.matched):
        raise Stale(version=revision)


def _source(change: BulkChange) -> str:
    return VAT if isinstance(change, TaxTo22) else BULK


def count_tax_codes(account: AccountId, session: Session) -> tuple[TaxCount, ...]:
    """How many items have each VAT that occurs."""
    return tuple(TaxCount(*row) for row in rows.count_taxes(account, session))


def _stage(
    account: AccountId, session: Session, selection: Selection, change: BulkChange, names: Mapping[str, str]
) -> tuple[rows.Staged, rows.Counted]:
    """Select the items and put beside each what it would be."""
    check_selection(selection)
    check_change(change)
    query = selection.matching
    if query is None:
        rows.select_codes(account, session, {int(code) for code in selection.codes if 0 < code <= CODE_MAX})
    else:
        rows.select_found(account, session, matching(account, wanted_of(account, session, query), CODE_MAX))
    staged = _stage_change(account, session, change, names)
    return staged, rows.count_bulk(account, session, staged)


def _stage_change(account: AccountId, session: Session, change: BulkChange, names: Mapping[str, str]) -> rows.Staged:
    match change:
        case PriceChange(how=PriceChangeKind.SET):
            return rows.stage_value(account, session, "price", set_price(change))
        case PriceChange():
            return rows.stage_prices(account, session, rule_of(change))
        case TaxChange():
            return rows.stage_value(account, session, "tax_code", change.tax_code)
        case TaxTo22():
            return rows.stage_taxes(account, session, TAXES_TO_22)
        case GroupsChange():
            put, take = _known("put", change.put, names), _known("take", change.take, names)
            return rows.stage_groups(account, session, put, take)
        case BlockedChange():
            return rows.stage_value(account, session, "blocked", change.blocked)
        case SectionChange():
            return rows.stage_value(account, session, "section", change.section)
        case _:
            return rows.stage_removal(account, session)


def _known(field: str, groups: tuple[ItemGroupId, ...], names: Mapping[str, str]) -> list[str]:
    """Groups of the account. Raises Invalid naming one that is not."""
    ids = sorted({group.lower() for group in groups})
    unknown = [group for group in ids if group not in names]
    if unknown:
        raise Invalid((FieldError(field, "unknown_item_group", {"group": unknown[0][:36]}),))
    return ids


def _group_names(account: AccountId, session: Session) -> dict[str, str]:
    return {str(group.group_id): group.name for group in all_groups(account, session)}


def _skipped(account: AccountId, session: Session) -> tuple[Skipped, ...]:
    found = rows.count_reasons(account, session, CODES_SHOWN)
    return tuple(Skipped(reason, items, tuple(map(ItemCode, first))) for reason, items, first in found)


def _changed_item(staged: rows.Staged, item: Item, fresh: Any, jump: bool) -> ChangedItem:
    code = ItemCode(item.code)
    if staged.column is None:
        shown = {field: _told(getattr(item, field)) for field in SHOWN_OF_REMOVED}
        return ChangedItem(code, item.name, shown, None, jump)
    was = _told(getattr(item, staged.column))
    return ChangedItem(code, item.name, {staged.column: was}, {staged.column: _told(fresh)}, jump)


def _told(value: Any) -> Any:
    return [str(group) for group in value] if isinstance(value, list) else value


def write_staged(made: BaseChange, staged: rows.Staged, counted: rows.Counted, source: str, note: str) -> int:
    """Put what stands in the table `bulk` into the base; returns the new revision."""
    account, session = made.account, made.session
    _tell(made, staged, counted, _group_names(account, session))
    removing = staged.column is None
    search_codes: set[int] | None = set()  # nothing that items are searched by changes, unless they go
    if removing:
        search_codes = rows.all_codes(account, session) if counted.changed <= SEARCH_AT_ONCE else None
    rows.write_bulk(account, session, staged, made.revision, made.now)
    return made.close(
        source,
        changed=0 if removing else counted.changed,
        removed=counted.changed if removing else 0,
        no_price_delta=counted.no_price,
        search_codes=search_codes,
        note=note,
    )


def _tell(made: BaseChange, staged: rows.Staged, counted: rows.Counted, names: Mapping[str, str]) -> None:
    """Tell the journal of the first CHANGES_TOLD items, and how many more there are."""
    account, session = made.account, made.session
    for item, fresh, _jump in rows.changes_of(account, session, staged, CHANGES_TOLD):
        if staged.column is None:
            before, after = item_values(item, names), None
        else:
            before = as_read({staged.column: getattr(item, staged.column)}, names)
            after = as_read({staged.column: fresh}, names)
        changed(session, account, "item", str(item.code), item.name, before, after)
    count_more(session, account, counted.changed - CHANGES_TOLD)


def _note(change: BulkChange, names: Mapping[str, str]) -> str:
    """The change as JSON; item groups by name, for they may be gone when it is read."""
    told = msgspec.to_builtins(change)
    for field in ("put", "take"):
        if field in told:
            told[field] = [names[str(group).lower()] for group in told[field]]
    return msgspec.json.encode(told).decode()
