"""Items of one change set on their way through memory: read once, each change checked on its own, written once."""

from collections.abc import Callable
from typing import Any

from services.catalog.domain.barcodes import barcode_key
from services.catalog.domain.fiscal_words import FULL_PAYMENT
from services.catalog.domain.item_rules import check_code, check_draft, check_marked
from services.catalog.domain.names import short_name_of
from services.catalog.models import Item
from services.catalog.repository.free_codes import free_codes
from services.catalog.repository.groups import all_groups
from services.catalog.repository.history import HISTORY_COLUMNS, add_history
from services.catalog.repository.items import (
    bury_items,
    get_items,
    move_barcodes,
    owners_of_barcodes,
    unbury_codes,
)
from services.catalog.use_cases.base_changes import BaseChange
from services.catalog.use_cases.told_values import as_read, item_values
from services.chassis.journal import changed, count_more
from services.contracts.catalog import BarcodeTaken, CodeTaken, ItemDraft, TooManyItems
from services.contracts.journal import CHANGES_TOLD
from services.contracts.refusals import FieldError, Invalid, NotFound, Stale

DefaultTax = Callable[[], int]  # the account's «НДС по умолчанию»; raises DefaultTaxCodeMissing


class ItemBatch:
    """Items of one change set, read once, checked and changed in memory, written once."""

    def __init__(
        self, change: BaseChange, codes: set[int], keys: set[str], default_tax: DefaultTax, adding: int
    ) -> None:
        self._change = change
        self._default_tax = default_tax
        account, session = change.account, change.session
        self.items = get_items(account, session, codes)
        self._owners = owners_of_barcodes(account, session, keys)
        self._groups = {str(group.group_id): group.name for group in all_groups(account, session)}
        self._free = free_codes(account, session, change.base, adding + len(codes)) if adding else []
        self._codes_wanted = codes
        self._dropped: set[str] = set()
        self._added: dict[str, int] = {}
        self.created: set[int] = set()
        self.changed: set[int] = set()
        self.removed: set[int] = set()
        self._was: dict[int, dict[str, Any]] = {}  # of changed and removed items, the fields that were different
        self._gone: dict[int, Item] = {}
        self._no_price_delta = 0

    def add(self, code: int | None, draft: ItemDraft) -> Item:
        """A new item. Refuses with Invalid, CodeTaken, BarcodeTaken, TooManyItems."""
        if code is not None:
            check_code(code)
            if code in self.items:
                raise CodeTaken(code=code)
        values = check_draft(draft, is_new=True).values
        limit = self._change.limits.items
        if self._change.base.items + len(self.created) - len(self.removed) >= limit:
            raise TooManyItems(limit=limit)
        self._check_groups(values)
        check_marked(values.get("marked", False), values.get("type_code", 1))
        if code is None:
            code = next(free for free in self._free if free not in self.items and free not in self._codes_wanted)
        self._check_barcodes(values.get("barcodes", []), code)
        item = self._new_item(code, values)
        self._give_barcodes(code, "", item.barcodes)
        self.items[code] = item
        if item.price is None:
            self._no_price_delta += 1
        self.created.add(code)
        return item

    def _new_item(self, code: int, values: dict[str, Any]) -> Item:
        short_name = values.get("short_name")
        return Item(
            account_id=self._change.account,
            code=code,
            name=values["name"],
            short_name=short_name or short_name_of(values["name"]),
            short_name_edited=bool(short_name),
            price=values.get("price"),
            barcodes=" ".join(values.get("barcodes", [])),
            groups=values.get("groups", []),
            article=values.get("article", ""),
            tax_code=values["tax_code"] if "tax_code" in values else self._default_tax(),
            type_code=values.get("type_code", 1),
            measure_unit=values.get("measure_unit", 0),
            section=values.get("section", 1),
            marked=values.get("marked", False),
            undivided=values.get("undivided", values.get("measure_unit", 0) == 0),
            tax_system=values.get("tax_system"),
            blocked=values.get("blocked", False),
            payment_method=values.get("payment_method", FULL_PAYMENT),
            agent=values.get("agent"),
            excise=values.get("excise"),
            country=values.get("country", ""),
            customs_declaration=values.get("customs_declaration", ""),
            marking=values.get("marking", ""),
            alcohol=values.get("alcohol", False),
            volume_ml=values.get("volume_ml"),
            note=values.get("note", ""),
            extra=None,
            changed_revision=self._change.revision,
            version=1,
            changed_at=self._change.now,
        )

    def change(self, code: int, draft: ItemDraft, version: int | None) -> bool:
        """Change an item; False if it is already so. Refuses with Invalid, Stale, BarcodeTaken, NotFound."""
        item = self.items.get(code)
        if item is None:
            raise NotFound(code=code)
        if version is not None and version != item.version:
            raise Stale(version=item.version)
        values = check_draft(draft, is_new=False).values
        self._check_groups(values)
        if "marked" in values or "type_code" in values:
            check_marked(values.get("marked", item.marked), values.get("type_code", item.type_code))
        self._settle_short_name(item, values)
        if "barcodes" in values:
            self._check_barcodes(values["barcodes"], code)
            values["barcodes"] = " ".join(values["barcodes"])
        different = {field: value for field, value in values.items() if getattr(item, field) != value}
        if not different:
            return False
        if "barcodes" in different:
            self._give_barcodes(code, item.barcodes, different["barcodes"])
        if "price" in different:
            self._no_price_delta += (different["price"] is None) - (item.price is None)
        if code not in self.created:
            was = self._was.setdefault(code, {})
            for field in different:
                was.setdefault(field, getattr(item, field))
        for field, value in different.items():
            setattr(item, field, value)
        if code not in self.created:
            if code not in self.changed:
                item.version += 1
            self.changed.add(code)
        item.changed_revision = self._change.revision
        item.changed_at = self._change.now
        return True

    @staticmethod
    def _settle_short_name(item: Item, values: dict[str, Any]) -> None:
        """A short name somebody wrote stays until it is cleared; one made from the name follows the name."""
        if values.get("short_name"):
            if values["short_name"] != item.short_name:
                values["short_name_edited"] = True
            return
        cleared = "short_name" in values
        values.pop("short_name", None)
        if cleared or (not item.short_name_edited and "name" in values):
            values["short_name"] = short_name_of(values.get("name", item.name))
            values["short_name_edited"] = False

    def remove(self, code: int) -> bool:
        """Remove an item; False if there is none."""
        item = self.items.pop(code, None)
        if item is None:
            return False
        self._give_barcodes(code, item.barcodes, "")
        if item.price is None:
            self._no_price_delta -= 1
        if code in self.created:
            self.created.discard(code)
        else:
            self.changed.discard(code)
            self.removed.add(code)
            self._gone[code] = item
            self._change.session.expunge(item)
        return True

    def write(self, source: str = "edit", note: str = "", undoes: int | None = None) -> int | None:
        """Write it all and close the change set; None if nothing changed."""
        if not (self.created or self.changed or self.removed):
            return None
        account, session = self._change.account, self._change.session
        session.flush()
        move_barcodes(account, session, self._dropped, self._added)
        if self.removed:
            bury_items(account, session, self.removed, self._change.revision)
        if self.created:
            unbury_codes(account, session, self.created)
            session.add_all(self.items[code] for code in self.created)
        add_history(account, session, self._change.revision, self._befores())
        self._tell()
        return self._change.close(
            source,
            note=note,
            undoes=undoes,
            created=len(self.created),
            changed=len(self.changed),
            removed=len(self.removed),
            no_price_delta=self._no_price_delta,
            search_codes=self.created | self.changed | self.removed,
        )

    def _befores(self) -> dict[int, dict[str, Any] | None]:
        """How each touched item was; None: it was not there."""
        befores: dict[int, dict[str, Any] | None] = dict.fromkeys(self.created)
        for code in (*self.changed, *self.removed):
            item, was = self._gone[code] if code in self.removed else self.items[code], self._was.get(code, {})
            befores[code] = {field: was[field] if field in was else getattr(item, field) for field in HISTORY_COLUMNS}
        return befores

    def _tell(self) -> None:
        """Tell the journal of the first CHANGES_TOLD items, and how many more there were."""
        account, session = self._change.account, self._change.session
        touched = [*sorted(self.created), *sorted(self.changed), *sorted(self.removed - self.created)]
        for code in touched[:CHANGES_TOLD]:
            before, after = self._before_and_after(code)
            named = self.items.get(code) or self._gone[code]
            changed(session, account, "item", str(code), named.name, before, after)
        count_more(session, account, len(touched) - CHANGES_TOLD)

    def _before_and_after(self, code: int) -> tuple[dict[str, Any] | None, dict[str, Any] | None]:
        was = self._was.get(code, {})
        if code in self.changed:
            item = self.items[code]
            now = {field: getattr(item, field) for field in was}
            return as_read(was, self._groups), as_read(now, self._groups)
        before = after = None
        if code in self.removed:
            before = {**item_values(self._gone[code], self._groups), **as_read(was, self._groups)}
        if code in self.created:
            after = item_values(self.items[code], self._groups)
        return before, after

    def _check_groups(self, values: dict[str, Any]) -> None:
        unknown = set(values.get("groups", [])) - self._groups.keys()
        if unknown:
            raise Invalid((FieldError("groups", "unknown_item_group", {"group": min(unknown)[:36]}),))

    def _check_barcodes(self, barcodes: list[str], code: int) -> None:
        for barcode in barcodes:
            owner = self._owners.get(barcode_key(barcode))
            if owner is not None and owner != code:
                raise BarcodeTaken(barcode=barcode, item=owner)

    def _give_barcodes(self, code: int, before: str, after: str) -> None:
        old = {barcode_key(barcode) for barcode in before.split()}
        new = {barcode_key(barcode) for barcode in after.split()}
        for key in old - new:
            self._owners.pop(key, None)
            if self._added.pop(key, None) is None:
                self._dropped.add(key)
        for key in new - old:
            self._owners[key] = code
            self._added[key] = code
