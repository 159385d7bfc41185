"""What the identity room promises: accounts, users, sign-in and sessions."""

from datetime import datetime
from typing import Protocol

import msgspec

from services.contracts.permissions import Role
from services.contracts.refusals import Conflict, TooMany, Unauthenticated
from services.contracts.rpc import writes
from services.contracts.values import AccountId, SessionId, SystemActor, UserActor, UserId

IDLE_MINUTES_DEFAULT = 30
IDLE_MINUTES_MIN = 5
IDLE_MINUTES_MAX = 480
SESSION_HOURS_MAX = 12  # a session ends after that, however busy
FIRST_CLIENT_NUMBER = 100001


class SignInForm(msgspec.Struct, frozen=True):
    """What was typed: `client` is the client number or the sign-in name (case, quotes, spaces, ё/е do not matter)."""

    client: str
    user: str
    password: str
    address: str  # of the browser or program
    agent: str = ""  # its User-Agent


class UserView(msgspec.Struct, frozen=True):
    id: UserId
    login: str
    name: str
    roles: tuple[Role, ...]
    language: str | None = None  # "ru", "en" or None: not chosen


class AccountView(msgspec.Struct, frozen=True):
    """An account as its own users see it. `version` serves ETag / If-Match."""

    id: AccountId
    number: int
    name: str
    sign_in_name: str
    inn: str | None
    inn_suspicious: bool  # its check digits are wrong: a warning, never a refusal
    time_zone: str  # IANA name, "Europe/Moscow" by default
    default_tax_code: int | None  # FFD tag 1199; None until chosen
    idle_minutes: int
    version: int


class SessionView(msgspec.Struct, frozen=True):
    """A live session: who acts, in which account, and until when."""

    id: SessionId
    actor: UserActor
    user: UserView
    account: AccountView
    created_at: datetime
    expires_at: datetime  # absolute limit
    idle_until: datetime  # moved on by each authenticated request
    idle_timeout: int  # seconds


class SignedIn(msgspec.Struct, frozen=True):
    """`token` is shown this once; only its hash is kept."""

    token: str
    session: SessionView


class AccountChanges(msgspec.Struct, frozen=True, omit_defaults=True):
    """Fields left UNSET stay as they are."""

    name: str | msgspec.UnsetType = msgspec.UNSET
    sign_in_name: str | msgspec.UnsetType = msgspec.UNSET
    inn: str | None | msgspec.UnsetType = msgspec.UNSET
    time_zone: str | msgspec.UnsetType = msgspec.UNSET
    default_tax_code: int | msgspec.UnsetType = msgspec.UNSET
    idle_minutes: int | msgspec.UnsetType = msgspec.UNSET


class NewAccount(msgspec.Struct, frozen=True):
    """An account with its first administrator. `sign_in_name` is suggested from the name when None."""

    name: str
    login: str
    password: str
    sign_in_name: str | None = None


class AccountCreated(msgspec.Struct, frozen=True):
    account: AccountId
    client_number: int
    sign_in_name: str
    user: str


class SignInRefused(Unauthenticated):
    """Unknown client, user or password; which of them is not told."""

    code = "sign_in_refused"


class SessionExpired(Unauthenticated):
    """The session ended by inactivity or by its absolute limit (guide: G21)."""

    code = "session_expired"


class TooManySignIns(TooMany):
    """Too many wrong sign-ins; `retry_after` in seconds."""

    code = "too_many_sign_ins"


class SignInNameTaken(Conflict):
    code = "sign_in_name_taken"


class IdentityRpc(Protocol):
    """Doors of the identity room."""

    def sign_in(self, actor: SystemActor, form: SignInForm) -> SignedIn:
        """Open a session. Refuses with SignInRefused, TooManySignIns."""
        ...

    def authenticate(self, actor: SystemActor, token: str) -> SessionView:
        """Who acts with this token; moves the idle limit on. Refuses with SessionExpired, Unauthenticated."""
        ...

    def peek_session(self, actor: SystemActor, token: str) -> SessionView:
        """As `authenticate`, without moving the idle limit (for streams and polling)."""
        ...

    def sign_out(self, actor: UserActor) -> None:
        """End the session in which the actor acts."""
        ...

    def end_session(self, actor: UserActor, session: SessionId) -> None:
        """End one of the actor's own sessions. Refuses with NotFound."""
        ...

    def get_account(self, actor: UserActor) -> AccountView: ...

    @writes
    def change_account(self, actor: UserActor, changes: AccountChanges, version: int | None) -> AccountView:
        """Needs Right.ADMINISTER. Refuses with Invalid, Stale, SignInNameTaken."""
        ...

    @writes
    def change_me(self, actor: UserActor, name: str | None, language: str | None) -> UserView:
        """Change the actor's own name or language; None leaves it."""
        ...

    @writes
    def create_account(self, actor: SystemActor, new: NewAccount) -> AccountCreated:
        """Refuses with Invalid (name, login, password too weak), SignInNameTaken."""
        ...

    @writes
    def create_first_account(self, actor: SystemActor, new: NewAccount) -> AccountCreated | None:
        """As create_account if there is no account at all, else None and nothing changes."""
        ...


class AccountCreatedEvent(msgspec.Struct, frozen=True, tag="account_created"):
    account: AccountId
    number: int
    name: str


class AccountChangedEvent(msgspec.Struct, frozen=True, tag="account_changed"):
    account: AccountId
    changed: tuple[str, ...]


class SessionEndedEvent(msgspec.Struct, frozen=True, tag="session_ended"):
    """Streams of that session close on it."""

    account: AccountId
    session: SessionId
    reason: str  # "sign_out" | "expired" | "ended"


IdentityEvent = AccountCreatedEvent | AccountChangedEvent | SessionEndedEvent
