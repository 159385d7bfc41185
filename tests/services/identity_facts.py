"""Facts of the identity room, written into its log as the room itself would: they reach the others over the bus."""

import contextlib
from collections.abc import Iterator

import msgspec
import sqlalchemy as sa

from services.chassis.database import Database
from services.chassis.event_log import record
from services.contracts.limits import AccountForgottenEvent, AccountLimits, AccountState, AccountTermsEvent
from services.contracts.values import AccountId, SystemActor

LATER = 1_000_000  # versions that no room has heard of yet


@contextlib.contextmanager
def _identity(database_url: str) -> Iterator[Database]:
    database = Database(database_url, "identity", 1)
    yield database
    database.close()


def account_of(database_url: str, number: int) -> AccountId:
    """The account of a client number."""
    with _identity(database_url) as database, database.system() as session:
        found = session.execute(
            sa.text("SELECT account_id FROM identity.account WHERE number = :number"), {"number": number}
        )
        return AccountId(str(found.scalar_one()))


def _tell(database_url: str, account: AccountId, event: msgspec.Struct) -> None:
    with _identity(database_url) as database, database.system(SystemActor(name="tests")) as session:
        record(session, account, event)


def tell_terms(database_url: str, account: AccountId, version: int, state: AccountState, **limits: int) -> None:
    """How the account stands from now on; `version` counts from LATER on."""
    _tell(database_url, account, AccountTermsEvent(account, LATER + version, state, AccountLimits(**limits)))


def tell_forgotten(database_url: str, account: AccountId) -> None:
    """The account is gone for good."""
    _tell(database_url, account, AccountForgottenEvent(account, 0))
