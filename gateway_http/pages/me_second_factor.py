"""«Мой профиль» → «Двухэтапный вход»: set up the second factor, renew its recovery codes, give it up.

The secret and the recovery codes stand only in the answer to the form that asked for them: in no address and no cookie.
"""

import io
from urllib.parse import quote

import falcon
import falcon.asgi
import msgspec
import segno
from markupsafe import Markup

from gateway_http.forms import FormData, FormView, read_form
from gateway_http.i18n import N_
from gateway_http.pages.form_refusals import show_refusal
from gateway_http.pages.me import MePage, me_tabs
from gateway_http.pages.sign_in import MAX_TYPED, next_page
from gateway_http.screen import Screen
from services.contracts.identity import Restriction, TooManySignIns
from services.contracts.own_sign_in import (
    CodeWrong,
    OwnSignInRpc,
    PasswordWrong,
    RecoveryCodes,
    SecondFactorOffer,
    SecondFactorRequired,
    SecondFactorState,
)
from services.contracts.refusals import Conflict, Forbidden

URL = "/me/second-factor"
MAX_CODE = 40  # characters of a typed code that are sent on
REFUSED = (TooManySignIns, Forbidden, Conflict)  # said above the form


def qr_of(uri: str) -> Markup:
    """Inline SVG without styles of its own (the page's policy forbids inline styles)."""
    drawn = io.BytesIO()
    segno.make(uri, error="m", micro=False).save(
        drawn, kind="svg", xmldecl=False, svgns=True, omitsize=True, border=2, svgclass=None, lineclass=None
    )
    # segno draws digits only into path data: nothing of a user's own is in it.
    return Markup(drawn.getvalue().decode())  # noqa: S704


def spaced(secret: str) -> str:
    """In groups of four, as it is typed."""
    return " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))


class SecondFactorPage(MePage):
    """What the pages of the second factor share."""

    mends = frozenset({Restriction.SECOND_FACTOR})

    async def _show(self, screen: Screen, form: FormView, wrong_at: str = "") -> None:
        """How the second factor stands; `wrong_at` names the form in which the errors are shown."""
        view = await screen.call(OwnSignInRpc.get_second_factor)
        screen.show(
            "pages/me_second_factor.html",
            falcon.HTTP_422 if form.has_errors else falcon.HTTP_200,
            tabs=me_tabs(screen, URL),
            view=view,
            next_url=form.value("next"),
            forms={name: form if name == wrong_at else FormView() for name in ("offer", "codes", "off")},
        )

    def _show_offer(self, screen: Screen, form: FormView, offer: SecondFactorOffer | None) -> None:
        """What goes into the authenticator program, and the field for its code."""
        screen.show(
            "pages/me_second_factor_offer.html",
            falcon.HTTP_422 if form.has_errors else falcon.HTTP_200,
            tabs=me_tabs(screen, URL),
            form=form,
            next_url=form.value("next"),
            qr=qr_of(offer.uri) if offer else None,
            secret=spaced(offer.secret) if offer else "",
        )

    def _show_codes(self, screen: Screen, told: RecoveryCodes, wanted: str, renewed: bool) -> None:
        session = screen.state.require_session()
        screen.state.session = msgspec.structs.replace(session, restriction=None)  # just mended, if it was restricted
        screen.show(
            "pages/me_recovery_codes.html",
            tabs=me_tabs(screen, URL),
            codes=told.codes,
            file=f"data:text/plain;charset=utf-8,{quote(chr(10).join(told.codes) + chr(10))}",
            next_url=next_page(wanted) if wanted else URL,
            renewed=renewed,
        )


class MySecondFactor(SecondFactorPage):
    """`/me/second-factor`."""

    async def on_get(self, req: falcon.asgi.Request, resp: falcon.asgi.Response) -> None:
        await self._show(self.screen(req, resp), FormView({"next": req.get_param("next") or ""}))


class OfferSecondFactor(SecondFactorPage):
    """`/me/second-factor/offer`: the password, then what goes into the program."""

    async def on_get(self, req: falcon.asgi.Request, resp: falcon.asgi.Response) -> None:
        self.screen(req, resp).go(URL)

    async def on_post(self, req: falcon.asgi.Request, resp: falcon.asgi.Response) -> None:
        screen, data = self.screen(req, resp), await read_form(req)
        form = FormView({"next": data.text("next")})
        if data.has("restored"):
            await self._show(screen, form)
            return
        try:
            offer = await screen.call(OwnSignInRpc.offer_second_factor, password_typed(data))
        except REFUSED as refusal:
            refuse(screen, form, refusal)
            await self._show(screen, form, "offer")
        else:
            self._show_offer(screen, form, offer)


class ConfirmSecondFactor(SecondFactorPage):
    """`/me/second-factor/confirm`: a code of the program puts it in force."""

    async def on_get(self, req: falcon.asgi.Request, resp: falcon.asgi.Response) -> None:
        self.screen(req, resp).go(URL)

    async def on_post(self, req: falcon.asgi.Request, resp: falcon.asgi.Response) -> None:
        screen, data = self.screen(req, resp), await read_form(req)
        form = FormView({"next": data.text("next")})
        if data.has("restored"):
            self._show_offer(screen, form, None)
            return
        try:
            told = await screen.call(OwnSignInRpc.confirm_second_factor, data.text("otp")[:MAX_CODE])
        except SecondFactorState as refusal:
            refuse(screen, form, refusal)
            await self._show(screen, form, "offer")
        except (CodeWrong, TooManySignIns) as refusal:
            refuse(screen, form, refusal)
            self._show_offer(screen, form, None)
        else:
            self._show_codes(screen, told, data.text("next"), renewed=False)


class RenewRecoveryCodes(SecondFactorPage):
    """`/me/second-factor/codes`: new recovery codes, the old ones are void."""

    async def on_get(self, req: falcon.asgi.Request, resp: falcon.asgi.Response) -> None:
        self.screen(req, resp).go(URL)

    async def on_post(self, req: falcon.asgi.Request, resp: falcon.asgi.Response) -> None:
        screen, data = self.screen(req, resp), await read_form(req)
        form = FormView()
        if data.has("restored"):
            await self._show(screen, form)
            return
        try:
            told = await screen.call(OwnSignInRpc.renew_recovery_codes, password_typed(data))
        except REFUSED as refusal:
            refuse(screen, form, refusal)
            await self._show(screen, form, "codes")
        else:
            self._show_codes(screen, told, "", renewed=True)


class GiveUpSecondFactor(SecondFactorPage):
    """`/me/second-factor/off`."""

    async def on_get(self, req: falcon.asgi.Request, resp: falcon.asgi.Response) -> None:
        self.screen(req, resp).go(URL)

    async def on_post(self, req: falcon.asgi.Request, resp: falcon.asgi.Response) -> None:
        screen, data = self.screen(req, resp), await read_form(req)
        form = FormView()
        if data.has("restored"):
            await self._show(screen, form)
            return
        try:
            await screen.call(OwnSignInRpc.give_up_second_factor, password_typed(data))
        except (*REFUSED, SecondFactorRequired) as refusal:
            refuse(screen, form, refusal)
            await self._show(screen, form, "off")
        else:
            screen.go(URL, screen.text(N_("Two-step sign-in is switched off")))


def password_typed(data: FormData) -> str:
    return data.raw("password")[:MAX_TYPED]


def refuse(screen: Screen, form: FormView, refusal: TooManySignIns | Forbidden | Conflict) -> None:
    """Beside the field that it belongs to, else above the form."""
    if isinstance(refusal, PasswordWrong):
        form.wrong("password", screen.text(N_("The present password is wrong.")))
    elif isinstance(refusal, CodeWrong):
        form.wrong("otp", screen.text(N_("The code is wrong. Enter the one that is shown now.")))
    else:
        show_refusal(form, refusal, screen)
