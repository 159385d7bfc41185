"""What the tests of this room do again and again: registers come, lists are built, loads go through."""

import hashlib
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.chassis.account_terms import hear_forgotten
from services.chassis.database import Database, sqlalchemy_url
from services.chassis.journal import write_changes
from services.chassis.rpc import CommitAndRefuse
from services.chassis.tables import room_tables
from services.contracts.catalog import BaseChangedEvent, PriceListBuiltEvent, PriceListFailedEvent
from services.contracts.events import EventRecord
from services.contracts.goods_record import EMPTY_BASE_HASH
from services.contracts.limits import AccountForgottenEvent, AccountLimits, AccountState, AccountTermsEvent
from services.contracts.links import HEARTBEAT_SECONDS, Beat, BufferHeld, GoodsHeld, Hello, LastLoad, LinkOpened
from services.contracts.permissions import Role
from services.contracts.recipe import DeltaRef, PriceListRef
from services.contracts.registers import (
    ExchangeKind,
    ExchangeView,
    NewExchange,
    NewRegister,
    PriceListWantedEvent,
    RegisterChanges,
    RegisterMode,
    RegisterView,
)
from services.contracts.values import AccountId, ExchangeId, RegisterActor, SessionId, SystemActor, UserActor, UserId
from services.contracts.work import Applied, ApplySent, Begun, Buffered, Report, Work
from services.registers.models import Base
from services.registers.use_cases import accounts, base_facts, exchanges, links, registers, reports, sweeps, work

GATEWAY = "gateway-1"
ADDRESS = "192.0.2.10"
EMPTY = GoodsHeld(revision=None, base_hash=EMPTY_BASE_HASH, count=0, capacity=10_000)


def empty_room(database_url: str) -> None:
    """Take everything out of the room's tables, as their owner."""
    engine = sa.create_engine(sqlalchemy_url(database_url), poolclass=sa.NullPool)
    tables = (*Base.metadata.tables, "registers.event_log", "registers.handled_request", "registers.account_terms")
    with engine.begin() as connection:
        connection.execute(sa.text(f"TRUNCATE {', '.join(tables)}"))
    engine.dispose()


def hash_of(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def user(name: str) -> UserActor:
    """An administrator of an account of its own."""
    return UserActor(
        account=AccountId(str(uuid.uuid4())),
        user=UserId(str(uuid.uuid4())),
        name=name,
        roles=(Role.ADMINISTRATOR,),
        session=SessionId(str(uuid.uuid4())),
    )


def price_list(
    wanted: PriceListWantedEvent, revision: int = 1, goods: str = "goods", records: int = 30
) -> PriceListRef:
    return PriceListRef(
        sha256=hash_of(f"bytes of {goods} {revision}"),
        revision=revision,
        recipe_id=wanted.recipe_id,
        base_hash=hash_of(goods),
        records=records,
        bytes=records * 100,
        chunks=3,
    )


class Device:
    """A register as it stands in a shop: it has a serial number, a key, and a memory."""

    def __init__(self, serial_number: str = "04000001", key: str = "key") -> None:
        self.serial_number = serial_number
        self.key_hash = hash_of(key)
        self.goods = EMPTY
        self.mode = RegisterMode.MENU
        self.model = "Меркурий 185Ф"
        self.buffer: BufferHeld | None = None
        self.last_load: LastLoad | None = None

    def holds(self, target: PriceListRef) -> None:
        self.goods = GoodsHeld(target.revision, target.base_hash, target.records, EMPTY.capacity)

    def hello(self, kkt_id: str) -> Hello:
        return Hello(
            kkt_id=kkt_id,
            key_hash=self.key_hash,
            serial_number=self.serial_number,
            model=self.model,
            firmware="1.0",
            ffd="1.2",
            base_version="0.4",
            boot_id="boot-0001",
            mode=self.mode,
            goods=self.goods,
            buffer=self.buffer,
            last_load=self.last_load,
        )


class RegistersHouse:
    """The use cases as the doors use them; `now` is the only clock."""

    def __init__(self, database: Database) -> None:
        self.db = database
        self.now = datetime(2026, 3, 2, 8, tzinfo=UTC)
        self.heartbeat_seconds = HEARTBEAT_SECONDS

    def later(self, **delta: float) -> datetime:
        self.now += timedelta(**delta)
        return self.now

    def of(self, actor: UserActor, use_case: Callable[..., Any], *args: Any) -> Any:
        """A use case in a session of the actor's account."""
        with self.db.account(actor.account, actor) as session:
            return use_case(session, *args)

    def system(self, use_case: Callable[..., Any], *args: Any) -> Any:
        """A use case in a system session; what it writes before a refusal is kept where it says so."""
        with self.db.system(SystemActor(name="tests")) as session:
            try:
                return use_case(session, *args)
            except CommitAndRefuse as kept:
                write_changes(session, "refused")
                session.commit()
                raise kept.refusal from None

    # --- people ---------------------------------------------------------------------------------------------------

    def add(self, actor: UserActor, name: str = "Касса 1", **more: Any) -> RegisterView:
        new = NewRegister(name, **more)
        view: RegisterView = self.of(actor, registers.add_register, actor.account, new, self.now)
        return view

    def see(self, actor: UserActor, register: RegisterView) -> RegisterView:
        view: RegisterView = self.of(actor, registers.get_register, actor.account, register.id, self.now)
        return view

    def change(self, actor: UserActor, register: RegisterView, **changes: Any) -> RegisterView:
        known = frozenset(changes.get("item_groups", ()))
        view: RegisterView = self.of(
            actor,
            registers.change_register,
            actor.account,
            register.id,
            RegisterChanges(**changes),
            None,
            known,
            self.now,
        )
        return view

    def start(
        self, actor: UserActor, register: RegisterView, kind: ExchangeKind = ExchangeKind.LOAD_GOODS, mode: str = "auto"
    ) -> ExchangeView:
        new = NewExchange(kind, mode)
        self.later(milliseconds=1)
        view: ExchangeView = self.of(actor, exchanges.start_exchange, actor, register.id, new, self.now)
        return view

    def exchange(self, actor: UserActor, exchange: ExchangeId) -> ExchangeView:
        view: ExchangeView = self.of(actor, exchanges.get_exchange, actor.account, exchange)
        return view

    def cancel(self, actor: UserActor, exchange: ExchangeId) -> ExchangeView:
        view: ExchangeView = self.of(actor, exchanges.cancel_exchange, actor, exchange, self.now)
        return view

    # --- gateways -------------------------------------------------------------------------------------------------

    def hello(
        self, device: Device, register: RegisterView | str, link: str | None = None, address: str = ADDRESS
    ) -> LinkOpened:
        kkt_id = register if isinstance(register, str) else register.kkt_id
        link = link or str(uuid.uuid4())
        told = (device.hello(kkt_id), link, GATEWAY, address, self.now, self.heartbeat_seconds)
        opened: LinkOpened = self.system(links.open_link, *told)
        return opened

    def due(self, actor: RegisterActor) -> Work | None:
        with self.db.account(actor.account, actor) as session:
            return work.due(session, actor, self.now)

    def report(self, actor: RegisterActor, exchange: ExchangeId, report: Report) -> Work | None:
        with self.db.account(actor.account, actor) as session:
            return reports.take_report(session, actor, exchange, report, self.now)

    def beat(self, actor: RegisterActor, base_hash: str, ahead: timedelta = timedelta()) -> tuple[str, ...]:
        """A heartbeat through a gateway whose clock is so much ahead."""
        beat = Beat(actor.register, actor.account, actor.epoch, self.now + ahead, base_hash)
        over: tuple[str, ...] = self.system(links.hear_beats, (beat,), self.now)
        return over

    def connect(self, actor: UserActor, device: Device, name: str = "Касса 1") -> tuple[RegisterView, RegisterActor]:
        """A register that was bound and told its settings."""
        register = self.add(actor, name)
        opened = self.hello(device, register)
        assert opened.work is not None
        with self.db.account(actor.account, opened.actor) as session:
            reports.take_settings(session, opened.actor, opened.work.exchange, {"header": "Ромашка"}, self.now)
        return self.see(actor, register), opened.actor

    def silence(self) -> None:
        """Nothing is heard of any register for longer than a link may be silent."""
        self.later(seconds=76)
        self.system(sweeps.mark_silent_links, self.now)

    # --- the catalog room -----------------------------------------------------------------------------------------

    def base_is(self, actor: UserActor, revision: int) -> None:
        event = BaseChangedEvent(revision=revision, source="edit", changed=1)
        self.system(base_facts.base_changed, self._record(actor.account, event), event, self.now)

    def built(
        self, actor: UserActor, target: PriceListRef, delta: DeltaRef | None = None, problems: int = 0
    ) -> PriceListRef:
        event = PriceListBuiltEvent(actor.account, target.recipe_id, target, delta, problems)
        self.system(base_facts.price_list_built, self._record(actor.account, event), event, self.now)
        return target

    def not_built(self, actor: UserActor, wanted: PriceListWantedEvent, code: str) -> None:
        event = PriceListFailedEvent(actor.account, wanted.recipe_id, wanted.revision, code)
        self.system(base_facts.price_list_failed, self._record(actor.account, event), event, self.now)

    def _record(self, account: AccountId, event: msgspec.Struct) -> EventRecord:
        body = msgspec.to_builtins(event)
        return EventRecord(1, account, body["type"], body, SystemActor(name="catalog"), "", self.now)

    # --- the identity room ----------------------------------------------------------------------------------------

    def terms(self, actor: UserActor, version: int, state: AccountState = AccountState.ACTIVE, **limits: int) -> None:
        """The identity room told how the account stands."""
        event = AccountTermsEvent(actor.account, version, state, AccountLimits(**limits))
        self.system(accounts.terms_changed, self._record(actor.account, event), event)

    def forgotten(self, actor: UserActor) -> None:
        """The identity room told that the account is gone."""
        event = AccountForgottenEvent(actor.account, 100001)
        self.system(hear_forgotten, self._record(actor.account, event), event)

    # --- what was told --------------------------------------------------------------------------------------------

    def facts(self, actor: UserActor, kind: type[msgspec.Struct]) -> list[Any]:
        """The facts of one type that the room told about the account, in order."""
        table = room_tables("registers").event_log
        with self.db.account(actor.account) as session:
            rows = session.execute(
                sa.select(table.c.body).where(table.c.type == kind.__struct_config__.tag).order_by(table.c.id)
            )
            return [msgspec.convert(row.body, kind) for row in rows]

    def wanted(self, actor: UserActor) -> PriceListWantedEvent:
        """The newest price list that was asked for."""
        found: PriceListWantedEvent = self.facts(actor, PriceListWantedEvent)[-1]
        return found

    # --- whole stories --------------------------------------------------------------------------------------------

    def send(self, link: RegisterActor, exchange: ExchangeId, chunks: int = 3) -> None:
        """The load goes into the register's buffer."""
        self.report(link, exchange, Begun(0, chunks))
        self.report(link, exchange, Buffered())

    def load(
        self, actor: UserActor, register: RegisterView, link: RegisterActor, device: Device, **more: Any
    ) -> tuple[ExchangeView, PriceListRef]:
        """A load from the icon to the register's word."""
        exchange = self.start(actor, register)
        target = self.built(actor, price_list(self.wanted(actor), **more))
        self.send(link, exchange.id)
        self.report(link, exchange.id, ApplySent())
        device.holds(target)
        self.report(link, exchange.id, Applied(target.revision, target.base_hash, target.records))
        return self.exchange(actor, exchange.id), target


def steps(exchange: ExchangeView) -> list[str]:
    return [entry.what for entry in exchange.timeline]


def in_session(database: Database, actor: UserActor) -> Session:
    """A session of the account that the test commits and closes itself."""
    return database.new_session(actor.account, actor, "")
