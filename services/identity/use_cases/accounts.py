"""Opening accounts, reading them, changing them."""

import uuid
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy.orm import Session

from services.chassis.event_log import record
from services.chassis.journal import changed
from services.contracts.identity import (
    IDLE_MINUTES_DEFAULT,
    AccountChangedEvent,
    AccountChanges,
    AccountCreated,
    AccountCreatedEvent,
    AccountUsage,
    AccountView,
    NewAccount,
    SignInNameTaken,
)
from services.contracts.limits import AccountLimits, AccountState
from services.contracts.operator import OperatedChanges
from services.contracts.permissions import Role
from services.contracts.refusals import FieldError, Invalid, NotFound, Stale
from services.contracts.values import AccountId
from services.identity import views
from services.identity.domain import account_limits, account_rules, client_names, logins, passwords, user_rules
from services.identity.models import Account, User
from services.identity.repository import accounts as repository
from services.identity.repository import api_keys as api_keys_repository
from services.identity.repository import users as users_repository
from services.identity.system_repository import accounts as system_repository
from services.identity.use_cases import user_fields


class CheckedAccount(msgspec.Struct, frozen=True):
    """A NewAccount whose fields are right and in the form in which they are kept. `password` "": one is to be made."""

    name: str
    login: str
    password: str
    sign_in_name: str | None
    inn: str | None = None
    time_zone: str = account_rules.DEFAULT_TIME_ZONE
    default_tax_code: int | None = None
    email: str | None = None


class FirstUser(msgspec.Struct, frozen=True):
    """How the first user of an account signs in. `until`: of a one-time password, which must be changed."""

    password_hash: str
    roles: tuple[Role, ...] = (Role.ADMINISTRATOR,)
    until: datetime | None = None


def check_new(
    new: NewAccount, time_zones: Collection[str] = frozenset(), *, password_may_be_made: bool = False
) -> CheckedAccount:
    """The fields in their kept form. `time_zones` are the IANA names known here; `password_may_be_made`: where none
    was given. Refuses with Invalid, naming every wrong one."""
    checked = CheckedAccount(
        name=account_rules.clean_text(new.name),
        login=logins.clean_login(new.login),
        password=passwords.normalise(new.password[: 4 * passwords.PASSWORD_MAX]),
        sign_in_name=None if new.sign_in_name is None else account_rules.clean_text(new.sign_in_name),
        inn="".join((new.inn or "").split()) or None,
        time_zone=new.time_zone or account_rules.DEFAULT_TIME_ZONE,
        default_tax_code=new.default_tax_code,
        email=user_rules.clean_email(new.email),
    )
    made = password_may_be_made and not checked.password
    words = (checked.name, checked.sign_in_name or "", checked.inn or "")
    _refuse_if_any(
        account_rules.check_account_name(checked.name),
        account_rules.check_login(checked.login),
        None if made else account_rules.check_password(checked.password, checked.login, words),
        None if checked.sign_in_name is None else account_rules.check_sign_in_name(checked.sign_in_name),
        None if checked.inn is None else account_rules.check_inn(checked.inn),
        None if new.time_zone is None else account_rules.check_time_zone(checked.time_zone, time_zones),
        None if new.default_tax_code is None else account_rules.check_default_tax_code(new.default_tax_code),
        user_rules.check_email(checked.email),
    )
    return checked


def create_account(session: Session, new: CheckedAccount, password_hash: str, now: datetime) -> AccountCreated:
    """Open an account with its first administrator. System session. Refuses with SignInNameTaken."""
    system_repository.lock_account_creation(session)
    return open_account(session, new, FirstUser(password_hash), now)


def create_first_account(
    session: Session, new: CheckedAccount, password_hash: str, now: datetime
) -> AccountCreated | None:
    """As create_account while there is no account; None when there is one. System session."""
    system_repository.lock_account_creation(session)
    if system_repository.any_account(session):
        return None
    return open_account(session, new, FirstUser(password_hash), now)


def get_account(account: AccountId, session: Session) -> AccountView:
    """Refuses with NotFound."""
    row = repository.get_account(account, session)
    if row is None:
        raise NotFound()
    return views.account_view(row)


def get_usage(account: AccountId, session: Session) -> AccountUsage:
    """The account's limits, and what this room counts of it. Refuses with NotFound."""
    row = repository.get_account(account, session)
    if row is None:
        raise NotFound()
    users = users_repository.count_users(account, session)
    keys = api_keys_repository.count_live_keys(account, session)
    return AccountUsage(account_limits.limits_of(row.limits), users, keys)


def change_account(
    account: AccountId,
    session: Session,
    changes: AccountChanges,
    version: int | None,
    time_zones: Collection[str],
) -> AccountView:
    """Change the fields that are set; the same values again change nothing, not even the version.

    `version` is the one that was read (None: whatever it is). `time_zones` are the IANA names known here.
    Refuses with Invalid, Stale, SignInNameTaken, NotFound.
    """
    wanted = checked_changes(changes, time_zones)
    row = repository.get_account(account, session, lock=True)
    if row is None:
        raise NotFound()
    change(session, row, wanted, version)
    return views.account_view(row)


def change(session: Session, row: Account, wanted: Mapping[str, Any], version: int | None) -> bool:
    """Put checked fields in force in a held row; False when nothing differs. Refuses with Stale, SignInNameTaken."""
    account = AccountId(row.account_id)
    if version is not None and version != row.version:
        raise Stale(version=row.version)
    fields = tuple(field for field, value in wanted.items() if getattr(row, field) != value)
    if not fields:
        return False
    before = told(row)
    for field in fields:
        setattr(row, field, wanted[field])
    row.sign_in_key = client_names.sign_in_key(row.sign_in_name)
    row.search_key = client_names.search_key(row.name, row.sign_in_name, str(row.number), row.inn or "")
    row.version += 1
    if not repository.save_account(account, session, row):
        raise SignInNameTaken((FieldError("sign_in_name", "sign_in_name_taken"),))
    changed(session, account, "account", row.account_id, row.name, before, told(row))
    record(session, account, AccountChangedEvent(account=account, changed=fields))
    return True


def told(row: Account) -> dict[str, Any]:
    """What the journal is told of an account."""
    return {
        "name": row.name,
        "sign_in_name": row.sign_in_name,
        "inn": row.inn,
        "time_zone": row.time_zone,
        "default_tax_code": row.default_tax_code,
        "idle_minutes": row.idle_minutes,
        "second_factor_required": row.second_factor_required,
        "state": row.state,
        "reason": row.state_reason,
        "delete_at": row.delete_at,
        "limits": dict(row.limits),
    }


def open_account(
    session: Session, new: CheckedAccount, first: FirstUser, now: datetime, *, operator: bool = False
) -> AccountCreated:
    """An account with its first user. System session in which creations are held off. Refuses with SignInNameTaken."""
    number = system_repository.next_client_number(session)
    account = AccountId(str(uuid.uuid4()))
    sign_in_name = free_sign_in_name(session, new.name, number, new.sign_in_name)
    row = Account(
        account_id=account,
        number=number,
        name=new.name,
        sign_in_name=sign_in_name,
        sign_in_key=client_names.sign_in_key(sign_in_name),
        inn=new.inn,
        time_zone=new.time_zone,
        default_tax_code=new.default_tax_code,
        idle_minutes=IDLE_MINUTES_DEFAULT,
        version=1,
        created_at=now,
        search_key=client_names.search_key(new.name, sign_in_name, str(number), new.inn or ""),
        operator=operator,
        second_factor_required=False,
        state=AccountState.ACTIVE.value,
        state_reason="",
        suspended_reason=None,
        delete_at=None,
        limits={},
        terms_version=1,
        last_sign_in_at=None,
    )
    session.add(row)
    session.flush()
    changed(session, account, "account", account, new.name, None, told(row))
    _add_first_user(session, account, new, first, now)
    record(session, account, AccountCreatedEvent(account=account, number=number, name=new.name))
    return AccountCreated(account=account, client_number=number, sign_in_name=sign_in_name, user=new.login)


def _add_first_user(session: Session, account: AccountId, new: CheckedAccount, first: FirstUser, now: datetime) -> None:
    user = User(
        account_id=account,
        user_id=str(uuid.uuid4()),
        login=new.login,
        login_key=logins.login_key(new.login),
        look_key=logins.look_key(new.login),
        name=new.login,
        email=new.email,
        dealer=False,
        disabled=False,
        search_key=client_names.search_key(new.login),
        version=1,
        last_sign_in_at=None,
        roles=[role.value for role in first.roles],
        language=None,
        password_hash=first.password_hash,
        must_change_password=first.until is not None,
        password_until=first.until,
        totp=None,
        totp_enabled_at=None,
        totp_last_step=None,
        totp_offer=None,
        created_at=now,
    )
    session.add(user)
    session.flush()
    changed(session, account, "user", user.user_id, user.login, None, user_fields.told(user))


def free_sign_in_name(session: Session, name: str, number: int, asked: str | None = None) -> str:
    """The name that was asked for, or the first free one made from the account's. Refuses with SignInNameTaken."""
    candidates = tuple(client_names.suggestions(name, number)) if asked is None else (asked,)
    taken = system_repository.taken_sign_in_keys(session, [client_names.sign_in_key(name) for name in candidates])
    free = client_names.first_free(candidates, taken)
    if free is None:
        raise SignInNameTaken((FieldError("sign_in_name", "sign_in_name_taken"),))
    return free


def checked_changes(changes: AccountChanges | OperatedChanges, time_zones: Collection[str]) -> dict[str, Any]:
    """The fields that are set, in their kept form. Refuses with Invalid, naming every wrong one."""
    wanted: dict[str, Any] = {}
    wrong: list[FieldError | None] = []
    if isinstance(changes.name, str):
        wanted["name"] = name = account_rules.clean_text(changes.name)
        wrong.append(account_rules.check_account_name(name))
    if isinstance(changes.sign_in_name, str):
        wanted["sign_in_name"] = sign_in_name = account_rules.clean_text(changes.sign_in_name)
        wrong.append(account_rules.check_sign_in_name(sign_in_name))
    if changes.inn is None or isinstance(changes.inn, str):
        wanted["inn"] = inn = "".join((changes.inn or "").split()) or None  # an emptied field means «no ИНН»
        wrong.append(None if inn is None else account_rules.check_inn(inn))
    if isinstance(changes.time_zone, str):
        wanted["time_zone"] = changes.time_zone
        wrong.append(account_rules.check_time_zone(changes.time_zone, time_zones))
    if isinstance(changes.default_tax_code, int):
        wanted["default_tax_code"] = changes.default_tax_code
        wrong.append(account_rules.check_default_tax_code(changes.default_tax_code))
    if isinstance(changes.idle_minutes, int):
        wanted["idle_minutes"] = changes.idle_minutes
        wrong.append(account_rules.check_idle_minutes(changes.idle_minutes))
    if isinstance(changes.second_factor_required, bool):
        wanted["second_factor_required"] = changes.second_factor_required
    if isinstance(changes, OperatedChanges) and isinstance(changes.limits, AccountLimits):
        wanted["limits"] = account_limits.stored(changes.limits)
        wrong.extend(account_limits.check(changes.limits))
    _refuse_if_any(*wrong)
    return wanted


def _refuse_if_any(*wrong: FieldError | None) -> None:
    errors = tuple(error for error in wrong if error is not None)
    if errors:
        raise Invalid(errors)
