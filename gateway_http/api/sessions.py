"""`/sessions` and `/me`: signing in and out, and who I am."""

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta, Struct

from gateway_http.api.accounts import AccountOut, account_out
from gateway_http.api.call import Call
from gateway_http.api.endpoint import Access, Endpoint
from gateway_http.api.wire import Name
from gateway_http.caller_address import address_of
from gateway_http.middleware.sessions import GATEWAY
from services.contracts.identity import IdentityRpc, SessionView, SignInForm, SignInRefused, TooManySignIns, UserView
from services.contracts.permissions import RIGHTS, Right, Role
from services.contracts.refusals import NotFound
from services.contracts.values import SessionId

MAX_AGENT = 200  # characters of a User-Agent that are kept
Typed = Annotated[str, Meta(max_length=200)]


class SignInBody(Struct, frozen=True, forbid_unknown_fields=True):
    """`client` is the client number or the sign-in name; `code` is for accounts that ask for a second factor."""

    client: Typed
    user: Typed
    password: Annotated[str, Meta(max_length=1024)]
    code: Annotated[str, Meta(max_length=20)] | None = None


class UserOut(Struct, frozen=True):
    id: str
    login: str
    name: str
    roles: tuple[Role, ...]
    language: str | None


class SessionOut(Struct, frozen=True):
    """A live session. `idle_timeout` in seconds; it ends at `expires_at` however busy it is."""

    id: str
    created_at: datetime
    expires_at: datetime
    idle_until: datetime
    idle_timeout: int
    user: UserOut
    account: AccountOut


class SignedInOut(SessionOut, frozen=True):
    """`token` is told this once: send it as `Authorization: Bearer <token>`."""

    token: str = ""


class Me(Struct, frozen=True):
    """Who I am, where, on whose behalf (null: on my own), and what I may do there."""

    user: UserOut
    account: AccountOut
    on_behalf_of: str | None
    rights: tuple[Right, ...]


class MeBody(Struct, frozen=True, forbid_unknown_fields=True):
    """What is left out stays."""

    name: Name | None = None
    language: Literal["ru", "en"] | None = None


def user_out(view: UserView) -> UserOut:
    return UserOut(view.id, view.login, view.name, view.roles, view.language)


def session_out(view: SessionView) -> SessionOut:
    return SessionOut(
        id=view.id,
        created_at=view.created_at,
        expires_at=view.expires_at,
        idle_until=view.idle_until,
        idle_timeout=view.idle_timeout,
        user=user_out(view.user),
        account=account_out(view.account),
    )


async def sign_in(call: Call) -> None:
    body = await call.json(SignInBody)
    form = SignInForm(
        client=body.client,
        user=body.user,
        password=body.password,
        address=address_of(call.req, call.deps.settings.trusted_proxies),
        agent=(call.req.get_header("User-Agent") or "")[:MAX_AGENT],
    )
    signed_in = await call.deps.bus.call(IdentityRpc.sign_in, GATEWAY, form)
    view = signed_in.session
    call.answer(
        SignedInOut(
            id=view.id,
            created_at=view.created_at,
            expires_at=view.expires_at,
            idle_until=view.idle_until,
            idle_timeout=view.idle_timeout,
            user=user_out(view.user),
            account=account_out(view.account),
            token=signed_in.token,
        ),
        location="/sessions/current",
    )


async def get_current(call: Call) -> None:
    call.answer(session_out(call.session))


async def sign_out(call: Call) -> None:
    await call.ask(IdentityRpc.sign_out)
    call.no_content()


async def get_session(call: Call) -> None:
    if call.path_id() != call.session.id:
        raise NotFound
    call.answer(session_out(call.session))


async def end_session(call: Call) -> None:
    await call.ask(IdentityRpc.end_session, SessionId(call.path_id()))
    call.no_content()


def _me(call: Call, user: UserView) -> Me:
    granted = {right for role in user.roles for right in RIGHTS[role]}
    return Me(
        user=user_out(user),
        account=account_out(call.session.account),
        on_behalf_of=None,
        rights=tuple(right for right in Right if right in granted),
    )


async def get_me(call: Call) -> None:
    call.answer(_me(call, call.session.user))


async def change_me(call: Call) -> None:
    body = await call.json(MeBody)
    call.answer(_me(call, await call.ask(IdentityRpc.change_me, body.name, body.language)))


ENDPOINTS = (
    Endpoint(
        method="POST",
        path="/sessions",
        handler=sign_in,
        summary="Sign in",
        body=SignInBody,
        answer=SignedInOut,
        status=201,
        access=Access.OPEN,
        refusals=(SignInRefused, TooManySignIns),
    ),
    Endpoint(
        method="GET",
        path="/sessions/current",
        handler=get_current,
        summary="The session of this token",
        answer=SessionOut,
    ),
    Endpoint(method="DELETE", path="/sessions/current", handler=sign_out, summary="Sign out", status=204),
    Endpoint(
        method="GET",
        path="/sessions/{id}",
        handler=get_session,
        summary="A session of one's own",
        answer=SessionOut,
        refusals=(NotFound,),
    ),
    Endpoint(
        method="DELETE",
        path="/sessions/{id}",
        handler=end_session,
        summary="End a session of one's own",
        status=204,
        refusals=(NotFound,),
    ),
    Endpoint(method="GET", path="/me", handler=get_me, summary="Who I am and what I may do", answer=Me),
    Endpoint(
        method="PATCH", path="/me", handler=change_me, summary="Change my name or language", body=MeBody, answer=Me
    ),
)
