"""Accounts as the operator of the server sees them, and the deletion of one."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.contracts.operator import OperatedQuery
from services.contracts.values import AccountId
from services.identity.domain.client_names import search_key
from services.identity.domain.number_cursors import decode_number_cursor
from services.identity.models import Account, ApiKey, JournalRow, LiveSession, RequestRate, User

SEARCH_MAX = 200  # characters typed into the search
ENTRIES_AT_ONCE = 20_000  # of a journal deleted in one transaction
# What goes when an account goes, each table before those it refers to; the rest goes with its user.
_FORGOTTEN = (LiveSession, ApiKey, RequestRate, User)
_OF_CHASSIS = ("dead_letter", "handled_request", "event_log")


def page_accounts(session: Session, query: OperatedQuery) -> Sequence[Account]:
    """One more than a page of accounts, by client number. Raises Invalid for a cursor that is none of ours."""
    question = sa.select(Account)
    printable = "".join(char if char.isprintable() else " " for char in query.q[:SEARCH_MAX])
    for word in search_key(printable).split():
        question = question.where(Account.search_key.contains(word, autoescape=True))
    if query.state is not None:
        question = question.where(Account.state == query.state.value)
    if query.after is not None:
        question = question.where(Account.number > decode_number_cursor(query.after))
    return session.scalars(question.order_by(Account.number).limit(query.limit + 1)).all()


def find_account(session: Session, number: int) -> Account | None:
    """By client number."""
    return session.scalar(sa.select(Account).where(Account.number == number))


def count_users(session: Session, accounts: Sequence[str]) -> Mapping[str, int]:
    """How many users each of the accounts has."""
    question = sa.select(User.account_id, sa.func.count()).where(User.account_id.in_(accounts))
    return {row[0]: row[1] for row in session.execute(question.group_by(User.account_id))}


def find_by_login(session: Session, account: AccountId, login_key: str) -> User | None:
    """The user of that login; its row is held."""
    question = sa.select(User).where(User.account_id == account, User.login_key == login_key)
    return session.scalar(question.with_for_update(key_share=True))


def signed_in_users(session: Session, account: AccountId) -> Sequence[User]:
    """Users of the account with a live session, in the order in which rows are held."""
    live = sa.exists().where(
        LiveSession.account_id == User.account_id, LiveSession.user_id == User.user_id, LiveSession.ended_at.is_(None)
    )
    question = sa.select(User).where(User.account_id == account, live).order_by(User.user_id)
    return session.scalars(question.with_for_update(key_share=True)).all()


def any_operator(session: Session) -> bool:
    """Whether there is an operator account."""
    return bool(session.scalar(sa.select(sa.exists().where(Account.operator))))


def hold_overdue(session: Session, state: str, now: datetime) -> Account | None:
    """An account whose announced deletion is due, held; one that another replica holds is passed over."""
    question = sa.select(Account).where(Account.state == state, Account.delete_at <= now)
    return session.scalar(question.order_by(Account.delete_at).limit(1).with_for_update(skip_locked=True))


def forget_journal(session: Session, account: AccountId) -> bool:
    """Delete a part of the account's journal; False while there is more. The append-only table lets this one go."""
    session.execute(sa.select(sa.func.set_config("kkt.forgetting", str(account), True)))
    part = sa.select(JournalRow.room, JournalRow.number).where(JournalRow.account_id == account).limit(ENTRIES_AT_ONCE)
    gone = session.execute(
        sa.delete(JournalRow)
        .where(JournalRow.account_id == account, sa.tuple_(JournalRow.room, JournalRow.number).in_(part))
        .execution_options(synchronize_session=False)
    )
    return gone.rowcount < ENTRIES_AT_ONCE  # type: ignore[attr-defined, no-any-return]


def forget_account(session: Session, account: AccountId) -> None:
    """Delete all rows of the account, those of the chassis, too. Its number is not given out again."""
    for table in _FORGOTTEN:
        rows = sa.delete(table).where(table.account_id == account)
        session.execute(rows.execution_options(synchronize_session=False))
    for name in _OF_CHASSIS:
        kept = sa.table(name, sa.column("account_id", sa.Uuid(as_uuid=False)), schema="identity")
        session.execute(sa.delete(kept).where(kept.c.account_id == account))
    own = sa.delete(Account).where(Account.account_id == account)
    session.execute(own.execution_options(synchronize_session=False))
