"""Doors of the registers room for people; those for device gateways stand in links_service.py."""

from sqlalchemy.orm import Session

from services.chassis.account_terms import hear_forgotten, unless_forgotten
from services.chassis.clock import now
from services.chassis.consumer import EventConsumer
from services.chassis.database import Database
from services.chassis.errands import Errand
from services.chassis.event_log import EventLogDoor
from services.chassis.forgetting import forget_accounts
from services.chassis.permit import permit
from services.chassis.rpc import client_of, serves
from services.chassis.sweeper import Sweeper
from services.contracts.catalog import BaseChangedEvent, CatalogRpc, PriceListBuiltEvent, PriceListFailedEvent
from services.contracts.events import EventLogRpc
from services.contracts.limits import AccountForgottenEvent, AccountTermsEvent
from services.contracts.links import LinksRpc
from services.contracts.permissions import Right
from services.contracts.recipe import ItemFilters
from services.contracts.refusals import NotFound
from services.contracts.registers import (
    ExchangeQuery,
    ExchangeView,
    FleetSummary,
    NewExchange,
    NewRegister,
    RegisterChanges,
    RegisterGroupView,
    RegisterQuery,
    RegistersRpc,
    RegistersUsage,
    RegisterView,
    SettingsView,
)
from services.contracts.values import (
    AccountId,
    ExchangeId,
    ItemGroupId,
    Page,
    RegisterGroupId,
    RegisterId,
    SystemActor,
    UserActor,
)
from services.registers.clockwork import at_present
from services.registers.links_service import LinksDoor
from services.registers.models import ACCOUNT_TABLES
from services.registers.use_cases import accounts, base_facts, exchanges, groups, registers, settings, sweeps

FORGETTING_EVERY = 5.0  # seconds


def forget_gone_accounts(database: Database) -> None:
    """Delete what is left of accounts that are gone."""
    forget_accounts(database, ACCOUNT_TABLES)


@serves(RegistersRpc, LinksRpc, EventLogRpc)
class RegistersService(LinksDoor, EventLogDoor):
    """One process of the registers room."""

    name = "registers"
    room = "registers"
    session: Session

    catalog: CatalogRpc = client_of(CatalogRpc)  # type: ignore[type-abstract]  # a Protocol stands for its service
    catalog_facts = EventConsumer(
        source="catalog",
        handlers={
            BaseChangedEvent: unless_forgotten(at_present(base_facts.base_changed)),
            PriceListBuiltEvent: at_present(base_facts.price_list_built),
            PriceListFailedEvent: at_present(base_facts.price_list_failed),
        },
    )
    account_facts = EventConsumer(
        source="identity",
        handlers={AccountTermsEvent: accounts.terms_changed, AccountForgottenEvent: hear_forgotten},
    )
    gone_accounts = Errand(every=FORGETTING_EVERY, chore=forget_gone_accounts)
    silent_links = Sweeper(every=5.0, chore=at_present(sweeps.mark_silent_links))
    strange_bases = Sweeper(every=10.0, chore=at_present(sweeps.judge_strange_bases))
    auto_loads = Sweeper(every=2.0, chore=at_present(sweeps.load_by_themselves))
    waiting = Sweeper(every=30.0, chore=at_present(sweeps.end_waiting))
    old = Sweeper(every=600.0, chore=at_present(sweeps.forget_old))

    def page_registers(self, actor: UserActor, query: RegisterQuery) -> Page[RegisterView]:
        """See RegistersRpc."""
        permit(actor, Right.SEE)
        return registers.page_registers(self.session, actor.account, query, now())

    def get_register(self, actor: UserActor, register: RegisterId) -> RegisterView:
        """See RegistersRpc."""
        permit(actor, Right.SEE)
        return registers.get_register(self.session, actor.account, register, now())

    def fleet_summary(self, actor: UserActor) -> FleetSummary:
        """See RegistersRpc."""
        permit(actor, Right.SEE)
        return registers.fleet_summary(self.session, actor.account, now())

    def get_usage(self, actor: UserActor) -> RegistersUsage:
        """See RegistersRpc."""
        permit(actor, Right.SEE)
        return accounts.get_usage(self.session, actor.account)

    def add_register(self, actor: UserActor, new: NewRegister) -> RegisterView:
        """See RegistersRpc."""
        permit(actor, Right.CHANGE_REGISTERS)
        return registers.add_register(self.session, actor.account, new, now())

    def change_register(
        self, actor: UserActor, register: RegisterId, changes: RegisterChanges, version: int | None
    ) -> RegisterView:
        """See RegistersRpc."""
        permit(actor, Right.CHANGE_REGISTERS)
        known: frozenset[ItemGroupId] = frozenset()
        if changes.item_groups:  # asked before the register is locked
            known = frozenset(group.id for group in self.catalog.list_item_groups(actor))
        return registers.change_register(self.session, actor.account, register, changes, version, known, now())

    def remove_register(self, actor: UserActor, register: RegisterId) -> None:
        """See RegistersRpc."""
        permit(actor, Right.CHANGE_REGISTERS)
        registers.remove_register(self.session, actor.account, register, now())

    def renew_kkt_id(self, actor: UserActor, register: RegisterId) -> RegisterView:
        """See RegistersRpc."""
        permit(actor, Right.CHANGE_REGISTERS)
        return registers.renew_kkt_id(self.session, actor.account, register, now())

    def allow_rebinding(self, actor: UserActor, register: RegisterId) -> RegisterView:
        """See RegistersRpc."""
        permit(actor, Right.CHANGE_REGISTERS)
        return registers.allow_rebinding(self.session, actor.account, register, now())

    def list_groups(self, actor: UserActor) -> tuple[RegisterGroupView, ...]:
        """See RegistersRpc."""
        permit(actor, Right.SEE)
        return groups.list_groups(self.session, actor.account)

    def add_group(self, actor: UserActor, name: str) -> RegisterGroupView:
        """See RegistersRpc."""
        permit(actor, Right.CHANGE_REGISTERS)
        return groups.add_group(self.session, actor.account, name, now())

    def rename_group(
        self, actor: UserActor, group: RegisterGroupId, name: str, version: int | None
    ) -> RegisterGroupView:
        """See RegistersRpc."""
        permit(actor, Right.CHANGE_REGISTERS)
        return groups.rename_group(self.session, actor.account, group, name, version)

    def remove_group(self, actor: UserActor, group: RegisterGroupId) -> None:
        """See RegistersRpc."""
        permit(actor, Right.CHANGE_REGISTERS)
        groups.remove_group(self.session, actor.account, group)

    def get_settings(self, actor: UserActor, register: RegisterId) -> SettingsView:
        """See RegistersRpc."""
        permit(actor, Right.SEE)
        return settings.get_settings(self.session, actor.account, register)

    def start_exchange(self, actor: UserActor, register: RegisterId, new: NewExchange) -> ExchangeView:
        """See RegistersRpc."""
        permit(actor, Right.EXCHANGE)
        return exchanges.start_exchange(self.session, actor, register, new, now())

    def cancel_exchange(self, actor: UserActor, exchange: ExchangeId) -> ExchangeView:
        """See RegistersRpc."""
        permit(actor, Right.EXCHANGE)
        return exchanges.cancel_exchange(self.session, actor, exchange, now())

    def get_exchange(self, actor: UserActor, exchange: ExchangeId) -> ExchangeView:
        """See RegistersRpc."""
        permit(actor, Right.SEE)
        return exchanges.get_exchange(self.session, actor.account, exchange)

    def page_exchanges(self, actor: UserActor, query: ExchangeQuery) -> Page[ExchangeView]:
        """See RegistersRpc."""
        permit(actor, Right.SEE)
        return exchanges.page_exchanges(self.session, actor.account, query)

    def item_filters(self, actor: UserActor) -> ItemFilters:
        """See RegistersRpc."""
        permit(actor, Right.SEE)
        return registers.item_filters(self.session, actor.account)

    def registers_filtering_by(
        self, actor: UserActor | SystemActor, account: str, item_group: ItemGroupId
    ) -> tuple[str, ...]:
        """See RegistersRpc."""
        if isinstance(actor, UserActor):
            permit(actor, Right.SEE)
            if actor.account != account:
                raise NotFound()
        return registers.registers_filtering_by(self.session, AccountId(account), item_group)
