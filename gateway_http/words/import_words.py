"""Imports in words: states, recognised formats and columns, why a file or a row was refused."""

from gateway_http.i18n import N_, Language
from gateway_http.words.told import Told
from services.contracts.imports import ImportState, ImportView

_STATES: dict[str, tuple[str, str]] = {
    ImportState.QUEUED: ("waiting", N_("In the queue")),
    ImportState.READING: ("waiting", N_("Being read")),
    ImportState.PREVIEWED: ("attention", N_("Checked, not yet applied")),
    ImportState.APPLYING: ("waiting", N_("Going into the goods base")),
    ImportState.APPLIED: ("good", N_("In the goods base")),
    ImportState.FAILED: ("failed", N_("Not read")),
    ImportState.CANCELLED: ("neutral", N_("Cancelled")),
}
UNDER_WAY = frozenset({ImportState.QUEUED, ImportState.READING, ImportState.APPLYING})

FORMATS: dict[str, str] = {
    "csv": N_("Table (CSV, TSV, TXT)"),
    "mercury_json": N_("Goods base of «Mercury» (JSON)"),
}
ENCODINGS = ("utf-8", "windows-1251", "cp866")
DELIMITERS: dict[str, str] = {
    ";": N_("semicolon"),
    ",": N_("comma"),
    "\t": N_("tab"),
    "|": N_("vertical bar"),
}

FIELDS: dict[str, str] = {
    "code": N_("Code"),
    "name": N_("Name"),
    "short_name": N_("Short name"),
    "price": N_("Price"),
    "barcode": N_("Barcode"),
    "barcodes": N_("Barcode"),
    "group": N_("Item group"),
    "groups": N_("Item group"),
    "article": N_("Article"),
    "tax": N_("VAT"),
    "tax_code": N_("VAT (tag 1199)"),
    "type": N_("Subject of payment"),
    "type_code": N_("Subject of payment (tag 1212)"),
    "measure": N_("Unit of measure"),
    "measure_unit": N_("Unit of measure (tag 2108)"),
    "section": N_("Section"),
    "marked": N_("Marked"),
    "undivided": N_("Sold by the piece"),
    "tax_system": N_("Tax system"),
    "blocked": N_("Blocked"),
}

KINDS: dict[str, tuple[str, str]] = {
    "created": ("good", N_("New")),
    "changed": ("waiting", N_("Changed")),
    "unchanged": ("neutral", N_("As it was")),
}

# Why a whole file was refused.
FILE_REASONS: dict[str, str] = {
    "empty_file": N_("The file is empty."),
    "header_only": N_("The file has a head but no rows."),
    "internal": N_("Something broke while reading. Nothing was changed. Send the file again."),
    "worker_lost": N_("Reading was interrupted several times. Nothing was changed. Send the file again."),
}

# Why a row was refused, or what is doubtful about it.
ROW_PROBLEMS: dict[str, str] = {}


def import_told(view: ImportView, language: Language) -> Told:
    """State, and why a file was not read."""
    tone, text = _STATES[view.state]
    more = file_reason(view.reason, view.reason_params, language) if view.reason else ""
    if view.state is ImportState.APPLIED and view.failed:
        tone = "attention"
    return Told(tone, language.text(text), more)


def file_reason(code: str, params: dict[str, str | int], language: Language) -> str:
    """Why a file was refused; an unknown code is shown as itself."""
    words = FILE_REASONS.get(code)
    if words is None:
        return language.text(N_("The file was not accepted (%(code)s)."), code=code)
    return language.text(words, **params)


def field_name(field: str | None, language: Language) -> str:
    """The column's name for people."""
    return "" if field is None else language.text(FIELDS.get(field, field))
