"""One item of the goods base: add, edit, delete; flags for its groups."""

from typing import Any

import falcon
import falcon.asgi
import msgspec

from gateway_http.forms import FormData, FormView, read_form
from gateway_http.i18n import N_
from gateway_http.pages.form_refusals import show_refusal
from gateway_http.pages.goods import GoodsPage
from gateway_http.pages.register_goods import number_typed
from gateway_http.pages.undo_offer import tell_deleted
from gateway_http.screen import Screen
from gateway_http.words.goods_words import (
    AGENTS,
    MARKINGS,
    MEASURES,
    PAYMENT_METHODS,
    TYPE_CODES,
    options,
    tax_options,
)
from services.contracts.catalog import (
    BARCODES_MAX,
    CUSTOMS_DECLARATION_MAX,
    NAME_MAX,
    NOTE_MAX,
    PRICE_MAX,
    SHORT_NAME_MAX,
    CatalogRpc,
    ItemDraft,
    ItemQuery,
    ItemView,
)
from services.contracts.refusals import Conflict, Invalid, NotFound, Stale, TooMany
from services.contracts.values import ItemCode, ItemGroupId

PAID_IN_FULL = 4  # FFD tag 1214
NAMESAKES_SHOWN = 5
SECTIONS = 16  # of a «Меркурий» register
# What few items have: shown when it has something in it.
FURTHER = ("marking", "agent", "excise", "alcohol", "volume_ml", "country", "customs_declaration", "note")
FORM_REFUSALS = (Invalid, Conflict, Stale, TooMany)
_SPACES = dict.fromkeys(map(ord, " \u00a0\u2009\u202f₽"))


class NotAPrice(ValueError):
    """What was typed is no price."""


def price_typed(text: str) -> int | None:
    """«1 234,56» → 123456 kopecks; "" → None (no price). Raises NotAPrice."""
    plain = text.translate(_SPACES).removesuffix("руб.").removesuffix("р.").replace(",", ".")
    if not plain:
        return None
    whole, point, part = plain.partition(".")
    if not (whole.isascii() and whole.isdigit()) or len(whole) > 10:
        raise NotAPrice
    if point and not (part.isascii() and part.isdigit() and len(part) <= 2):
        raise NotAPrice
    return int(whole) * 100 + int(part.ljust(2, "0") or "0")


def form_of(item: ItemView, screen: Screen) -> FormView:
    return FormView(
        {
            "name": item.name,
            "short_name": item.short_name if item.short_name_edited else "",
            "price": screen.rubles_typed(item.price),
            "free_price": "1" if item.price == 0 else "",
            "barcodes": "\n".join(item.barcodes),
            "groups": item.groups,
            "article": item.article,
            "tax_code": str(item.tax_code),
            "type_code": str(item.type_code),
            "measure_unit": str(item.measure_unit),
            "section": str(item.section),
            "marked": "1" if item.marked else "",
            "undivided": "1" if item.undivided else "",
            "blocked": "1" if item.blocked else "",
            "payment_method": str(item.payment_method),
            "agent": "" if item.agent is None else str(item.agent),
            "excise": screen.rubles_typed(item.excise),
            "country": item.country,
            "customs_declaration": item.customs_declaration,
            "marking": item.marking,
            "alcohol": "1" if item.alcohol else "",
            "volume_ml": "" if item.volume_ml is None else str(item.volume_ml),
            "note": item.note,
            "version": str(item.version),
        }
    )


def draft_typed(data: FormData, form: FormView, screen: Screen) -> ItemDraft | None:
    """All fields of the form as a draft, or None with the errors put into `form`."""
    price: int | None = None
    try:
        price = price_typed(data.text("price"))
    except NotAPrice:
        form.wrong("price", screen.text(N_("Must be a price such as 1234.56.")))
    if price == 0 and not data.flag("free_price"):
        form.wrong("price", screen.text(N_("0 means a free price: the cashier types it. Confirm it below.")))
    if price is not None and price > PRICE_MAX:
        form.wrong("price", screen.text(N_("Must be %(limit)s at most."), limit=screen.rubles_typed(PRICE_MAX)))
    further = further_typed(data, form, screen)
    if form.has_errors:
        return None
    tax = number_typed(data.text("tax_code"))
    draft = ItemDraft(
        name=data.text("name"),
        short_name=data.text("short_name") or None,
        price=price,
        barcodes=tuple(data.text("barcodes").split()),
        groups=tuple(ItemGroupId(group) for group in data.all("groups")),
        article=data.text("article"),
        type_code=number_typed(data.text("type_code")) or 1,
        measure_unit=number_typed(data.text("measure_unit")) or 0,
        section=number_typed(data.text("section")) or 1,
        marked=data.flag("marked"),
        undivided=data.flag("undivided"),
        blocked=data.flag("blocked"),
        **further,
    )
    return draft if tax is None else msgspec.structs.replace(draft, tax_code=tax)


def further_typed(data: FormData, form: FormView, screen: Screen) -> dict[str, Any]:
    """What few items have, as the fields of a draft; errors are put into `form`."""
    excise: int | None = None
    try:
        excise = price_typed(data.text("excise"))
    except NotAPrice:
        form.wrong("excise", screen.text(N_("Must be a sum such as 1234.56.")))
    volume = number_typed(data.text("volume_ml"))
    if volume is None and data.text("volume_ml"):
        form.wrong("volume_ml", screen.text(N_("Must be a whole number.")))
    return {
        "payment_method": number_typed(data.text("payment_method")) or PAID_IN_FULL,
        "agent": number_typed(data.text("agent")),
        "excise": excise,
        "country": data.text("country"),
        "customs_declaration": data.text("customs_declaration"),
        "marking": data.text("marking"),
        "alcohol": data.flag("alcohol"),
        "volume_ml": volume,
        "note": data.text("note"),
    }


async def namesakes_of(item: ItemView, screen: Screen) -> list[ItemView]:
    """Other items of the same name on registers, the first NAMESAKES_SHOWN: cashiers cannot tell them apart."""
    query = ItemQuery(short_name=item.short_name, limit=NAMESAKES_SHOWN + 1)
    found = await screen.call(CatalogRpc.page_items, query)
    return [other for other in found.items if other.code != item.code][:NAMESAKES_SHOWN]


async def tell_saved(screen: Screen, item: ItemView) -> None:
    """Back to the goods base; there it is said, and whether a register calls another item the same."""
    saved = screen.text(N_("Saved: item %(code)s"), code=item.code)
    namesakes = await namesakes_of(item, screen)
    if not namesakes:
        screen.go("/goods", saved)
        return
    alike = screen.text(N_("Item %(code)s has the same name on the register."), code=namesakes[0].code)
    screen.go("/goods", f"{saved}. {alike}", "attention")


class ItemForm(GoodsPage):
    """What adding and editing share."""

    async def _show(self, screen: Screen, form: FormView, item: ItemView | None, status: str = falcon.HTTP_200) -> None:
        groups = await screen.call(CatalogRpc.list_item_groups)
        current = None if item is None else item.tax_code
        taxes: list[tuple[int | str, str]] = [*tax_options(screen.words, current)]
        default = screen.account.default_tax_code
        if item is None and not form.value("tax_code"):
            form = form.with_value("tax_code", "" if default is None else str(default))
        if default is None and item is None:
            taxes.insert(0, ("", screen.text(N_("— not chosen —"))))
        screen.show(
            "pages/item_form.html",
            status,
            form=form,
            item=item,
            namesakes=[] if item is None else await namesakes_of(item, screen),
            action=screen.req.path,
            groups=[(group.id, group.name) for group in groups],
            taxes=taxes,
            types=options(TYPE_CODES, screen.words),
            measures=options(MEASURES, screen.words),
            sections=[(number, str(number)) for number in range(1, SECTIONS + 1)],
            further=any(form.value(field) or form.error(field) for field in FURTHER),
            payments=options(PAYMENT_METHODS, screen.words),
            agents=[("", screen.text(N_("— none —"))), *options(AGENTS, screen.words)],
            markings=[
                ("", screen.text(N_("— none —"))),
                *sorted(((kind, screen.text(text)) for kind, text in MARKINGS.items()), key=lambda one: one[1]),
            ],
            limits={
                "name": NAME_MAX,
                "short_name": SHORT_NAME_MAX,
                "barcodes": BARCODES_MAX,
                "customs_declaration": CUSTOMS_DECLARATION_MAX,
                "note": NOTE_MAX,
            },
        )


class AddItem(ItemForm):
    """`/goods/new`."""

    async def on_get(self, req: falcon.asgi.Request, resp: falcon.asgi.Response) -> None:
        await self._show(
            self.screen(req, resp),
            FormView({"undivided": "1", "section": "1", "payment_method": str(PAID_IN_FULL)}),
            None,
        )

    async def on_post(self, req: falcon.asgi.Request, resp: falcon.asgi.Response) -> None:
        screen, data = self.screen(req, resp), await read_form(req)
        form = FormView.typed(data)
        form.restored = data.has("restored")
        code = number_typed(data.text("code"))
        if data.text("code") and code is None:
            form.wrong("code", screen.text(N_("Must be a whole number.")))
        draft = None if form.restored else draft_typed(data, form, screen)
        if draft is not None:
            try:
                added = await screen.call(CatalogRpc.add_item, None if code is None else ItemCode(code), draft)
            except FORM_REFUSALS as refusal:
                show_refusal(form, refusal, screen)
            else:
                await tell_saved(screen, added)
                return
        await self._show(screen, form, None, falcon.HTTP_422 if form.has_errors else falcon.HTTP_200)


def item_code(text: str) -> ItemCode:
    """The code in an address. Raises NotFound."""
    if not (text.isascii() and text.isdigit() and len(text) <= 10):
        raise NotFound
    return ItemCode(int(text))


class EditItem(ItemForm):
    """`/goods/{code}`."""

    async def on_get(self, req: falcon.asgi.Request, resp: falcon.asgi.Response, code: str) -> None:
        screen = self.screen(req, resp)
        item = await screen.call(CatalogRpc.get_item, item_code(code))
        await self._show(screen, form_of(item, screen), item)

    async def on_post(self, req: falcon.asgi.Request, resp: falcon.asgi.Response, code: str) -> None:
        screen, data = self.screen(req, resp), await read_form(req)
        form = FormView.typed(data)
        form.restored = data.has("restored")
        draft = None if form.restored else draft_typed(data, form, screen)
        if draft is not None:
            try:
                version = number_typed(data.text("version"))
                changed = await screen.call(CatalogRpc.change_item, item_code(code), draft, version)
            except FORM_REFUSALS as refusal:
                show_refusal(form, refusal, screen)
            else:
                await tell_saved(screen, changed)
                return
        item = await screen.call(CatalogRpc.get_item, item_code(code))
        if form.stale:
            form.changed_meanwhile(form_of(item, screen))
        await self._show(screen, form, item, falcon.HTTP_422 if form.has_errors else falcon.HTTP_200)


class DeleteItem(GoodsPage):
    """`/goods/{code}/delete`."""

    async def on_get(self, req: falcon.asgi.Request, resp: falcon.asgi.Response, code: str) -> None:
        screen = self.screen(req, resp)
        item = await screen.call(CatalogRpc.get_item, item_code(code))
        screen.show("pages/item_delete.html", item=item, action=req.path)

    async def on_post(self, req: falcon.asgi.Request, resp: falcon.asgi.Response, code: str) -> None:
        screen, data = self.screen(req, resp), await read_form(req)
        if data.has("restored"):
            await self.on_get(req, resp, code)
            return
        removed = await screen.call(CatalogRpc.remove_items, (item_code(code),))
        await tell_deleted(screen, removed, screen.text(N_("Item %(code)s was deleted"), code=code))
