"""Alice's account, full of things; Charlie's, a stranger's; and the ids that a sample call is made with."""

import hashlib
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from services.chassis.sync_bridge import SyncBridge
from services.contracts.api_keys import ApiKeysRpc, NewApiKey
from services.contracts.bulk_changes import PriceChange, PriceChangeKind, Selection
from services.contracts.catalog import CatalogRpc, ItemDraft, ItemQuery
from services.contracts.identity import AccountChanges, IdentityRpc, NewAccount, SignInForm
from services.contracts.imports import ImportsRpc, ImportState, NewImport
from services.contracts.journal import JournalQuery, JournalRpc
from services.contracts.links import GoodsHeld, Hello, LinksRpc
from services.contracts.own_sign_in import OwnSignInRpc
from services.contracts.permissions import Role
from services.contracts.recipe import Recipe
from services.contracts.registers import (
    ExchangeKind,
    ExchangeQuery,
    NewExchange,
    NewRegister,
    RegisterMode,
    RegisterQuery,
    RegistersRpc,
    RegisterView,
)
from services.contracts.schedules import SchedulesRpc
from services.contracts.users import UserQuery, UsersRpc
from services.contracts.values import (
    AccountId,
    ApiKeyId,
    ExchangeId,
    ImportId,
    ItemCode,
    ItemGroupId,
    RegisterActor,
    RegisterGroupId,
    RegisterId,
    ScheduleId,
    SessionId,
    SystemActor,
    UploadId,
    UserActor,
    UserId,
)
from tests.waiting import wait_for

SYSTEM = SystemActor(name="tenancy sweep")
MARK = "Секрет-Алисы"  # stands in every name that Alice gives
PASSWORD = "зелёный чайник"
CODE = ItemCode(777_001)
FILE = f"Код;Наименование;Цена\n777002;{MARK} сыр;10,50\n777003;;7\n".encode()


class Ids(msgspec.Struct, frozen=True):
    """What sample calls are made with: Alice's things, or things that nobody has."""

    account: AccountId
    session: SessionId
    user: UserId
    key: ApiKeyId
    register: RegisterId
    group: RegisterGroupId
    item: ItemCode
    item_group: ItemGroupId
    exchange: ExchangeId
    import_id: ImportId
    upload: UploadId
    schedule: ScheduleId
    price_list: str  # SHA-256

    def texts(self) -> list[str]:
        """The ids as they would stand in an answer. (An item's code is no secret: each account counts its own.)"""
        return [str(getattr(self, field)) for field in self.__struct_fields__ if field != "item"]


class World(msgspec.Struct, frozen=True):
    """Who is who."""

    bus: SyncBridge
    alice: UserActor
    alices: Ids
    charlie: UserActor
    charlies_register: RegisterActor
    charlies_item: ItemCode


def nobodys() -> Ids:
    """Ids of the right form that belong to nothing."""
    made = [str(uuid.uuid4()) for _ in range(11)]
    return Ids(
        account=AccountId(made[0]),
        session=SessionId(made[1]),
        register=RegisterId(made[2]),
        group=RegisterGroupId(made[3]),
        item=ItemCode(778_001),
        item_group=ItemGroupId(made[4]),
        exchange=ExchangeId(made[5]),
        import_id=ImportId(made[6]),
        upload=UploadId(made[7]),
        user=UserId(made[8]),
        key=ApiKeyId(made[9]),
        schedule=ScheduleId(made[10]),
        price_list=hashlib.sha256(made[0].encode()).hexdigest(),
    )


def nonsense() -> Ids:
    """Ids that are none."""
    no = "не id'; --"
    return Ids(
        account=AccountId(no),
        session=SessionId(no),
        user=UserId(no),
        key=ApiKeyId(no),
        register=RegisterId(no),
        group=RegisterGroupId(no),
        item=ItemCode(-(2**40)),
        item_group=ItemGroupId(no),
        exchange=ExchangeId(no),
        import_id=ImportId(no),
        upload=UploadId(no),
        schedule=ScheduleId(no),
        price_list=no,
    )


def build_world(bus: SyncBridge) -> World:
    """Open both accounts and fill Alice's."""
    alice = _open(bus, f"ООО {MARK}", "alice")
    charlie = _open(bus, "ИП Чужой", "charlie")
    item_group = bus.call(CatalogRpc.add_item_group, alice, f"{MARK} молочное", None)
    draft = ItemDraft(name=f"{MARK} молоко", price=9900, barcodes=("4600000000017",), groups=(item_group.id,))
    bus.call(CatalogRpc.add_item, alice, CODE, draft)
    theirs = bus.call(CatalogRpc.add_item, charlie, None, ItemDraft(name="Хлеб", price=5000))
    group = bus.call(RegistersRpc.add_group, alice, f"{MARK} зал")
    register = bus.call(RegistersRpc.add_register, alice, NewRegister(name=f"{MARK} касса", groups=(group.id,)))
    link, opened = _connect(bus, register, "04000001")  # what it can take is known only since its first contact
    exchange = bus.call(RegistersRpc.start_exchange, alice, register.id, NewExchange(ExchangeKind.LOAD_GOODS))
    built = wait_for(
        lambda: bus.call(RegistersRpc.get_exchange, alice, exchange.id).target, 30, "Alice's price list to be built"
    )
    bus.call(LinksRpc.close_link, opened, link)  # off, nothing of it changes by itself
    key = bus.call(ApiKeysRpc.make_api_key, alice, NewApiKey(f"{MARK} 1C", (Role.VIEWER,)))
    upload, import_id = _preview_a_file(bus, alice)
    chosen, in_a_week = Selection(codes=(CODE,)), datetime.now(UTC) + timedelta(days=7)
    change = PriceChange(PriceChangeKind.SET, 77)
    schedule = bus.call(SchedulesRpc.schedule_bulk_change, alice, chosen, change, in_a_week)
    charlies = bus.call(RegistersRpc.add_register, charlie, NewRegister(name="Касса"))
    return World(
        bus=bus,
        alice=alice,
        alices=Ids(
            account=alice.account,
            session=alice.session,
            user=alice.user,
            key=key.key.id,
            register=register.id,
            group=group.id,
            item=CODE,
            item_group=item_group.id,
            exchange=exchange.id,
            import_id=import_id,
            upload=upload,
            schedule=schedule.id,
            price_list=built.sha256,
        ),
        charlie=charlie,
        charlies_register=_connect(bus, charlies, "04000002")[1],
        charlies_item=theirs.code,
    )


def everything_of(bus: SyncBridge, owner: UserActor, ids: Ids) -> dict[str, Any]:
    """All that the owner can see of the account, to be compared before and after."""
    recipe = Recipe((), 100, 1, "", "", "", 0)
    answers = {
        "account": bus.call(IdentityRpc.get_account, owner),
        "users": bus.call(UsersRpc.page_users, owner, UserQuery()),
        "sessions": bus.call(OwnSignInRpc.list_own_sessions, owner),
        "keys": bus.call(ApiKeysRpc.list_api_keys, owner),
        "journal": bus.call(JournalRpc.page_journal, owner, JournalQuery()),
        "groups": bus.call(RegistersRpc.list_groups, owner),
        "registers": bus.call(RegistersRpc.page_registers, owner, RegisterQuery()),
        "exchanges": bus.call(RegistersRpc.page_exchanges, owner, ExchangeQuery()),
        "exchange": bus.call(RegistersRpc.get_exchange, owner, ids.exchange),
        "items": bus.call(CatalogRpc.page_items, owner, ItemQuery()),
        "item groups": bus.call(CatalogRpc.list_item_groups, owner),
        "base": bus.call(CatalogRpc.base_status, owner),
        "price list": bus.call(CatalogRpc.preview_price_list, owner, recipe, None, 50),
        "imports": bus.call(ImportsRpc.page_imports, owner, None),
        "schedules": bus.call(SchedulesRpc.page_schedules, owner, None),
        "scheduled": bus.call(SchedulesRpc.page_scheduled_items, owner, ids.schedule, None),
        "rows": bus.call(ImportsRpc.page_rows, owner, ids.import_id, None, None, 50),
    }
    told: dict[str, Any] = msgspec.to_builtins(answers)
    return told


def _open(bus: SyncBridge, name: str, login: str) -> UserActor:
    made = bus.call(IdentityRpc.create_account, SYSTEM, NewAccount(name, login, PASSWORD))
    form = SignInForm(str(made.client_number), login, PASSWORD, "192.0.2.1")
    actor = bus.call(IdentityRpc.sign_in, SYSTEM, form).session.actor
    bus.call(IdentityRpc.change_account, actor, AccountChanges(default_tax_code=11), None)
    return actor


def _preview_a_file(bus: SyncBridge, owner: UserActor) -> tuple[UploadId, ImportId]:
    upload = UploadId(str(uuid.uuid4()))
    bus.call(ImportsRpc.upload_part, owner, upload, 0, FILE)
    digest = hashlib.sha256(FILE).hexdigest()
    new = NewImport(upload, 1, len(FILE), digest, f"{MARK}.csv", dry_run=True)
    started = bus.call(ImportsRpc.start_import, owner, new)

    def is_previewed() -> bool:
        view = bus.call(ImportsRpc.get_import, owner, started.id)
        assert view.state is not ImportState.FAILED, view
        return view.state is ImportState.PREVIEWED

    wait_for(is_previewed, 30, "the preview of Alice's file")
    return upload, started.id


def _connect(bus: SyncBridge, register: RegisterView, serial_number: str) -> tuple[str, RegisterActor]:
    """The link's id, and the register as it acts on that link."""
    hello = Hello(
        kkt_id=register.kkt_id,
        key_hash=hashlib.sha256(serial_number.encode()).hexdigest(),
        serial_number=serial_number,
        model="Меркурий-185Ф",
        firmware="1.0",
        ffd="1.2",
        base_version="0.4",
        boot_id="boot-0001",
        mode=RegisterMode.MENU,
        goods=GoodsHeld(None, "0" * 64, 0, 5000),
    )
    link = str(uuid.uuid4())
    return link, bus.call(LinksRpc.open_link, SYSTEM, hello, link, "sweep", "192.0.2.1").actor
