"""What the text formats of other registers have in common: rows that are known by a code and may say it again.

A register takes such a file line by line: a later row of a code adds its barcodes and replaces what it says. So a file
is read twice: what is said again is learned first, and each code gives one row, where it is said first.
"""

import itertools
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import IO, Any

from services.catalog.domain.barcodes import BARCODE_TEXT_MAX, parse_barcodes
from services.catalog.domain.cells import CellError, clean_or_refuse, clean_text, has_unholdable
from services.catalog.domain.csv_reader import LINE_MAX, read_lines
from services.catalog.domain.file_refused import FileRefused
from services.catalog.domain.fiscal_words import SECTIONS
from services.catalog.domain.formats.commerceml_words import cut_name
from services.catalog.domain.formats.whole_file import whole_file
from services.catalog.domain.goods_reader import FOREIGN_ID_MAX, Fields, GoodsReader
from services.catalog.domain.goods_row import GoodsRow
from services.catalog.domain.group_paths import GROUP_DEPTH_MAX, GROUP_NAME_MAX, GroupPath
from services.catalog.domain.mercury_rows import storable
from services.catalog.domain.names import in_register_alphabet
from services.catalog.domain.prices import parse_price
from services.catalog.domain.table_rows import CODE_MAX
from services.contracts.catalog import BARCODES_MAX, SHORT_NAME_MAX
from services.contracts.import_codes import ImportFailure, RowCode
from services.contracts.imports import IMPORT_ROWS_MAX

TEXT_MAX = 500  # characters of a foreign attribute that are kept
GROUPS_MAX = 20_000  # of one file
SAID_MAX = 2 * IMPORT_ROWS_MAX  # rows, further barcodes and removals of one file

_READ_BYTES = 128 * 1024
_NUMBER = re.compile(r"0*([0-9]*)(?:[.,]([0-9]*?)0*)?")


@contextmanager
def twice(parts: Iterable[bytes], encoding: str) -> Iterator[Callable[[], Iterator[str]]]:
    """The lines of a file, to be read from its beginning as often as wanted."""
    with whole_file(parts) as file:
        yield lambda: read_lines(_from_beginning(file), encoding)


def _from_beginning(file: IO[bytes]) -> Iterator[bytes]:
    file.seek(0)
    return iter(lambda: file.read(_READ_BYTES), b"")


def first_lines(start: bytes, count: int = 1) -> list[str]:
    """The first lines of a file that begins so, in whatever encoding; for telling what it is."""
    encoding = "utf-16" if start.startswith((b"\xff\xfe", b"\xfe\xff")) else "cp866"  # which knows every byte
    text = start.removeprefix(b"\xef\xbb\xbf")
    return list(itertools.islice(read_lines([text[: 4 * 1024]], encoding), count))


def plain_number(text: str) -> str | None:
    """A number without the zeros that say nothing, so that equal ones are equal; None: another text."""
    number = _NUMBER.fullmatch(text.strip()) if text.strip() else None
    return None if number is None else (number[1] or "0") + (f".{number[2]}" if number[2] else "")


def is_pack(coefficient: str) -> bool:
    """Whether a barcode with that coefficient sells several at once (or a part of one)."""
    return plain_number(coefficient) not in (None, "0", "1")


class Groups:
    """The groups of a file: code → name and code of the group around it."""

    def __init__(self) -> None:
        self._groups: dict[str, tuple[str, str]] = {}

    def learn(self, code: str, name: str, parent: str) -> None:
        """Raises FileRefused for more than GROUPS_MAX."""
        if len(self._groups) >= GROUPS_MAX:
            raise FileRefused(ImportFailure.TOO_MANY_GROUPS, limit=GROUPS_MAX)
        self._groups[code] = (_group_name(name), parent)

    def path(self, code: str) -> tuple[GroupPath, ...]:
        """The groups of an item whose group has that code, the innermost GROUP_DEPTH_MAX; () if it is unknown."""
        names: list[str] = []
        while code in self._groups and len(names) < GROUP_DEPTH_MAX:
            name, code = self._groups[code]
            if name:
                names.append(name)
            else:
                break
        return (tuple(reversed(names)),) if names else ()


def _group_name(text: str) -> str:
    """A name as our groups have it."""
    return clean_text(text.replace("\ufffd", "?"))[:GROUP_NAME_MAX].strip()


class Said:
    """What the whole file says of each code: learned in the first reading, asked in the second."""

    def __init__(self) -> None:
        self._open: set[str] = set()  # codes that gave no row yet
        self._with_row: set[str] = set()
        self._renewed: set[str] = set()  # removed after their first row: what holds stands in the further ones alone
        self._again: dict[str, list[list[str]]] = {}  # further rows
        self._barcodes: dict[str, list[str]] = {}
        self._packs: dict[str, list[str]] = {}
        self._gone: set[str] = set()
        self._count = 0

    def learn_row(self, code: str, cells: list[str]) -> None:
        """A row of an item. A code that was removed above is there again. Raises FileRefused."""
        self._counted()
        if not code:
            return
        if code in self._with_row:
            if code in self._gone:
                self._renewed.add(code)
            self._again.setdefault(code, []).append(cells)
        self._gone.discard(code)
        self._with_row.add(code)
        self._open.add(code)

    def learn_barcode(self, code: str, barcode: str) -> None:
        """A barcode that stands in a row of its own. Raises FileRefused."""
        self._counted()
        self._barcodes.setdefault(code, []).append(barcode)

    def learn_pack(self, code: str, barcode: str) -> None:
        """A barcode of a pack of the item. Raises FileRefused."""
        self._counted()
        if code and barcode:
            self._packs.setdefault(code, []).append(barcode)

    def packs_of(self, code: str) -> list[str]:
        """The barcodes of packs of an item."""
        return self._packs.get(code, [])

    def learn_removal(self, code: str) -> None:
        """The item is no more, until a row below says it again. Raises FileRefused."""
        self._counted()
        self._gone.add(code)
        self._open.add(code)
        self._again.pop(code, None)
        self._barcodes.pop(code, None)
        self._packs.pop(code, None)

    def _counted(self) -> None:
        self._count += 1
        if self._count > SAID_MAX:
            raise FileRefused(ImportFailure.TOO_MANY_ROWS, limit=IMPORT_ROWS_MAX)

    def take(self, code: str, cells: list[str], barcode_at: int) -> list[str] | None:
        """A row with all that the file says of its code; None: that was given already, or the item is gone."""
        if not code:
            return cells
        if code not in self._open or code in self._gone:
            return None
        self._open.discard(code)
        further = self._again.pop(code, [])
        if code in self._renewed:
            cells = further.pop(0)
        barcodes = [cells[barcode_at] if barcode_at < len(cells) else ""]
        for later in further:
            barcodes.append(later[barcode_at] if barcode_at < len(later) else "")
            pairs = itertools.zip_longest(later, cells, fillvalue="")
            cells = [new if new.strip() else old for new, old in pairs]
        barcodes.extend(self._barcodes.pop(code, ()))
        cells = [*cells, *[""] * (barcode_at + 1 - len(cells))]
        cells[barcode_at] = "\n".join(filter(None, barcodes))
        return cells

    def take_removal(self, code: str) -> bool:
        """Whether a removal is to be told: nothing below says the item again, and it was not told yet."""
        if code not in self._gone or code not in self._open:
            return False
        self._open.discard(code)
        return True


class Taking:
    """One row on its way into the GoodsReader: its fields, what is wrong with them, what we have no field for."""

    def __init__(self, line: int) -> None:
        self.fields = Fields(line)
        self.extra: dict[str, Any] = {}
        self.errors: list[CellError] = []
        self.doubts: list[tuple[str, RowCode, str]] = []

    def take(self, attribute: str, parse: Callable[[str], Any], text: str) -> None:
        """A field, if the file says it; what cannot be taken refuses the row."""
        text = text.strip()
        if not text:
            return
        try:
            value = parse(text)
        except CellError as error:
            self.errors.append(error)
            return
        if value is not None:
            setattr(self.fields, attribute, value)

    def code(self, text: str) -> None:
        """The item's code: ours if it is a plain number, else what the other system knows it by."""
        code = text.strip()
        if code.isascii() and code.isdigit() and not code.startswith("0") and len(code) <= 10 and int(code) <= CODE_MAX:
            self.fields.code = int(code)
        elif len(code) > FOREIGN_ID_MAX:
            self.errors.append(CellError("code", RowCode.FOREIGN_ID_TOO_LONG, limit=FOREIGN_ID_MAX))
        elif has_unholdable(code) or code != clean_text(code):
            self.errors.append(CellError("code", RowCode.BAD_CHARACTERS))
        elif code:
            self.fields.foreign_id = code
            self.put("foreign_code", code)

    def names(self, name: str, receipt: str = "") -> None:
        """The name, cut if it is longer than a register's tag; the receipt's text as short name if it fits."""
        self.take("name", lambda text: clean_or_refuse("name", text) or None, name)
        whole = self.fields.name
        if whole is not None:
            self.fields.name = cut_name(whole)
            if self.fields.name != whole:
                self.put("full_name", whole)
        short = in_register_alphabet(clean_text(receipt))
        if short and short != whole and len(short) <= SHORT_NAME_MAX and not has_unholdable(short):
            self.fields.short_name = short

    def price(self, text: str) -> None:
        """The price in roubles, if the row has one."""
        self.take("price", parse_price, text)
        self.fields.price_given = self.fields.price is not None

    def barcodes(self, text: str) -> None:
        """All barcodes of the item; "" says that it has none."""
        try:
            self.fields.barcodes = parse_barcodes(text.strip())
        except CellError as error:
            self.errors.append(error)

    def pack_barcodes(self, barcodes: list[str]) -> None:
        """Barcodes of packs: our items are sold by one, so they are told and kept as an attribute."""
        self.put("pack_barcodes", " ".join(barcodes))
        for barcode in barcodes[:BARCODES_MAX]:
            self.doubts.append(("barcode", RowCode.BARCODE_OF_PACK, barcode[:BARCODE_TEXT_MAX]))

    def section(self, text: str) -> None:
        """The section, where our registers have it; others have more of them."""
        if text.strip().isdecimal() and int(text[:9]) in SECTIONS:
            self.fields.section = int(text)
        elif text.strip("0 "):
            self.put("section", text)

    def put(self, key: str, text: str) -> None:
        """A foreign attribute, if there is one and it can be kept."""
        value = clean_text(text)[:TEXT_MAX].rstrip()
        if value and not has_unholdable(value):
            self.extra[key] = value

    def finish(self, goods: GoodsReader, text: str) -> GoodsRow | None:
        """The row for staging; None when it was refused."""
        try:
            self.fields.extra = storable(self.extra) or None
        except CellError as error:
            self.errors.append(error)
        if len(text) > LINE_MAX:
            self.errors = [CellError("", RowCode.LINE_TOO_LONG, limit=LINE_MAX)]
        if self.errors:
            goods.refuse(self.fields.line, text, self.errors)
            return None
        row = goods.take(self.fields, text)
        if row is not None:
            for field, code, value in self.doubts:
                goods.warn(self.fields.line, text, field, code, value=value)
        return row
