"""`/me`: who I am and what I may do; my password and my second factor."""

from datetime import datetime

from msgspec import Struct

from gateway_http.api.accounts import AccountOut, account_out
from gateway_http.api.call import Call
from gateway_http.api.endpoint import Endpoint
from gateway_http.api.sessions import SignedInOut, signed_in_out
from gateway_http.api.users import LanguageCode, UserOut, user_out
from gateway_http.api.wire import CodeText, Email, Name, PasswordText
from services.contracts.identity import IdentityRpc, Restriction, TooManySignIns, UserView
from services.contracts.own_sign_in import (
    CodeWrong,
    KeyNotAllowed,
    OwnSignInRpc,
    PasswordWrong,
    SecondFactorRequired,
    SecondFactorState,
    SecondFactorView,
)
from services.contracts.permissions import RIGHTS, Right
from services.contracts.refusals import Forbidden, Invalid, NotFound


class Me(Struct, frozen=True):
    """Who I am, where, on whose behalf (null: on my own), and what I may do there.

    `dealer` is the flag in force since this sign-in. `key` is the id of the API key that acts, null of a person.
    `restriction` says what has to be mended before anything else may be done.
    """

    user: UserOut
    account: AccountOut
    on_behalf_of: str | None
    rights: tuple[Right, ...]
    dealer: bool
    key: str | None
    restriction: Restriction | None


class MeBody(Struct, frozen=True, forbid_unknown_fields=True):
    """What is left out stays."""

    name: Name | None = None
    language: LanguageCode | None = None


class EmailBody(Struct, frozen=True, forbid_unknown_fields=True):
    """Where I get mail (empty: nowhere), and my present password, to show that it is me."""

    email: Email
    password: PasswordText


class OwnPasswordBody(Struct, frozen=True, forbid_unknown_fields=True):
    """The present password (of a one-time one, that), and the new one."""

    present: PasswordText
    new: PasswordText


class PasswordBody(Struct, frozen=True, forbid_unknown_fields=True):
    """The present password, to show that it is me."""

    password: PasswordText


class CodeBody(Struct, frozen=True, forbid_unknown_fields=True):
    """What the authenticator program shows now."""

    code: CodeText


class SecondFactorOut(Struct, frozen=True):
    """How my second factor stands. `required`: by the policy of the account."""

    enabled: bool
    enabled_at: datetime | None
    recovery_codes_left: int
    required: bool


class OfferOut(Struct, frozen=True):
    """For an authenticator program: `secret` to be typed, `uri` as a QR code. In force after a code was told back."""

    secret: str
    uri: str


class RecoveryCodesOut(Struct, frozen=True):
    """Told this once; each is good for one sign-in."""

    codes: tuple[str, ...]


def _me(call: Call, user: UserView) -> Me:
    actor = call.actor
    granted = {right for role in actor.roles for right in RIGHTS[role]}
    return Me(
        user=user_out(user),
        account=account_out(call.session.account),
        on_behalf_of=actor.home_name or None,
        rights=tuple(right for right in Right if right in granted),
        dealer=actor.dealer,
        key=actor.key,
        restriction=call.session.restriction,
    )


async def get_me(call: Call) -> None:
    call.answer(_me(call, call.session.user))


async def change_me(call: Call) -> None:
    body = await call.json(MeBody)
    call.answer(_me(call, await call.ask(IdentityRpc.change_me, body.name, body.language)))


async def change_email(call: Call) -> None:
    body = await call.json(EmailBody)
    call.answer(_me(call, await call.ask(OwnSignInRpc.change_own_email, body.email, body.password)))


async def change_password(call: Call) -> None:
    body = await call.json(OwnPasswordBody)
    call.answer(signed_in_out(await call.ask(OwnSignInRpc.change_own_password, body.present, body.new)))


def _second_factor_out(view: SecondFactorView) -> SecondFactorOut:
    return SecondFactorOut(view.enabled, view.enabled_at, view.recovery_codes_left, view.required)


async def get_second_factor(call: Call) -> None:
    call.answer(_second_factor_out(await call.ask(OwnSignInRpc.get_second_factor)))


async def offer_second_factor(call: Call) -> None:
    body = await call.json(PasswordBody)
    offer = await call.ask(OwnSignInRpc.offer_second_factor, body.password)
    call.answer(OfferOut(offer.secret, offer.uri))


async def confirm_second_factor(call: Call) -> None:
    body = await call.json(CodeBody)
    told = await call.ask(OwnSignInRpc.confirm_second_factor, body.code)
    call.answer(RecoveryCodesOut(told.codes))


async def give_up_second_factor(call: Call) -> None:
    body = await call.json(PasswordBody)
    call.answer(_second_factor_out(await call.ask(OwnSignInRpc.give_up_second_factor, body.password)))


async def renew_recovery_codes(call: Call) -> None:
    body = await call.json(PasswordBody)
    told = await call.ask(OwnSignInRpc.renew_recovery_codes, body.password)
    call.answer(RecoveryCodesOut(told.codes))


_BY_PASSWORD = (Invalid, PasswordWrong, TooManySignIns, KeyNotAllowed)

ENDPOINTS = (
    Endpoint(method="GET", path="/me", handler=get_me, summary="Who I am and what I may do", answer=Me),
    Endpoint(
        method="PATCH",
        path="/me",
        handler=change_me,
        summary="Change my name or language",
        body=MeBody,
        answer=Me,
        refusals=(Invalid, Forbidden, NotFound, KeyNotAllowed),
    ),
    Endpoint(
        method="POST",
        path="/me/email",
        handler=change_email,
        summary="Change my e-mail address",
        body=EmailBody,
        answer=Me,
        refusals=(Forbidden, NotFound, *_BY_PASSWORD),
    ),
    Endpoint(
        method="POST",
        path="/me/password",
        handler=change_password,
        summary="Change my password: ends my other sessions and gives this one a new token",
        body=OwnPasswordBody,
        answer=SignedInOut,
        refusals=_BY_PASSWORD,
    ),
    Endpoint(
        method="GET",
        path="/me/second-factor",
        handler=get_second_factor,
        summary="How my second factor stands",
        answer=SecondFactorOut,
        refusals=(KeyNotAllowed,),
    ),
    Endpoint(
        method="POST",
        path="/me/second-factor",
        handler=offer_second_factor,
        summary="Begin to set up a second factor",
        body=PasswordBody,
        answer=OfferOut,
        refusals=(*_BY_PASSWORD, SecondFactorState),
    ),
    Endpoint(
        method="DELETE",
        path="/me/second-factor",
        handler=give_up_second_factor,
        summary="Do without the second factor",
        body=PasswordBody,
        answer=SecondFactorOut,
        refusals=(*_BY_PASSWORD, SecondFactorState, SecondFactorRequired),
    ),
    Endpoint(
        method="POST",
        path="/me/second-factor/confirm",
        handler=confirm_second_factor,
        summary="Put the offered second factor in force; ends my other sessions",
        body=CodeBody,
        answer=RecoveryCodesOut,
        refusals=(Invalid, CodeWrong, SecondFactorState, TooManySignIns, KeyNotAllowed),
    ),
    Endpoint(
        method="POST",
        path="/me/recovery-codes",
        handler=renew_recovery_codes,
        summary="New recovery codes; the old ones are void",
        body=PasswordBody,
        answer=RecoveryCodesOut,
        refusals=(*_BY_PASSWORD, SecondFactorState),
    ),
)
