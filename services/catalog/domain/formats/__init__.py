"""The formats of goods files that are no plain tables, one module each.

A module reads the parts of one file (as they were uploaded) and gives its rows through a GoodsReader:

    def rows(parts: Iterable[bytes], encoding: str, goods: GoodsReader) -> Iterator[GoodsRow | None]

One row is one item of a register. `line` is the number of the row in the file, from 1. None: the row was refused, the
GoodsReader has the reasons. FileRefused: the whole file cannot be read. Codes of other systems (taxes, measures, kinds
of marking) are turned into ours here and never go further.
"""
