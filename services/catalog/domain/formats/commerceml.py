"""CommerceML 2.03 … 2.10: catalogs, offers, and files with one of them split into prices and rests.

How items are known: a product by its Ид, an offer of a characteristic by its whole Ид (`product#characteristic`); each
is an item of its own, always by the same foreign id, whichever files came together. A product whose characteristics are
among the same files gives no row, for nobody can buy it; when its catalog came alone, its item stays, without a price,
so no register gets it. An offer with the Ид of a product joins it. An offer whose product is not there says what it
says: its name and price; an offer that says neither (rests) gives no row.

The files are read twice: first what rows need of each other, which is kept in memory (the offers, bounded by
IMPORT_ROWS_MAX), then the products one by one. Lines are numbers of rows: the products', then the other offers'.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import IO, Any

import msgspec
from lxml import etree

from services.catalog.domain.barcodes import parse_barcodes
from services.catalog.domain.cells import CellError, clean_or_refuse, shown
from services.catalog.domain.file_refused import FileRefused
from services.catalog.domain.formats import commerceml_words as words
from services.catalog.domain.formats.commerceml_elements import (
    OFFER,
    PRICE_KIND,
    PRODUCT,
    ROOTS,
    ROW_ELEMENTS_MAX,
    Outline,
    read_elements,
    text_of,
)
from services.catalog.domain.formats.whole_file import whole_file
from services.catalog.domain.goods_reader import Fields, GoodsReader
from services.catalog.domain.goods_row import GoodsRow
from services.catalog.domain.group_paths import GroupPath
from services.catalog.domain.mercury_rows import storable
from services.catalog.domain.names import parse_article
from services.contracts.import_codes import ImportFailure, RowCode
from services.contracts.imports import IMPORT_ROWS_MAX

OpenFile = Callable[[], Iterator[bytes]]  # one file of an exchange from its beginning

PRICE_KINDS_MAX = 100
_READ_BYTES = 128 * 1024
_ROOT = re.compile(r"\s*(?:<\?.*?\?>\s*|<!--.*?-->\s*)*<(?:[\w.-]+:)?([\w.-]+)", re.DOTALL)


class PriceKind(msgspec.Struct):
    name: str
    currency: str


class Said(msgspec.Struct):
    """What a product or an offer says, kept small; None or "": nothing."""

    foreign_id: str | None = None
    name: str = ""
    characteristic: str = ""
    article: str | None = None
    barcodes: str | None = None
    prices: tuple[words.Price, ...] = ()
    measure: int | None = None
    unknown_measure: str = ""
    tax: int | None = None
    type_code: int | None = None
    groups: tuple[GroupPath, ...] | None = None
    extra: dict[str, str] | None = None
    removed: bool = False
    joined: bool = False  # an offer that gave its row together with a product
    errors: list[CellError] | None = None

    @property
    def text(self) -> str:
        """As problems repeat it."""
        return "; ".join(part for part in (self.foreign_id, self.article, self.name, self.characteristic) if part)


def looks_like(start: bytes) -> bool:
    """Whether a file that begins so is CommerceML."""
    for encoding in ("utf-8-sig", "windows-1251", "utf-16"):
        try:
            root = _ROOT.match(start.decode(encoding, "ignore"))
        except UnicodeError:
            continue
        if root is not None and root[1] in ROOTS:
            return True
    return False


def rows(parts: Iterable[bytes], encoding: str, goods: GoodsReader) -> Iterator[GoodsRow | None]:
    """The rows of one file. XML tells its encoding itself. Raises FileRefused."""
    del encoding
    with whole_file(parts) as file:
        yield from read_exchange([lambda: _from_beginning(file)], goods)


def _from_beginning(file: IO[bytes]) -> Iterator[bytes]:
    file.seek(0)
    return iter(lambda: file.read(_READ_BYTES), b"")


def read_exchange(files: Sequence[OpenFile], goods: GoodsReader) -> Iterator[GoodsRow | None]:
    """The rows of files that belong together, in any order. Raises FileRefused."""
    exchange = _Exchange(goods)
    for open_file in files:
        exchange.learn(open_file())
    exchange.conclude()
    for open_file in files:
        yield from exchange.product_rows(open_file())
    yield from exchange.offer_rows()


class _Exchange:
    """Joins the products and offers of one exchange."""

    def __init__(self, goods: GoodsReader) -> None:
        self._goods = goods
        self._outline = Outline()
        self._paths = words.GroupPaths(self._outline)
        self._kinds: dict[str, PriceKind] = {}
        self._kind: str | None = None  # the one that prices are taken of
        self._offers: dict[str, Said] = {}
        self._bad_offers: list[Said] = []
        self._variants: dict[str, list[Said]] = {}  # Ид of a product → the offers of its characteristics
        self._products = 0
        self._line = 0

    def learn(self, parts: Iterable[bytes]) -> None:
        """Read what rows need of each other."""
        for what, element, too_long in read_elements(parts, self._outline):
            if what == PRICE_KIND:
                self._learn_kind(
                    text_of(element, "Ид") or text_of(element, "Наименование"),
                    text_of(element, "Наименование"),
                    text_of(element, "Валюта"),
                )
            elif what == PRODUCT:
                self._products += 1
                self._check_rows()
                for price in words.prices_of(element):
                    self._learn_kind(price.kind, "", "")
            elif what == OFFER:
                self._learn_offer(self._said(element, too_long))

    def _learn_kind(self, kind: str, name: str, currency: str) -> None:
        known = self._kinds.get(kind)
        if known is None:
            if len(self._kinds) < PRICE_KINDS_MAX:
                self._kinds[kind] = PriceKind(shown(name), currency[:16])
        elif name and not known.name:
            known.name, known.currency = shown(name), currency[:16]

    def _learn_offer(self, said: Said) -> None:
        for price in said.prices:
            self._learn_kind(price.kind, "", "")
        if said.foreign_id is None or said.errors:
            self._bad_offers.append(said)
        elif (known := self._offers.get(said.foreign_id)) is not None:
            _complete(known, said)  # its prices stand in a file of their own
        else:
            self._offers[said.foreign_id] = said
            product, sign, _ = said.foreign_id.partition("#")
            if sign and product:
                self._variants.setdefault(product, []).append(said)
        self._check_rows()

    def _check_rows(self) -> None:
        if max(self._products, len(self._offers) + len(self._bad_offers)) > IMPORT_ROWS_MAX:
            raise FileRefused(ImportFailure.TOO_MANY_ROWS, limit=IMPORT_ROWS_MAX)

    def conclude(self) -> None:
        """Decide what the whole of the exchange says. Raises FileRefused when there are no goods in it."""
        if not self._products and not self._offers and not self._bad_offers:
            if self._outline.orders:
                raise FileRefused(ImportFailure.XML_UNKNOWN, root="Документ")
            raise FileRefused(ImportFailure.NO_ROWS)
        named = list(self._kinds.items())
        retail = (kind for kind, about in named if "розн" in about.name.casefold())
        self._kind = next(retail, named[0][0] if named else None)
        self._goods.price_kinds = tuple(about.name or shown(kind) for kind, about in named)
        if self._kind is not None:
            self._goods.price_kind = self._kinds[self._kind].name or shown(self._kind)
        if self._outline.only_changes:
            self._goods.is_whole = False
        elif self._outline.whole_catalog:
            self._goods.is_whole = True

    def product_rows(self, parts: Iterable[bytes]) -> Iterator[GoodsRow | None]:
        """The rows of products, joined with their offers."""
        for what, element, too_long in read_elements(parts, None):
            if what != PRODUCT:
                continue
            product = self._said(element, too_long)
            variants = self._variants.get(product.foreign_id or "", [])
            if not variants or product.removed:
                offer = self._offers.get(product.foreign_id or "")
                if offer is not None:
                    offer.joined = True
                    _complete(product, offer)
                yield self._row(product)
            for offer in variants:
                offer.joined = True
                yield self._row(_variant(offer, product, len(variants) == 1))

    def offer_rows(self) -> Iterator[GoodsRow | None]:
        """The rows of offers whose products are not there."""
        for offer in self._offers.values():
            if not offer.joined and (offer.name or offer.prices or offer.barcodes or offer.removed):
                yield self._row(_variant(offer, Said(), False))
        for offer in self._bad_offers:
            yield self._row(offer)

    def _said(self, element: etree._Element, too_long: bool) -> Said:
        if too_long:
            long = CellError("", RowCode.LINE_TOO_LONG, limit=ROW_ELEMENTS_MAX)
            return Said(name=shown(text_of(element, "Наименование")), errors=[long])
        said = Said(name=text_of(element, "Наименование")[: 4 * words.TEXT_MAX], removed=words.is_removed(element))
        errors: list[CellError] = []

        def take(attribute: str, read: Callable[[], Any]) -> None:
            try:
                setattr(said, attribute, read())
            except CellError as error:
                errors.append(error)

        take("foreign_id", lambda: words.foreign_id_of(element))
        take("name", lambda: clean_or_refuse("name", said.name))
        if not said.removed:  # nobody minds the rate of what is no more
            take("article", lambda: parse_article(text_of(element, "Артикул")) or None)
            take("tax", lambda: words.tax_of(element))
            take("groups", lambda: self._paths.of(element))
            said.barcodes = words.barcodes_text(element)
            said.prices = words.prices_of(element)
            said.measure, said.unknown_measure = words.measure_of(element)
            said.characteristic = shown(words.characteristic_of(element))
            extra, said.type_code = words.attributes_of(element)
            said.extra = extra or None
        said.errors = errors or None
        return said

    def _row(self, said: Said) -> GoodsRow | None:
        self._line += 1
        fields = Fields(self._line)
        errors = list(said.errors or ())
        fields.foreign_id = said.foreign_id
        fields.removed = said.removed or None
        fields.article, fields.tax_code, fields.type_code = said.article, said.tax, said.type_code
        fields.measure, fields.groups = said.measure, said.groups
        fields.name = words.cut_name(said.name) or None
        doubts: list[tuple[str, RowCode, str]] = []
        try:
            fields.barcodes = None if said.barcodes is None else parse_barcodes(said.barcodes)
        except CellError as error:
            errors.append(error)
        try:
            self._set_price(fields, said, doubts)
        except CellError as error:
            errors.append(error)
        try:
            fields.extra = storable(_extra(said, fields.name)) or None
        except CellError as error:
            errors.append(error)
        if errors:
            self._goods.refuse(fields.line, said.text, errors)
            return None
        row = self._goods.take(fields, said.text)
        if row is not None:
            if said.unknown_measure:
                doubts.append(("measure", RowCode.MEASURE_UNKNOWN, shown(said.unknown_measure)))
            for field, code, value in doubts:
                named = {"currency": value} if code is RowCode.PRICE_CURRENCY else {"value": value}
                self._goods.warn(fields.line, said.text, field, code, **named)
        return row

    def _set_price(self, fields: Fields, said: Said, doubts: list[tuple[str, RowCode, str]]) -> None:
        price = next((price for price in said.prices if price.kind == self._kind), None)
        if price is None:
            if said.prices:
                kind = self._kinds.get(said.prices[0].kind)
                doubts.append(("price", RowCode.PRICE_MISSING, shown((kind and kind.name) or said.prices[0].kind)))
            return
        about = self._kinds.get(price.kind)
        currency = price.currency or (about.currency if about else "")
        if not words.is_roubles(currency):
            doubts.append(("price", RowCode.PRICE_CURRENCY, shown(currency)))
            return
        kopecks = words.kopecks_of(price.sum, price.coefficient)
        if kopecks is not None:
            fields.price, fields.price_given = kopecks, True


def _extra(said: Said, name: str | None) -> dict[str, Any]:
    extra: dict[str, Any] = dict(said.extra or {})
    if name is not None and len(said.name) > len(name):
        extra["full_name"] = said.name[: words.TEXT_MAX]
    elif extra.get("full_name") == said.name:
        del extra["full_name"]
    return extra


def _complete(said: Said, other: Said) -> None:
    """Add what only the other one says: a product's offer, or a further part of an offer."""
    for attribute in ("name", "characteristic", "article", "measure", "tax", "type_code", "groups", "extra"):
        if not getattr(said, attribute) and getattr(said, attribute) != 0:
            setattr(said, attribute, getattr(other, attribute))
    if other.barcodes:
        said.barcodes = "\n".join(filter(None, (said.barcodes, other.barcodes)))
    known = {price.kind for price in other.prices}
    said.prices = other.prices + tuple(price for price in said.prices if price.kind not in known)
    said.removed = said.removed or other.removed


def _variant(offer: Said, product: Said, only_one: bool) -> Said:
    """An offer as an item: its own name, price and barcode; the rest is its product's."""
    name = offer.name or product.name
    if name and offer.characteristic and offer.characteristic not in name and "#" in (offer.foreign_id or ""):
        values = offer.characteristic.split(", ")
        if not all(value in name for value in values):
            name = f"{name} ({offer.characteristic})"
    return Said(
        foreign_id=offer.foreign_id,
        name=name,
        article=offer.article or product.article,
        barcodes=offer.barcodes or (product.barcodes if only_one else None),
        prices=offer.prices or product.prices,
        measure=product.measure if offer.measure is None else offer.measure,
        unknown_measure=offer.unknown_measure or product.unknown_measure,
        tax=product.tax if offer.tax is None else offer.tax,
        type_code=product.type_code if offer.type_code is None else offer.type_code,
        groups=product.groups if offer.groups is None else offer.groups,
        extra={**(product.extra or {}), **(offer.extra or {})} or None,
        removed=offer.removed or product.removed,
        errors=product.errors,
    )
