"""A register's settings in words. Keys are those of docs/register-link.md; an unknown one is shown as it is."""

from gateway_http.i18n import N_, Language
from gateway_http.words.goods_words import tax_text

SETTINGS: dict[str, str] = {
    "receipt.header_1": N_("Head of the receipt, line 1"),
    "receipt.header_2": N_("Head of the receipt, line 2"),
    "receipt.footer": N_("End of the receipt"),
    "operator.name": N_("Cashier's name"),
    "section.default": N_("Section by default"),
    "tax.default_code": N_("VAT by default"),
    "printer.brightness": N_("Brightness of the print"),
    "sound.keys": N_("Sound of the keys"),
    "network.channel": N_("Network"),
}


def setting_name(key: str, language: Language) -> str:
    return language.text(SETTINGS[key]) if key in SETTINGS else key


def setting_value(key: str, value: object, language: Language) -> str:
    """As people read it: yes and no, a VAT rate by its name."""
    if isinstance(value, bool):
        return language.text(N_("yes") if value else N_("no"))
    if key == "tax.default_code" and isinstance(value, int):
        return tax_text(value, language)
    return "" if value is None else str(value)
