"""The life of an account: suspended and resumed, its deletion announced, taken back, and final.

Whoever calls these has checked that the operator of the server acts. System sessions.
"""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from services.chassis.event_log import record
from services.chassis.journal import changed
from services.contracts.limits import AccountForgottenEvent, AccountState, AccountTermsEvent
from services.contracts.notifications import NotificationKind
from services.contracts.operator import DELETION_DAYS, OwnAccount, WrongState
from services.contracts.refusals import Invalid
from services.contracts.values import AccountId
from services.identity.domain import account_rules
from services.identity.domain.account_limits import limits_of
from services.identity.models import Account
from services.identity.system_repository import operated_accounts as system_repository
from services.identity.use_cases import notifying
from services.identity.use_cases.accounts import told
from services.identity.use_cases.sessions import end_all

REASON_MAX = 500  # characters
LINK = "/admin/account"


def suspend(session: Session, row: Account, reason: str, now: datetime) -> None:
    """Nobody signs in any more, sessions end, keys are refused. Refuses with OwnAccount, WrongState, Invalid."""
    if row.operator:
        raise OwnAccount()
    row.suspended_reason = _checked(reason)
    _enter(session, row, (AccountState.ACTIVE,), AccountState.SUSPENDED, row.suspended_reason, None, now)
    _end_sessions(session, row, now)


def resume(session: Session, row: Account, now: datetime) -> None:
    """Refuses with WrongState."""
    row.suspended_reason = None
    _enter(session, row, (AccountState.SUSPENDED,), AccountState.ACTIVE, "", None, now)


def announce_deletion(session: Session, row: Account, reason: str, now: datetime) -> None:
    """Final after DELETION_DAYS; until then its users sign in and see it. Refuses with OwnAccount, WrongState."""
    if row.operator:
        raise OwnAccount()
    end = now + timedelta(days=DELETION_DAYS)
    before = (AccountState.ACTIVE, AccountState.SUSPENDED)
    _enter(session, row, before, AccountState.DELETING, _checked(reason), end, now)


def restore(session: Session, row: Account, now: datetime) -> None:
    """As it was before the deletion was announced: active, or suspended for the same reason.

    Until the deletion is due: from then on the account may be half forgotten. Refuses with WrongState.
    """
    if row.delete_at is not None and row.delete_at <= now:
        raise WrongState()
    suspended = row.suspended_reason
    state = AccountState.ACTIVE if suspended is None else AccountState.SUSPENDED
    _enter(session, row, (AccountState.DELETING,), state, suspended or "", None, now)


def finish_deletions(session: Session, now: datetime) -> None:
    """Forget one account whose announced deletion is due: every row of it, and every room hears of it.

    A long journal goes in parts, one a call, so that no transaction is long.
    """
    row = system_repository.hold_overdue(session, AccountState.DELETING.value, now)
    if row is None:
        return
    account = AccountId(row.account_id)
    if not system_repository.forget_journal(session, account):
        return
    number = row.number
    session.expunge(row)
    system_repository.forget_account(session, account)
    record(session, account, AccountForgottenEvent(account=account, number=number))


def tell_terms(session: Session, row: Account) -> None:
    """The other rooms hear of the account's state and limits as they are now."""
    row.terms_version += 1
    session.flush()
    account = AccountId(row.account_id)
    event = AccountTermsEvent(account, row.terms_version, AccountState(row.state), limits_of(row.limits))
    record(session, account, event)


def _checked(reason: str) -> str:
    text = account_rules.clean_text(reason)
    if text and (wrong := account_rules.check_text("reason", text, REASON_MAX)) is not None:
        raise Invalid((wrong,))
    return text


def _enter(
    session: Session,
    row: Account,
    begins: tuple[AccountState, ...],
    state: AccountState,
    reason: str,
    delete_at: datetime | None,
    now: datetime,
) -> None:
    if AccountState(row.state) not in begins:
        raise WrongState()
    account, before = AccountId(row.account_id), told(row)
    row.state, row.state_reason, row.delete_at = state.value, reason, delete_at
    row.version += 1
    tell_terms(session, row)
    changed(session, account, "account", row.account_id, row.name, before, told(row))
    end = "" if delete_at is None else delete_at.isoformat()
    params: notifying.Params = {"state": state.value, "delete_at": end, "reason": reason}
    source = f"account_state:{row.terms_version}"
    news = notifying.News(NotificationKind.ACCOUNT_STATE, source, params, LINK, now)
    notifying.notify_roles(session, account, news)


def _end_sessions(session: Session, row: Account, now: datetime) -> None:
    account = AccountId(row.account_id)
    for user in system_repository.signed_in_users(session, account):
        end_all(account, session, user, "account", now)
