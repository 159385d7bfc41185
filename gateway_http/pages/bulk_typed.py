"""What was typed into the form of a change of many items → the change."""

import re

from gateway_http.forms import FormData, FormView
from gateway_http.i18n import N_
from gateway_http.pages.item_fields import NotAPrice, price_typed
from gateway_http.pages.register_goods import number_typed
from gateway_http.screen import Screen
from services.contracts.bulk_changes import (
    BlockedChange,
    BulkChange,
    GroupsChange,
    PriceChange,
    PriceChangeKind,
    PriceRounding,
    Removal,
    SectionChange,
    TaxChange,
    TaxTo22,
)
from services.contracts.values import ItemGroupId

KINDS: dict[str, str] = {
    "price": N_("Change prices"),
    "tax": N_("Change VAT"),
    "put": N_("Put into a group"),
    "take": N_("Take out of a group"),
    "block": N_("Block items"),
    "unblock": N_("Unblock items"),
    "section": N_("Change the section"),
    "remove": N_("Delete items"),
}
# Kinds that need something typed, and the fields that tell it.
NEEDS_INPUT: dict[str, tuple[str, ...]] = {
    "price": ("amount", "how", "rounding", "free_price"),
    "tax": ("tax_code",),
    "put": ("group",),
    "take": ("group",),
    "section": ("section",),
}
HOWS: dict[PriceChangeKind, str] = {
    PriceChangeKind.PERCENT: N_("by a percentage"),
    PriceChangeKind.SUM: N_("by a sum, ₽"),
    PriceChangeKind.SET: N_("to one price, ₽"),
}
TO_22 = "to_22"  # in the list of VAT rates
_PERCENT = re.compile(r"([+−-]?)([0-9]{1,6})(?:[.,]([0-9]{1,2}))?")
_SPACES = dict.fromkeys(map(ord, " \u00a0\u2009\u202f%"))


def change_typed(kind: str, data: FormData, form: FormView, screen: Screen) -> BulkChange | None:
    """The change, or None with the errors put into `form`."""
    match kind:
        case "price":
            return _price(data, form, screen)
        case "tax":
            return _tax(data, form, screen)
        case "put" | "take":
            return _groups(kind, data, form, screen)
        case "block" | "unblock":
            return BlockedChange(kind == "block")
        case "section":
            section = number_typed(data.text("section"))
            if section is None:
                form.wrong("section", screen.text(N_("Must be filled in.")))
                return None
            return SectionChange(section)
        case _:
            return Removal()


def percent_typed(text: str) -> int | None:
    """«+2,5 %» → 250 hundredths of a per cent; None for anything else."""
    match = _PERCENT.fullmatch(text.translate(_SPACES))
    if match is None:
        return None
    amount = int(match[2]) * 100 + int((match[3] or "").ljust(2, "0"))
    return -amount if match[1] in {"-", "−"} else amount


def sum_typed(text: str) -> int | None:
    """«-1 234,50» → -123450 kopecks; None for anything else."""
    plain = text.strip().replace("−", "-")
    try:
        amount = price_typed(plain.lstrip("+-"))
    except NotAPrice:
        return None
    if amount is None or len(plain) - len(plain.lstrip("+-")) > 1:
        return None
    return -amount if plain.startswith("-") else amount


def _price(data: FormData, form: FormView, screen: Screen) -> PriceChange | None:
    how, rounding = data.text("how") or PriceChangeKind.PERCENT, data.text("rounding") or PriceRounding.NONE
    if how not in set(PriceChangeKind) or rounding not in set(PriceRounding):
        form.wrong("how", screen.text(N_("There is no such value.")))
        return None
    kind, text = PriceChangeKind(how), data.text("amount")
    if kind is PriceChangeKind.PERCENT:
        amount = percent_typed(text or "0")
        if amount is None:
            form.wrong("amount", screen.text(N_("Must be a percentage such as 5, −10 or 2.5.")))
    else:
        amount = sum_typed(text)
        if amount is None:
            form.wrong("amount", screen.text(N_("Must be a price such as 1234.56.")))
    if kind is PriceChangeKind.SET and amount == 0 and not data.flag("free_price"):
        form.wrong("amount", screen.text(N_("0 means a free price: the cashier types it. Confirm it below.")))
    if amount is None or form.has_errors:
        return None
    if amount == 0 and kind is not PriceChangeKind.SET and rounding == PriceRounding.NONE:
        form.wrong("amount", screen.text(N_("Say by how much, or choose a rounding.")))
        return None
    return PriceChange(kind, amount, PriceRounding(rounding))


def _tax(data: FormData, form: FormView, screen: Screen) -> TaxChange | TaxTo22 | None:
    if data.text("tax_code") == TO_22:
        return TaxTo22()
    tax = number_typed(data.text("tax_code"))
    if tax is None:
        form.wrong("tax_code", screen.text(N_("Must be filled in.")))
        return None
    return TaxChange(tax)


def _groups(kind: str, data: FormData, form: FormView, screen: Screen) -> GroupsChange | None:
    group = data.text("group")
    if not group:
        form.wrong("group", screen.text(N_("Choose a group first.")))
        return None
    groups = (ItemGroupId(group),)
    return GroupsChange(put=groups) if kind == "put" else GroupsChange(take=groups)
