"""Samples of the writing methods of the identity room."""

import pytest

from services.contracts.api_keys import ApiKeysRpc, NewApiKey
from services.contracts.identity import AccountChanges, IdentityRpc, NewAccount, SecondFactorNeeded
from services.contracts.journal import JournalRpc
from services.contracts.notifications import NotificationChoice, NotificationKind, NotificationsRpc
from services.contracts.operator import OperatedChanges, OperatedQuery, OperatorRpc
from services.contracts.own_sign_in import OwnSignInRpc
from services.contracts.permissions import Role
from services.contracts.users import UserChanges, UsersRpc
from services.contracts.values import AccountId
from tests.contracts.journal.registry import new, sample
from tests.contracts.journal.walk import ADDRESS, PASSWORD, SYSTEM, Expected, Walk

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
    walk.call(IdentityRpc.change_me, walk.alice, new("Алиса")[:40], None)
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


@sample(OwnSignInRpc.change_own_email)
def _(walk: Walk) -> Expected:
    person = walk.new_person()
    walk.call(OwnSignInRpc.change_own_email, person, "person@shop.ru", PASSWORD)
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
    walk.call(ApiKeysRpc.make_api_key, walk.alice, NewApiKey(new("1C"), (Role.VIEWER,)))
    return walk.by(walk.alice, "api_key")


@sample(ApiKeysRpc.revoke_api_key)
def _(walk: Walk) -> Expected:
    made = walk.call(ApiKeysRpc.make_api_key, walk.alice, NewApiKey(new("1C"), (Role.VIEWER,)))
    walk.call(ApiKeysRpc.revoke_api_key, walk.alice, made.key.id)
    return walk.by(walk.alice, "api_key")


# --- identity: the operator


def _operated(walk: Walk) -> AccountId:
    return walk.new_account().account


@sample(OperatorRpc.open_account)
def _(walk: Walk) -> Expected:
    made = walk.call(OperatorRpc.open_account, SYSTEM, NewAccount(new("ООО"), "boss", ""))
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
    page = walk.bus.call(OperatorRpc.page_accounts, SYSTEM, OperatedQuery(limit=500))
    while not any(one.operator for one in page.items):
        assert page.next is not None
        page = walk.bus.call(OperatorRpc.page_accounts, SYSTEM, OperatedQuery(limit=500, after=page.next))
    account = next(one.id for one in page.items if one.operator)
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
