"""What the operator of the server does with the accounts on it. System sessions, but for `may_operate`."""

from collections.abc import Collection
from datetime import datetime

import msgspec
from sqlalchemy.orm import Session

from services.chassis.database import leave_walls
from services.chassis.permit import permit
from services.contracts.identity import AccountCreated
from services.contracts.operator import OperatedAccount, OperatedChanges, OperatedQuery, Operator
from services.contracts.permissions import Right, Role
from services.contracts.refusals import FieldError, Forbidden, Invalid, NotFound
from services.contracts.users import UserWithPassword
from services.contracts.values import MAX_PAGE, AccountId, Page, SystemActor
from services.identity import views
from services.identity.domain import account_rules, ids, logins
from services.identity.domain.client_names import CLIENT_NUMBER_MAX
from services.identity.domain.number_cursors import encode_number_cursor
from services.identity.models import Account
from services.identity.repository import accounts as repository
from services.identity.system_repository import accounts as accounts_over_walls
from services.identity.system_repository import operated_accounts as system_repository
from services.identity.use_cases import accounts, one_time_passwords
from services.identity.use_cases.account_states import tell_terms
from services.identity.use_cases.accounts import CheckedAccount, FirstUser
from services.identity.use_cases.letters import Post
from services.identity.use_cases.one_time_passwords import OneTimePassword


def enter(actor: Operator, session: Session) -> str:
    """Let the operator over the walls, in this transaction; returns its name. Refuses everybody else with Forbidden.

    The right counts in the operator's account alone, and for people alone: a key that is stolen opens no account.
    """
    if isinstance(actor, SystemActor):
        return actor.name
    permit(actor, Right.OPERATE)
    own = repository.get_account(actor.account, session)
    if actor.key is not None or own is None or not own.operator:
        raise Forbidden(right=Right.OPERATE.value)
    # In the journals of other accounts a name alone would tell nobody who that was.
    session.info["actor"] = msgspec.structs.replace(actor, home=actor.account, home_name=own.name)
    leave_walls(session)
    return actor.name


def page_accounts(session: Session, query: OperatedQuery) -> Page[OperatedAccount]:
    """By client number. Refuses with Invalid."""
    if not 1 <= query.limit <= MAX_PAGE:
        raise Invalid((FieldError("limit", "out_of_range", {"min": 1, "max": MAX_PAGE}),))
    rows = system_repository.page_accounts(session, query)
    shown = rows[: query.limit]
    users = system_repository.count_users(session, [row.account_id for row in shown])
    further = encode_number_cursor(shown[-1].number) if len(rows) > query.limit else None
    return Page(tuple(views.operated_account_view(row, users.get(row.account_id, 0)) for row in shown), further)


def look_up(session: Session, account: AccountId) -> Account:
    """Refuses with NotFound."""
    return _found(repository.get_account(_known(account), session))


def hold(session: Session, account: AccountId) -> Account:
    """As look_up; the row is held until the end of the transaction."""
    return _found(repository.get_account(_known(account), session, lock=True))


def find(session: Session, number: int) -> Account:
    """By client number. Refuses with NotFound."""
    return _found(system_repository.find_account(session, number) if 0 < number <= CLIENT_NUMBER_MAX else None)


def view(session: Session, row: Account) -> OperatedAccount:
    """The account as the operator sees it."""
    return views.operated_account_view(row, system_repository.count_users(session, [row.account_id])[row.account_id])


def suggest_sign_in_name(session: Session, name: str) -> str:
    """A free one for an organisation of that name; for a name that is none "". Refuses with SignInNameTaken."""
    clean = account_rules.clean_text(name)
    if account_rules.check_account_name(clean) is not None:
        return ""
    return accounts.free_sign_in_name(session, clean, CLIENT_NUMBER_MAX)


def open_account(
    session: Session, new: CheckedAccount, given: str | OneTimePassword, now: datetime, post: Post
) -> AccountCreated:
    """An account with its first administrator; `given`: the hash of a chosen password, or a one-time one, told once
    and mailed where that can be. Refuses with SignInNameTaken."""
    accounts_over_walls.lock_account_creation(session)
    if isinstance(given, str):
        return accounts.open_account(session, new, FirstUser(given), now)
    created = accounts.open_account(session, new, FirstUser(given.password_hash, until=given.until), now)
    row = look_up(session, created.account)
    user = system_repository.find_by_login(session, created.account, logins.login_key(new.login))
    if user is not None:
        post.one_time_password(session, row, user, given.password, now)
    return msgspec.structs.replace(created, password=given.password, valid_until=given.until)


def change_account(
    session: Session, account: AccountId, changes: OperatedChanges, version: int | None, time_zones: Collection[str]
) -> OperatedAccount:
    """Refuses with Invalid, Stale, SignInNameTaken, NotFound."""
    wanted = accounts.checked_changes(changes, time_zones)
    row = hold(session, account)
    limits = dict(row.limits)
    if accounts.change(session, row, wanted, version) and row.limits != limits:
        tell_terms(session, row)
    return view(session, row)


def issue_password(
    session: Session, account: AccountId, login: str, made: OneTimePassword, by: str, now: datetime, post: Post
) -> UserWithPassword:
    """A one-time password for a user of any account. Refuses with NotFound."""
    row = hold(session, account)
    user = system_repository.find_by_login(session, account, logins.login_key(logins.clean_login(login)))
    if user is None:
        raise NotFound()
    told = one_time_passwords.put_in_force(session, row, user, made, by, now)
    return msgspec.structs.replace(told, mailed=post.one_time_password(session, row, user, made.password, now))


def create_operator(session: Session, new: CheckedAccount, password_hash: str, now: datetime) -> AccountCreated | None:
    """The operator account; None when there is one. However many ask at once, one is made."""
    accounts_over_walls.lock_account_creation(session)
    if system_repository.any_operator(session):
        return None
    first = FirstUser(password_hash, roles=(Role.ADMINISTRATOR, Role.OPERATOR))
    return accounts.open_account(session, new, first, now, operator=True)


def _known(account: AccountId) -> AccountId:
    ids.must_be_id(account)
    return account


def _found(row: Account | None) -> Account:
    if row is None:
        raise NotFound()
    return row
