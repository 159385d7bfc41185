"""What the identity room promises: accounts, users, sign-in and sessions."""

from datetime import datetime
from enum import StrEnum
from typing import Protocol

import msgspec

from services.contracts.limits import AccountForgottenEvent, AccountLimits, AccountState, AccountTermsEvent
from services.contracts.permissions import Role
from services.contracts.refusals import Conflict, Forbidden, TooMany, Unauthenticated
from services.contracts.rpc import writes
from services.contracts.values import AccountId, ApiKeyId, SessionId, SystemActor, UserActor, UserId

IDLE_MINUTES_DEFAULT = 30
IDLE_MINUTES_MIN = 5
IDLE_MINUTES_MAX = 480
SESSION_HOURS_MAX = 12  # a session ends after that, however busy
FIRST_CLIENT_NUMBER = 100001
TICKET_MINUTES = 5  # between the right password and the code of the second factor


class Restriction(StrEnum):
    """Why a session may do nothing yet but mend its own sign-in (OwnSignInRpc) and end."""

    PASSWORD = "password"  # noqa: S105 a word: the one-time password has to be changed
    SECOND_FACTOR = "second_factor"  # the account's policy asks for one, and there is none


class SignInForm(msgspec.Struct, frozen=True):
    """What was typed: `client` is the client number or the sign-in name (case, quotes, spaces, ё/е do not matter)."""

    client: str
    user: str
    password: str
    address: str  # of the browser or program
    agent: str = ""  # its User-Agent
    code: str = ""  # of the second factor, or a recovery code; may also be told later (complete_sign_in)


class UserView(msgspec.Struct, frozen=True):
    """A person of an account. `version` serves ETag / If-Match."""

    id: UserId
    login: str
    name: str
    roles: tuple[Role, ...]
    language: str | None = None  # "ru", "en" or None: not chosen
    email: str | None = None
    dealer: bool = False  # the «дилер» flag as set; in force after signing in again (UserActor.dealer)
    disabled: bool = False
    must_change_password: bool = False  # a one-time password was issued and not yet changed
    second_factor: bool = False
    version: int = 1
    created_at: datetime | None = None
    last_sign_in_at: datetime | None = None


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
    second_factor_required: bool = False  # of administrators and dealers
    operator: bool = False  # its users may hold Role.OPERATOR
    state: AccountState = AccountState.ACTIVE
    delete_at: datetime | None = None  # an announced deletion becomes final then


class AccountUsage(msgspec.Struct, frozen=True):
    """The account's limits, and how much of what this room counts is used."""

    limits: AccountLimits
    users: int
    api_keys: int


class SessionView(msgspec.Struct, frozen=True):
    """A live session, or an API key that acts: who, in which account, and until when.

    Of an API key `id` is the key's id, `idle_until` is `expires_at` and `idle_timeout` 0.
    """

    id: SessionId
    actor: UserActor
    user: UserView
    account: AccountView
    created_at: datetime
    expires_at: datetime  # absolute limit
    idle_until: datetime  # moved on by each authenticated request
    idle_timeout: int  # seconds
    restriction: Restriction | None = None
    key: ApiKeyId | None = None


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
    second_factor_required: bool | msgspec.UnsetType = msgspec.UNSET


class NewAccount(msgspec.Struct, frozen=True):
    """An account with its first administrator. `sign_in_name` is suggested from the name when None."""

    name: str
    login: str
    password: str  # "": a one-time one is made, where the call says so
    sign_in_name: str | None = None
    inn: str | None = None
    time_zone: str | None = None
    default_tax_code: int | None = None
    email: str | None = None  # of the administrator


class AccountCreated(msgspec.Struct, frozen=True):
    """`password` is the one-time password where one was made: shown this once."""

    account: AccountId
    client_number: int
    sign_in_name: str
    user: str
    password: str | None = None
    valid_until: datetime | None = None


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


class SecondFactorNeeded(Unauthenticated):
    """The password was right, the code is missing; `ticket` (good for TICKET_MINUTES) goes to complete_sign_in."""

    code = "second_factor_needed"


class CodeRefused(Unauthenticated):
    """The code of the second factor was not right, or the ticket ran out."""

    code = "code_refused"


class OneTimePasswordExpired(Unauthenticated):
    """The right one-time password came too late."""

    code = "one_time_password_expired"


class AccountSuspended(Unauthenticated):
    """The right password of an account that the operator suspended."""

    code = "account_suspended"


class PasswordChangeRequired(Forbidden):
    """First the one-time password has to be changed."""

    code = "password_change_required"


class SecondFactorSetupRequired(Forbidden):
    """First the second factor has to be set up: the account's policy asks for it."""

    code = "second_factor_setup_required"


class TooManyRequests(TooMany):
    """The account's requests of this minute are used up; `retry_after` in seconds."""

    code = "too_many_requests"


class IdentityRpc(Protocol):
    """Doors of the identity room."""

    def sign_in(self, actor: SystemActor, form: SignInForm) -> SignedIn:
        """Open a session. Refuses with SignInRefused, TooManySignIns; the right password may be refused with
        SecondFactorNeeded, CodeRefused, OneTimePasswordExpired, AccountSuspended."""
        ...

    def complete_sign_in(self, actor: SystemActor, ticket: str, code: str, address: str, agent: str) -> SignedIn:
        """The second step. Refuses with CodeRefused (after five wrong codes the ticket is void), TooManySignIns."""
        ...

    def authenticate(self, actor: SystemActor, token: str, address: str) -> SessionView:
        """Who acts with this token (of a session, or an API key) from that address; moves the idle limit on and counts
        one request. Refuses with SessionExpired, Unauthenticated, TooManyRequests."""
        ...

    def peek_session(self, actor: SystemActor, token: str, address: str) -> SessionView:
        """As `authenticate`, without moving the idle limit and without counting (for streams and polling)."""
        ...

    def sign_out(self, actor: UserActor) -> None:
        """End the session in which the actor acts."""
        ...

    def end_session(self, actor: UserActor, session: SessionId) -> None:
        """End one of the actor's own sessions. Refuses with NotFound."""
        ...

    def get_account(self, actor: UserActor) -> AccountView: ...

    def get_usage(self, actor: UserActor) -> AccountUsage:
        """Limits and their use, for everybody who may see the account."""
        ...

    @writes
    def change_account(self, actor: UserActor, changes: AccountChanges, version: int | None) -> AccountView:
        """Needs Right.ADMINISTER. Refuses with Invalid, Stale, SignInNameTaken."""
        ...

    @writes
    def change_me(self, actor: UserActor, name: str | None, language: str | None) -> UserView:
        """Change the actor's own name or language; None leaves it. Refuses with Invalid, KeyNotAllowed."""
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
    reason: str  # "sign_out" | "expired" | "ended" | "password" | "disabled" | "account"


IdentityEvent = (
    AccountCreatedEvent | AccountChangedEvent | AccountTermsEvent | AccountForgottenEvent | SessionEndedEvent
)
