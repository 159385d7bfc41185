"""«Мой профиль»: my name, the language of my pages, my e-mail address; and the tabs of all that is mine."""

from typing import ClassVar

import falcon
import falcon.asgi

from gateway_http.forms import FormView, read_form
from gateway_http.i18n import LANGUAGE_COOKIE, LANGUAGE_NAMES, LANGUAGES, N_
from gateway_http.pages.form_refusals import show_refusal
from gateway_http.pages.page_resource import PageResource
from gateway_http.screen import Screen, Tab
from gateway_http.words.account_words import role_texts
from services.contracts.identity import IdentityRpc
from services.contracts.refusals import Invalid

URL = "/me"
SUBTABS = (
    (URL, N_("My profile")),
    ("/me/password", N_("Password")),
    ("/me/second-factor", N_("Two-step sign-in")),
    ("/me/sessions", N_("Sessions")),
    ("/me/notifications", N_("Notifications")),
)


def me_tabs(screen: Screen, current: str) -> list[Tab]:
    """None in a session that may only mend its sign-in."""
    if screen.restricted:
        return []
    return [Tab(screen.words.gettext(title), url, url == current) for url, title in SUBTABS]


class MePage(PageResource):
    """A page of the signed-in user's own; no tab of the bar is its."""

    tab: ClassVar[str] = ""


class MyProfile(MePage):
    """`/me`."""

    async def on_get(self, req: falcon.asgi.Request, resp: falcon.asgi.Response) -> None:
        screen = self.screen(req, resp)
        user = screen.state.require_session().user
        values = {"name": user.name, "language": user.language or screen.language, "email": user.email or ""}
        self._show(screen, FormView(values))

    async def on_post(self, req: falcon.asgi.Request, resp: falcon.asgi.Response) -> None:
        screen, data = self.screen(req, resp), await read_form(req)
        form = FormView.typed(data)
        form.restored = data.has("restored")
        if not form.restored:
            try:
                await screen.call(
                    IdentityRpc.change_me, data.text("name"), data.text("language") or None, data.text("email")
                )
            except Invalid as refusal:
                show_refusal(form, refusal, screen)
            else:
                resp.unset_cookie(LANGUAGE_COOKIE, path="/", same_site="Lax")  # from now on the user's own counts
                screen.go(URL, screen.text(N_("Saved")))
                return
        self._show(screen, form, falcon.HTTP_422 if form.has_errors else falcon.HTTP_200)

    def _show(self, screen: Screen, form: FormView, status: str = falcon.HTTP_200) -> None:
        user = screen.state.require_session().user
        screen.show(
            "pages/me.html",
            status,
            tabs=me_tabs(screen, URL),
            form=form,
            user=user,
            roles=role_texts(user.roles, screen.words),
            language_names=[(code, LANGUAGE_NAMES[code]) for code in LANGUAGES],
        )
