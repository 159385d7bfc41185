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
    (12, N_("Other payment out (fine, penalty)")),
    (13, N_("Other subject of payment")),
    (14, N_("Property right")),
    (15, N_("Non-operating income")),
    (16, N_("Insurance contributions")),
    (17, N_("Trade levy")),
    (18, N_("Tourist tax")),
    (19, N_("Deposit")),
    (20, N_("Expense")),
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

PAYMENT_METHODS: tuple[tuple[int, str], ...] = (
    (1, N_("Prepayment of the whole")),
    (2, N_("Prepayment of a part")),
    (3, N_("Advance")),
    (4, N_("Paid in full")),
    (5, N_("Paid in part, the rest on credit")),
    (6, N_("Handed over on credit")),
    (7, N_("Payment of a credit")),
)

AGENTS: tuple[tuple[int, str], ...] = (
    (0, N_("Bank payment agent")),
    (1, N_("Bank payment subagent")),
    (2, N_("Payment agent")),
    (3, N_("Payment subagent")),
    (4, N_("Attorney")),
    (5, N_("Commission agent")),
    (6, N_("Another agent")),
)

# Tag 1055 by the numbers of its bits, as the register's goods record has it; the third one ended in 2021.
TAX_SYSTEMS: tuple[tuple[int, str], ...] = (
    (0, N_("General tax system")),
    (1, N_("Simplified, on income")),
    (2, N_("Simplified, on income less expenses")),
    (4, N_("Agricultural tax")),
    (5, N_("Patent")),
)

MARKINGS: dict[str, str] = {
    "fur": N_("Fur goods"),
    "medicine": N_("Medicines"),
    "tobacco": N_("Tobacco"),
    "shoes": N_("Shoes"),
    "clothes": N_("Clothes and linen"),
    "tyres": N_("Tyres"),
    "dairy": N_("Dairy products"),
    "photo": N_("Photo cameras"),
    "bicycles": N_("Bicycles"),
    "wheelchairs": N_("Wheelchairs"),
    "perfume": N_("Perfume"),
    "other_tobacco": N_("Alternative tobacco"),
    "water": N_("Bottled water"),
    "antiseptics": N_("Antiseptics"),
    "supplements": N_("Food supplements"),
    "nicotine": N_("Nicotine products"),
    "beer": N_("Beer"),
    "draught_beer": N_("Draught beer"),
    "juice": N_("Juice"),
    "non_alcoholic_beer": N_("Alcohol-free beer"),
    "soft_drinks": N_("Soft drinks"),
    "seafood": N_("Seafood and caviar"),
    "medical_devices": N_("Medical devices"),
    "rehabilitation": N_("Rehabilitation aids"),
    "alcohol": N_("Strong drinks"),
    "low_alcohol": N_("Low-alcohol drinks"),
    "lottery": N_("Lottery tickets"),
    "jewelry": N_("Jewelry"),
    "veterinary": N_("Veterinary medicines"),
    "pet_food": N_("Pet food"),
    "oils": N_("Vegetable oils"),
    "canned_food": N_("Canned food"),
    "groceries": N_("Groceries"),
    "motor_oils": N_("Motor oils"),
    "sports_nutrition": N_("Sports nutrition"),
    "children": N_("Goods for children"),
    "other": N_("Another kind"),
}

# What is doubtful of an item whatever the register; "no_price" stands in its place in the table.
DOUBTS: dict[str, str] = {
    "old_tax": N_("VAT rate of before 2026"),
    "barcode": N_("a barcode that registers cannot hold"),
    "same_short_name": N_("another item has the same short name"),
}

PROBLEMS: dict[str, str] = {
    "no_price": N_("No price: the item is not sent. Give it a price (0 means a free price)."),
    "price_above_limit": N_("The price %(price)s is above what the register can hold (%(max)s)."),
    "barcode_not_numeric": N_("The barcode has letters: the register knows digits only."),
    "barcode_too_long": N_("The barcode is longer than 18 digits."),
    "barcode_duplicate": N_("The item with code %(other)s has the same barcode."),
    "extra_barcode": N_("The register keeps one barcode of an item: this further one is not sent."),
    "code_out_of_range": N_("The code is above what this register knows (%(max)s)."),
    "tax_code_unknown": N_("The register's firmware does not know this VAT rate."),
    "type_code_unknown": N_("The register's firmware or fiscal format does not know this subject of payment."),
    "measure_unsupported": N_("The register's firmware or fiscal format does not know this unit of measure."),
    "marked_unsupported": N_("The register does not know marked goods."),
    "blocked_unsupported": N_("The register cannot block an item, so a blocked item is not sent."),
    "name_empty": N_("Nothing of the name is left in the letters that the register has."),
    "unknown_item_group": N_(
        "An item group that was chosen for the register was deleted, so nothing is sent. Choose its item groups again."
    ),
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
    if code == "price_above_limit":
        shown |= {
            name: formats.rubles(value, language.code) for name, value in params.items() if isinstance(value, int)
        }
    told = language.text(words, **shown)
    barcode = params.get("barcode")
    return f"{told} ({barcode})" if barcode else told
