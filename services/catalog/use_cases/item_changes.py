"""Changes of items by hand or by a program: one or many in one change set, each row checked on its own."""

from datetime import datetime

import msgspec
from sqlalchemy.orm import Session

from services.catalog.domain.barcodes import barcode_key
from services.catalog.domain.cells import CellError
from services.catalog.domain.item_rules import barcodes_in
from services.catalog.models import Item
from services.catalog.repository.items import existing_codes
from services.catalog.use_cases.base_changes import BaseChange
from services.catalog.use_cases.item_batch import DefaultTax, ItemBatch
from services.contracts.bulk import MAX_BULK, ItemChange, ItemOutcome
from services.contracts.catalog import DefaultTaxCodeMissing, ItemDraft
from services.contracts.refusals import Busy, FieldError, Invalid, Refusal
from services.contracts.values import AccountId, ItemCode, ItemGroupId


def _draft_keys(draft: ItemDraft) -> set[str]:
    """What the barcodes of a draft may be compared by; wrong ones are refused later, by the draft's check."""
    if draft.barcodes is msgspec.UNSET:
        return set()
    return {barcode_key(barcode) for text in draft.barcodes for barcode in _readable(text)}


def _readable(text: str) -> tuple[str, ...]:
    try:
        return barcodes_in(text)
    except CellError:
        return ()


def add_item(
    account: AccountId,
    session: Session,
    author: str,
    code: ItemCode | None,
    draft: ItemDraft,
    default_tax: DefaultTax,
    now: datetime,
) -> Item:
    """A new item; without a code it gets the lowest free one."""
    default_tax = asked_already(default_tax) if draft.tax_code is msgspec.UNSET else _no_default_tax
    change = BaseChange(account, session, author, now)
    codes = set() if code is None else {int(code)}
    batch = ItemBatch(change, codes, _draft_keys(draft), default_tax, adding=1)
    item = batch.add(code, draft)
    batch.write()
    return item


def change_item(
    account: AccountId,
    session: Session,
    author: str,
    code: ItemCode,
    draft: ItemDraft,
    version: int | None,
    now: datetime,
) -> Item:
    """Change an item; an edit that changes nothing makes no revision."""
    change = BaseChange(account, session, author, now)
    batch = ItemBatch(change, {int(code)}, _draft_keys(draft), _no_default_tax, adding=0)
    batch.change(code, draft, version)
    batch.write()
    return batch.items[code]


def remove_items(account: AccountId, session: Session, author: str, codes: tuple[ItemCode, ...], now: datetime) -> int:
    """Remove items; returns how many there were."""
    check_many(len(codes))
    change = BaseChange(account, session, author, now)
    batch = ItemBatch(change, {int(code) for code in codes}, set(), _no_default_tax, adding=0)
    removed = sum(batch.remove(code) for code in dict.fromkeys(codes))
    batch.write()
    return removed


def put_in_groups(
    account: AccountId,
    session: Session,
    author: str,
    codes: tuple[ItemCode, ...],
    add: tuple[str, ...],
    remove: tuple[str, ...],
    now: datetime,
) -> int:
    """Set and clear group flags of items; returns how many changed. Refuses with Invalid, NotFound (a group)."""
    check_many(len(codes))
    change = BaseChange(account, session, author, now)
    batch = ItemBatch(change, {int(code) for code in codes}, set(), _no_default_tax, adding=0)
    changed = 0
    for code in dict.fromkeys(codes):
        item = batch.items.get(code)
        if item is not None:
            groups = (set(map(str, item.groups)) | set(add)) - set(remove)
            changed += batch.change(code, ItemDraft(groups=tuple(map(ItemGroupId, sorted(groups)))), None)
    batch.write("groups")
    return changed


def change_items(
    account: AccountId,
    session: Session,
    author: str,
    changes: tuple[ItemChange, ...],
    default_tax: DefaultTax,
    now: datetime,
) -> tuple[ItemOutcome, ...]:
    """Many rows in one change set, in their order; a refused row changes nothing and stops no other.

    Refuses as a whole with Invalid, DefaultTaxCodeMissing, Busy.
    """
    check_many(len(changes))
    codes = {int(row.code) for row in changes if row.code is not None and abs(row.code) < 2**31}
    staying = existing_codes(account, session, codes) - {row.code for row in changes if row.removed}
    may_need_tax = any(row.code not in staying and _without_tax(row) for row in changes)
    default_tax = asked_already(default_tax) if may_need_tax else _not_asked
    change = BaseChange(account, session, author, now)
    keys = {key for row in changes for key in _draft_keys(row.draft)}
    batch = ItemBatch(change, codes, keys, default_tax, adding=sum(row.code is None for row in changes))
    outcomes = tuple(_outcome(batch, row) for row in changes)
    batch.write()
    return outcomes


def _outcome(batch: ItemBatch, row: ItemChange) -> ItemOutcome:
    try:
        if row.removed:
            if row.code is None:
                raise Invalid((FieldError("code", "required"),))
            return ItemOutcome(row.row, "removed" if batch.remove(row.code) else "absent", row.code)
        if row.code is not None and row.code in batch.items:
            changed = batch.change(row.code, row.draft, None)
            return ItemOutcome(row.row, "changed" if changed else "unchanged", row.code)
        return ItemOutcome(row.row, "created", ItemCode(batch.add(row.code, row.draft).code))
    except (DefaultTaxCodeMissing, Busy):
        raise
    except Refusal as refusal:
        return ItemOutcome(row.row, "refused", row.code, refusal.code, refusal.params, refusal.errors)


def _without_tax(row: ItemChange) -> bool:
    return not row.removed and row.draft.tax_code is msgspec.UNSET


def asked_already(default_tax: DefaultTax) -> DefaultTax:
    """The same answer, but asked for now: no other room is asked while a base is locked.

    That no tax code was chosen is told only when a new item turns out to need one.
    """
    try:
        tax_code = default_tax()
    except DefaultTaxCodeMissing:
        return _no_tax_chosen
    return lambda: tax_code


def _no_tax_chosen() -> int:
    raise DefaultTaxCodeMissing()


def _not_asked() -> int:
    """Every such row changed an item just now; one of them was removed before the base was locked."""
    raise Busy(retry_after=1)


def check_many(count: int) -> None:
    """Raises Invalid when one call wants too much."""
    if count > MAX_BULK:
        raise Invalid((FieldError("", "too_many", {"limit": MAX_BULK}),))


def _no_default_tax() -> int:
    raise RuntimeError("only new items need the default tax code")
