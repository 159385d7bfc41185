"""`/sessions`: signing in and out, and where else I am signed in."""

from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct

from gateway_http.api.accounts import AccountOut, account_out
from gateway_http.api.call import Call
from gateway_http.api.endpoint import Access, Endpoint
from gateway_http.api.users import UserOut, user_out
from gateway_http.api.wire import CodeText, Ended, PasswordText, Whole
from gateway_http.caller_address import address_of
from gateway_http.middleware.sessions import GATEWAY
from services.contracts.identity import (
    AccountSuspended,
    CodeRefused,
    IdentityRpc,
    OneTimePasswordExpired,
    Restriction,
    SecondFactorNeeded,
    SessionView,
    SignedIn,
    SignInForm,
    SignInRefused,
    TooManySignIns,
)
from services.contracts.own_sign_in import KeyNotAllowed, OwnSession, OwnSignInRpc
from services.contracts.refusals import NotFound
from services.contracts.values import SessionId

MAX_AGENT = 200  # characters of a User-Agent that are kept
Typed = Annotated[str, Meta(max_length=200)]


class SignInBody(Struct, frozen=True, forbid_unknown_fields=True):
    """`client` is the client number or the sign-in name; `code` is that of the second factor, or a recovery code."""

    client: Typed
    user: Typed
    password: PasswordText
    code: CodeText | None = None


class SessionOut(Struct, frozen=True):
    """A live session. `idle_timeout` in seconds; it ends at `expires_at` however busy it is.

    `restriction` says what has to be mended first (POST /me/password, POST /me/second-factor); until then everything
    but `/me` and `/sessions` is refused. Of an API key `id` is the key's and `idle_timeout` is 0.
    """

    id: str
    created_at: datetime
    expires_at: datetime
    idle_until: datetime
    idle_timeout: int
    user: UserOut
    account: AccountOut
    restriction: Restriction | None


class SignedInOut(SessionOut, frozen=True):
    """`token` is told this once: send it as `Authorization: Bearer <token>`."""

    token: str = ""


class OwnSessionOut(Struct, frozen=True):
    """One of my sessions. `last_seen_at` is true to within a minute."""

    id: str
    current: bool
    address: str
    agent: str
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime


def session_out(view: SessionView) -> SessionOut:
    return SessionOut(
        id=view.id,
        created_at=view.created_at,
        expires_at=view.expires_at,
        idle_until=view.idle_until,
        idle_timeout=view.idle_timeout,
        user=user_out(view.user),
        account=account_out(view.account),
        restriction=view.restriction,
    )


def signed_in_out(signed_in: SignedIn) -> SignedInOut:
    told = session_out(signed_in.session)
    return SignedInOut(**{name: getattr(told, name) for name in SessionOut.__struct_fields__}, token=signed_in.token)


def own_session_out(view: OwnSession) -> OwnSessionOut:
    return OwnSessionOut(
        id=view.id,
        current=view.current,
        address=view.address,
        agent=view.agent,
        created_at=view.created_at,
        last_seen_at=view.last_seen_at,
        expires_at=view.expires_at,
    )


async def sign_in(call: Call) -> None:
    body = await call.json(SignInBody)
    form = SignInForm(
        client=body.client,
        user=body.user,
        password=body.password,
        address=address_of(call.req, call.deps.settings.trusted_proxies),
        agent=(call.req.get_header("User-Agent") or "")[:MAX_AGENT],
        code=body.code or "",
    )
    try:
        signed_in = await call.deps.bus.call(IdentityRpc.sign_in, GATEWAY, form)
    except SecondFactorNeeded:
        raise SecondFactorNeeded from None  # programs send all of it again with `code`: the ticket is for our pages
    call.answer(signed_in_out(signed_in), location="/sessions/current")


async def list_sessions(call: Call) -> None:
    views = await call.ask(OwnSignInRpc.list_own_sessions)
    call.answer(Whole(tuple(own_session_out(view) for view in views)))


async def end_others(call: Call) -> None:
    call.answer(Ended(await call.ask(OwnSignInRpc.end_other_sessions)))


async def get_current(call: Call) -> None:
    call.answer(session_out(call.session))


async def sign_out(call: Call) -> None:
    await call.ask(IdentityRpc.sign_out)
    call.no_content()


async def get_session(call: Call) -> None:
    wanted = call.path_id()
    for view in await call.ask(OwnSignInRpc.list_own_sessions):  # at most 100
        if view.id == wanted:
            call.answer(own_session_out(view))
            return
    raise NotFound


async def end_session(call: Call) -> None:
    await call.ask(IdentityRpc.end_session, SessionId(call.path_id()))
    call.no_content()


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
        refusals=(
            SignInRefused,
            TooManySignIns,
            SecondFactorNeeded,
            CodeRefused,
            OneTimePasswordExpired,
            AccountSuspended,
        ),
    ),
    Endpoint(
        method="GET",
        path="/sessions",
        handler=list_sessions,
        summary="My live sessions, the one used last first",
        answer=Whole[OwnSessionOut],
        refusals=(KeyNotAllowed,),
    ),
    Endpoint(
        method="DELETE",
        path="/sessions",
        handler=end_others,
        summary="End all of my sessions but this one",
        answer=Ended,
        refusals=(KeyNotAllowed,),
    ),
    Endpoint(
        method="GET",
        path="/sessions/current",
        handler=get_current,
        summary="The session of this token, or the API key that acts",
        answer=SessionOut,
    ),
    Endpoint(
        method="DELETE",
        path="/sessions/current",
        handler=sign_out,
        summary="Sign out",
        status=204,
        refusals=(KeyNotAllowed,),
    ),
    Endpoint(
        method="GET",
        path="/sessions/{id}",
        handler=get_session,
        summary="One of my sessions",
        answer=OwnSessionOut,
        refusals=(NotFound, KeyNotAllowed),
    ),
    Endpoint(
        method="DELETE",
        path="/sessions/{id}",
        handler=end_session,
        summary="End one of my sessions",
        status=204,
        refusals=(NotFound, KeyNotAllowed),
    ),
)
