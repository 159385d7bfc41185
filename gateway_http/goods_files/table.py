"""The columns of the goods base as a table, alike in CSV and XLSX. Their heads are those that the import knows."""

import re
from collections.abc import Callable

import msgspec

from gateway_http import formats
from gateway_http.goods_files.pages import GroupPaths
from gateway_http.i18n import Language
from gateway_http.words.goods_words import MARKINGS, tax_text
from gateway_http.words.import_words import FIELDS
from services.contracts.catalog import ItemView

FULL_PAYMENT = 4  # FFD tag 1214: what an item has unless somebody says otherwise
_NEEDS_QUOTES = re.compile(r"[;|/\\>→]|\A\"")  # signs that stand between groups and levels, and quotes themselves

Cell = str | int | None


class TableColumn(msgspec.Struct, frozen=True):
    """`value` gives a cell: a text, a whole number, or None for an empty one."""

    field: str  # of import_words.FIELDS
    value: Callable[[ItemView], Cell]
    is_money: bool = False  # kopecks


def group_cell(paths: list[tuple[str, ...]]) -> str:
    """Groups as one cell: "Напитки/Соки|Акции"; a name with signs of separation stands in quotes."""
    return "|".join("/".join(map(_quoted, path)) for path in paths)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"' if _NEEDS_QUOTES.search(name) else name


def table_columns(paths: GroupPaths, language: Language) -> tuple[TableColumn, ...]:
    """All columns, in their order."""

    def flag(value: bool) -> str:
        return "1" if value else "0"

    def marking(item: ItemView) -> str:
        return language.text(MARKINGS[item.marking]) if item.marking in MARKINGS else item.marking

    return (
        TableColumn("code", lambda item: item.code),
        TableColumn("name", lambda item: item.name),
        TableColumn("price", lambda item: item.price, is_money=True),
        TableColumn("barcode", lambda item: "|".join(item.barcodes)),
        TableColumn("tax", lambda item: tax_text(item.tax_code, language)),
        TableColumn("group", lambda item: group_cell(paths.of(item))),
        TableColumn("article", lambda item: item.article),
        TableColumn("short_name", lambda item: item.short_name if item.short_name_edited else ""),
        TableColumn("type_code", lambda item: item.type_code),
        TableColumn("measure_unit", lambda item: item.measure_unit),
        TableColumn("section", lambda item: item.section),
        TableColumn("marked", lambda item: flag(item.marked)),
        TableColumn("marking", marking),
        TableColumn("undivided", lambda item: flag(item.undivided)),
        TableColumn("tax_system", lambda item: item.tax_system),
        TableColumn("blocked", lambda item: flag(item.blocked)),
        TableColumn("payment_method", lambda item: item.payment_method),
        TableColumn("agent", lambda item: item.agent),
        TableColumn("excise", lambda item: item.excise, is_money=True),
        TableColumn("country", lambda item: item.country),
        TableColumn("customs_declaration", lambda item: item.customs_declaration),
        TableColumn("alcohol", lambda item: flag(item.alcohol)),
        TableColumn("volume_ml", lambda item: item.volume_ml),
        TableColumn("note", lambda item: item.note),
    )


def heads(columns: tuple[TableColumn, ...], language: Language) -> list[str]:
    """The first row."""
    return [language.text(FIELDS[column.field]) for column in columns]


def cell_text(column: TableColumn, item: ItemView, language: Language) -> str:
    """A cell as a person would type it."""
    value = column.value(item)
    if column.is_money:
        return formats.rubles_typed(value if isinstance(value, int) else None, language.code)
    return "" if value is None else str(value)
