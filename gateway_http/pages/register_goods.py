"""«Кассы» → «Товары»: which item groups a register gets, at which percentage and rounding, and a preview of it."""

import asyncio

import falcon.asgi
import msgspec

from gateway_http.forms import FormData, FormView, read_form
from gateway_http.i18n import N_
from gateway_http.pages.form_refusals import show_refusal
from gateway_http.pages.page_resource import PageResource
from gateway_http.pages.register_overview import register_tabs
from gateway_http.screen import Screen
from gateway_http.words.goods_words import problem_text, tax_text
from gateway_http.words.register_words import truth_told
from services.contracts.catalog import CatalogRpc, PriceListPreview
from services.contracts.recipe import PRICE_PERCENT_MAX, PRICE_PERCENT_MIN, PRICE_ROUNDINGS
from services.contracts.refusals import Conflict, Invalid, NotFound, Refusal, Stale, Unavailable
from services.contracts.registers import RegisterChanges, RegistersRpc, RegisterView
from services.contracts.values import MAX_PAGE, Cursor, ItemGroupId, RegisterId

PREVIEW_PAGE = 25  # rows
PROBLEMS_SHOWN = 25  # at first; all that the catalog tells (at most 500) on request


def form_of(register: RegisterView) -> FormView:
    return FormView(
        {
            "item_groups": register.item_groups,
            "price_percent": str(register.price_percent),
            "price_rounding": str(register.price_rounding),
            "auto_load": "1" if register.auto_load else "",
            "version": str(register.version),
        }
    )


def number_typed(text: str) -> int | None:
    """A whole number as people type it; None for anything else."""
    digits = text.replace(" ", "").replace("\u00a0", "")
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) <= 10 else None


def changes_typed(data: FormData, form: FormView, screen: Screen) -> RegisterChanges | None:
    """What was typed, or None with the errors put into `form`."""
    percent = number_typed(data.text("price_percent"))
    rounding = number_typed(data.text("price_rounding"))
    if percent is None or not PRICE_PERCENT_MIN <= percent <= PRICE_PERCENT_MAX:
        form.wrong(
            "price_percent",
            screen.text(
                N_("Must be a whole number from %(min)s to %(max)s."), min=PRICE_PERCENT_MIN, max=PRICE_PERCENT_MAX
            ),
        )
    if rounding not in PRICE_ROUNDINGS:
        form.wrong("price_rounding", screen.text(N_("There is no such value.")))
    if form.has_errors or percent is None or rounding is None:
        return None
    return RegisterChanges(
        item_groups=tuple(ItemGroupId(group) for group in data.all("item_groups")),
        price_percent=percent,
        price_rounding=rounding,
        auto_load=data.flag("auto_load"),
    )


class RegisterGoods(PageResource):
    """`/registers/{register}/goods`."""

    tab = "registers"

    async def on_get(self, req: falcon.asgi.Request, resp: falcon.asgi.Response, register: str) -> None:
        screen = self.screen(req, resp)
        view = await screen.call(RegistersRpc.get_register, RegisterId(register))
        await self._show(screen, view, form_of(view))

    async def on_post(self, req: falcon.asgi.Request, resp: falcon.asgi.Response, register: str) -> None:
        screen, data = self.screen(req, resp), await read_form(req)
        form = FormView.typed(data)
        form.restored = data.has("restored")
        changes = None if form.restored else changes_typed(data, form, screen)
        if changes is not None:
            try:
                await screen.call(
                    RegistersRpc.change_register,
                    RegisterId(register),
                    changes,
                    number_typed(data.text("version")),
                )
            except (Invalid, Conflict, Stale, NotFound) as refusal:
                show_refusal(form, refusal, screen)
            else:
                screen.go(f"/registers/{register}/goods", screen.text(N_("Saved")))
                return
        view = await screen.call(RegistersRpc.get_register, RegisterId(register))
        if form.stale:
            form.changed_meanwhile(form_of(view))
        await self._show(screen, view, form, falcon.HTTP_422 if form.has_errors else falcon.HTTP_200)

    async def _show(self, screen: Screen, view: RegisterView, form: FormView, status: str = falcon.HTTP_200) -> None:
        after, all_problems = screen.req.get_param("after"), screen.req.get_param("problems") == "all"
        groups, preview = await asyncio.gather(
            screen.call(CatalogRpc.list_item_groups), self._preview(screen, view, after)
        )
        screen.show(
            "pages/register_goods.html",
            status,
            register=view,
            tabs=register_tabs(screen, view, "/goods"),
            form=form,
            groups=[(group.id, f"{group.name} ({group.items})") for group in groups],
            roundings=[
                (1, screen.text(N_("1 kopeck"))),
                (10, screen.text(N_("10 kopecks"))),
                (50, screen.text(N_("50 kopecks"))),
                (100, screen.text(N_("1 rouble"))),
            ],
            truth=truth_told(view.goods, screen.words),
            preview=preview,
            problems=[]
            if preview is None
            else problem_rows(preview, MAX_PAGE if all_problems else PROBLEMS_SHOWN, screen),
            tax=lambda code: tax_text(code, screen.words),
            after=after,
            over_capacity=preview is not None and bool(view.capacity) and preview.records > (view.capacity or 0),
        )

    async def _preview(self, screen: Screen, view: RegisterView, after: str | None) -> PriceListPreview | None:
        """The preview, or None when the catalog has no time for it now: the rest of the page is useful without."""
        try:
            return await screen.call(
                CatalogRpc.preview_price_list, view.recipe, Cursor(after) if after else None, PREVIEW_PAGE
            )
        except Unavailable:
            return None
        except Refusal:
            if after is None:
                raise
            return await screen.call(CatalogRpc.preview_price_list, view.recipe, None, PREVIEW_PAGE)


class ProblemRow(msgspec.Struct, frozen=True):
    code: int
    name: str
    text: str
    whole: bool


def problem_rows(preview: PriceListPreview, shown: int, screen: Screen) -> list[ProblemRow]:
    """The first problems in words."""
    return [
        ProblemRow(problem.item, problem.name, problem_text(problem.code, problem.params, screen.words), problem.whole)
        for problem in preview.problems[:shown]
    ]
