"""A sample call for every method of every Protocol."""

import hashlib
import uuid
from datetime import UTC, datetime, timedelta

from services.contracts.bulk import ItemChange
from services.contracts.bulk_changes import BlockedChange, GroupsChange, Removal, Selection
from services.contracts.catalog import ItemDraft, ItemQuery, PriceListGone
from services.contracts.identity import AccountChanges
from services.contracts.imports import NewImport, UploadIncomplete
from services.contracts.links import EpochOver
from services.contracts.recipe import Recipe
from services.contracts.refusals import Invalid, NotFound
from services.contracts.registers import (
    ExchangeKind,
    ExchangeQuery,
    NewExchange,
    NewRegister,
    RegisterChanges,
    RegisterMode,
    RegisterQuery,
)
from services.contracts.revisions import RemovedQuery
from services.contracts.schedules import NothingToChange
from services.contracts.values import ItemGroupId
from services.contracts.work import Buffered
from tests.contracts.tenancy.sample import Sample, SystemOnly, answered, refused
from tests.contracts.tenancy.samples_of_people import SAMPLES_OF_PEOPLE
from tests.contracts.tenancy.world import Ids


def _recipe(*groups: ItemGroupId) -> Recipe:
    return Recipe(groups, 100, 1, "", "", "", 0)


def _new_import(ids: Ids) -> NewImport:
    return NewImport(ids.upload, 1, 3, hashlib.sha256(b"xyz").hexdigest(), "x.csv")


TOMORROW = datetime.now(UTC) + timedelta(days=1)
_CONSUMERS = "facts go to the other rooms' consumers, which no user reaches"
_SIGN_IN = "before sign-in there is no account; tests/services/identity"
_OPERATOR = "the operator's command line"
_GATEWAY = "a device gateway speaks for many registers, whose accounts it has from open_link"

SAMPLES: dict[str, tuple[Sample, ...] | SystemOnly] = {
    **SAMPLES_OF_PEOPLE,  # before the end of Charlie's session
    "EventLogRpc.events_after": SystemOnly(_CONSUMERS),
    "IdentityRpc.sign_in": SystemOnly(_SIGN_IN),
    "IdentityRpc.authenticate": SystemOnly(_SIGN_IN),
    "IdentityRpc.peek_session": SystemOnly(_SIGN_IN),
    "IdentityRpc.create_account": SystemOnly(_OPERATOR),
    "IdentityRpc.create_first_account": SystemOnly(_OPERATOR),
    "IdentityRpc.end_session": (refused(lambda w, i: (i.session,)),),
    "IdentityRpc.get_account": (answered(lambda w, i: ()),),
    "IdentityRpc.change_account": (answered(lambda w, i: (AccountChanges(idle_minutes=31), None)),),
    "IdentityRpc.change_me": (answered(lambda w, i: ("Чарли", None)),),
    "IdentityRpc.sign_out": (answered(lambda w, i: ()),),
    "IdentityRpc.complete_sign_in": SystemOnly(_SIGN_IN),
    "IdentityRpc.get_usage": (answered(lambda w, i: ()),),
    "RegistersRpc.page_registers": (
        answered(lambda w, i: (RegisterQuery(q="Секрет"),)),
        answered(lambda w, i: (RegisterQuery(group=i.group),)),
    ),
    "RegistersRpc.get_register": (refused(lambda w, i: (i.register,)),),
    "RegistersRpc.fleet_summary": (answered(lambda w, i: ()),),
    "RegistersRpc.get_usage": (answered(lambda w, i: ()),),
    "RegistersRpc.add_register": (refused(lambda w, i: (NewRegister("Касса", groups=(i.group,)),)),),
    "RegistersRpc.change_register": (
        refused(lambda w, i: (i.register, RegisterChanges(name="Моя"), None)),
        refused(lambda w, i: (w.charlies_register.register, RegisterChanges(groups=(i.group,)), None)),
        refused(lambda w, i: (w.charlies_register.register, RegisterChanges(item_groups=(i.item_group,)), None)),
    ),
    "RegistersRpc.remove_register": (refused(lambda w, i: (i.register,)),),
    "RegistersRpc.renew_kkt_id": (refused(lambda w, i: (i.register,)),),
    "RegistersRpc.allow_rebinding": (refused(lambda w, i: (i.register,)),),
    "RegistersRpc.list_groups": (answered(lambda w, i: ()),),
    "RegistersRpc.add_group": (answered(lambda w, i: (f"Зал {uuid.uuid4()}",)),),
    "RegistersRpc.rename_group": (refused(lambda w, i: (i.group, "Моя", None)),),
    "RegistersRpc.remove_group": (refused(lambda w, i: (i.group,)),),
    "RegistersRpc.get_settings": (refused(lambda w, i: (i.register,)),),
    "RegistersRpc.start_exchange": (
        refused(lambda w, i: (i.register, NewExchange(ExchangeKind.LOAD_GOODS))),
        refused(lambda w, i: (i.register, NewExchange(ExchangeKind.TEST))),
    ),
    "RegistersRpc.cancel_exchange": (refused(lambda w, i: (i.exchange,)),),
    "RegistersRpc.get_exchange": (refused(lambda w, i: (i.exchange,)),),
    "RegistersRpc.page_exchanges": (
        answered(lambda w, i: (ExchangeQuery(),)),
        answered(lambda w, i: (ExchangeQuery(register_id=i.register),)),
    ),
    "RegistersRpc.item_filters": (answered(lambda w, i: ()),),
    "RegistersRpc.registers_filtering_by": (Sample(lambda w, i: (i.account, i.item_group), (NotFound,)),),
    "LinksRpc.open_link": SystemOnly(_GATEWAY),
    "LinksRpc.beats": SystemOnly(_GATEWAY),
    "LinksRpc.note_progress": SystemOnly(_GATEWAY),
    "LinksRpc.close_link": (Sample(lambda w, i: (i.upload,), as_their_register=True),),
    "LinksRpc.mode_changed": (
        Sample(lambda w, i: (RegisterMode.SALES,), (NotFound, EpochOver), as_their_register=True),
    ),
    "LinksRpc.due": (Sample(lambda w, i: (), (NotFound, EpochOver), as_their_register=True),),
    "LinksRpc.report": (
        Sample(lambda w, i: (i.exchange, Buffered()), (NotFound, EpochOver), as_their_register=True),
        Sample(lambda w, i: (i.exchange, Buffered()), (NotFound,), as_register=True),
    ),
    "LinksRpc.settings_read": (
        Sample(lambda w, i: (i.exchange, {"a": 1}), (NotFound, EpochOver), as_their_register=True),
        Sample(lambda w, i: (i.exchange, {"a": 1}), as_register=True),
    ),
    "CatalogRpc.base_status": (answered(lambda w, i: ()),),
    "CatalogRpc.get_usage": (answered(lambda w, i: ()),),
    "CatalogRpc.page_items": (
        answered(lambda w, i: (ItemQuery(q="Секрет"),)),
        answered(lambda w, i: (ItemQuery(q=str(i.item)),)),
        answered(lambda w, i: (ItemQuery(q="4600000000017"),)),
        refused(lambda w, i: (ItemQuery(group=i.item_group),)),
    ),
    "CatalogRpc.get_item": (refused(lambda w, i: (i.item,)),),
    "CatalogRpc.add_item": (
        refused(lambda w, i: (None, ItemDraft(name="Сыр", groups=(i.item_group,))), NotFound, Invalid),
    ),
    "CatalogRpc.change_item": (
        refused(lambda w, i: (i.item, ItemDraft(price=1), None)),
        refused(lambda w, i: (w.charlies_item, ItemDraft(groups=(i.item_group,)), None), NotFound, Invalid),
    ),
    "CatalogRpc.remove_items": (answered(lambda w, i: ((i.item,),)),),
    "CatalogRpc.put_in_groups": (
        refused(lambda w, i: ((w.charlies_item,), (i.item_group,), ()), NotFound, Invalid),
        answered(lambda w, i: ((i.item,), (), ())),
    ),
    "CatalogRpc.list_item_groups": (answered(lambda w, i: ()),),
    "CatalogRpc.add_item_group": (refused(lambda w, i: ("Молочное", i.item_group), NotFound, Invalid),),
    "CatalogRpc.change_item_group": (refused(lambda w, i: (i.item_group, "Моя", None, None)),),
    "CatalogRpc.remove_item_group": (refused(lambda w, i: (i.item_group,)),),
    "CatalogRpc.preview_price_list": (
        answered(lambda w, i: (_recipe(), None, 50)),
        answered(lambda w, i: (_recipe(i.item_group), None, 50)),
    ),
    "CatalogRpc.price_list_chunks": (Sample(lambda w, i: (i.price_list, 0, 1), (PriceListGone,), as_register=True),),
    "BulkItemsRpc.change_items": (
        answered(lambda w, i: ((ItemChange(row=1, code=i.item, removed=True),),)),
        answered(lambda w, i: ((ItemChange(row=1, draft=ItemDraft(name="Сыр", groups=(i.item_group,))),),)),
    ),
    "BulkChangesRpc.preview_bulk_change": (
        answered(lambda w, i: (Selection(codes=(i.item,)), Removal())),
        answered(lambda w, i: (Selection(matching=ItemQuery(q="Секрет")), BlockedChange(True))),
        refused(lambda w, i: (Selection(matching=ItemQuery(group=i.item_group)), BlockedChange(True))),
        refused(lambda w, i: (Selection(codes=(w.charlies_item,)), GroupsChange(put=(i.item_group,))), Invalid),
    ),
    "BulkChangesRpc.apply_bulk_change": (
        answered(lambda w, i: (Selection(codes=(i.item,)), Removal())),
        refused(lambda w, i: (Selection(matching=ItemQuery(group=i.item_group)), Removal())),
        refused(lambda w, i: (Selection(codes=(w.charlies_item,)), GroupsChange(take=(i.item_group,))), Invalid),
    ),
    "BulkChangesRpc.count_tax_codes": (answered(lambda w, i: ()),),
    "SchedulesRpc.schedule_bulk_change": (
        refused(lambda w, i: (Selection(codes=(i.item,)), BlockedChange(True), TOMORROW), NothingToChange),
        refused(lambda w, i: (Selection(matching=ItemQuery(group=i.item_group)), BlockedChange(True), TOMORROW)),
        refused(
            lambda w, i: (Selection(codes=(w.charlies_item,)), GroupsChange(put=(i.item_group,)), TOMORROW), Invalid
        ),
    ),
    "SchedulesRpc.schedule_import_prices": (refused(lambda w, i: (i.import_id, TOMORROW)),),
    "SchedulesRpc.page_schedules": (answered(lambda w, i: (None, 50)),),
    "SchedulesRpc.get_schedule": (refused(lambda w, i: (i.schedule,)),),
    "SchedulesRpc.page_scheduled_items": (refused(lambda w, i: (i.schedule, None, 50)),),
    "SchedulesRpc.cancel_schedule": (refused(lambda w, i: (i.schedule,)),),
    "PriceExplanationsRpc.explain_price": (refused(lambda w, i: (_recipe(), i.item)),),
    "RevisionsRpc.page_revisions": (answered(lambda w, i: (None, 50)),),
    "RevisionsRpc.get_revision": (refused(lambda w, i: (i.item,)),),
    "RevisionsRpc.page_revision_changes": (refused(lambda w, i: (i.item, None, 50)),),
    "RevisionsRpc.compare_revisions": (
        answered(lambda w, i: (0, 1, None, 50)),
        refused(lambda w, i: (0, i.item, None, 50)),
    ),
    "RevisionsRpc.preview_undo": (refused(lambda w, i: (i.item, "skip")),),
    "RevisionsRpc.undo_revision": (refused(lambda w, i: (i.item, "force", None)),),
    "RevisionsRpc.page_removed": (answered(lambda w, i: (RemovedQuery(q=str(i.item)),)),),
    "RevisionsRpc.restore_items": (answered(lambda w, i: ((i.item,),)),),
    "ImportsRpc.start_import": (refused(lambda w, i: (_new_import(i),), UploadIncomplete),),
    # After start_import: an upload of Charlie's own may well have the id of Alice's.
    "ImportsRpc.upload_part": (answered(lambda w, i: (i.upload, 0, b"abc")),),
    "ImportsRpc.get_import": (refused(lambda w, i: (i.import_id,)),),
    "ImportsRpc.page_imports": (answered(lambda w, i: (None, 50)),),
    "ImportsRpc.page_problems": (refused(lambda w, i: (i.import_id, None, 50)),),
    "ImportsRpc.page_rows": (refused(lambda w, i: (i.import_id, None, None, 50)),),
    "ImportsRpc.read_original": (refused(lambda w, i: (i.import_id, 0, True)),),
    "ImportsRpc.apply_import": (refused(lambda w, i: (i.import_id, False)),),
    "ImportsRpc.cancel_import": (refused(lambda w, i: (i.import_id,)),),
}
