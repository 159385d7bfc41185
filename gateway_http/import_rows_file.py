"""Rows of a preview as a file for a spreadsheet: what each would do, and what it changes from what to what."""

from collections.abc import AsyncIterator

from gateway_http.i18n import N_, Language
from gateway_http.import_errors import BOM, csv_line
from gateway_http.words.import_words import KINDS, field_name
from gateway_http.words.journal_values import Reader, differences
from services.contracts.imports import ImportRow
from services.contracts.journal import Change
from services.contracts.values import Page

SHOWN = ("code", "name", "price", "barcodes", "tax_code", "groups")  # fields with a column of their own
LINE, WHAT, CHANGES = N_("Line"), N_("What"), N_("What changes")


def header_line(language: Language) -> str:
    """The names of the columns."""
    names = (language.text(LINE), language.text(WHAT), *(field_name(field, language) for field in SHOWN))
    return csv_line((*names, language.text(CHANGES)))


def row_line(row: ImportRow, reader: Reader) -> str:
    """One row; its changes as «field: before → after»."""
    item = {field: value for field, value in row.item.items() if field in SHOWN and value not in (None, [])}
    now = {
        name: one.after for name, one in zip(item, differences(Change("item", "", "", None, item), reader), strict=True)
    }
    now["code"] = str(row.item["code"] or "")  # to be looked up by, so without the spaces of a number
    after = {field: row.item.get(field) for field in row.before or {}}
    changes = (
        f"{one.field}: {one.before} → {one.after}"
        for one in differences(Change("item", "", "", row.before, after), reader)
    )
    what = reader.language.text(KINDS[row.what][1])
    return csv_line((str(row.line), what, *(now.get(field, "") for field in SHOWN), "; ".join(changes)))


async def csv_file(pages: AsyncIterator[Page[ImportRow]], reader: Reader) -> AsyncIterator[bytes]:
    """The whole file, page by page: one page is in memory at a time."""
    yield (BOM + header_line(reader.language)).encode()
    async for page in pages:
        yield "".join(row_line(row, reader) for row in page.items).encode()
