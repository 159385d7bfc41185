"""1C's exchange with offline registers: `ExportData.xml` of EquipmentService 2.0.0.3 … 3.0.0.3, and the older
`PriceList.xml` (1.0.0.6 and before), whose elements are named otherwise (schemas of 1C's «Управление торговлей» 11.5).

One good of 1C is as many items as it can be sold as: each characteristic (or the good itself, if it has none), and of
that each pack besides the base unit. All barcodes of one of them are barcodes of one item. An item is known by the
UUIDs it is made of: `good`, `good#characteristic`, `good##pack` or `good#characteristic#pack`; so the same good gives
the same items in every file. Codes that are plain numbers are the register's own (1C allocates them for registers).

1C writes a good whole: a price that is not there is unknown, and so is that of an existing item then. Stocks are passed
over: we keep none, and they would make every file a change.
"""

import re
from collections.abc import Iterable, Iterator

import msgspec
from lxml import etree

from services.catalog.domain.barcodes import parse_barcodes
from services.catalog.domain.cells import CellError, clean_or_refuse, clean_text
from services.catalog.domain.file_refused import FileRefused
from services.catalog.domain.formats.coded_rows import Taking
from services.catalog.domain.formats.commerceml_words import cut_name
from services.catalog.domain.formats.one_c_elements import Outline, named, read_goods, root_of
from services.catalog.domain.formats.one_c_words import GoodWords
from services.catalog.domain.goods_reader import FOREIGN_ID_MAX, GoodsReader
from services.catalog.domain.goods_row import GoodsRow
from services.contracts.catalog import NAME_MAX
from services.contracts.import_codes import ImportFailure, RowCode

ROW_ELEMENTS_MAX = 10_000  # elements within one good
_NO_UUID = re.compile(r"[0-]*")


class Variant(msgspec.Struct):
    """What one element says of a thing that can be sold: a good, a characteristic, a pack."""

    known_by: str
    code: str
    name: str
    price: str
    barcodes: str
    per_pack: str = ""


def looks_like(start: bytes) -> bool:
    """Whether a file that begins so belongs to this exchange, be it goods or what registers send back."""
    return root_of(start) is not None


def rows(parts: Iterable[bytes], encoding: str, goods: GoodsReader) -> Iterator[GoodsRow | None]:
    """The rows of a file. XML tells its encoding itself. Raises FileRefused."""
    del encoding
    outline = Outline()
    line = 0
    for good, too_long in read_goods(parts, outline, ROW_ELEMENTS_MAX):
        goods.is_whole = outline.is_whole
        words = GoodWords(good, outline)
        if too_long:
            line += 1
            long = CellError("", RowCode.LINE_TOO_LONG, limit=ROW_ELEMENTS_MAX)
            goods.refuse(line, words.name, [long])
            continue
        for variant, is_pack in _variants(good, words.name):
            line += 1
            yield _row(line, variant, is_pack, words, goods)
    goods.is_whole = outline.is_whole
    if not line:
        raise FileRefused(ImportFailure.NO_ROWS)


def _variants(good: etree._Element, name: str) -> Iterator[tuple[Variant, bool]]:
    """All that the good can be sold as, and whether that is a pack; in the order of the file."""
    itself = _said(good, name)
    characteristics = named(good, "Characteristics", "Characteristic", "Characteristic", "RecordCharacteristic")
    if not characteristics:
        yield itself, False
        for pack in _packs(good):
            yield _joined(itself, _said(pack, ""), "##"), True
        return
    for element in characteristics:
        said = _said(element, "")
        said.price = said.price or itself.price
        one = _joined(itself, said, "#")
        yield one, False
        for pack in _packs(element):
            yield _joined(one, _said(pack, ""), "#"), True


def _packs(element: etree._Element) -> list[etree._Element]:
    return named(element, "Packs", "Pack", "Packing", "RecordPacking")


def _said(element: etree._Element, name: str) -> Variant:
    uuid = element.get("UUID") or element.get("ID") or ""
    code = (element.get("Code") or "").strip()
    own_name = clean_text(element.get("Name") or "")
    known_by = "" if _NO_UUID.fullmatch(uuid.strip()) else uuid.strip().lower()
    barcodes = [element.get("BarCode") or ""]
    barcodes += [barcode.get("Value") or "" for barcode in named(element, "Barcodes", "Barcode")]
    return Variant(
        known_by=known_by or code or own_name,
        code=code,
        name=name or own_name,
        price=(element.get("Price") or "").strip(),
        barcodes="\n".join(filter(None, (barcode.strip() for barcode in barcodes))),
        per_pack=(element.get("UnitsPerPack") or element.get("Coefficient") or "").strip(),
    )


def _joined(whole: Variant, part: Variant, sign: str) -> Variant:
    """A characteristic or a pack as an item: its own code, price and barcodes, its name behind the good's.

    The price of a pack that tells none is unknown: 1C has prices of packs that are no multiples.
    """
    name = whole.name
    if part.name and part.name not in name:
        behind = f" ({part.name})"
        name = cut_name(name[: max(NAME_MAX - len(behind), 1)]) + behind if len(behind) < NAME_MAX // 2 else name
        name = name if len(whole.name) + len(behind) > NAME_MAX else whole.name + behind
    known_by = whole.known_by and part.known_by and f"{whole.known_by}{sign}{part.known_by}"
    return Variant(known_by, part.code, name, part.price, part.barcodes, part.per_pack)


def _row(line: int, variant: Variant, is_pack: bool, words: GoodWords, goods: GoodsReader) -> GoodsRow | None:
    taking = Taking(line)
    taking.code(variant.code)
    if len(variant.known_by) <= FOREIGN_ID_MAX:
        taking.take("foreign_id", lambda text: clean_or_refuse("code", text), variant.known_by)
    else:
        taking.errors.append(CellError("code", RowCode.FOREIGN_ID_TOO_LONG, limit=FOREIGN_ID_MAX))
    taking.names(variant.name)
    taking.price(variant.price)
    taking.fields.price_given = True
    try:
        taking.fields.barcodes = parse_barcodes(variant.barcodes)
    except CellError as error:
        taking.errors.append(error)
    words.put(taking, is_pack)
    if is_pack:
        taking.put("units_per_pack", variant.per_pack)
    return taking.finish(goods, "; ".join(filter(None, (variant.known_by, variant.code, variant.name))))
