"""`/users`: the people of the account, for its administrators."""

from datetime import datetime
from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from gateway_http.api.call import Call
from gateway_http.api.endpoint import Endpoint
from gateway_http.api.wire import Email, Ended, ListOf, ListQuery, LoginText, PasswordText, Roles, Search, next_of
from services.contracts.identity import UserView
from services.contracts.own_sign_in import KeyNotAllowed
from services.contracts.permissions import Role
from services.contracts.refusals import Forbidden, Invalid, NotFound, Stale
from services.contracts.users import (
    LastAdministrator,
    LoginTaken,
    NewUser,
    NotYourself,
    TooManyUsers,
    UserChanges,
    UserQuery,
    UsersRpc,
    UserWithPassword,
)
from services.contracts.values import UserId

PersonName = Annotated[str, Meta(max_length=200)]
LanguageCode = Literal["ru", "en"]


class UserOut(Struct, frozen=True):
    """A person of an account. `dealer` is the flag as set: it is in force after signing in again."""

    id: str
    login: str
    name: str
    email: str | None
    roles: tuple[Role, ...]
    language: str | None
    dealer: bool
    disabled: bool
    must_change_password: bool
    second_factor: bool
    created_at: datetime | None
    last_sign_in_at: datetime | None
    version: int


class UserWithPasswordOut(UserOut, frozen=True):
    """`one_time_password` is told this once: null where none was made, and in the answer to a repeated request."""

    one_time_password: str | None = None
    valid_until: datetime | None = None
    mailed: bool = False


class UserListQuery(ListQuery, frozen=True):
    """`q` finds by login and name."""

    q: Search = ""
    role: Role | None = None
    disabled: bool | None = None


class NewUserBody(Struct, frozen=True, forbid_unknown_fields=True):
    """Without a `password` the server makes a one-time one, which the answer tells."""

    login: LoginText
    name: PersonName = ""
    email: Email | None = None
    roles: Roles = ()
    dealer: bool = False
    disabled: bool = False
    language: LanguageCode | None = None
    password: PasswordText | None = None
    must_change: bool = False


class UserBody(Struct, frozen=True, forbid_unknown_fields=True):
    """What is left out stays. A new `password` ends the user's sessions."""

    login: LoginText | UnsetType = UNSET
    name: PersonName | UnsetType = UNSET
    email: Email | None | UnsetType = UNSET
    roles: Roles | UnsetType = UNSET
    dealer: bool | UnsetType = UNSET
    disabled: bool | UnsetType = UNSET
    language: LanguageCode | None | UnsetType = UNSET
    password: PasswordText | UnsetType = UNSET


def user_out(view: UserView) -> UserOut:
    return UserOut(
        id=view.id,
        login=view.login,
        name=view.name,
        email=view.email,
        roles=view.roles,
        language=view.language,
        dealer=view.dealer,
        disabled=view.disabled,
        must_change_password=view.must_change_password,
        second_factor=view.second_factor,
        created_at=view.created_at,
        last_sign_in_at=view.last_sign_in_at,
        version=view.version,
    )


def with_password_out(told: UserWithPassword) -> UserWithPasswordOut:
    """A stored reply keeps no password: "" there is null here."""
    user = user_out(told.user)
    return UserWithPasswordOut(
        **{name: getattr(user, name) for name in UserOut.__struct_fields__},
        one_time_password=told.password or None,
        valid_until=told.valid_until,
        mailed=told.mailed,
    )


def _user(call: Call) -> UserId:
    return UserId(call.path_id())


async def list_users(call: Call) -> None:
    asked = call.query(UserListQuery)
    query = UserQuery(q=asked.q, role=asked.role, disabled=asked.disabled, after=asked.cursor, limit=asked.limit)
    page = await call.ask(UsersRpc.page_users, query)
    call.answer(ListOf(tuple(user_out(view) for view in page.items), next_of(page)))


async def add_user(call: Call) -> None:
    body = await call.json(NewUserBody)
    new = NewUser(
        login=body.login,
        name=body.name,
        email=body.email,
        roles=body.roles,
        dealer=body.dealer,
        disabled=body.disabled,
        language=body.language,
        password=body.password,
        must_change=body.must_change,
    )
    told = await call.ask(UsersRpc.add_user, new)
    call.answer(with_password_out(told), version=told.user.version, location=f"/users/{told.user.id}")


async def get_user(call: Call) -> None:
    view = await call.ask(UsersRpc.get_user, _user(call))
    # No 304 here: the last sign-in and the second factor change without the version.
    call.answer_live(user_out(view), version=view.version)


async def change_user(call: Call) -> None:
    body = await call.json(UserBody)
    changes = UserChanges(
        login=body.login,
        name=body.name,
        email=body.email,
        roles=body.roles,
        dealer=body.dealer,
        disabled=body.disabled,
        language=body.language,
        password=body.password,
    )
    view = await call.ask(UsersRpc.change_user, _user(call), changes, call.version_to_match())
    call.answer(user_out(view), version=view.version)


async def remove_user(call: Call) -> None:
    await call.ask(UsersRpc.remove_user, _user(call), call.version_to_match())
    call.no_content()


async def issue_password(call: Call) -> None:
    told = await call.ask(UsersRpc.issue_one_time_password, _user(call))
    call.answer(with_password_out(told), version=told.user.version)


async def remove_second_factor(call: Call) -> None:
    view = await call.ask(UsersRpc.remove_second_factor, _user(call))
    call.answer(user_out(view), version=view.version)


async def end_sessions(call: Call) -> None:
    call.answer(Ended(await call.ask(UsersRpc.end_sessions_of, _user(call))))


ENDPOINTS = (
    Endpoint(
        method="GET",
        path="/users",
        handler=list_users,
        summary="Users by login",
        query=UserListQuery,
        answer=ListOf[UserOut],
        refusals=(Forbidden,),
    ),
    Endpoint(
        method="POST",
        path="/users",
        handler=add_user,
        summary="Add a user; a one-time password is told this once and is null in the answer to a repeated request",
        body=NewUserBody,
        answer=UserWithPasswordOut,
        status=201,
        conditional=True,
        refusals=(Invalid, Forbidden, LoginTaken, TooManyUsers, KeyNotAllowed),
    ),
    Endpoint(
        method="GET",
        path="/users/{id}",
        handler=get_user,
        summary="One user",
        answer=UserOut,
        conditional=True,
        refusals=(NotFound, Forbidden),
    ),
    Endpoint(
        method="PATCH",
        path="/users/{id}",
        handler=change_user,
        summary="Change a user",
        body=UserBody,
        answer=UserOut,
        conditional=True,
        refusals=(NotFound, Invalid, Forbidden, Stale, LoginTaken, LastAdministrator, NotYourself, KeyNotAllowed),
    ),
    Endpoint(
        method="DELETE",
        path="/users/{id}",
        handler=remove_user,
        summary="Remove a user with its sessions; the journal keeps the name",
        status=204,
        conditional=True,
        refusals=(NotFound, Forbidden, Stale, LastAdministrator, NotYourself, KeyNotAllowed),
    ),
    Endpoint(
        method="POST",
        path="/users/{id}/one-time-password",
        handler=issue_password,
        summary="Issue a one-time password, told this once (null in the answer to a repeated request)",
        answer=UserWithPasswordOut,
        conditional=True,
        refusals=(NotFound, Forbidden, NotYourself, KeyNotAllowed),
    ),
    Endpoint(
        method="DELETE",
        path="/users/{id}/second-factor",
        handler=remove_second_factor,
        summary="Take the second factor away from a user that lost its device",
        answer=UserOut,
        refusals=(NotFound, Forbidden, NotYourself, KeyNotAllowed),
    ),
    Endpoint(
        method="DELETE",
        path="/users/{id}/sessions",
        handler=end_sessions,
        summary="End all sessions of a user",
        answer=Ended,
        refusals=(NotFound, Forbidden, KeyNotAllowed),
    ),
)
