"""What the identity room promises to administrators: the users of their account."""

from datetime import datetime
from typing import Protocol

import msgspec

from services.contracts.identity import UserView
from services.contracts.permissions import Role
from services.contracts.refusals import Conflict, TooMany
from services.contracts.rpc import writes
from services.contracts.values import DEFAULT_PAGE, Cursor, Page, UserActor, UserId

ONE_TIME_PASSWORD_HOURS = 72  # a one-time password is good for so long


class UserQuery(msgspec.Struct, frozen=True):
    """`q` finds by login and name (case and ё/е do not matter)."""

    q: str = ""
    role: Role | None = None
    disabled: bool | None = None
    after: Cursor | None = None
    limit: int = DEFAULT_PAGE


class NewUser(msgspec.Struct, frozen=True):
    """`password` None: the server makes a one-time one, told once in the answer."""

    login: str
    name: str = ""
    email: str | None = None
    roles: tuple[Role, ...] = ()
    dealer: bool = False
    disabled: bool = False
    language: str | None = None
    password: str | None = None
    must_change: bool = False  # a given password has to be changed at the first sign-in, too


class UserChanges(msgspec.Struct, frozen=True, omit_defaults=True):
    """Fields left UNSET stay as they are. A new `password` ends the user's sessions."""

    login: str | msgspec.UnsetType = msgspec.UNSET
    name: str | msgspec.UnsetType = msgspec.UNSET
    email: str | None | msgspec.UnsetType = msgspec.UNSET
    roles: tuple[Role, ...] | msgspec.UnsetType = msgspec.UNSET
    dealer: bool | msgspec.UnsetType = msgspec.UNSET
    disabled: bool | msgspec.UnsetType = msgspec.UNSET
    language: str | None | msgspec.UnsetType = msgspec.UNSET
    password: str | msgspec.UnsetType = msgspec.UNSET


class UserWithPassword(msgspec.Struct, frozen=True):
    """`password` is shown this once: a one-time one that the server made; None where none was made."""

    user: UserView
    password: str | None
    valid_until: datetime | None
    mailed: bool = False  # it was sent to the user's e-mail as well


class LastAdministrator(Conflict):
    """The account would be left without an enabled administrator."""

    code = "last_administrator"


class LoginTaken(Conflict):
    """Another user of the account has this login, or one that looks the same."""

    code = "login_taken"


class NotYourself(Conflict):
    """Nobody disables, deletes or resets the user that one is signed in as."""

    code = "not_yourself"


class TooManyUsers(TooMany):
    """The account's limit of users, in `limit`."""

    code = "too_many_users"


class UsersRpc(Protocol):
    """Doors for administrators of an account (Right.ADMINISTER)."""

    def page_users(self, actor: UserActor, query: UserQuery) -> Page[UserView]:
        """Users by login."""
        ...

    def get_user(self, actor: UserActor, user: UserId) -> UserView:
        """Refuses with NotFound."""
        ...

    @writes
    def add_user(self, actor: UserActor, new: NewUser) -> UserWithPassword:
        """Refuses with Invalid, LoginTaken, TooManyUsers."""
        ...

    @writes
    def change_user(self, actor: UserActor, user: UserId, changes: UserChanges, version: int | None) -> UserView:
        """Refuses with Invalid, Stale, NotFound, LoginTaken, LastAdministrator, NotYourself."""
        ...

    @writes
    def remove_user(self, actor: UserActor, user: UserId, version: int | None) -> None:
        """The user goes with its sessions; the journal keeps the name. Refuses with NotFound, Stale,
        LastAdministrator, NotYourself."""
        ...

    @writes
    def issue_one_time_password(self, actor: UserActor, user: UserId) -> UserWithPassword:
        """«Выдать одноразовый пароль»: good for ONE_TIME_PASSWORD_HOURS, to be changed at the next sign-in, ends the
        user's sessions. The second factor stays. Refuses with NotFound, NotYourself."""
        ...

    @writes
    def remove_second_factor(self, actor: UserActor, user: UserId) -> UserView:
        """For a user that lost its device; told to the user. Refuses with NotFound, NotYourself."""
        ...

    @writes
    def end_sessions_of(self, actor: UserActor, user: UserId) -> int:
        """End all sessions of a user; returns how many there were. Refuses with NotFound."""
        ...


class UserChangedEvent(msgspec.Struct, frozen=True, tag="user_changed"):
    """Open streams of that user begin anew: its rights may be others now."""

    user: UserId
    what: str  # "added", "changed", "rights", "removed", "password"
