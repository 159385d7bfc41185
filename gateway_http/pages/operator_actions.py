"""«Сервер» → one account: suspend and resume, delete and restore, a one-time password for one of its users."""

import falcon
import falcon.asgi

from gateway_http.forms import FormData, FormView, read_form
from gateway_http.i18n import N_
from gateway_http.pages.form_refusals import show_refusal
from gateway_http.pages.operator_accounts import FORM_REFUSALS, LIST, OperatorPage
from gateway_http.pages.register_goods import number_typed
from gateway_http.screen import Screen
from services.contracts.operator import DELETION_DAYS, OperatorRpc
from services.contracts.refusals import NotFound
from services.contracts.users import ONE_TIME_PASSWORD_HOURS
from services.contracts.values import AccountId

MAX_LOGIN = 200  # characters that are looked for


class WithReason(OperatorPage):
    """A form that names the account, asks for a reason, and does something to it.

    `asks_number`: only when its client number was typed, so that no wrong click destroys anything.
    """

    template = ""
    asks_number = False

    async def do(self, screen: Screen, account: AccountId, reason: str) -> str:
        """What the page does; returns what is said after it."""
        raise NotImplementedError

    async def on_get(self, req: falcon.asgi.Request, resp: falcon.asgi.Response, account: str) -> None:
        await self._show(self.screen(req, resp), account, FormView())

    async def on_post(self, req: falcon.asgi.Request, resp: falcon.asgi.Response, account: str) -> None:
        screen, data = self.screen(req, resp), await read_form(req)
        form = FormView.typed(data)
        form.restored = data.has("restored")
        if not form.restored and await self._confirmed(screen, account, data, form):
            try:
                told = await self.do(screen, AccountId(account), data.text("reason"))
            except FORM_REFUSALS as refusal:
                show_refusal(form, refusal, screen)
            else:
                screen.go(f"{LIST}/{account}", told)
                return
        await self._show(screen, account, form)

    async def _confirmed(self, screen: Screen, account: str, data: FormData, form: FormView) -> bool:
        if not self.asks_number:
            return True
        view = await screen.call(OperatorRpc.get_operated_account, AccountId(account))
        if number_typed(data.text("number")) == view.number:
            return True
        form.wrong("number", screen.text(N_("This is not the client number of the account.")))
        return False

    async def _show(self, screen: Screen, account: str, form: FormView) -> None:
        screen.show(
            self.template,
            falcon.HTTP_422 if form.has_errors else falcon.HTTP_200,
            account=await screen.call(OperatorRpc.get_operated_account, AccountId(account)),
            form=form,
            days=DELETION_DAYS,
        )


class SuspendAccount(WithReason):
    """`/operator/accounts/{account}/suspend`."""

    template = "pages/operator_account_suspend.html"

    async def do(self, screen: Screen, account: AccountId, reason: str) -> str:
        await screen.call(OperatorRpc.suspend_account, account, reason)
        return screen.text(N_("The account is suspended"))


class DeleteAccount(WithReason):
    """`/operator/accounts/{account}/delete`: announces it; final after DELETION_DAYS."""

    template = "pages/operator_account_delete.html"
    asks_number = True

    async def do(self, screen: Screen, account: AccountId, reason: str) -> str:
        await screen.call(OperatorRpc.delete_account, account, reason)
        return screen.text(N_("The account will be deleted; until then it can be restored"))


class BringBackAccount(OperatorPage):
    """`/operator/accounts/{account}/resume` and `…/restore`: nothing is lost by it, so nothing is asked."""

    async def on_get(self, req: falcon.asgi.Request, resp: falcon.asgi.Response, account: str) -> None:
        self.screen(req, resp).go(f"{LIST}/{account}")

    async def on_post(self, req: falcon.asgi.Request, resp: falcon.asgi.Response, account: str) -> None:
        screen, data = self.screen(req, resp), await read_form(req)
        if data.has("restored"):
            screen.go(f"{LIST}/{account}")
            return
        method = OperatorRpc.restore_account if req.path.endswith("/restore") else OperatorRpc.resume_account
        await screen.call(method, AccountId(account))
        screen.go(f"{LIST}/{account}", screen.text(N_("The account works again")))


class IssuePasswordFor(OperatorPage):
    """`/operator/accounts/{account}/password`. The password stands in the answer to the form, and nowhere else."""

    async def on_get(self, req: falcon.asgi.Request, resp: falcon.asgi.Response, account: str) -> None:
        await self._show(self.screen(req, resp), account, FormView())

    async def on_post(self, req: falcon.asgi.Request, resp: falcon.asgi.Response, account: str) -> None:
        screen, data = self.screen(req, resp), await read_form(req)
        form, login = FormView.typed(data), data.text("login")[:MAX_LOGIN]
        form.restored = data.has("restored")
        view = await screen.call(OperatorRpc.get_operated_account, AccountId(account))
        if not form.restored:
            try:
                issued = await screen.call(OperatorRpc.issue_password_for, view.id, login)
            except NotFound:
                form.wrong("login", screen.text(N_("The account has no such user.")))
            except FORM_REFUSALS as refusal:
                show_refusal(form, refusal, screen)
            else:
                screen.show("pages/operator_password_issued.html", account=view, issued=issued)
                return
        await self._show(screen, account, form)

    async def _show(self, screen: Screen, account: str, form: FormView) -> None:
        screen.show(
            "pages/operator_password.html",
            falcon.HTTP_422 if form.has_errors else falcon.HTTP_200,
            account=await screen.call(OperatorRpc.get_operated_account, AccountId(account)),
            form=form,
            hours=ONE_TIME_PASSWORD_HOURS,
        )
