"""Doors of the identity room."""

import functools
import zoneinfo
from typing import TypeVar

from sqlalchemy.orm import Session

from services.chassis import clock
from services.chassis.database import Database
from services.chassis.event_log import EventLogDoor
from services.chassis.offload import offload
from services.chassis.permit import permit
from services.chassis.rpc import CommitAndRefuse, serves
from services.chassis.sweeper import Sweeper
from services.contracts.events import EventLogRpc
from services.contracts.identity import (
    AccountChanges,
    AccountCreated,
    AccountView,
    IdentityRpc,
    NewAccount,
    SessionView,
    SignedIn,
    SignInForm,
    UserView,
)
from services.contracts.permissions import Right
from services.contracts.refusals import Refusal
from services.contracts.values import SessionId, SystemActor, UserActor
from services.identity.password_hashing import PasswordHasher
from services.identity.use_cases import accounts, sessions, sign_in, users

T = TypeVar("T")

SWEEP_EVERY = 30.0  # seconds

# Names that time zone data lists beside the places.
_NOT_PLACES = frozenset(("Factory", "localtime", "posixrules"))


@functools.cache
def password_hasher() -> PasswordHasher:
    """The one hasher of this process."""
    return PasswordHasher(offload)


@functools.cache
def known_time_zones() -> frozenset[str]:
    """The IANA names in this machine's time zone data."""
    return frozenset(zoneinfo.available_timezones()) - _NOT_PLACES


def sweep_sessions(session: Session) -> None:
    """End sessions that ran out; forget old ones, old counts of wrong sign-ins and old places."""
    sessions.sweep(session, clock.now())


@serves(IdentityRpc, EventLogRpc)
class IdentityService(EventLogDoor):
    """Keeps IdentityRpc."""

    name = "identity"
    room = "identity"
    db: Database

    sweeping = Sweeper(every=SWEEP_EVERY, chore=sweep_sessions)

    def sign_in(self, actor: SystemActor, form: SignInForm) -> SignedIn:
        """See IdentityRpc. No connection is held while the password is checked."""
        with self.db.system(actor) as reading:
            attempt = sign_in.look_up(reading, form, clock.now())
        right = password_hasher().verify(attempt.password_hash, form.password)
        return _kept(sign_in.conclude(self.session, attempt, right, clock.now()))

    def authenticate(self, actor: SystemActor, token: str) -> SessionView:
        """See IdentityRpc."""
        return _kept(sessions.authenticate(self.session, token, clock.now()))

    def peek_session(self, actor: SystemActor, token: str) -> SessionView:
        """See IdentityRpc."""
        return _kept(sessions.peek_session(self.session, token, clock.now()))

    def sign_out(self, actor: UserActor) -> None:
        """See IdentityRpc."""
        sessions.sign_out(actor, self.session, clock.now())

    def end_session(self, actor: UserActor, session: SessionId) -> None:
        """See IdentityRpc."""
        sessions.end_session(actor, self.session, session, clock.now())

    def get_account(self, actor: UserActor) -> AccountView:
        """See IdentityRpc."""
        permit(actor, Right.SEE)
        return accounts.get_account(actor.account, self.session)

    def change_account(self, actor: UserActor, changes: AccountChanges, version: int | None) -> AccountView:
        """See IdentityRpc."""
        permit(actor, Right.ADMINISTER)
        return accounts.change_account(actor.account, self.session, changes, version, known_time_zones())

    def change_me(self, actor: UserActor, name: str | None, language: str | None) -> UserView:
        """See IdentityRpc."""
        return users.change_me(actor, self.session, name, language)

    def create_account(self, actor: SystemActor, new: NewAccount) -> AccountCreated:
        """See IdentityRpc."""
        checked = accounts.check_new(new)
        password_hash = password_hasher().hash(checked.password)
        return accounts.create_account(self.session, checked, password_hash, clock.now())

    def create_first_account(self, actor: SystemActor, new: NewAccount) -> AccountCreated | None:
        """See IdentityRpc."""
        checked = accounts.check_new(new)
        password_hash = password_hasher().hash(checked.password)
        return accounts.create_first_account(self.session, checked, password_hash, clock.now())


def _kept(outcome: T | Refusal) -> T:
    """The outcome, or its refusal with what was written beside it kept."""
    if isinstance(outcome, Refusal):
        raise CommitAndRefuse(outcome)
    return outcome
