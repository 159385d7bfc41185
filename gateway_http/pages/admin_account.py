"""«Администрирование» → «Учётная запись»: name, ИНН, time zone, «НДС по умолчанию», policy of sign-in, limits."""

import asyncio
import zoneinfo
from collections.abc import Awaitable
from typing import TypeVar

import falcon
import falcon.asgi
import msgspec

from gateway_http import formats
from gateway_http.forms import FormData, FormView, read_form
from gateway_http.i18n import N_
from gateway_http.pages.admin_registers import AdminPage, admin_tabs
from gateway_http.pages.admin_users import require_administrator
from gateway_http.pages.form_refusals import show_refusal
from gateway_http.pages.register_goods import number_typed
from gateway_http.screen import Screen
from gateway_http.words.account_words import LIMITS
from gateway_http.words.goods_words import tax_options, tax_text
from services.contracts.catalog import CatalogRpc, CatalogUsage
from services.contracts.identity import (
    IDLE_MINUTES_MAX,
    IDLE_MINUTES_MIN,
    AccountChanges,
    AccountUsage,
    AccountView,
    IdentityRpc,
)
from services.contracts.refusals import Conflict, Invalid, Stale, Unavailable
from services.contracts.registers import RegistersRpc, RegistersUsage

T = TypeVar("T")
URL = "/admin/account"
UNKNOWN = "—"  # a room does not answer

# The eleven zones of Russia by their largest cities, west to east; the account's own is added if it is another one.
ZONES = (
    ("Europe/Kaliningrad", N_("Kaliningrad (UTC+2)")),
    ("Europe/Moscow", N_("Moscow (UTC+3)")),
    ("Europe/Samara", N_("Samara (UTC+4)")),
    ("Asia/Yekaterinburg", N_("Yekaterinburg (UTC+5)")),
    ("Asia/Omsk", N_("Omsk (UTC+6)")),
    ("Asia/Krasnoyarsk", N_("Krasnoyarsk, Novosibirsk (UTC+7)")),
    ("Asia/Irkutsk", N_("Irkutsk (UTC+8)")),
    ("Asia/Yakutsk", N_("Yakutsk (UTC+9)")),
    ("Asia/Vladivostok", N_("Vladivostok (UTC+10)")),
    ("Asia/Magadan", N_("Magadan (UTC+11)")),
    ("Asia/Kamchatka", N_("Kamchatka (UTC+12)")),
)


def zone_options(screen: Screen, current: str) -> list[tuple[str, str]]:
    found = [(name, screen.text(title)) for name, title in ZONES]
    if current and current not in dict(ZONES) and current in zoneinfo.available_timezones():
        found.append((current, current))
    return found


def form_of(account: AccountView) -> FormView:
    return FormView(
        {
            "name": account.name,
            "sign_in_name": account.sign_in_name,
            "inn": account.inn or "",
            "time_zone": account.time_zone,
            "default_tax_code": "" if account.default_tax_code is None else str(account.default_tax_code),
            "idle_minutes": str(account.idle_minutes),
            "second_factor_required": "1" if account.second_factor_required else "",
            "version": str(account.version),
        }
    )


class Account(AdminPage):
    """`/admin/account`."""

    async def on_get(self, req: falcon.asgi.Request, resp: falcon.asgi.Response) -> None:
        screen = self.screen(req, resp)
        account = await screen.call(IdentityRpc.get_account)
        await self._show(screen, account, form_of(account))

    async def on_post(self, req: falcon.asgi.Request, resp: falcon.asgi.Response) -> None:
        screen, data = self.screen(req, resp), await read_form(req)
        require_administrator(screen)
        form = FormView.typed(data)
        form.restored = data.has("restored")
        changes = None if form.restored else changes_typed(data, form, screen)
        if changes is not None:
            try:
                await screen.call(IdentityRpc.change_account, changes, number_typed(data.text("version")))
            except (Invalid, Conflict, Stale) as refusal:
                show_refusal(form, refusal, screen)
            else:
                screen.go(URL, screen.text(N_("Saved")))
                return
        account = await screen.call(IdentityRpc.get_account)
        if form.stale:
            form.changed_meanwhile(form_of(account))
        await self._show(screen, account, form, falcon.HTTP_422 if form.has_errors else falcon.HTTP_200)

    async def _show(self, screen: Screen, account: AccountView, form: FormView, status: str = falcon.HTTP_200) -> None:
        taxes: list[tuple[int | str, str]] = [*tax_options(screen.words)]
        if account.default_tax_code is None:
            taxes.insert(0, ("", screen.text(N_("— not chosen —"))))
        zones, tax = zone_options(screen, form.value("time_zone")), account.default_tax_code
        screen.show(
            "pages/account.html",
            status,
            tabs=admin_tabs(screen, URL),
            form=form,
            account=account,
            zones=zones,
            taxes=taxes,
            zone=dict(zones).get(account.time_zone, account.time_zone),
            tax="" if tax is None else tax_text(tax, screen.words),
            limits=await limits_told(screen),
        )


async def limits_told(screen: Screen) -> list[tuple[str, str]]:
    """Each limit by name, and how much of it is used. A room that does not answer spoils only its own numbers."""
    account, registers, goods = await asyncio.gather(
        answered(screen.call(IdentityRpc.get_usage)),
        answered(screen.call(RegistersRpc.get_usage)),
        answered(screen.call(CatalogRpc.get_usage)),
    )
    return limit_rows(screen, account, registers, goods)


async def answered(asked: Awaitable[T]) -> T | None:
    """What a room says; None if it cannot be asked now."""
    try:
        return await asked
    except Unavailable:
        return None


def limit_rows(
    screen: Screen, account: AccountUsage | None, registers: RegistersUsage | None, goods: CatalogUsage | None
) -> list[tuple[str, str]]:
    """In the order of LIMITS. Requests a minute are not counted for people: their limit stands alone."""
    used = {
        "users": account.users if account else None,
        "registers": registers.registers if registers else None,
        "links": registers.links if registers else None,
        "items": goods.items if goods else None,
        "imports": goods.imports if goods else None,
    }
    rows = []
    for name, title in LIMITS.items():
        most = formats.whole(getattr(account.limits, name), screen.language) if account else UNKNOWN
        if name in used:
            count = used[name]
            part = UNKNOWN if count is None else formats.whole(count, screen.language)
            told = screen.text(N_("%(part)s of %(all)s"), part=part, all=most)
        else:
            told = most
        rows.append((screen.text(title), told))
    return rows


def changes_typed(data: FormData, form: FormView, screen: Screen) -> AccountChanges | None:
    """What was typed, or None with the errors put into `form`."""
    minutes = number_typed(data.text("idle_minutes"))
    if minutes is None or not IDLE_MINUTES_MIN <= minutes <= IDLE_MINUTES_MAX:
        form.wrong(
            "idle_minutes",
            screen.text(
                N_("Must be a whole number from %(min)s to %(max)s."), min=IDLE_MINUTES_MIN, max=IDLE_MINUTES_MAX
            ),
        )
        return None
    tax = number_typed(data.text("default_tax_code"))
    return AccountChanges(
        name=data.text("name"),
        sign_in_name=data.text("sign_in_name"),
        inn=data.text("inn") or None,
        time_zone=data.text("time_zone"),
        default_tax_code=msgspec.UNSET if tax is None else tax,
        idle_minutes=minutes,
        second_factor_required=data.flag("second_factor_required"),
    )
