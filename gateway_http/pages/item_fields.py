"""The fields of an item as its forms have them: what stands in a field, what may be chosen, what was typed into it."""

from collections.abc import Callable
from typing import Any

import msgspec

from gateway_http.forms import FormData, FormView
from gateway_http.i18n import N_
from gateway_http.pages.register_goods import number_typed
from gateway_http.screen import Screen
from gateway_http.words.goods_words import (
    AGENTS,
    MARKINGS,
    MEASURES,
    PAYMENT_METHODS,
    TAX_SYSTEMS,
    TYPE_CODES,
    options,
    tax_options,
)
from services.contracts.catalog import (
    CUSTOMS_DECLARATION_MAX,
    NAME_MAX,
    NOTE_MAX,
    PRICE_MAX,
    SHORT_NAME_MAX,
    ItemDraft,
    ItemView,
)
from services.contracts.values import ItemGroupId

SECTIONS = 16  # of a «Меркурий» register
LIMITS = {  # characters
    "name": NAME_MAX,
    "short_name": SHORT_NAME_MAX,
    "article": 64,
    "customs_declaration": CUSTOMS_DECLARATION_MAX,
    "note": NOTE_MAX,
}
_SPACES = dict.fromkeys(map(ord, " \u00a0\u2009\u202f₽"))

Choices = list[tuple[int | str, str]]
# Takes a field, what was sent, the form that is shown again, and the screen.
Reader = Callable[[str, FormData, FormView, Screen], Any]


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
    """The fields with what the item has."""

    def code(number: int | None) -> str:
        return "" if number is None else str(number)

    def flag(value: bool) -> str:
        return "1" if value else ""

    return FormView(
        {
            "name": item.name,
            "short_name": item.short_name if item.short_name_edited else "",
            "price": screen.rubles_typed(item.price),
            "free_price": flag(item.price == 0),
            "barcodes": "\n".join(item.barcodes),
            "groups": item.groups,
            "article": item.article,
            "tax_code": code(item.tax_code),
            "type_code": code(item.type_code),
            "measure_unit": code(item.measure_unit),
            "section": code(item.section),
            "marked": flag(item.marked),
            "undivided": flag(item.undivided),
            "blocked": flag(item.blocked),
            "tax_system": code(item.tax_system),
            "payment_method": code(item.payment_method),
            "agent": code(item.agent),
            "excise": screen.rubles_typed(item.excise),
            "country": item.country,
            "customs_declaration": item.customs_declaration,
            "marking": item.marking,
            "alcohol": flag(item.alcohol),
            "volume_ml": code(item.volume_ml),
            "note": item.note,
            "version": str(item.version),
        }
    )


def choices(field: str, screen: Screen, item: ItemView | None = None) -> Choices:
    """What may be chosen for a field, [] for one that is typed. What the item has is always among it: rare codes, and
    the VAT rates of before 2026, are not offered to others."""
    found = _offered(field, screen, item)
    has = getattr(item, field, None)
    if found and has is not None and has not in {value for value, _ in found}:
        found.append((has, str(has)))
    return found


def _offered(field: str, screen: Screen, item: ItemView | None) -> Choices:
    words = screen.words
    if field == "tax_code":
        return [*tax_options(words, None if item is None else item.tax_code)]
    if field == "section":
        return [(number, str(number)) for number in range(1, SECTIONS + 1)]
    if field == "marking":
        kinds: Choices = [(kind, words.text(text)) for kind, text in MARKINGS.items()]
        return [("", words.text(N_("— none —"))), *sorted(kinds, key=lambda one: one[1])]
    tables = {"type_code": TYPE_CODES, "measure_unit": MEASURES, "payment_method": PAYMENT_METHODS}
    if field in tables:
        return [*options(tables[field], words)]
    if field == "agent":
        return [("", words.text(N_("— none —"))), *options(AGENTS, words)]
    if field == "tax_system":
        return [("", words.text(N_("as the register has it"))), *options(TAX_SYSTEMS, words)]
    return []


def _text(field: str, data: FormData, form: FormView, screen: Screen) -> str:
    return data.text(field)


def _short_name(field: str, data: FormData, form: FormView, screen: Screen) -> str | None:
    return data.text(field) or None


def _flag(field: str, data: FormData, form: FormView, screen: Screen) -> bool:
    return data.flag(field)


def _barcodes(field: str, data: FormData, form: FormView, screen: Screen) -> tuple[str, ...]:
    return tuple(line for line in data.text(field).splitlines() if line.strip())


def _groups(field: str, data: FormData, form: FormView, screen: Screen) -> tuple[ItemGroupId, ...]:
    return tuple(ItemGroupId(group) for group in data.all(field) if group)


def _number(field: str, data: FormData, form: FormView, screen: Screen) -> int | None:
    number = number_typed(data.text(field))
    if number is None and data.text(field):
        form.wrong(field, screen.text(N_("Must be a whole number.")))
    return number


def _code(field: str, data: FormData, form: FormView, screen: Screen) -> int | msgspec.UnsetType:
    number = _number(field, data, form, screen)
    return msgspec.UNSET if number is None else number


def _price(field: str, data: FormData, form: FormView, screen: Screen) -> int | None:
    try:
        price = price_typed(data.text(field))
    except NotAPrice:
        form.wrong(field, screen.text(N_("Must be a price such as 1234.56.")))
        return None
    if price == 0 and not data.flag("free_price"):
        form.wrong(field, screen.text(N_("0 means a free price: the cashier types it. Confirm it below.")))
    if price is not None and price > PRICE_MAX:
        form.wrong(field, screen.text(N_("Must be %(limit)s at most."), limit=screen.rubles_typed(PRICE_MAX)))
    return price


def _excise(field: str, data: FormData, form: FormView, screen: Screen) -> int | None:
    try:
        return price_typed(data.text(field))
    except NotAPrice:
        form.wrong(field, screen.text(N_("Must be a sum such as 1234.56.")))
        return None


READERS: dict[str, Reader] = {
    "name": _text,
    "short_name": _short_name,
    "price": _price,
    "barcodes": _barcodes,
    "groups": _groups,
    "article": _text,
    "tax_code": _code,
    "type_code": _code,
    "measure_unit": _code,
    "section": _code,
    "marked": _flag,
    "undivided": _flag,
    "blocked": _flag,
    "tax_system": _number,
    "payment_method": _code,
    "agent": _number,
    "excise": _excise,
    "country": _text,
    "customs_declaration": _text,
    "marking": _text,
    "alcohol": _flag,
    "volume_ml": _number,
    "note": _text,
}
_FLAGS = (_flag, _groups)


def draft_typed(fields: tuple[str, ...], data: FormData, form: FormView, screen: Screen) -> ItemDraft | None:
    """What was sent of these fields, as a draft; None with the errors put into `form`.

    A field that was not sent stays as it is, but a flag and the groups: browsers do not send those that are not set.
    """
    values = {
        field: READERS[field](field, data, form, screen)
        for field in fields
        if data.has(field) or READERS[field] in _FLAGS
    }
    return None if form.has_errors else ItemDraft(**values)
