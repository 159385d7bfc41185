"""Spreadsheets made in a test, and what is read of them."""

import io
import zipfile
from collections.abc import Sequence
from xml.sax.saxutils import escape

from services.catalog.domain.columns import recognise_table
from services.catalog.domain.csv_reader import TableRow
from services.catalog.domain.formats.sheets import sheet_rows
from services.catalog.domain.goods_reader import GoodsReader
from services.catalog.domain.goods_row import GoodsRow
from services.catalog.domain.table_columns import rows_in
from services.catalog.domain.table_rows import TableRowReader
from tests.unit.catalog.goods_files import parts_of

HEADER = ("Код", "Наименование", "Цена", "Штрихкод")
_MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"

Cell = str | float | bool | None


class Raw(str):
    """A cell of a sheet as its XML has it; {at} is its address."""


def zipped(members: dict[str, str | bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(name, content, zipfile.ZIP_STORED if name == "mimetype" else method)
    return body.getvalue()


def _address(row: int, column: int) -> str:
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return f"{letters}{row}"


def _xlsx_cell(at: str, value: Cell) -> str:
    if value is None:
        return ""
    if isinstance(value, Raw):
        return value.replace("{at}", at)
    if isinstance(value, bool):
        return f'<c r="{at}" t="b"><v>{int(value)}</v></c>'
    if isinstance(value, str):
        return f'<c r="{at}" t="inlineStr"><is><t xml:space="preserve">{escape(value)}</t></is></c>'
    return f'<c r="{at}"><v>{value!r}</v></c>'


def xlsx(*tables: Sequence[Sequence[Cell]], hidden: tuple[int, ...] = (), merged: str = "") -> bytes:
    """A workbook of sheets «Лист1», «Лист2», …; `merged` are the merged cells of the first one."""
    members: dict[str, str | bytes] = {
        "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types"><Default Extension="xml" ContentType="'
        'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1" Type="{_OFFICE}'
        '/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    }
    names, links = "", ""
    for number, table in enumerate(tables, 1):
        state = ' state="hidden"' if number in hidden else ""
        names += f'<sheet name="Лист{number}" sheetId="{number}" r:id="rId{number}"{state}/>'
        target = f"worksheets/sheet{number}.xml"
        links += f'<Relationship Id="rId{number}" Type="{_OFFICE}/worksheet" Target="{target}"/>'
        rows = "".join(
            f'<row r="{line}">{"".join(_xlsx_cell(_address(line, at), value) for at, value in enumerate(row))}</row>'
            for line, row in enumerate(table, 1)
        )
        joined = f'<mergeCells><mergeCell ref="{merged}"/></mergeCells>' if merged and number == 1 else ""
        members[f"xl/{target}"] = f"<worksheet {_MAIN}><sheetData>{rows}</sheetData>{joined}</worksheet>"
    members["xl/workbook.xml"] = f'<workbook {_MAIN} xmlns:r="{_OFFICE}"><sheets>{names}</sheets></workbook>'
    members["xl/_rels/workbook.xml.rels"] = f'<Relationships xmlns="{_PACKAGE}/relationships">{links}</Relationships>'
    return zipped(members)


def ods(rows: str) -> bytes:
    """A document of one sheet, whose rows are given as XML."""
    office = "urn:oasis:names:tc:opendocument:xmlns"
    return zipped(
        {
            "mimetype": "application/vnd.oasis.opendocument.spreadsheet",
            "META-INF/manifest.xml": f'<manifest:manifest xmlns:manifest="{office}:manifest:1.0"/>',
            "content.xml": f'<office:document-content xmlns:office="{office}:office:1.0"'
            f' xmlns:table="{office}:table:1.0" xmlns:text="{office}:text:1.0">'
            f'<office:body><office:spreadsheet><table:table table:name="Товары">{rows}'
            "</table:table></office:spreadsheet></office:body></office:document-content>",
        }
    )


def rows_of(body: bytes, sheet: str | None = None) -> list[TableRow]:
    return [row for block in sheet_rows(parts_of(body), sheet) for row in rows_in(block)]


def cells_of(body: bytes) -> list[list[str]]:
    return [row.cells for row in rows_of(body)]


def goods_of(body: bytes) -> tuple[list[GoodsRow], GoodsReader]:
    """The file by the path of all tables."""
    layout = recognise_table(rows_of(body)[:220], "")
    goods = GoodsReader()
    table = TableRowReader(layout, goods)
    read = [table.read(row) for row in rows_of(body) if row.line > layout.header_line]
    return [row for row in read if row is not None], goods
