"""A sample of every RPC that writes: it changes something, and says which entry of the journal must come of it.

A method of a Protocol is in exactly one of SAMPLES, NOT_TOLD (it writes, and the reason why no entry comes of it) and
READING.
"""

import uuid
from collections.abc import Callable

import pytest

from services.contracts.api_keys import ApiKeysRpc, NewApiKey
from services.contracts.bulk import BulkItemsRpc, ItemChange
from services.contracts.catalog import CatalogRpc, ItemDraft
from services.contracts.identity import (
    AccountChanges,
    IdentityRpc,
    NewAccount,
    SecondFactorNeeded,
)
from services.contracts.imports import ImportsRpc
from services.contracts.journal import JournalRpc
from services.contracts.notifications import NotificationChoice, NotificationKind, NotificationsRpc
from services.contracts.operator import OperatedChanges, OperatedQuery, OperatorRpc
from services.contracts.own_sign_in import OwnSignInRpc
from services.contracts.permissions import Role
from services.contracts.registers import ExchangeKind, NewExchange, NewRegister, RegisterChanges, RegistersRpc
from services.contracts.users import UserChanges, UsersRpc
from services.contracts.values import AccountId
from tests.contracts.journal.walk import ADDRESS, PASSWORD, SYSTEM, Expected, Walk

Sample = Callable[[Walk], Expected]

SAMPLES: dict[str, Sample] = {}


def sample(method: Callable[..., object]) -> Callable[[Sample], Sample]:
    """This function is the sample of that method: it calls it last."""

    def keep(function: Sample) -> Sample:
        SAMPLES[method.__qualname__] = function
        return function

    return keep


def _new(word: str) -> str:
    return f"{word} {uuid.uuid4()}"


# --- identity: accounts and sign-in


@sample(IdentityRpc.sign_in)
def _(walk: Walk) -> Expected:
    return walk.by(walk.sign_in().session.actor, "session")


@sample(IdentityRpc.complete_sign_in)
def _(walk: Walk) -> Expected:
    user, login = walk.new_user()
    codes = walk.set_up_second_factor(walk.sign_in(login).session.actor).codes
    with pytest.raises(SecondFactorNeeded) as needed:
        walk.sign_in(login)
    ticket = str(needed.value.params["ticket"])
    signed = walk.call(IdentityRpc.complete_sign_in, SYSTEM, ticket, codes[0], ADDRESS, "")
    assert signed.session.user.id == user
    return walk.by(signed.session.actor, "session", what="sign_in")


@sample(IdentityRpc.sign_out)
def _(walk: Walk) -> Expected:
    actor = walk.sign_in().session.actor
    walk.call(IdentityRpc.sign_out, actor)
    return walk.by(actor, "session")


@sample(IdentityRpc.end_session)
def _(walk: Walk) -> Expected:
    walk.call(IdentityRpc.end_session, walk.alice, walk.sign_in().session.id)
    return walk.by(walk.alice, "session")


@sample(IdentityRpc.change_account)
def _(walk: Walk) -> Expected:
    minutes = walk.call(IdentityRpc.get_account, walk.alice).idle_minutes + 1
    walk.call(IdentityRpc.change_account, walk.alice, AccountChanges(idle_minutes=minutes), None)
    return walk.by(walk.alice, "account")


@sample(IdentityRpc.change_me)
def _(walk: Walk) -> Expected:
    walk.call(IdentityRpc.change_me, walk.alice, _new("Алиса")[:40], None)
    return walk.by(walk.alice, "user")


@sample(IdentityRpc.create_account)
def _(walk: Walk) -> Expected:
    return walk.by_system(walk.new_account().account)


# --- identity: one's own sign-in


@sample(OwnSignInRpc.end_other_sessions)
def _(walk: Walk) -> Expected:
    person = walk.new_person()
    login = walk.call(UsersRpc.get_user, walk.alice, person.user).login
    walk.sign_in(login)
    assert walk.call(OwnSignInRpc.end_other_sessions, person) == 1
    return walk.by(person, "session")


@sample(OwnSignInRpc.change_own_password)
def _(walk: Walk) -> Expected:
    person = walk.new_person()
    walk.call(OwnSignInRpc.change_own_password, person, PASSWORD, "красный трактор")
    return walk.by(person, "user")


@sample(OwnSignInRpc.confirm_second_factor)
def _(walk: Walk) -> Expected:
    person = walk.new_person()
    walk.set_up_second_factor(person)
    return walk.by(person, "user")


@sample(OwnSignInRpc.renew_recovery_codes)
def _(walk: Walk) -> Expected:
    person = walk.new_person()
    walk.set_up_second_factor(person)
    walk.call(OwnSignInRpc.renew_recovery_codes, person, PASSWORD)
    return walk.by(person, "user")


@sample(OwnSignInRpc.give_up_second_factor)
def _(walk: Walk) -> Expected:
    person = walk.new_person()
    walk.set_up_second_factor(person)
    walk.call(OwnSignInRpc.give_up_second_factor, person, PASSWORD)
    return walk.by(person, "user")


# --- identity: users and keys


@sample(UsersRpc.add_user)
def _(walk: Walk) -> Expected:
    walk.new_user()
    return walk.by(walk.alice, "user")


@sample(UsersRpc.change_user)
def _(walk: Walk) -> Expected:
    user, _login = walk.new_user()
    walk.call(UsersRpc.change_user, walk.alice, user, UserChanges(name="Другое имя", dealer=True), None)
    return walk.by(walk.alice, "user")


@sample(UsersRpc.remove_user)
def _(walk: Walk) -> Expected:
    user, _login = walk.new_user()
    walk.call(UsersRpc.remove_user, walk.alice, user, None)
    return walk.by(walk.alice, "user")


@sample(UsersRpc.issue_one_time_password)
def _(walk: Walk) -> Expected:
    user, _login = walk.new_user()
    walk.call(UsersRpc.issue_one_time_password, walk.alice, user)
    return walk.by(walk.alice, "user")


@sample(UsersRpc.remove_second_factor)
def _(walk: Walk) -> Expected:
    person = walk.new_person()
    walk.set_up_second_factor(person)
    walk.call(UsersRpc.remove_second_factor, walk.alice, person.user)
    return walk.by(walk.alice, "user")


@sample(UsersRpc.end_sessions_of)
def _(walk: Walk) -> Expected:
    person = walk.new_person()
    assert walk.call(UsersRpc.end_sessions_of, walk.alice, person.user) == 1
    return walk.by(walk.alice, "session")


@sample(ApiKeysRpc.make_api_key)
def _(walk: Walk) -> Expected:
    walk.call(ApiKeysRpc.make_api_key, walk.alice, NewApiKey(_new("1C"), (Role.VIEWER,)))
    return walk.by(walk.alice, "api_key")


@sample(ApiKeysRpc.revoke_api_key)
def _(walk: Walk) -> Expected:
    made = walk.call(ApiKeysRpc.make_api_key, walk.alice, NewApiKey(_new("1C"), (Role.VIEWER,)))
    walk.call(ApiKeysRpc.revoke_api_key, walk.alice, made.key.id)
    return walk.by(walk.alice, "api_key")


# --- identity: the operator


def _operated(walk: Walk) -> AccountId:
    return walk.new_account().account


@sample(OperatorRpc.open_account)
def _(walk: Walk) -> Expected:
    made = walk.call(OperatorRpc.open_account, SYSTEM, NewAccount(_new("ООО"), "boss", ""))
    return walk.by_system(made.account)


@sample(OperatorRpc.change_operated_account)
def _(walk: Walk) -> Expected:
    account = _operated(walk)
    walk.call(OperatorRpc.change_operated_account, SYSTEM, account, OperatedChanges(idle_minutes=77), None)
    return walk.by_system(account, "account")


@sample(OperatorRpc.suspend_account)
def _(walk: Walk) -> Expected:
    account = _operated(walk)
    walk.call(OperatorRpc.suspend_account, SYSTEM, account, "не платит")
    return walk.by_system(account, "account")


@sample(OperatorRpc.resume_account)
def _(walk: Walk) -> Expected:
    account = _operated(walk)
    walk.call(OperatorRpc.suspend_account, SYSTEM, account, "не платит")
    walk.call(OperatorRpc.resume_account, SYSTEM, account)
    return walk.by_system(account, "account")


@sample(OperatorRpc.delete_account)
def _(walk: Walk) -> Expected:
    account = _operated(walk)
    walk.call(OperatorRpc.delete_account, SYSTEM, account, "закрылись")
    return walk.by_system(account, "account")


@sample(OperatorRpc.restore_account)
def _(walk: Walk) -> Expected:
    account = _operated(walk)
    walk.call(OperatorRpc.delete_account, SYSTEM, account, "закрылись")
    walk.call(OperatorRpc.restore_account, SYSTEM, account)
    return walk.by_system(account, "account")


@sample(OperatorRpc.issue_password_for)
def _(walk: Walk) -> Expected:
    account = _operated(walk)
    walk.call(OperatorRpc.issue_password_for, SYSTEM, account, "boss")
    return walk.by_system(account, "user")


@sample(OperatorRpc.create_operator)
def _(walk: Walk) -> Expected:
    """There is one operator account; whoever made it, an entry of that stands in its journal."""
    name = "Оператор сервера"
    made = walk.call(OperatorRpc.create_operator, SYSTEM, NewAccount(name, "operator", PASSWORD))
    if made is not None:
        return walk.by_system(made.account)
    accounts = walk.bus.call(OperatorRpc.page_accounts, SYSTEM, OperatedQuery(limit=500)).items
    account = next(one.id for one in accounts if one.operator)
    entry = next(one for one in walk.journal(account) if one.what == "create_operator")
    return Expected(account, "system", entry.who, made_before=True)


# --- identity: the rest


@sample(JournalRpc.note_export)
def _(walk: Walk) -> Expected:
    walk.call(JournalRpc.note_export, walk.alice, "journal", 12)
    return walk.by(walk.alice, "export")


@sample(NotificationsRpc.choose)
def _(walk: Walk) -> Expected:
    shown = walk.call(NotificationsRpc.get_choices, walk.alice).choices
    now = next(one.on_pages for one in shown if one.kind is NotificationKind.NEW_PLACE)
    choice = NotificationChoice(NotificationKind.NEW_PLACE, not now, False)
    walk.call(NotificationsRpc.choose, walk.alice, (choice,))
    return walk.by(walk.alice)


# --- registers


@sample(RegistersRpc.add_register)
def _(walk: Walk) -> Expected:
    walk.call(RegistersRpc.add_register, walk.alice, NewRegister(_new("Касса")))
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
    walk.call(RegistersRpc.add_group, walk.alice, _new("Зал"))
    return walk.by(walk.alice, "register_group")


@sample(RegistersRpc.rename_group)
def _(walk: Walk) -> Expected:
    group = walk.call(RegistersRpc.add_group, walk.alice, _new("Зал"))
    walk.call(RegistersRpc.rename_group, walk.alice, group.id, _new("Склад"), None)
    return walk.by(walk.alice, "register_group")


@sample(RegistersRpc.remove_group)
def _(walk: Walk) -> Expected:
    group = walk.call(RegistersRpc.add_group, walk.alice, _new("Зал"))
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
    group = walk.call(CatalogRpc.add_item_group, walk.alice, _new("Молочное"), None)
    walk.call(CatalogRpc.put_in_groups, walk.alice, (item.code,), (group.id,), ())
    return walk.by(walk.alice, "item")


@sample(BulkItemsRpc.change_items)
def _(walk: Walk) -> Expected:
    draft = ItemDraft(name="Сыр", price=100)
    walk.call(BulkItemsRpc.change_items, walk.alice, (ItemChange(1, draft=draft), ItemChange(2, draft=draft)))
    return walk.by(walk.alice, "item")


@sample(CatalogRpc.add_item_group)
def _(walk: Walk) -> Expected:
    walk.call(CatalogRpc.add_item_group, walk.alice, _new("Молочное"), None)
    return walk.by(walk.alice, "item_group")


@sample(CatalogRpc.change_item_group)
def _(walk: Walk) -> Expected:
    group = walk.call(CatalogRpc.add_item_group, walk.alice, _new("Молочное"), None)
    walk.call(CatalogRpc.change_item_group, walk.alice, group.id, _new("Сыры"), None, None)
    return walk.by(walk.alice, "item_group")


@sample(CatalogRpc.remove_item_group)
def _(walk: Walk) -> Expected:
    group = walk.call(CatalogRpc.add_item_group, walk.alice, _new("Молочное"), None)
    walk.call(CatalogRpc.remove_item_group, walk.alice, group.id)
    return walk.by(walk.alice, "item_group")


@sample(ImportsRpc.start_import)
def _(walk: Walk) -> Expected:
    walk.new_import(dry_run=False)
    return walk.by(walk.alice, "import")


@sample(ImportsRpc.apply_import)
def _(walk: Walk) -> Expected:
    walk.call(ImportsRpc.apply_import, walk.alice, walk.new_preview().id)
    return walk.by(walk.alice, "import")


@sample(ImportsRpc.cancel_import)
def _(walk: Walk) -> Expected:
    walk.call(ImportsRpc.cancel_import, walk.alice, walk.new_preview().id)
    return walk.by(walk.alice, "import")


# What writes and yet leaves no entry, each with its reason.
NOT_TOLD = {
    "IdentityRpc.authenticate": "moves the idle limit and counts the request; nothing that anybody set",
    "IdentityRpc.create_first_account": "does nothing once there is an account; then it is create_account",
    "OwnSignInRpc.renew_session": "moves the idle limit on, as every request does",
    "OwnSignInRpc.offer_second_factor": "what is offered is not in force; its confirmation is told",
    "NotificationsRpc.mark_seen": "what somebody has looked at is that person's own affair",
    "NotificationsRpc.mark_all_seen": "what somebody has looked at is that person's own affair",
    "ImportsRpc.upload_part": "bytes of a file that nobody asked to be used yet; start_import is told",
    "LinksRpc.close_link": "registers come and go all day",
    "LinksRpc.beats": "heartbeats change nothing that anybody set; a drift they show is told as register_alarm",
    "LinksRpc.mode_changed": "the register's own menu",
    "LinksRpc.due": "hands out work that was asked for; asking is told",
    "LinksRpc.report": "how a load goes stands in the exchange's timeline; a drift is told as register_alarm",
    "LinksRpc.note_progress": "progress, for the screen",
    "LinksRpc.settings_read": "the register tells what it is set to; nobody here set it",
}

READING = frozenset(
    {
        "ApiKeysRpc.list_api_keys",
        "CatalogRpc.base_status",
        "CatalogRpc.get_item",
        "CatalogRpc.list_item_groups",
        "CatalogRpc.page_items",
        "CatalogRpc.preview_price_list",
        "CatalogRpc.price_list_chunks",
        "EventLogRpc.events_after",
        "IdentityRpc.get_account",
        "IdentityRpc.get_usage",
        "IdentityRpc.peek_session",
        "ImportsRpc.get_import",
        "ImportsRpc.page_imports",
        "ImportsRpc.page_problems",
        "ImportsRpc.page_rows",
        "JournalRpc.journal_words",
        "JournalRpc.page_journal",
        "NotificationsRpc.count_unseen",
        "NotificationsRpc.get_choices",
        "NotificationsRpc.page_notifications",
        "OperatorRpc.find_account",
        "OperatorRpc.get_operated_account",
        "OperatorRpc.page_accounts",
        "OperatorRpc.suggest_sign_in_name",
        "OwnSignInRpc.get_second_factor",
        "OwnSignInRpc.list_own_sessions",
        "RegistersRpc.fleet_summary",
        "RegistersRpc.get_exchange",
        "RegistersRpc.get_register",
        "RegistersRpc.get_settings",
        "RegistersRpc.list_groups",
        "RegistersRpc.page_exchanges",
        "RegistersRpc.page_registers",
        "RegistersRpc.registers_filtering_by",
        "UsersRpc.get_user",
        "UsersRpc.page_users",
    }
)
