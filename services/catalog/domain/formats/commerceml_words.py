"""What products and offers of CommerceML say, turned into our words: units, VAT, prices, kinds of goods, groups."""

from decimal import Decimal, InvalidOperation
from typing import NamedTuple

from lxml import etree

from services.catalog.domain.cells import CellError, clean_text, has_unholdable, parse_whole_number, shown
from services.catalog.domain.fiscal_words import MEASURE_OTHER, measure_is_known, parse_measure
from services.catalog.domain.formats.commerceml_elements import Outline, is_true, text_of
from services.catalog.domain.formats.xml_reader import local
from services.catalog.domain.goods_reader import FOREIGN_ID_MAX
from services.catalog.domain.group_paths import GROUP_DEPTH_MAX, GROUP_NAME_MAX, GROUPS_OF_ITEM_MAX, GroupPath
from services.catalog.domain.prices import check_kopecks, parse_price
from services.catalog.domain.taxes import parse_tax
from services.contracts.catalog import NAME_MAX
from services.contracts.import_codes import RowCode

TEXT_MAX = 500  # characters of a foreign attribute that are kept
PRICES_OF_ITEM_MAX = 32

_INTERNATIONAL = {
    "pce": 0, "pcs": 0, "npr": 0, "grm": 10, "kgm": 11, "tne": 12, "cmt": 20, "mtr": 22, "mtk": 32, "mlt": 40,
    "ltr": 41, "mtq": 42, "hur": 71,
}  # fmt: skip
_SHORT_OKEI = frozenset({6, 55})  # OKEI numbers below 100 that we know; the others would be taken for those of tag 2108
_KINDS = {"услуга": 4, "услуги": 4, "работа": 3, "работы": 3, "подакцизный товар": 2}
_ROUBLES = frozenset({"", "rub", "rur", "руб", "руб.", "р", "р.", "рубль", "рублей", "₽", "643", "810"})
_REQUISITES = {"Код": "foreign_code", "Вес": "weight", "Полное наименование": "full_name"}
_CHILDREN = {
    "Код": "foreign_code", "Вес": "weight", "Изготовитель": "manufacturer", "Производитель": "manufacturer",
    "Страна": "country_name", "ТорговаяМарка": "brand",
}  # fmt: skip


def foreign_id_of(element: etree._Element) -> str | None:
    """Ид of a product or an offer; None when it has none. Raises CellError."""
    text = text_of(element, "Ид")
    if len(text) > FOREIGN_ID_MAX:
        raise CellError("code", RowCode.FOREIGN_ID_TOO_LONG, value=shown(text), limit=FOREIGN_ID_MAX)
    if has_unholdable(text):
        raise CellError("code", RowCode.BAD_CHARACTERS)
    return text or None


def is_removed(element: etree._Element) -> bool:
    """Whether the file says that the product is no more (2.07: a status; 2.09: a mark)."""
    status = element.get("Статус") or text_of(element, "Статус")
    mark = element.get("ПометкаУдаления") or text_of(element, "ПометкаУдаления")
    return status.strip().casefold().replace("ё", "е") == "удален" or is_true(mark)


def cut_name(text: str) -> str:
    """A name of at most NAME_MAX characters, cut at a word's end."""
    if len(text) <= NAME_MAX:
        return text
    cut = text[: NAME_MAX + 1].rpartition(" ")[0].rstrip(" ,;(-")
    return cut if len(cut) > NAME_MAX // 2 else text[:NAME_MAX].rstrip()


def tax_of(element: etree._Element) -> int | None:
    """VAT of a product, tag 1199; None: not told. Raises CellError."""
    for rates in element:
        if local(rates) == "СтавкиНалогов":
            for rate in rates:
                if text_of(rate, "Наименование").casefold() in ("", "ндс"):
                    return parse_tax(text_of(rate, "Ставка"))
    return None


def measure_of(element: etree._Element) -> tuple[int | None, str]:
    """Tag 2108 of the base unit (None: not told), and the words that we did not know."""
    unit = next((child for child in element if local(child) == "БазоваяЕдиница"), None)
    if unit is None:
        return None, ""
    code = (unit.get("Код") or text_of(unit, "Код")).strip()
    number = parse_whole_number(code)
    if number is not None and (number >= 100 or number in _SHORT_OKEI) and parse_measure(str(number)) != MEASURE_OTHER:
        return parse_measure(str(number)), ""
    short = (unit.get("МеждународноеСокращение") or "").strip().casefold()
    if short in _INTERNATIONAL:
        return _INTERNATIONAL[short], ""
    words = [unit.text, unit.get("НаименованиеКраткое"), unit.get("НаименованиеПолное"), short, code]
    said = [bare for word in words if (bare := (word or "").partition("(")[0].strip()) and bare != "-"]
    for word in said:
        if parse_whole_number(word) is None and measure_is_known(word):
            return parse_measure(word), ""
    return (MEASURE_OTHER, said[0]) if said else (None, "")


def barcodes_text(element: etree._Element) -> str | None:
    """The texts of all barcodes, one a line; None: the file says nothing of them."""
    texts = [
        one.text or ""
        for child in element
        for one in (child if local(child) in ("Штрихкоды", "ШтрихКоды") else (child,))
        if local(one) in ("Штрихкод", "ШтрихКод")
    ]
    return "\n".join(text.strip() for text in texts if text.strip()) if texts else None


def attributes_of(element: etree._Element) -> tuple[dict[str, str], int | None]:
    """What we have no field for, by our own keys, and tag 1212 where the kind of goods tells it."""
    extra: dict[str, str] = {}
    kind: int | None = None
    for child in element:
        name = local(child)
        if name in _CHILDREN:
            value = (child.text or "").strip() or text_of(child, "Наименование")
            _put(extra, _CHILDREN[name], value)
        elif name == "ЗначенияРеквизитов":
            for one in child:
                requisite, value = text_of(one, "Наименование"), text_of(one, "Значение")
                if requisite in ("ТипНоменклатуры", "ВидНоменклатуры"):
                    kind = _KINDS.get(value.casefold(), kind)
                elif requisite in _REQUISITES:
                    _put(extra, _REQUISITES[requisite], value)
    return extra, kind


def _put(extra: dict[str, str], key: str, text: str) -> None:
    value = clean_text(text)[:TEXT_MAX].rstrip()
    if value and not has_unholdable(value):
        extra.setdefault(key, value)


def characteristic_of(element: etree._Element) -> str:
    """The values of an offer's characteristics ("40, Коричневый"); "" when there are none."""
    values = [
        clean_text(text_of(one, "Значение"))
        for child in element
        if local(child) == "ХарактеристикиТовара"
        for one in child
    ]
    return ", ".join(value for value in values if value)[:TEXT_MAX]


class Price(NamedTuple):
    """One price of an item as the file has it."""

    kind: str  # Ид of its ТипЦены
    sum: str
    currency: str
    coefficient: str


def prices_of(element: etree._Element) -> tuple[Price, ...]:
    """The prices of a product or an offer as they are written, one of each kind."""
    found: dict[str, Price] = {}
    for child in element:
        if local(child) != "Цены":
            continue
        for one in child:
            kind = text_of(one, "ИдТипаЦены")[:TEXT_MAX]
            if kind not in found and len(found) < PRICES_OF_ITEM_MAX:
                said, currency = text_of(one, "ЦенаЗаЕдиницу"), text_of(one, "Валюта")
                found[kind] = Price(kind, said[:64], currency[:16], text_of(one, "Коэффициент")[:32])
    return tuple(found.values())


def is_roubles(currency: str) -> bool:
    """Whether a currency is that of Russian registers; files that do not tell one mean it."""
    return currency.strip().casefold() in _ROUBLES


def kopecks_of(sum_: str, coefficient: str) -> int | None:
    """The price of one base unit; None: no price. `coefficient`: base units in the priced one. Raises CellError."""
    kopecks = parse_price(sum_)
    if kopecks is None or not coefficient:
        return kopecks
    try:
        units = Decimal(coefficient.replace(",", ".").replace(" ", "").replace("\u00a0", ""))
    except InvalidOperation:
        raise CellError("price", RowCode.PRICE_NOT_A_NUMBER, value=shown(coefficient)) from None
    if not units.is_finite() or units <= 0 or not -12 <= units.adjusted() <= 12:
        return kopecks  # 1C writes 0 where nobody filled it in
    each = Decimal(kopecks) / units
    if each != each.to_integral_value():
        raise CellError("price", RowCode.PRICE_DECIMALS, value=shown(f"{sum_} / {coefficient}"))
    return check_kopecks(int(each))


class GroupPaths:
    """Paths of a classifier's groups by their Ид."""

    def __init__(self, outline: Outline) -> None:
        self._outline = outline
        self._known: dict[int, GroupPath] = {}

    def of(self, element: etree._Element) -> tuple[GroupPath, ...] | None:
        """The groups of a product; None: the file does not tell them. Raises CellError."""
        ids = [
            (one.text or "").strip()
            for child in element
            if local(child) == "Группы"
            for one in child
            if local(one) == "Ид"
        ]
        places = [self._outline.group_of[id_] for id_ in ids if id_ in self._outline.group_of]
        paths = tuple(dict.fromkeys(path for place in places if (path := self._path(place))))
        if len(paths) > GROUPS_OF_ITEM_MAX:
            raise CellError("group", RowCode.TOO_MANY_ITEM_GROUPS, limit=GROUPS_OF_ITEM_MAX)
        return paths or None

    def _path(self, place: int) -> GroupPath:
        known = self._known.get(place)
        if known is None:
            names: list[str] = []
            at: int | None = place
            while at is not None:
                group = self._outline.groups[at]
                names.append(_group_name(group.name))
                at = group.parent
            known = self._known[place] = tuple(name for name in reversed(names) if name)[:GROUP_DEPTH_MAX]
        return known


def _group_name(text: str) -> str:
    """A name as our groups have it."""
    return clean_text(text.replace("\ufffd", "?"))[:GROUP_NAME_MAX].strip()
