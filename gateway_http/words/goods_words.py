"""Goods in words: VAT rates (tag 1199), subjects of payment (tag 1212), measures (tag 2108), and why an item or a
part of it does not reach a register.

The codes and their meaning are those of the fiscal data format (ФФД) as in force in 2026.
"""

from collections.abc import Mapping

from gateway_http import formats
from gateway_http.i18n import N_, Language

# Valid for new sales today, the usual ones first.
TAX_CODES: tuple[tuple[int, str], ...] = (
    (11, N_("VAT 22 %%")),
    (2, N_("VAT 10 %%")),
    (8, N_("VAT 7 %%")),
    (7, N_("VAT 5 %%")),
    (5, N_("VAT 0 %%")),
    (6, N_("no VAT")),
    (12, N_("VAT 22/122")),
    (4, N_("VAT 10/110")),
    (10, N_("VAT 7/107")),
    (9, N_("VAT 5/105")),
)
OLD_TAX_CODES: tuple[tuple[int, str], ...] = ((1, N_("VAT 20 %% (until 2026)")), (3, N_("VAT 20/120 (until 2026)")))

TYPE_CODES: tuple[tuple[int, str], ...] = (
    (1, N_("Ordinary goods")),
    (2, N_("Excisable goods")),
    (3, N_("Work")),
    (4, N_("Service")),
    (10, N_("Payment")),
    (11, N_("Agent's commission")),
    (13, N_("Other subject of payment")),
    (30, N_("Excisable goods that must be marked, without a mark code")),
    (31, N_("Excisable goods with a mark code")),
    (32, N_("Goods that must be marked, without a mark code")),
    (33, N_("Goods with a mark code")),
)

MEASURES: tuple[tuple[int, str], ...] = (
    (0, N_("piece")),
    (10, N_("gram")),
    (11, N_("kilogram")),
    (12, N_("tonne")),
    (20, N_("centimetre")),
    (21, N_("decimetre")),
    (22, N_("metre")),
    (30, N_("square centimetre")),
    (31, N_("square decimetre")),
    (32, N_("square metre")),
    (40, N_("millilitre")),
    (41, N_("litre")),
    (42, N_("cubic metre")),
    (50, N_("kilowatt-hour")),
    (51, N_("gigacalorie")),
    (70, N_("day")),
    (71, N_("hour")),
    (72, N_("minute")),
    (73, N_("second")),
    (80, N_("kilobyte")),
    (81, N_("megabyte")),
    (82, N_("gigabyte")),
    (83, N_("terabyte")),
    (255, N_("another unit")),
)

PROBLEMS: dict[str, str] = {
    "no_price": N_("No price: the item is not sent. Give it a price (0 means a free price)."),
    "price_above_limit": N_("The price for this register is above what it can hold (%(limit)s)."),
    "barcode_not_numeric": N_("The barcode %(barcode)s has letters: the register knows digits only."),
    "barcode_too_long": N_("The barcode %(barcode)s is longer than 18 digits."),
    "barcode_duplicate": N_("The barcode %(barcode)s belongs to the item with code %(other)s too."),
    "extra_barcode": N_("The register keeps one barcode of an item; %(barcode)s is not sent."),
    "code_out_of_range": N_("The code is outside of what this register knows (%(limit)s at most)."),
    "code_duplicate": N_("Another item gives the register the same code."),
    "capacity": N_("The register holds %(capacity)s items at most; there are %(records)s to be sent."),
    "tax_code_unknown": N_("The register's firmware does not know this VAT rate (%(tax_code)s)."),
    "type_code_unknown": N_("The register's firmware or fiscal format does not know this subject of payment."),
    "measure_unknown": N_("The register does not know this unit of measure."),
    "marked_unsupported": N_("The register does not know marked goods."),
    "blocked_unsupported": N_("The register cannot block an item, so a blocked item is not sent."),
    "blocked": N_("The item is blocked, so it is not sent."),
    "name_shortened": N_("The name was shortened for the register."),
    "section_out_of_range": N_("The register knows sections 1 to 16 only."),
}


def options(table: tuple[tuple[int, str], ...], language: Language) -> list[tuple[int, str]]:
    """Pairs for a select."""
    return [(code, language.text(name)) for code, name in table]


def tax_text(code: int, language: Language) -> str:
    """«НДС 22 %»."""
    names = dict(TAX_CODES + OLD_TAX_CODES)
    return language.text(names[code]) if code in names else str(code)


def tax_options(language: Language, current: int | None = None) -> list[tuple[int, str]]:
    """Rates to choose from; an item that still has an old one keeps it in the list."""
    found = options(TAX_CODES, language)
    if current in dict(OLD_TAX_CODES):
        found += [(code, name) for code, name in options(OLD_TAX_CODES, language) if code == current]
    return found


def problem_text(code: str, params: Mapping[str, str | int], language: Language) -> str:
    """Why a register does not get an item; an unknown code is shown as itself."""
    words = PROBLEMS.get(code)
    if words is None:
        return language.text(N_("Not sent (%(code)s)."), code=code)
    shown = dict(params)
    limit = shown.get("limit")
    if code == "price_above_limit" and isinstance(limit, int):
        shown["limit"] = formats.rubles(limit, language.code)
    return language.text(words, **shown)
