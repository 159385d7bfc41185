"""Who walks through the RPCs that write: an administrator, the processes, and what they need to have ready."""

import hashlib
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import msgspec
import pyotp

from services.chassis.sync_bridge import SyncBridge
from services.contracts.identity import (
    AccountChanges,
    AccountCreated,
    IdentityRpc,
    NewAccount,
    SignedIn,
    SignInForm,
)
from services.contracts.imports import ImportsRpc, ImportState, ImportView, NewImport
from services.contracts.journal import JournalEntry, JournalQuery, JournalRpc
from services.contracts.links import GoodsHeld, Hello, LinkOpened, LinksRpc
from services.contracts.own_sign_in import OwnSignInRpc, RecoveryCodes
from services.contracts.permissions import Role
from services.contracts.registers import NewRegister, RegisterMode, RegistersRpc, RegisterView
from services.contracts.users import NewUser, UsersRpc
from services.contracts.values import (
    MAX_PAGE,
    AccountId,
    SessionId,
    SystemActor,
    UploadId,
    UserActor,
    UserId,
)
from tests.waiting import wait_for

SYSTEM = SystemActor(name="journal walk")
ADDRESS = "192.0.2.44"
PASSWORD = "зелёный чайник"
GOODS = "Код;Наименование;Цена\n881001;Сыр;10,50\n881002;Хлеб;7\n".encode()


class Expected(msgspec.Struct, frozen=True):
    """The entry that must come: in whose journal, by whom, called what."""

    account: AccountId
    kind: str
    who: str
    who_id: str = ""
    what: str = ""  # "": the name of the method
    thing: str = ""
    made_before: bool = False  # it may be older than this call


class Walk(msgspec.Struct, frozen=True):
    """Alice walks; Charlie is a stranger, in whose journal nothing of it may stand."""

    bus: SyncBridge
    alice: UserActor
    charlie: UserActor
    created: AccountCreated  # Alice's account
    called: list[str] = []  # names of the methods, in order

    def call(self, method: Callable[..., Any], *args: Any) -> Any:
        self.called.append(method.__qualname__)
        return self.bus.call(method, *args)

    def journal(self, account: AccountId, **query: Any) -> tuple[JournalEntry, ...]:
        """Newest entries of any account, as an administrator of it would see them."""
        asked = JournalQuery(limit=MAX_PAGE, **query)
        return self.bus.call(JournalRpc.page_journal, _administrator_of(account), asked).items

    def by(self, actor: UserActor, thing: str = "", what: str = "") -> Expected:
        return Expected(actor.account, "user", actor.name, actor.user, what=what, thing=thing)

    def by_system(self, account: AccountId, thing: str = "") -> Expected:
        return Expected(account, "system", SYSTEM.name, thing=thing)

    # --- people

    def sign_in(self, login: str = "alice", password: str = PASSWORD) -> SignedIn:
        form = SignInForm(str(self.created.client_number), login, password, ADDRESS)
        signed: SignedIn = self.call(IdentityRpc.sign_in, SYSTEM, form)
        return signed

    def new_user(self) -> tuple[UserId, str]:
        """A user of Alice's account with PASSWORD, and its login."""
        login = f"user-{uuid.uuid4().hex[:8]}"
        new = NewUser(login, "Новый", roles=(Role.VIEWER,), password=PASSWORD)
        made = self.call(UsersRpc.add_user, self.alice, new)
        return made.user.id, login

    def new_person(self) -> UserActor:
        """A user of Alice's account that signed in."""
        return self.sign_in(self.new_user()[1]).session.actor

    def new_account(self) -> AccountCreated:
        new = NewAccount(f"ООО {uuid.uuid4()}", "boss", PASSWORD)
        made: AccountCreated = self.call(IdentityRpc.create_account, SYSTEM, new)
        return made

    def set_up_second_factor(self, person: UserActor) -> RecoveryCodes:
        offer = self.call(OwnSignInRpc.offer_second_factor, person, PASSWORD)
        code = pyotp.TOTP(offer.secret).at(datetime.now(UTC))
        codes: RecoveryCodes = self.call(OwnSignInRpc.confirm_second_factor, person, code)
        return codes

    # --- things

    def new_register(self) -> RegisterView:
        new = NewRegister(name=f"Касса {uuid.uuid4()}")
        made: RegisterView = self.call(RegistersRpc.add_register, self.alice, new)
        return made

    def connect(self, register: RegisterView) -> LinkOpened:
        """First contact of a register."""
        serial_number = str(uuid.uuid4().int)[:14]
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
        opened: LinkOpened = self.call(LinksRpc.open_link, SYSTEM, hello, str(uuid.uuid4()), "walk", ADDRESS)
        return opened

    def new_import(self, dry_run: bool) -> ImportView:
        """A file, uploaded and queued."""
        upload = UploadId(str(uuid.uuid4()))
        self.call(ImportsRpc.upload_part, self.alice, upload, 0, GOODS)
        digest = hashlib.sha256(GOODS).hexdigest()
        new = NewImport(upload, 1, len(GOODS), digest, f"{upload}.csv", dry_run=dry_run)
        started: ImportView = self.call(ImportsRpc.start_import, self.alice, new)
        return started

    def new_preview(self) -> ImportView:
        started = self.new_import(dry_run=True)

        def previewed() -> bool:
            view: ImportView = self.call(ImportsRpc.get_import, self.alice, started.id)
            assert view.state is not ImportState.FAILED, view
            return view.state is ImportState.PREVIEWED

        wait_for(previewed, 30, "the preview")
        return started


def build_walk(bus: SyncBridge) -> Walk:
    """Open both accounts."""
    created, alice = _open(bus, "alice")
    _, charlie = _open(bus, "charlie")
    bus.call(IdentityRpc.change_account, alice, AccountChanges(default_tax_code=11), None)
    return Walk(bus, alice, charlie, created)


def _open(bus: SyncBridge, login: str) -> tuple[AccountCreated, UserActor]:
    made = bus.call(IdentityRpc.create_account, SYSTEM, NewAccount(f"ООО {uuid.uuid4()}", login, PASSWORD))
    form = SignInForm(str(made.client_number), login, PASSWORD, ADDRESS)
    return made, bus.call(IdentityRpc.sign_in, SYSTEM, form).session.actor


def _administrator_of(account: AccountId) -> UserActor:
    """As the gateway would tell of one: rooms trust the actors that it names."""
    nobody = str(uuid.uuid4())
    return UserActor(account, UserId(nobody), "reader", (Role.ADMINISTRATOR,), SessionId(nobody))
