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
from services.contracts.identity import IdentityRpc, TooManySignIns, UserView
from services.contracts.own_sign_in import OwnSignInRpc, PasswordWrong
from services.contracts.refusals import Invalid

URL = "/me"
MAX_PASSWORD = 200  # characters that are sent on
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
        show_profile(screen, profile_form(screen, user), email_form(user))

    async def on_post(self, req: falcon.asgi.Request, resp: falcon.asgi.Response) -> None:
        screen, data = self.screen(req, resp), await read_form(req)
        form = FormView.typed(data)
        form.restored = data.has("restored")
        if not form.restored:
            try:
                saved = await screen.call(IdentityRpc.change_me, data.text("name"), data.text("language") or None)
            except Invalid as refusal:
                show_refusal(form, refusal, screen)
            else:
                resp.unset_cookie(LANGUAGE_COOKIE, path="/", same_site="Lax")  # from now on the user's own counts
                screen.state.language = self.deps.languages.get(saved.language or "", screen.words)
                screen.go(URL, screen.text(N_("Saved")))
                return
        show_profile(screen, form, email_form(screen.state.require_session().user))


class MyEmail(MePage):
    """`/me/email`: the other form of that page. The address decides who gets one-time passwords: it asks who one is."""

    async def on_get(self, req: falcon.asgi.Request, resp: falcon.asgi.Response) -> None:
        self.screen(req, resp).go(URL)

    async def on_post(self, req: falcon.asgi.Request, resp: falcon.asgi.Response) -> None:
        screen, data = self.screen(req, resp), await read_form(req)
        form = FormView({"email": data.text("email")})
        form.restored = data.has("restored")
        if not form.restored:
            try:
                await screen.call(
                    OwnSignInRpc.change_own_email, data.text("email"), data.raw("password")[:MAX_PASSWORD]
                )
            except PasswordWrong:
                form.wrong("password", screen.text(N_("The present password is wrong.")))
            except (Invalid, TooManySignIns) as refusal:
                show_refusal(form, refusal, screen)
            else:
                screen.go(URL, screen.text(N_("Saved")))
                return
        show_profile(screen, profile_form(screen, screen.state.require_session().user), form)


def profile_form(screen: Screen, user: UserView) -> FormView:
    """As it is saved."""
    return FormView({"name": user.name, "language": user.language or screen.language})


def email_form(user: UserView) -> FormView:
    """As it is saved."""
    return FormView({"email": user.email or ""})


def show_profile(screen: Screen, form: FormView, email: FormView) -> None:
    """Both forms of the page, of which one may have been refused."""
    user = screen.state.require_session().user
    screen.show(
        "pages/me.html",
        falcon.HTTP_422 if form.has_errors or email.has_errors else falcon.HTTP_200,
        tabs=me_tabs(screen, URL),
        form=form,
        email=email,
        user=user,
        roles=role_texts(user.roles, screen.words),
        language_names=[(code, LANGUAGE_NAMES[code]) for code in LANGUAGES],
    )
