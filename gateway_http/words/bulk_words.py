"""Changes of many items in words: what a change does, why items stay as they are, and the note of a revision."""

from collections.abc import Sequence

import msgspec

from gateway_http import formats
from gateway_http.i18n import N_, Language
from gateway_http.words.goods_words import tax_text
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
)

ROUNDINGS: dict[PriceRounding, str] = {
    PriceRounding.NONE: N_("no rounding"),
    PriceRounding.TEN_KOPECKS: N_("10 kopecks (x.10, x.20, …)"),
    PriceRounding.ROUBLE: N_("whole roubles (x.00)"),
    PriceRounding.NINETY: N_("x.90"),
}
_ROUNDED: dict[PriceRounding, str] = {
    PriceRounding.TEN_KOPECKS: N_("rounded to 10 kopecks"),
    PriceRounding.ROUBLE: N_("rounded to whole roubles"),
    PriceRounding.NINETY: N_("rounded to x.90"),
}
REASONS: dict[str, str] = {
    "no_price": N_("no price: there is nothing to reckon from"),
    "free_price": N_("free price: it is typed at the register"),
    "price_above_limit": N_("the new price would be above what can be held"),
    "price_below_zero": N_("nothing would be left of the price"),
    "too_many_item_groups": N_("the item would be in too many groups"),
}


def reason_text(reason: str, language: Language) -> str:
    """Why items stay as they are; an unknown reason is shown as itself."""
    words = REASONS.get(reason)
    return reason if words is None else language.text(words)


def note_text(note: str, language: Language) -> str:
    """The note of a revision: the change that it tells in words, any other note as it is (a file's name)."""
    if not note.startswith("{"):
        return note
    try:
        change: BulkChange = msgspec.json.decode(note, type=BulkChange)
    except msgspec.MsgspecError:
        return note
    return change_text(change, language)


def change_text(change: BulkChange, language: Language) -> str:
    """«Цены +5 %, округление до x,90». Groups are told as they stand in the change: there by name."""
    match change:
        case PriceChange():
            return _price_text(change, language)
        case TaxChange():
            return language.text(N_("VAT: %(tax)s"), tax=tax_text(change.tax_code, language))
        case GroupsChange():
            return _groups_text(change.put, change.take, language)
        case BlockedChange():
            return language.text(N_("Blocking") if change.blocked else N_("Unblocking"))
        case SectionChange():
            return language.text(N_("Section %(section)s"), section=change.section)
        case Removal():
            return language.text(N_("Deletion"))
        case _:
            return language.text(N_("VAT 20 %% → 22 %%"))


def percent_text(hundredths: int, language: Language) -> str:
    """250 → «+2,5 %»."""
    whole, part = divmod(abs(hundredths), 100)
    shown = f"{whole}.{part:02d}".rstrip("0").rstrip(".")
    return f"{_sign(hundredths)}{shown.replace('.', ',') if language.code == 'ru' else shown}{formats.NBSP}%"


def _sign(amount: int) -> str:
    return "−" if amount < 0 else "+"


def _price_text(change: PriceChange, language: Language) -> str:
    if change.how is PriceChangeKind.SET:
        told = language.text(N_("Price %(price)s"), price=formats.rubles(change.amount, language.code))
    elif change.how is PriceChangeKind.PERCENT:
        told = language.text(N_("Prices %(change)s"), change=percent_text(change.amount, language))
        if not change.amount:
            told = language.text(N_("Prices"))
    else:
        amount = f"{_sign(change.amount)}{formats.rubles(abs(change.amount), language.code)}"
        told = language.text(N_("Prices %(change)s"), change=amount)
    rounding = _ROUNDED.get(change.rounding)
    return told if rounding is None else f"{told}, {language.text(rounding)}"


def _groups_text(put: Sequence[str], take: Sequence[str], language: Language) -> str:
    told = []
    if put:
        told.append(language.text(N_("Put into the groups: %(groups)s"), groups=", ".join(put)))
    if take:
        told.append(language.text(N_("Taken out of the groups: %(groups)s"), groups=", ".join(take)))
    return "; ".join(told)
