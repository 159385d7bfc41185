"""One item of the goods base: add, edit, delete; flags for its groups."""

import falcon
import falcon.asgi

from gateway_http.forms import FormView, read_form
from gateway_http.i18n import N_
from gateway_http.pages.form_refusals import show_refusal
from gateway_http.pages.goods import GoodsPage
from gateway_http.pages.item_fields import LIMITS, READERS, choices, draft_typed, form_of
from gateway_http.pages.register_goods import number_typed
from gateway_http.pages.undo_offer import tell_deleted
from gateway_http.screen import Screen
from gateway_http.words.import_words import row_problem_text
from services.contracts.barcodes import barcode_warning
from services.contracts.catalog import CatalogRpc, ItemQuery, ItemView
from services.contracts.import_codes import RowCode
from services.contracts.refusals import Conflict, Invalid, NotFound, Stale, TooMany
from services.contracts.values import ItemCode

PAID_IN_FULL = 4  # FFD tag 1214
NAMESAKES_SHOWN = 5
ALL_FIELDS = tuple(READERS)
CHOSEN = ("type_code", "measure_unit", "section", "tax_system", "payment_method", "agent", "marking")
# What few items have: shown when it has something in it.
FURTHER = ("marking", "tax_system", "agent", "excise", "alcohol", "volume_ml", "country", "customs_declaration", "note")
FORM_REFUSALS = (Invalid, Conflict, Stale, TooMany)


async def namesakes_of(item: ItemView, screen: Screen) -> list[ItemView]:
    """Other items of the same name on registers, the first NAMESAKES_SHOWN: cashiers cannot tell them apart."""
    query = ItemQuery(short_name=item.short_name, limit=NAMESAKES_SHOWN + 1)
    found = await screen.call(CatalogRpc.page_items, query)
    return [other for other in found.items if other.code != item.code][:NAMESAKES_SHOWN]


def barcode_doubts(item: ItemView, screen: Screen) -> list[str]:
    """What a person should look at in the item's barcodes; those of the shop's own making are as they should be."""
    found = ((barcode, barcode_warning(barcode)) for barcode in item.barcodes)
    return [
        f"{barcode}: {row_problem_text(doubt, {}, screen.words)}"
        for barcode, doubt in found
        if doubt is not None and doubt is not RowCode.BARCODE_INTERNAL
    ]


async def tell_saved(screen: Screen, item: ItemView) -> None:
    """Back to the goods base; there it is said, and what is doubtful of the item: barcodes, another one's name."""
    saved = screen.text(N_("Saved: item %(code)s"), code=item.code)
    doubts = barcode_doubts(item, screen)[:1]
    namesakes = await namesakes_of(item, screen)
    if namesakes:
        doubts.append(screen.text(N_("Item %(code)s has the same name on the register."), code=namesakes[0].code))
    told = ". ".join((saved, " ".join(doubts))) if doubts else saved
    screen.go(screen.where_from("/goods"), told, "attention" if doubts else "good")


class ItemForm(GoodsPage):
    """What adding and editing share."""

    async def _show(self, screen: Screen, form: FormView, item: ItemView | None, status: str = falcon.HTTP_200) -> None:
        groups = await screen.call(CatalogRpc.list_item_groups)
        taxes = choices("tax_code", screen, item)
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
            doubts=[] if item is None else barcode_doubts(item, screen),
            action=screen.req.path,
            groups=[(group.id, group.name) for group in groups],
            taxes=taxes,
            choices={field: choices(field, screen, item) for field in CHOSEN},
            further=any(form.value(field) or form.error(field) for field in FURTHER),
            limits=LIMITS,
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
        draft = None if form.restored else draft_typed(ALL_FIELDS, data, form, screen)
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
        draft = None if form.restored else draft_typed(ALL_FIELDS, data, form, screen)
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
