"""CSV as Excel opens it: UTF-8 with a mark, semicolons, no cell that would run as a formula."""

from collections.abc import AsyncIterator

from gateway_http.goods_files.pages import GroupPaths, Items
from gateway_http.goods_files.table import cell_text, heads, table_columns
from gateway_http.i18n import Language
from gateway_http.import_errors import BOM, csv_line


async def write(items: Items, paths: GroupPaths, language: Language) -> AsyncIterator[bytes]:
    """The file, page by page."""
    columns = table_columns(paths, language)
    yield (BOM + csv_line(tuple(heads(columns, language)))).encode()
    async for page in items:
        rows = (csv_line(tuple(cell_text(column, item, language) for column in columns)) for item in page)
        yield "".join(rows).encode()
