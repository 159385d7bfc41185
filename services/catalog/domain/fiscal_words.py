"""Words of files → codes of FFD tags 1212 (subject of the sale) and 2108 (measure), and of the tax system."""

from collections.abc import Mapping

from services.catalog.domain.cells import CellError, parse_whole_number, shown
from services.contracts.import_codes import RowCode

TYPE_CODES = frozenset(range(1, 28)) | frozenset(range(30, 34))  # tag 1212; 28 and 29 do not exist
MARKED_TYPES = {1: 33, 2: 31}  # what an unmarked type becomes when the goods are marked
TYPES_OF_MARKED = frozenset({31, 33})
MEASURES = frozenset(
    {0, 10, 11, 12, 20, 21, 22, 30, 31, 32, 40, 41, 42, 50, 51, 70, 71, 72, 73, 80, 81, 82, 83, 255}
)  # tag 2108
MEASURE_OTHER = 255
TAX_SYSTEMS = frozenset({0, 1, 2, 4, 5})  # «Меркурий» goods record: bit numbers of tag 1055
PAYMENT_METHODS = frozenset(range(1, 8))  # tag 1214
FULL_PAYMENT = 4  # of tag 1214: paid in full when the goods are handed over
AGENTS = frozenset(range(7))  # numbers of the bits of tag 1057
SECTIONS = range(1, 17)  # «Меркурий» goods record

_TYPE_WORDS = {
    "товар": 1, "good": 1, "goods": 1, "обычный товар": 1, "запас": 1, "комплект": 1, "модификация": 1,
    "вариант": 1, "подакцизный товар": 2, "подакциз": 2, "excisable_good": 2,
    "работа": 3, "job": 3, "услуга": 4, "service": 4, "платеж": 10, "выплата": 10, "payment": 10,
    "агентское вознаграждение": 11, "составной предмет расчета": 12, "compound_payment_item": 12,
    "иной предмет расчета": 13, "иное": 13, "another_payment_item": 13, "имущественное право": 14,
    "внереализационный доход": 15, "страховые взносы": 16, "торговый сбор": 17, "туристический налог": 18,
    "курортный сбор": 18, "залог": 19, "расход": 20,
    "подакцизный товар без кода маркировки": 30, "подакцизный товар с кодом маркировки": 31,
    "подакцизный маркированный товар": 31, "товар без кода маркировки": 32, "товар с кодом маркировки": 33,
    "маркированный товар": 33, "маркировка": 33,
}  # fmt: skip

_TAX_SYSTEM_WORDS = {
    "осн": 0, "осно": 0, "общая": 0, "общая система налогообложения": 0, "general tax system": 0,
    "усн доход": 1, "усн доходы": 1, "simplified, on income": 1,
    "усн доход расход": 2, "усн доходы расходы": 2, "усн доход − расход": 2, "усн доходы минус расходы": 2,
    "simplified, on income less expenses": 2, "есхн": 4, "agricultural tax": 4, "псн": 5, "патент": 5, "patent": 5,
}  # fmt: skip
_DEFAULT_WORDS = frozenset({"", "совпадает с группой", "как на кассе", "по умолчанию"})
_PAYMENT_WORDS = {
    "предоплата 100%": 1, "полная предоплата": 1, "предоплата": 2, "частичная предоплата": 2, "аванс": 3,
    "полный расчет": 4, "частичный расчет и кредит": 5, "передача в кредит": 6, "оплата кредита": 7,
}  # fmt: skip
_AGENT_WORDS = {
    "банковский платежный агент": 0, "банковский платежный субагент": 1, "платежный агент": 2,
    "платежный субагент": 3, "поверенный": 4, "комиссионер": 5, "агент": 6, "иной агент": 6,
}  # fmt: skip
_NO_AGENT = frozenset({"", "нет", "не агент"})

_MEASURE_WORDS = {
    "шт": 0, "штука": 0, "штук": 0, "штуки": 0, "ед": 0, "единица": 0, "pcs": 0, "pc": 0, "piece": 0, "упак": 0,
    "уп": 0, "упаковка": 0, "пач": 0, "пачка": 0, "пар": 0, "пара": 0, "компл": 0, "комплект": 0, "кор": 0,
    "коробка": 0, "бут": 0, "бутылка": 0, "рул": 0, "рулон": 0, "набор": 0, "наб": 0, "бан": 0, "банка": 0,
    "г": 10, "гр": 10, "грамм": 10, "g": 10, "кг": 11, "килограмм": 11, "kg": 11, "т": 12, "тонна": 12, "тн": 12,
    "см": 20, "дм": 21, "м": 22, "метр": 22, "пог м": 22, "погм": 22, "пм": 22, "м пог": 22, "m": 22,
    "см2": 30, "кв см": 30, "дм2": 31, "м2": 32, "кв м": 32, "квм": 32, "мл": 40, "миллилитр": 40, "ml": 40,
    "л": 41, "литр": 41, "l": 41, "м3": 42, "куб м": 42, "кубм": 42, "квт ч": 50, "квтч": 50, "гкал": 51,
    "сут": 70, "сутки": 70, "день": 70, "дн": 70, "ч": 71, "час": 71, "мин": 72, "с": 73, "сек": 73,
    "кб": 80, "мб": 81, "гб": 82, "тб": 83, "иное": 255,
}  # fmt: skip
_OKEI = {796: 0, 778: 0, 715: 0, 839: 0, 163: 10, 166: 11, 168: 12, 6: 22, 112: 41, 113: 42, 55: 32, 356: 71, 359: 70}
_SUPERSCRIPTS = str.maketrans({"²": "2", "³": "3", ".": " ", "·": " ", "*": " ", "-": " ", "ё": "е"})


def _word(text: str) -> str:
    return " ".join(text.casefold().translate(_SUPERSCRIPTS).split())


def parse_type(text: str) -> int | None:
    """Tag 1212 from a number or words («Товар», «Услуга»); None: empty cell. Raises CellError."""
    return _coded(text, _TYPE_WORDS, TYPE_CODES, "type", RowCode.TYPE_UNKNOWN) if _word(text) else None


def parse_measure(text: str) -> int | None:
    """Tag 2108 from a word («шт», «кг»), its own number or an OKEI number; None: empty cell.

    An unknown unit is MEASURE_OTHER; the caller tells it by `measure_is_known`.
    """
    word = _word(text)
    if not word or word == "-":
        return None
    number = parse_whole_number(text)
    if number is not None:
        return _OKEI.get(number, number if number in MEASURES else MEASURE_OTHER)
    return _MEASURE_WORDS.get(word, MEASURE_OTHER)


def measure_is_known(text: str) -> bool:
    """Whether `parse_measure` knew the word (an unknown one is a warning)."""
    return parse_measure(text) != MEASURE_OTHER or _word(text) in ("255", "иное")


def parse_section(text: str) -> int | None:
    """A section (отдел) 1 … 16; None: empty cell, or 0, which older programs write for none. Raises CellError."""
    if not text.strip():
        return None
    section = parse_whole_number(text)
    if section == 0:
        return None
    if section not in SECTIONS:
        limits = {"min": SECTIONS[0], "max": SECTIONS[-1]}
        raise CellError("section", RowCode.SECTION_OUT_OF_RANGE, value=shown(text), **limits)
    return section


def parse_payment_method(text: str) -> int | None:
    """Tag 1214 from its number or words («Полный расчёт»); None: empty cell. Raises CellError."""
    if not _word(text):
        return None
    return _coded(text, _PAYMENT_WORDS, PAYMENT_METHODS, "payment_method", RowCode.PAYMENT_METHOD_UNKNOWN)


def parse_agent(text: str) -> int | None:
    """The number of the bit of tag 1057, 0 … 6, from it or from words; None: empty cell, or none. Raises CellError."""
    return None if _word(text) in _NO_AGENT else _coded(text, _AGENT_WORDS, AGENTS, "agent", RowCode.AGENT_UNKNOWN)


def _coded(text: str, words: Mapping[str, int], known: frozenset[int], field: str, unknown: RowCode) -> int:
    """A code that stands there as a number or in words."""
    number = parse_whole_number(text)
    if number is None:
        number = words.get(_word(text))
    if number is None or number not in known:
        raise CellError(field, unknown, value=shown(text))
    return number


def parse_tax_system(text: str) -> int | None:
    """The tax system of the register's record (0, 1, 2, 4, 5) from its number or words («УСН доход»).

    None: empty, or −1, the register's own default. Raises CellError.
    """
    if _word(text) in _DEFAULT_WORDS or parse_whole_number(text) == -1:
        return None
    return _coded(text, _TAX_SYSTEM_WORDS, TAX_SYSTEMS, "tax_system", RowCode.TAX_SYSTEM_UNKNOWN)
