"""Which columns the table of goods has: everybody chooses for their own browser."""

from collections.abc import Callable

import falcon
import falcon.asgi

from gateway_http import formats
from gateway_http.forms import FormView, read_form
from gateway_http.i18n import N_
from gateway_http.pages.page_resource import PageResource
from gateway_http.screen import Screen
from gateway_http.words.goods_words import MARKINGS, MEASURES, TYPE_CODES, tax_text
from services.contracts.barcodes import barcode_warning
from services.contracts.catalog import ItemView
from services.contracts.import_codes import RowCode

COOKIE = "kkt_goods_columns"
KEPT_SECONDS = 365 * 24 * 3600
# Besides code, name and price, which are always there. By the field of the item.
CHOICE: dict[str, str] = {
    "barcodes": N_("Barcode"),
    "tax_code": N_("VAT"),
    "groups": N_("Groups"),
    "changed": N_("Changed"),
    "article": N_("Article"),
    "short_name": N_("Short name"),
    "section": N_("Section"),
    "type_code": N_("Subject of payment"),
    "measure_unit": N_("Unit of measure"),
    "marking": N_("Kind of marking"),
    "excise": N_("Excise"),
    "note": N_("Note"),
}
USUAL = ("barcodes", "tax_code", "groups", "changed")
# What can be changed where it stands.
IN_PLACE: dict[str, str] = {
    "name": N_("Name"),
    "price": N_("Price, ₽"),
    **{field: text for field, text in CHOICE.items() if field != "changed"},
}


def columns_of(screen: Screen) -> list[str]:
    """The chosen columns, in their order; an odd cookie counts as none."""
    values = screen.req.get_cookie_values(COOKIE)
    if not values:
        return list(USUAL)
    wanted = set(values[0].split("."))
    return [name for name in CHOICE if name in wanted]


def cell_texts(screen: Screen, group_names: dict[str, str]) -> dict[str, Callable[[ItemView], str]]:
    """What a column says of an item; "changed" is a moment and drawn by the page."""
    words, types, measures = screen.words, dict(TYPE_CODES), dict(MEASURES)

    def barcodes(item: ItemView) -> str:
        more = len(item.barcodes) - 1
        return "" if more < 0 else item.barcodes[0] + (f" +{more}" if more else "")

    def coded(table: dict[int, str], code: int) -> str:
        return words.text(table[code]) if code in table else str(code)

    return {
        "barcodes": barcodes,
        "tax_code": lambda item: tax_text(item.tax_code, words),
        "groups": lambda item: ", ".join(group_names[group] for group in item.groups if group in group_names),
        "article": lambda item: item.article,
        "short_name": lambda item: item.short_name,
        "section": lambda item: str(item.section),
        "type_code": lambda item: coded(types, item.type_code),
        "measure_unit": lambda item: coded(measures, item.measure_unit),
        "marking": lambda item: words.text(MARKINGS[item.marking]) if item.marking in MARKINGS else item.marking,
        "excise": lambda item: "" if item.excise is None else formats.rubles_bare(item.excise, screen.language),
        "note": lambda item: item.note,
    }


def cell_doubt(screen: Screen) -> Callable[[str, ItemView], str]:
    """What a person should look at in a cell: a mistyped barcode; "" for nothing."""

    def doubt(field: str, item: ItemView) -> str:
        mistyped = field == "barcodes" and any(
            barcode_warning(barcode) is RowCode.BARCODE_CHECK_DIGIT for barcode in item.barcodes
        )
        return screen.text(N_("check it")) if mistyped else ""

    return doubt


class GoodsColumns(PageResource):
    """`/goods/columns`: choose them, and go back to the table."""

    tab = "goods"

    async def on_get(self, req: falcon.asgi.Request, resp: falcon.asgi.Response) -> None:
        screen = self.screen(req, resp)
        choice = [(name, screen.text(text)) for name, text in CHOICE.items()]
        form = FormView({"column": columns_of(screen)})
        screen.show("pages/goods_columns.html", form=form, choice=choice, back=back_to(req.get_param("back") or ""))

    async def on_post(self, req: falcon.asgi.Request, resp: falcon.asgi.Response) -> None:
        screen, data = self.screen(req, resp), await read_form(req)
        back = back_to(data.text("back"))
        if not data.has("restored"):
            chosen = [name for name in CHOICE if name in data.all("column")]
            resp.set_cookie(
                COOKIE,
                ".".join(chosen) or "none",
                max_age=KEPT_SECONDS,
                path="/",
                secure=self.deps.settings.secure_cookies,
                http_only=True,
                same_site="Lax",
            )
        screen.go(back)


def back_to(address: str) -> str:
    """The table with the filters that it had; nothing but that."""
    return address if address.startswith("/goods?") and len(address) <= 2000 and address.isprintable() else "/goods"
