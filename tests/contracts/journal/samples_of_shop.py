"""Samples of the writing methods of registers and goods."""

from datetime import UTC, datetime, timedelta

from services.contracts.bulk import BulkItemsRpc, ItemChange
from services.contracts.bulk_changes import BlockedChange, BulkChangesRpc, Selection
from services.contracts.catalog import CatalogRpc, ItemDraft
from services.contracts.imports import ImportsRpc
from services.contracts.registers import ExchangeKind, NewExchange, NewRegister, RegisterChanges, RegistersRpc
from services.contracts.revisions import RevisionsRpc
from services.contracts.schedules import SchedulesRpc
from services.contracts.values import ItemCode, ScheduleId
from tests.contracts.journal.registry import SAMPLES, new, sample
from tests.contracts.journal.walk import Expected, Walk

# --- registers


@sample(RegistersRpc.add_register)
def _(walk: Walk) -> Expected:
    walk.call(RegistersRpc.add_register, walk.alice, NewRegister(new("Касса")))
    return walk.by(walk.alice, "register")


@sample(RegistersRpc.change_register)
def _(walk: Walk) -> Expected:
    register = walk.new_register()
    walk.call(RegistersRpc.change_register, walk.alice, register.id, RegisterChanges(price_percent=90), None)
    return walk.by(walk.alice, "register")


@sample(RegistersRpc.remove_register)
def _(walk: Walk) -> Expected:
    walk.call(RegistersRpc.remove_register, walk.alice, walk.new_register().id)
    return walk.by(walk.alice, "register")


@sample(RegistersRpc.renew_kkt_id)
def _(walk: Walk) -> Expected:
    walk.call(RegistersRpc.renew_kkt_id, walk.alice, walk.new_register().id)
    return walk.by(walk.alice, "register")


@sample(RegistersRpc.allow_rebinding)
def _(walk: Walk) -> Expected:
    register = walk.new_register()
    walk.connect(register)
    walk.call(RegistersRpc.allow_rebinding, walk.alice, register.id)
    return walk.by(walk.alice, "register")


@sample(RegistersRpc.add_group)
def _(walk: Walk) -> Expected:
    walk.call(RegistersRpc.add_group, walk.alice, new("Зал"))
    return walk.by(walk.alice, "register_group")


@sample(RegistersRpc.rename_group)
def _(walk: Walk) -> Expected:
    group = walk.call(RegistersRpc.add_group, walk.alice, new("Зал"))
    walk.call(RegistersRpc.rename_group, walk.alice, group.id, new("Склад"), None)
    return walk.by(walk.alice, "register_group")


@sample(RegistersRpc.remove_group)
def _(walk: Walk) -> Expected:
    group = walk.call(RegistersRpc.add_group, walk.alice, new("Зал"))
    walk.call(RegistersRpc.remove_group, walk.alice, group.id)
    return walk.by(walk.alice, "register_group")


@sample(RegistersRpc.start_exchange)
def _(walk: Walk) -> Expected:
    walk.call(RegistersRpc.start_exchange, walk.alice, walk.new_register().id, NewExchange(ExchangeKind.TEST))
    return walk.by(walk.alice, "exchange")


@sample(RegistersRpc.cancel_exchange)
def _(walk: Walk) -> Expected:
    register = walk.new_register()
    exchange = walk.call(RegistersRpc.start_exchange, walk.alice, register.id, NewExchange(ExchangeKind.TEST))
    walk.call(RegistersRpc.cancel_exchange, walk.alice, exchange.id)
    return walk.by(walk.alice, "exchange")


def _open_link(walk: Walk) -> Expected:
    register = walk.new_register()
    walk.connect(register)
    account = walk.alice.account
    return Expected(account, "register", register.name, register.id, what="register_bound", thing="register")


SAMPLES["LinksRpc.open_link"] = _open_link


# --- goods


@sample(CatalogRpc.add_item)
def _(walk: Walk) -> Expected:
    walk.call(CatalogRpc.add_item, walk.alice, None, ItemDraft(name="Сыр", price=100))
    return walk.by(walk.alice, "item")


@sample(CatalogRpc.change_item)
def _(walk: Walk) -> Expected:
    item = walk.call(CatalogRpc.add_item, walk.alice, None, ItemDraft(name="Сыр", price=100))
    walk.call(CatalogRpc.change_item, walk.alice, item.code, ItemDraft(price=200), None)
    return walk.by(walk.alice, "item")


@sample(CatalogRpc.remove_items)
def _(walk: Walk) -> Expected:
    item = walk.call(CatalogRpc.add_item, walk.alice, None, ItemDraft(name="Сыр", price=100))
    walk.call(CatalogRpc.remove_items, walk.alice, (item.code,))
    return walk.by(walk.alice, "item")


@sample(CatalogRpc.put_in_groups)
def _(walk: Walk) -> Expected:
    item = walk.call(CatalogRpc.add_item, walk.alice, None, ItemDraft(name="Сыр", price=100))
    group = walk.call(CatalogRpc.add_item_group, walk.alice, new("Молочное"), None)
    walk.call(CatalogRpc.put_in_groups, walk.alice, (item.code,), (group.id,), ())
    return walk.by(walk.alice, "item")


@sample(BulkItemsRpc.change_items)
def _(walk: Walk) -> Expected:
    draft = ItemDraft(name="Сыр", price=100)
    walk.call(BulkItemsRpc.change_items, walk.alice, (ItemChange(1, draft=draft), ItemChange(2, draft=draft)))
    return walk.by(walk.alice, "item")


@sample(BulkChangesRpc.apply_bulk_change)
def _(walk: Walk) -> Expected:
    item = walk.call(CatalogRpc.add_item, walk.alice, None, ItemDraft(name="Сыр", price=100))
    walk.call(BulkChangesRpc.apply_bulk_change, walk.alice, Selection(codes=(item.code,)), BlockedChange(True))
    return walk.by(walk.alice, "item")


def _scheduled(walk: Walk) -> ScheduleId:
    item = walk.call(CatalogRpc.add_item, walk.alice, None, ItemDraft(name="Сыр", price=100))
    later = datetime.now(UTC) + timedelta(days=1)
    chosen = Selection(codes=(item.code,))
    return walk.call(SchedulesRpc.schedule_bulk_change, walk.alice, chosen, BlockedChange(True), later).id


@sample(SchedulesRpc.schedule_bulk_change)
def _(walk: Walk) -> Expected:
    _scheduled(walk)
    return walk.by(walk.alice, "schedule")


@sample(SchedulesRpc.schedule_import_prices)
def _(walk: Walk) -> Expected:
    in_the_file = ItemChange(1, ItemCode(881_001), draft=ItemDraft(name="Сыр", price=1))
    walk.call(BulkItemsRpc.change_items, walk.alice, (in_the_file,))
    later = datetime.now(UTC) + timedelta(days=1)
    walk.call(SchedulesRpc.schedule_import_prices, walk.alice, walk.new_preview().id, later)
    return walk.by(walk.alice, "schedule")


@sample(SchedulesRpc.cancel_schedule)
def _(walk: Walk) -> Expected:
    walk.call(SchedulesRpc.cancel_schedule, walk.alice, _scheduled(walk))
    return walk.by(walk.alice, "schedule")


@sample(RevisionsRpc.undo_revision)
def _(walk: Walk) -> Expected:
    item = walk.call(CatalogRpc.add_item, walk.alice, None, ItemDraft(name="Сыр", price=100))
    made = walk.call(CatalogRpc.change_item, walk.alice, item.code, ItemDraft(price=200), None).changed_revision
    walk.call(RevisionsRpc.undo_revision, walk.alice, made)
    return walk.by(walk.alice, "item")


@sample(RevisionsRpc.restore_items)
def _(walk: Walk) -> Expected:
    item = walk.call(CatalogRpc.add_item, walk.alice, None, ItemDraft(name="Сыр", price=100))
    walk.call(CatalogRpc.remove_items, walk.alice, (item.code,))
    walk.call(RevisionsRpc.restore_items, walk.alice, (item.code,))
    return walk.by(walk.alice, "item")


@sample(CatalogRpc.add_item_group)
def _(walk: Walk) -> Expected:
    walk.call(CatalogRpc.add_item_group, walk.alice, new("Молочное"), None)
    return walk.by(walk.alice, "item_group")


@sample(CatalogRpc.change_item_group)
def _(walk: Walk) -> Expected:
    group = walk.call(CatalogRpc.add_item_group, walk.alice, new("Молочное"), None)
    walk.call(CatalogRpc.change_item_group, walk.alice, group.id, new("Сыры"), None, None)
    return walk.by(walk.alice, "item_group")


@sample(CatalogRpc.remove_item_group)
def _(walk: Walk) -> Expected:
    group = walk.call(CatalogRpc.add_item_group, walk.alice, new("Молочное"), None)
    walk.call(CatalogRpc.remove_item_group, walk.alice, group.id)
    return walk.by(walk.alice, "item_group")


@sample(ImportsRpc.start_import)
def _(walk: Walk) -> Expected:
    walk.new_import(dry_run=False)
    return walk.by(walk.alice, "import")


@sample(ImportsRpc.apply_import)
def _(walk: Walk) -> Expected:
    walk.call(ImportsRpc.apply_import, walk.alice, walk.new_preview().id, False)
    return walk.by(walk.alice, "import")


@sample(ImportsRpc.cancel_import)
def _(walk: Walk) -> Expected:
    walk.call(ImportsRpc.cancel_import, walk.alice, walk.new_preview().id)
    return walk.by(walk.alice, "import")
