"""«Мой профиль» → «Пароль»: a password of one's own in place of the present (or the one-time) one."""

import falcon
import falcon.asgi

from gateway_http.forms import FormData, FormView, read_form
from gateway_http.i18n import N_
from gateway_http.pages.form_refusals import show_refusal
from gateway_http.pages.me import URL as PROFILE_URL
from gateway_http.pages.me import MePage, me_tabs
from gateway_http.pages.sign_in import MAX_TYPED, next_page, set_session_cookie
from gateway_http.refusal_texts import field_text
from gateway_http.screen import Screen
from services.contracts.identity import Restriction, TooManySignIns
from services.contracts.own_sign_in import OwnSignInRpc, PasswordWrong
from services.contracts.refusals import Forbidden, Invalid

URL = "/me/password"


class MyPassword(MePage):
    """`/me/password`."""

    mends = frozenset({Restriction.PASSWORD})

    async def on_get(self, req: falcon.asgi.Request, resp: falcon.asgi.Response) -> None:
        self._show(self.screen(req, resp), FormView({"next": req.get_param("next") or ""}))

    async def on_post(self, req: falcon.asgi.Request, resp: falcon.asgi.Response) -> None:
        screen, data = self.screen(req, resp), await read_form(req)
        form = FormView({"next": data.text("next")})
        form.restored = data.has("restored")
        if form.restored:
            self._show(screen, form)
            return
        if data.raw("new_password") != data.raw("new_password_again"):
            form.wrong("new_password_again", screen.text(N_("Differs from the new password. Type both once more.")))
        else:
            await self._change(screen, data, form)
        if form.has_errors:
            self._show(screen, form, falcon.HTTP_422)

    async def _change(self, screen: Screen, data: FormData, form: FormView) -> None:
        present, new = data.raw("password")[:MAX_TYPED], data.raw("new_password")[:MAX_TYPED]
        try:
            signed = await screen.call(OwnSignInRpc.change_own_password, present, new)
        except PasswordWrong as refusal:
            form.wrong("password", screen.text(N_("The present password is wrong.")))
            form.general.extend(field_text(error, screen.words) for error in refusal.errors)
        except Invalid as refusal:
            for error in refusal.errors:
                form.wrong("new_password", field_text(error, screen.words))
        except (TooManySignIns, Forbidden) as refusal:
            show_refusal(form, refusal, screen)
        else:
            set_session_cookie(screen, signed)
            wanted = data.text("next")
            screen.go(
                next_page(wanted) if wanted else PROFILE_URL,
                screen.text(N_("The password was changed. All your other sessions were ended.")),
            )

    def _show(self, screen: Screen, form: FormView, status: str = falcon.HTTP_200) -> None:
        screen.show("pages/me_password.html", status, tabs=me_tabs(screen, URL), form=form)
