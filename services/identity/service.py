"""Doors of the identity room."""

from sqlalchemy.orm import Session

from services.chassis import clock
from services.chassis.database import Database
from services.chassis.event_log import EventLogDoor
from services.chassis.permit import permit
from services.chassis.rpc import kept, serves
from services.chassis.seal import own_sealer
from services.chassis.sweeper import Sweeper
from services.contracts.api_keys import ApiKeysRpc
from services.contracts.events import EventLogRpc
from services.contracts.identity import (
    AccountChanges,
    AccountCreated,
    AccountUsage,
    AccountView,
    IdentityRpc,
    NewAccount,
    SessionView,
    SignedIn,
    SignInForm,
    UserView,
)
from services.contracts.journal import JournalRpc
from services.contracts.notifications import NotificationsRpc
from services.contracts.operator import OperatorRpc
from services.contracts.own_sign_in import OwnSignInRpc
from services.contracts.permissions import Right
from services.contracts.users import UsersRpc
from services.contracts.values import SessionId, SystemActor, UserActor
from services.identity.api_keys_service import ApiKeysDoor
from services.identity.journal_service import JournalDoor
from services.identity.notifications_service import NotificationsDoor
from services.identity.operator_service import OperatorDoor
from services.identity.own_sign_in_service import OwnSignInDoor
from services.identity.password_hashing import password_hasher
from services.identity.time_zones import known_time_zones
from services.identity.use_cases import account_states, accounts, sessions, sign_in, users
from services.identity.users_service import UsersDoor

SWEEP_EVERY = 30.0  # seconds
DELETE_EVERY = 10.0  # seconds


def sweep_sessions(session: Session) -> None:
    """End sessions that ran out; forget old ones, old counts of wrong sign-ins, old places and tickets."""
    sessions.sweep(session, clock.now())


def finish_deletions(session: Session) -> None:
    """Forget an account whose announced deletion is due."""
    account_states.finish_deletions(session, clock.now())


@serves(IdentityRpc, UsersRpc, OwnSignInRpc, ApiKeysRpc, OperatorRpc, JournalRpc, NotificationsRpc, EventLogRpc)
class IdentityService(
    UsersDoor, OwnSignInDoor, ApiKeysDoor, OperatorDoor, JournalDoor, NotificationsDoor, EventLogDoor
):
    """Keeps IdentityRpc; the other Protocols of the room are kept by the classes that it inherits."""

    name = "identity"
    room = "identity"
    db: Database

    sealer = own_sealer()
    sweeping = Sweeper(every=SWEEP_EVERY, chore=sweep_sessions)
    deleting = Sweeper(every=DELETE_EVERY, chore=finish_deletions)

    def sign_in(self, actor: SystemActor, form: SignInForm) -> SignedIn:
        """See IdentityRpc. No connection is held while the password is checked."""
        with self.db.system(actor) as reading:
            attempt = sign_in.look_up(reading, form, clock.now())
        right = password_hasher().verify(attempt.password_hash, form.password)
        return kept(sign_in.conclude(self.session, attempt, right, self.sealer, clock.now()))

    def complete_sign_in(self, actor: SystemActor, ticket: str, code: str, address: str, agent: str) -> SignedIn:
        """See IdentityRpc."""
        return kept(sign_in.complete(self.session, ticket, code, address, agent, self.sealer, clock.now()))

    def authenticate(self, actor: SystemActor, token: str, address: str) -> SessionView:
        """See IdentityRpc."""
        return kept(sessions.authenticate(self.session, token, address, clock.now()))

    def peek_session(self, actor: SystemActor, token: str, address: str) -> SessionView:
        """See IdentityRpc."""
        return kept(sessions.peek_session(self.session, token, address, clock.now()))

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

    def get_usage(self, actor: UserActor) -> AccountUsage:
        """See IdentityRpc."""
        permit(actor, Right.SEE)
        return accounts.get_usage(actor.account, self.session)

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
