"""«Сервер» → one account: what it is, how it stands, its settings and its limits."""

import falcon
import falcon.asgi
import msgspec

from gateway_http.forms import FormData, FormView, read_form
from gateway_http.i18n import N_
from gateway_http.pages.admin_account import zone_options
from gateway_http.pages.form_refusals import show_refusal
from gateway_http.pages.operator_accounts import FORM_REFUSALS, LIST, OperatorPage, tax_choices
from gateway_http.pages.register_goods import number_typed
from gateway_http.screen import Screen
from gateway_http.words.account_words import LIMITS, account_state_told
from gateway_http.words.goods_words import tax_text
from services.contracts.identity import IDLE_MINUTES_MAX, IDLE_MINUTES_MIN
from services.contracts.limits import LIMIT_BOUNDS, AccountLimits
from services.contracts.operator import OperatedAccount, OperatedChanges, OperatorRpc
from services.contracts.values import AccountId


class AccountPage(OperatorPage):
    """`/operator/accounts/{account}`."""

    async def on_get(self, req: falcon.asgi.Request, resp: falcon.asgi.Response, account: str) -> None:
        screen = self.screen(req, resp)
        view = await screen.call(OperatorRpc.get_operated_account, AccountId(account))
        screen.show(
            "pages/operator_account.html",
            account=view,
            told=account_state_told(view.state, screen.words),
            tax=tax_text(view.default_tax_code, screen.words) if view.default_tax_code is not None else "",
            limits=[(screen.text(title), getattr(view.limits, name)) for name, title in LIMITS.items()],
        )


class EditAccount(OperatorPage):
    """`/operator/accounts/{account}/edit`."""

    async def on_get(self, req: falcon.asgi.Request, resp: falcon.asgi.Response, account: str) -> None:
        screen = self.screen(req, resp)
        view = await screen.call(OperatorRpc.get_operated_account, AccountId(account))
        self._show(screen, view, settings_form(view))

    async def on_post(self, req: falcon.asgi.Request, resp: falcon.asgi.Response, account: str) -> None:
        screen, data = self.screen(req, resp), await read_form(req)
        form = FormView.typed(data)
        form.restored = data.has("restored")
        changes = None if form.restored else changes_typed(data, form, screen)
        if changes is not None and await saved(screen, account, changes, data, form):
            return
        view = await screen.call(OperatorRpc.get_operated_account, AccountId(account))
        if form.stale:
            form.changed_meanwhile(settings_form(view))
        self._show(screen, view, form)

    def _show(self, screen: Screen, view: OperatedAccount, form: FormView) -> None:
        screen.show(
            "pages/operator_account_edit.html",
            falcon.HTTP_422 if form.has_errors else falcon.HTTP_200,
            account=view,
            form=form,
            zones=zone_options(screen, form.value("time_zone")),
            taxes=tax_choices(screen),
        )


class EditLimits(OperatorPage):
    """`/operator/accounts/{account}/limits`."""

    async def on_get(self, req: falcon.asgi.Request, resp: falcon.asgi.Response, account: str) -> None:
        screen = self.screen(req, resp)
        view = await screen.call(OperatorRpc.get_operated_account, AccountId(account))
        self._show(screen, view, limits_form(view))

    async def on_post(self, req: falcon.asgi.Request, resp: falcon.asgi.Response, account: str) -> None:
        screen, data = self.screen(req, resp), await read_form(req)
        form = FormView.typed(data)
        form.restored = data.has("restored")
        limits = None if form.restored else limits_typed(data, form, screen)
        if limits is not None and await saved(screen, account, OperatedChanges(limits=limits), data, form):
            return
        view = await screen.call(OperatorRpc.get_operated_account, AccountId(account))
        if form.stale:
            form.changed_meanwhile(limits_form(view))
        self._show(screen, view, form)

    def _show(self, screen: Screen, view: OperatedAccount, form: FormView) -> None:
        screen.show(
            "pages/operator_account_limits.html",
            falcon.HTTP_422 if form.has_errors else falcon.HTTP_200,
            account=view,
            form=form,
            limits=[(name, screen.text(title), *LIMIT_BOUNDS[name]) for name, title in LIMITS.items()],
        )


async def saved(screen: Screen, account: str, changes: OperatedChanges, data: FormData, form: FormView) -> bool:
    """Change the account and go to its page; False with the refusal put into `form`."""
    version = number_typed(data.text("version"))
    try:
        await screen.call(OperatorRpc.change_operated_account, AccountId(account), changes, version)
    except FORM_REFUSALS as refusal:
        show_refusal(form, refusal, screen)
        return False
    screen.go(f"{LIST}/{account}", screen.text(N_("Saved")))
    return True


def limits_form(view: OperatedAccount) -> FormView:
    values = {name: str(value) for name, value in msgspec.structs.asdict(view.limits).items()}
    return FormView({**values, "version": str(view.version)})


def settings_form(view: OperatedAccount) -> FormView:
    return FormView(
        {
            "name": view.name,
            "sign_in_name": view.sign_in_name,
            "inn": view.inn or "",
            "time_zone": view.time_zone,
            "default_tax_code": "" if view.default_tax_code is None else str(view.default_tax_code),
            "idle_minutes": str(view.idle_minutes),
            "second_factor_required": "1" if view.second_factor_required else "",
            "version": str(view.version),
        }
    )


def changes_typed(data: FormData, form: FormView, screen: Screen) -> OperatedChanges | None:
    """What was typed, or None with the errors put into `form`."""
    minutes = whole_typed(data, form, screen, "idle_minutes", IDLE_MINUTES_MIN, IDLE_MINUTES_MAX)
    if minutes is None:
        return None
    tax = number_typed(data.text("default_tax_code"))
    return OperatedChanges(
        name=data.text("name"),
        sign_in_name=data.text("sign_in_name"),
        inn=data.text("inn") or None,
        time_zone=data.text("time_zone"),
        default_tax_code=msgspec.UNSET if tax is None else tax,
        idle_minutes=minutes,
        second_factor_required=data.flag("second_factor_required"),
    )


def limits_typed(data: FormData, form: FormView, screen: Screen) -> AccountLimits | None:
    """What was typed, or None with every wrong one named in `form`."""
    typed = {name: whole_typed(data, form, screen, name, least, most) for name, (least, most) in LIMIT_BOUNDS.items()}
    right = {name: value for name, value in typed.items() if value is not None}
    return AccountLimits(**right) if len(right) == len(typed) else None


def whole_typed(data: FormData, form: FormView, screen: Screen, name: str, least: int, most: int) -> int | None:
    """A whole number within its bounds, or None with the error in `form`."""
    value = number_typed(data.text(name))
    if value is not None and least <= value <= most:
        return value
    form.wrong(name, screen.text(N_("Must be a whole number from %(min)s to %(max)s."), min=least, max=most))
    return None
