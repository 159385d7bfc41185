"""«Сервер»: the console of the server's operator. All accounts, and a new one with its first administrator."""

from typing import ClassVar

import falcon
import falcon.asgi

from gateway_http.forms import FormData, FormView, read_form
from gateway_http.i18n import N_
from gateway_http.pages.admin_account import zone_options
from gateway_http.pages.form_refusals import show_refusal
from gateway_http.pages.page_resource import PageResource
from gateway_http.pages.register_goods import number_typed
from gateway_http.pages.registers import MAX_QUERY
from gateway_http.screen import Screen
from gateway_http.words.account_words import ACCOUNT_STATES, account_state_told
from gateway_http.words.goods_words import tax_options
from services.contracts.identity import AccountCreated, NewAccount
from services.contracts.limits import AccountState
from services.contracts.operator import OperatedQuery, OperatorRpc
from services.contracts.refusals import Conflict, Forbidden, Invalid, Stale
from services.contracts.values import DEFAULT_PAGE, Cursor

LIST = "/operator/accounts"
FORM_REFUSALS = (Invalid, Conflict, Stale)
FIRST_LOGIN = "admin"  # what is offered for the first administrator
MAX_NAME = 200  # characters of a name for which a sign-in name is suggested


class OperatorPage(PageResource):
    """A page of the console; the rooms refuse it to everybody else, so nothing is asked before."""

    tab: ClassVar[str] = "operator"


def require_operator(screen: Screen) -> None:
    """For pages that show a form before they ask a room. Raises Forbidden."""
    if not screen.may("operate"):
        raise Forbidden


def tax_choices(screen: Screen) -> list[tuple[int | str, str]]:
    """VAT rates; not chosen is a choice, too."""
    return [("", screen.text(N_("— not chosen —"))), *tax_options(screen.words)]


class OperatedAccounts(OperatorPage):
    """`/operator/accounts`."""

    async def on_get(self, req: falcon.asgi.Request, resp: falcon.asgi.Response) -> None:
        screen = self.screen(req, resp)
        q, state, after = (req.get_param("q") or "").strip()[:MAX_QUERY], req.get_param("state"), req.get_param("after")
        state = state if state in set(AccountState) else ""
        query = OperatedQuery(
            q=q,
            state=AccountState(state) if state else None,
            after=Cursor(after) if after else None,
            limit=DEFAULT_PAGE,
        )
        page = await screen.call(OperatorRpc.page_accounts, query)
        states = [(str(known), screen.text(text)) for known, (_, text) in ACCOUNT_STATES.items()]
        screen.show(
            "pages/operator_accounts.html",
            q=q,
            state=state,
            states=[("", screen.text(N_("State: any"))), *states],
            after=after,
            next=page.next,
            rows=[(account, account_state_told(account.state, screen.words)) for account in page.items],
        )


class SuggestSignInName(OperatorPage):
    """`/operator/sign-in-name?name=`: what would be given, shown while the name is typed."""

    background = True

    async def on_get(self, req: falcon.asgi.Request, resp: falcon.asgi.Response) -> None:
        screen = self.screen(req, resp)
        name = (req.get_param("name") or "").strip()[:MAX_NAME]
        suggested = ""
        if name:
            try:
                suggested = await screen.call(OperatorRpc.suggest_sign_in_name, name)
            except Invalid:
                suggested = ""  # the form itself says what is wrong with the name
        screen.show("pages/operator_suggestion.html", suggested=suggested)


class OpenAccount(OperatorPage):
    """`/operator/accounts/new`. The one-time password stands in the answer to the form, and nowhere else."""

    async def on_get(self, req: falcon.asgi.Request, resp: falcon.asgi.Response) -> None:
        screen = self.screen(req, resp)
        require_operator(screen)
        self._show(screen, FormView({"login": FIRST_LOGIN, "time_zone": "Europe/Moscow"}))

    async def on_post(self, req: falcon.asgi.Request, resp: falcon.asgi.Response) -> None:
        screen, data = self.screen(req, resp), await read_form(req)
        form = FormView.typed(data)
        form.restored = data.has("restored")
        if not form.restored:
            try:
                created = await screen.call(OperatorRpc.open_account, account_typed(data))
            except FORM_REFUSALS as refusal:
                show_refusal(form, refusal, screen)
            else:
                self._show_created(screen, created)
                return
        require_operator(screen)
        self._show(screen, form, falcon.HTTP_422 if form.has_errors else falcon.HTTP_200)

    def _show(self, screen: Screen, form: FormView, status: str = falcon.HTTP_200) -> None:
        screen.show(
            "pages/operator_account_new.html",
            status,
            form=form,
            zones=zone_options(screen, form.value("time_zone")),
            taxes=tax_choices(screen),
        )

    def _show_created(self, screen: Screen, created: AccountCreated) -> None:
        screen.show("pages/operator_account_created.html", created=created)


def account_typed(data: FormData) -> NewAccount:
    return NewAccount(
        name=data.text("name"),
        login=data.text("login"),
        password="",  # a one-time one is made
        sign_in_name=data.text("sign_in_name") or None,
        inn=data.text("inn") or None,
        time_zone=data.text("time_zone") or None,
        default_tax_code=number_typed(data.text("default_tax_code")),
        email=data.text("email") or None,
    )
