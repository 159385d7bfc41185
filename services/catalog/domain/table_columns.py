"""Rows of a table on their way to whoever reads them: one by one, or column by column where that costs less."""

import msgspec

from services.catalog.domain.csv_reader import TableRow


class TableColumns(msgspec.Struct, frozen=True):
    """Several rows with nothing odd about them: their lines, and of each column a text with a cell in each line.

    No cell has a line break. Short rows are filled up with empty cells.
    """

    lines: list[int]
    columns: list[str]

    def __len__(self) -> int:
        return len(self.lines)

    def cells(self) -> list[list[str]]:
        """The cells of each column."""
        return [column.split("\n") for column in self.columns]


RowBlock = list[TableRow] | TableColumns


def rows_in(block: RowBlock) -> list[TableRow]:
    """The rows of a block, without empty cells at their ends."""
    if not isinstance(block, TableColumns):
        return block
    rows = [
        TableRow(line, list(cells), None)
        for line, cells in zip(block.lines, zip(*block.cells(), strict=True), strict=True)
    ]
    for row in rows:
        while row.cells and not row.cells[-1]:
            row.cells.pop()
    return rows
