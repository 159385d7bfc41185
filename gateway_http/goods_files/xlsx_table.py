"""XLSX: codes and prices are numbers, everything else is text, so that barcodes keep their zeros."""

import asyncio
import tempfile
from collections.abc import AsyncIterator
from typing import Any

import xlsxwriter

from gateway_http.goods_files.pages import GroupPaths, Items
from gateway_http.goods_files.table import TableColumn, heads, table_columns
from gateway_http.i18n import N_, Language
from services.contracts.catalog import ItemView
from services.contracts.spreadsheets import SHEET_ERRORS

ROWS_MAX = 1_048_575  # below the head, as the format has it
_READ_BYTES = 128 * 1024
_WIDE = {"name": 50, "short_name": 40, "barcode": 20, "group": 30, "note": 40, "tax": 16}


async def write(items: Items, paths: GroupPaths, language: Language) -> AsyncIterator[bytes]:
    """The file, once all of it is written: a workbook is packed at its end. It waits on the disk, not in memory."""
    with tempfile.TemporaryFile() as file:
        columns = table_columns(paths, language)
        book = xlsxwriter.Workbook(file, {"constant_memory": True, "strings_to_formulas": False})
        sheet = _begun(book, columns, language)
        money = book.add_format({"num_format": "0.00"})
        row = 0
        async for page in items:
            await asyncio.to_thread(_write_page, sheet, row, page[: ROWS_MAX - row], columns, money)
            row += len(page)
        await asyncio.to_thread(book.close)
        file.seek(0)
        while part := await asyncio.to_thread(file.read, _READ_BYTES):
            yield part


def _begun(book: Any, columns: tuple[TableColumn, ...], language: Language) -> Any:
    sheet = book.add_worksheet(language.text(N_("Goods base"))[:31])
    bold = book.add_format({"bold": True})
    for index, column in enumerate(columns):
        sheet.set_column(index, index, _WIDE.get(column.field, 12))
    for index, head in enumerate(heads(columns, language)):
        sheet.write_string(0, index, head, bold)
    sheet.freeze_panes(1, 0)
    return sheet


def _write_page(
    sheet: Any, above: int, page: tuple[ItemView, ...], columns: tuple[TableColumn, ...], money: Any
) -> None:
    for number, item in enumerate(page, start=above + 1):
        for index, column in enumerate(columns):
            value = column.value(item)
            if value is None or value == "":
                continue
            if isinstance(value, str):
                sheet.write_string(number, index, f"'{value}" if value in SHEET_ERRORS else value)
            elif column.is_money:
                sheet.write_number(number, index, value / 100, money)
            else:
                sheet.write_number(number, index, value)
