"""Opening accounts, reading them, changing them."""

import uuid
from collections.abc import Collection
from datetime import datetime

import msgspec
from sqlalchemy.orm import Session

from services.chassis.event_log import record
from services.contracts.identity import (
    IDLE_MINUTES_DEFAULT,
    AccountChangedEvent,
    AccountChanges,
    AccountCreated,
    AccountCreatedEvent,
    AccountView,
    NewAccount,
    SignInNameTaken,
)
from services.contracts.limits import AccountState
from services.contracts.permissions import Role
from services.contracts.refusals import FieldError, Invalid, NotFound, Stale
from services.contracts.values import AccountId
from services.identity import views
from services.identity.domain import account_rules, client_names, logins, passwords
from services.identity.models import Account, User
from services.identity.repository import accounts as repository
from services.identity.system_repository import accounts as system_repository


class CheckedAccount(msgspec.Struct, frozen=True):
    """A NewAccount whose fields are right and in the form in which they are kept."""

    name: str
    login: str
    password: str
    sign_in_name: str | None


def check_new(new: NewAccount) -> CheckedAccount:
    """The fields in their kept form. Refuses with Invalid, naming every wrong one."""
    checked = CheckedAccount(
        name=account_rules.clean_text(new.name),
        login=logins.clean_login(new.login),
        password=passwords.normalise(new.password[: 4 * passwords.PASSWORD_MAX]),
        sign_in_name=None if new.sign_in_name is None else account_rules.clean_text(new.sign_in_name),
    )
    _refuse_if_any(
        account_rules.check_account_name(checked.name),
        account_rules.check_login(checked.login),
        account_rules.check_password(checked.password, checked.login, (checked.name, checked.sign_in_name or "")),
        None if checked.sign_in_name is None else account_rules.check_sign_in_name(checked.sign_in_name),
    )
    return checked


def create_account(session: Session, new: CheckedAccount, password_hash: str, now: datetime) -> AccountCreated:
    """Open an account with its first administrator. System session. Refuses with SignInNameTaken."""
    system_repository.lock_account_creation(session)
    return _create(session, new, password_hash, now)


def create_first_account(
    session: Session, new: CheckedAccount, password_hash: str, now: datetime
) -> AccountCreated | None:
    """As create_account while there is no account; None when there is one. System session."""
    system_repository.lock_account_creation(session)
    if system_repository.any_account(session):
        return None
    return _create(session, new, password_hash, now)


def get_account(account: AccountId, session: Session) -> AccountView:
    """Refuses with NotFound."""
    row = repository.get_account(account, session)
    if row is None:
        raise NotFound()
    return views.account_view(row)


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
    wanted = _checked_changes(changes, time_zones)
    row = repository.get_account(account, session, lock=True)
    if row is None:
        raise NotFound()
    if version is not None and version != row.version:
        raise Stale(version=row.version)
    changed = tuple(field for field, value in wanted.items() if getattr(row, field) != value)
    if not changed:
        return views.account_view(row)
    for field in changed:
        setattr(row, field, wanted[field])
    row.sign_in_key = client_names.sign_in_key(row.sign_in_name)
    row.version += 1
    if not repository.save_account(account, session, row):
        raise SignInNameTaken((FieldError("sign_in_name", "sign_in_name_taken"),))
    record(session, account, AccountChangedEvent(account=account, changed=changed))
    return views.account_view(row)


def _create(session: Session, new: CheckedAccount, password_hash: str, now: datetime) -> AccountCreated:
    number = system_repository.next_client_number(session)
    account = AccountId(str(uuid.uuid4()))
    sign_in_name = _free_sign_in_name(session, new, number)
    session.add(
        Account(
            account_id=account,
            number=number,
            name=new.name,
            sign_in_name=sign_in_name,
            sign_in_key=client_names.sign_in_key(sign_in_name),
            inn=None,
            time_zone=account_rules.DEFAULT_TIME_ZONE,
            default_tax_code=None,
            idle_minutes=IDLE_MINUTES_DEFAULT,
            version=1,
            created_at=now,
            search_key=client_names.search_key(new.name, sign_in_name, str(number)),
            operator=False,
            second_factor_required=False,
            state=AccountState.ACTIVE.value,
            state_reason="",
            delete_at=None,
            limits={},
            terms_version=1,
            last_sign_in_at=None,
        )
    )
    session.flush()
    session.add(
        User(
            account_id=account,
            user_id=str(uuid.uuid4()),
            login=new.login,
            login_key=logins.login_key(new.login),
            look_key=logins.look_key(new.login),
            name=new.login,
            email=None,
            dealer=False,
            disabled=False,
            search_key=client_names.search_key(new.login),
            version=1,
            last_sign_in_at=None,
            roles=[Role.ADMINISTRATOR.value],
            language=None,
            password_hash=password_hash,
            must_change_password=False,
            password_until=None,
            totp=None,
            totp_enabled_at=None,
            totp_last_step=None,
            totp_offer=None,
            created_at=now,
        )
    )
    session.flush()
    record(session, account, AccountCreatedEvent(account=account, number=number, name=new.name))
    return AccountCreated(account=account, client_number=number, sign_in_name=sign_in_name, user=new.login)


def _free_sign_in_name(session: Session, new: CheckedAccount, number: int) -> str:
    asked = new.sign_in_name
    candidates = tuple(client_names.suggestions(new.name, number)) if asked is None else (asked,)
    taken = system_repository.taken_sign_in_keys(session, [client_names.sign_in_key(name) for name in candidates])
    free = client_names.first_free(candidates, taken)
    if free is None:
        raise SignInNameTaken((FieldError("sign_in_name", "sign_in_name_taken"),))
    return free


def _checked_changes(changes: AccountChanges, time_zones: Collection[str]) -> dict[str, str | int | None]:
    wanted: dict[str, str | int | None] = {}
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
    _refuse_if_any(*wrong)
    return wanted


def _refuse_if_any(*wrong: FieldError | None) -> None:
    errors = tuple(error for error in wrong if error is not None)
    if errors:
        raise Invalid(errors)
