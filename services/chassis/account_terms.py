"""What a room knows of each account's state and limits: a copy of what the identity room told, in `account_terms`.

A room that has heard nothing of an account goes by DEFAULT_LIMITS. The row of a forgotten account stays for good: it
keeps whatever is heard or done later from bringing anything of the account back.
"""

import functools
from collections.abc import Callable
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.orm import Session

from services.contracts.events import EventRecord
from services.contracts.limits import (
    DEFAULT_LIMITS,
    AccountForgottenEvent,
    AccountLimits,
    AccountState,
    AccountTermsEvent,
)
from services.contracts.refusals import NotFound
from services.contracts.values import AccountId

FORGETTING = "forgetting"  # the account is gone for good, and what is left of it is being deleted
FORGOTTEN = "forgotten"  # nothing is left of it
_GONE = (FORGETTING, FORGOTTEN)
_LAST_VERSION = 2**63 - 1  # of a forgotten account: nothing told later is newer


class AccountTerms(msgspec.Struct, frozen=True):
    """How an account stands with this room."""

    state: str  # a word of AccountState, FORGETTING or FORGOTTEN
    limits: AccountLimits

    @property
    def active(self) -> bool:
        """Whether its registers get loads."""
        return self.state == AccountState.ACTIVE.value

    @property
    def gone(self) -> bool:
        """Whether the account is forgotten, or about to be: nothing of it may come into being."""
        return self.state in _GONE


_UNHEARD_OF = AccountTerms(AccountState.ACTIVE.value, DEFAULT_LIMITS)


@functools.cache
def terms_table(room: str) -> sa.Table:
    """The table in the schema of `room`."""
    return sa.Table(
        "account_terms",
        sa.MetaData(schema=room),
        sa.Column("account_id", sa.Uuid(as_uuid=False), primary_key=True),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("limits", JSONB, nullable=False),
        sa.Column("heard_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.clock_timestamp()),
        sa.Column("looked_at", sa.DateTime(timezone=True)),  # when it was last looked through for what is left
    )


def terms_of(session: Session, account: AccountId) -> AccountTerms:
    """How the account stands, as committed now."""
    table = terms_table(session.info["room"])
    row = session.execute(sa.select(table.c.state, table.c.limits).where(table.c.account_id == account)).one_or_none()
    return _UNHEARD_OF if row is None else AccountTerms(row.state, msgspec.convert(row.limits, AccountLimits))


def standing_terms(session: Session, account: AccountId) -> AccountTerms:
    """As `terms_of`, for whoever makes something. Refuses with NotFound when the account is gone."""
    terms = terms_of(session, account)
    if terms.gone:
        raise NotFound()
    return terms


def is_inactive(room: str, account: sa.ColumnElement[str]) -> sa.ColumnElement[bool]:
    """In a question over all accounts: whether the account in this column gets no loads."""
    table = terms_table(room)
    return sa.exists().where(table.c.account_id == account, table.c.state != AccountState.ACTIVE.value)


def store_terms(session: Session, event: AccountTermsEvent) -> bool:
    """Keep what was told, unless something newer is known; False if it is. The session is a system one."""
    table = terms_table(session.info["room"])
    told = insert(table).values(
        account_id=event.account,
        version=event.version,
        state=event.state.value,
        limits=msgspec.to_builtins(event.limits),
    )
    stored = session.execute(
        told.on_conflict_do_update(
            index_elements=[table.c.account_id],
            set_={
                "version": told.excluded.version,
                "state": told.excluded.state,
                "limits": told.excluded.limits,
                "heard_at": sa.func.clock_timestamp(),
            },
            where=table.c.version < told.excluded.version,
        ).returning(table.c.account_id)
    ).first()
    return stored is not None


def hear_terms(session: Session, record: EventRecord, event: AccountTermsEvent) -> None:
    """The identity room told an account's terms."""
    store_terms(session, event)


def hear_forgotten(session: Session, record: EventRecord, event: AccountForgottenEvent) -> None:
    """The account is gone for good. From this commit on nothing of it is made; services.chassis.forgetting deletes."""
    table = terms_table(session.info["room"])
    told = insert(table).values(account_id=event.account, version=_LAST_VERSION, state=FORGETTING, limits={})
    session.execute(
        told.on_conflict_do_update(
            index_elements=[table.c.account_id],
            set_={
                "version": told.excluded.version,
                "state": told.excluded.state,
                "limits": told.excluded.limits,
                "heard_at": sa.func.clock_timestamp(),
                "looked_at": None,
            },
            where=table.c.state.not_in(_GONE),
        )
    )


def unless_forgotten(handler: Callable[..., None]) -> Callable[..., None]:
    """The same handler of facts, which passes over those of accounts that are gone."""

    @functools.wraps(handler)
    def guarded(session: Session, record: EventRecord, event: Any) -> None:
        if record.account is None or not terms_of(session, record.account).gone:
            handler(session, record, event)

    return guarded


def lock_in_account(session: Session, account: AccountId, what: str) -> None:
    """Let those who do `what` in the account come one after the other, from here to the end of the transaction."""
    words = {"what": f"{session.info['room']} {what}", "account": account}
    session.execute(sa.text("SELECT pg_advisory_xact_lock(hashtext(:what), hashtext(:account))"), words)
