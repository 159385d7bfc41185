"""The headers under which people's programs write the fields of goods, in Russian and English.

Compared after `plain_header`: lower case, ё as е, only letters and digits, units of money dropped.
"""

import re

CODE, NAME, SHORT_NAME, PRICE, BARCODE, GROUP, ARTICLE = (
    "code", "name", "short_name", "price", "barcode", "group", "article",
)  # fmt: skip
TAX, TAX_CODE, TYPE, MEASURE, SECTION = "tax", "tax_code", "type", "measure", "section"
MARKED, UNDIVIDED, TAX_SYSTEM, BLOCKED = "marked", "undivided", "tax_system", "blocked"
PAYMENT_METHOD, AGENT, EXCISE, COUNTRY = "payment_method", "agent", "excise", "country"
CUSTOMS_DECLARATION, MARKING, ALCOHOL = "customs_declaration", "marking", "alcohol"
VOLUME, NOTE, FOREIGN_ID = "volume_ml", "note", "foreign_id"

FIELDS = (
    CODE, NAME, SHORT_NAME, PRICE, BARCODE, GROUP, ARTICLE, TAX, TAX_CODE, TYPE, MEASURE, SECTION,
    MARKED, UNDIVIDED, TAX_SYSTEM, BLOCKED, PAYMENT_METHOD, AGENT, EXCISE, COUNTRY, CUSTOMS_DECLARATION, MARKING,
    ALCOHOL, VOLUME, NOTE, FOREIGN_ID,
)  # fmt: skip
SEVERAL = frozenset({BARCODE, GROUP})  # fields that several columns may fill together

_WORDS: dict[str, str] = {
    CODE: "код | код товара | код тмц | код номенклатуры | код плу | плу | plu | plu code | code | item code"
    " | product code | goods code | товар код | номер товара | номер плу | код plu | ном код | номенклатурный код | id"
    " | код на кассе | код в кассе | внутренний код | itemcode | item id",
    NAME: "наименование | название | товар | имя | номенклатура | наименование товара | название товара | имя товара"
    " | полное наименование | наименование номенклатуры | наименование тмц | описание товара | товары | name | title"
    " | product | product name | item | item name | goods name | goods | full name | наименование полное | тмц",
    SHORT_NAME: "краткое наименование | короткое наименование | краткое название | короткое название | краткое имя"
    " | короткое имя | наименование для чека | название для чека | текст для чека | наименование для печати"
    " | имя на кассе | short name | shortname | receipt name | receipt text | print name",
    PRICE: "цена | цена продажи | цена товара | розничная цена | цена розничная | розница | цена розница | стоимость"
    " | цена за единицу | цена за ед | цена с ндс | отпускная цена | цена реализации | продажная цена | цена на кассе"
    " | розн цена | цена за шт | цена в рублях | price | sale price | retail price | unit price | cost"
    " | selling price | сумма",
    BARCODE: "штрихкод | штрих код | шк | штрихкоды | штрих коды | ean | ean13 | ean 13 | ean8 | ean 8 | gtin | upc"
    " | штрихкод ean13 | штрихкод ean8 | штрихкод code128 | штрихкод upc | штрихкод gtin | barcode | barcodes"
    " | bar code | код ean | штрихкод товара | шк товара | штрих | баркод | основной штрихкод",
    GROUP: "группа | группы | группа товаров | группы товаров | группа товара | товарная группа | категория | категории"
    " | категория товара | раздел | папка | родитель | подгруппа | group | groups | category | categories | folder"
    " | item group | product group | subgroup | department name | название группы | наименование группы",
    ARTICLE: "артикул | арт | артикул товара | артикул поставщика | article | sku | vendor code | art | part number"
    " | арт товара",
    TAX: "ндс | ставка ндс | ставка налога | налог | налоговая ставка | процент ндс | vat | vat rate | tax | tax rate"
    " | nds | ставка | vat percent | налоговая группа | ндс ставка",
    TAX_CODE: "код ндс | код налога | код ставки ндс | код ставки | taxcode | tax code | vat code | vatcode | тег 1199"
    " | 1199 | код налоговой ставки",
    TYPE: "признак предмета расчета | предмет расчета | признак предмета расчета тег 1212 | тип товара"
    " | вид товара | признак предмета | тип предмета расчета | тип номенклатуры | вид номенклатуры | тег 1212 | 1212"
    " | typecode | type code | item type | subject of payment | subject of payment tag 1212 | subject | payment object",
    MEASURE: "ед изм | единица измерения | ед | единица | ед измерения | единицы измерения | базовая единица"
    " | единица измерения тег 2108 | unit of measure | unit of measure tag 2108"
    " | мера количества | мера количества предмета расчета | еи | тег 2108 | 2108 | measureunit | measure unit"
    " | measure | unit | units | uom | код единицы",
    SECTION: "секция | номер секции | номер отдела | section | секция ккт | отдел ккт | department number | dept",
    MARKED: "маркировка | маркируется | маркированный | маркированный товар | признак маркировки"
    " | подлежит маркировке | marked | is marked | ismarked | честный знак",
    UNDIVIDED: "штучный | неделимый | штучный товар | undivided | piece goods | by piece | sold by the piece",
    TAX_SYSTEM: "сно | система налогообложения | taxsystem | tax system | taxation system",
    BLOCKED: "заблокирован | заблокировано | блокировка | blocked | не для продажи | запрет продажи"
    " | снят с продажи | disabled",
    PAYMENT_METHOD: "признак способа расчета | способ расчета | тег 1214 | 1214 | способ расчета тег 1214"
    " | payment method | payment method tag 1214",
    AGENT: "признак агента | агент | тег 1057 | 1057 | тег 1222 | признак агента тег 1057 | agent | agent tag 1057",
    EXCISE: "акциз | сумма акциза | excise",
    COUNTRY: "страна | страна происхождения | country of origin | код страны | код страны происхождения | оксм"
    " | код страны оксм | страна происхождения оксм | тег 1230"
    " | country code | country of origin oksm",
    CUSTOMS_DECLARATION: "гтд | номер гтд | таможенная декларация | номер таможенной декларации | дт | номер дт"
    " | тег 1231 | customs declaration",
    MARKING: "вид маркировки | тип маркировки | тип маркируемой продукции | тип маркированного товара"
    " | вид маркируемой продукции | kind of marking | tracking type",
    ALCOHOL: "алкоголь | алкогольная продукция | алкогольный товар | alcohol",
    VOLUME: "объем мл | емкость мл | объем тары мл | volume ml",
    NOTE: "примечание | заметка | комментарий | note | notes | comment",
    FOREIGN_ID: "uuid | внешний код | ид | гуид | guid | external code | externalcode | external id"
    " | идентификатор | уникальный идентификатор | xml id | код 1с",
}
# Words that may mean something else when a better one stands beside them.
_WEAK = {"тип": TYPE, "type": TYPE}
# What a report of 1C writes before the fields of its items: «Номенклатура.Код».
OF_ITEM = "номенклатура "
# Told apart by what stands below: figures are the register's section, words are a group.
SECTION_OR_GROUP = frozenset({"отдел", "отделы", "department", "отдел товара"})

_BEGINNINGS = (("штрихкод", BARCODE), ("штрих код", BARCODE), ("barcode", BARCODE), ("наименование", NAME))
_PRICES_OF_OTHERS = re.compile(r"закуп|себест|мин|макс|опт|старая|вход|поставщ|purchase|cost|old|whole|min|скид|валют")
_MONEY = re.compile(r"\b(?:руб|рублей|р|rub|rur|₽|коп)\b")
_UNITS = re.compile(r"[^a-zа-я0-9]+")


def plain_header(header: str) -> str:
    """A header as it is compared and as a saved column map is found again."""
    words = _UNITS.sub(" ", header.lower().replace("ё", "е").replace("₽", " руб ")).strip()
    return " ".join(_MONEY.sub(" ", words).split()) or words


def words_to_fields() -> dict[str, str]:
    """Every known header → its field. Raises ValueError if one header stands for two fields."""
    fields: dict[str, str] = {}
    for field, words in _WORDS.items():
        for word in words.split("|"):
            plain = plain_header(word)
            if fields.setdefault(plain, field) != field:
                raise ValueError(f"{plain} stands for {field} and {fields[plain]}")
    return fields


def field_by_beginning(plain: str) -> str | None:
    """The field of a header that says more than the known word («Цена, Магазин на Садовой»), or too little."""
    if plain in _WEAK:
        return _WEAK[plain]
    if plain.startswith("цена") or plain.startswith("price"):
        return None if _PRICES_OF_OTHERS.search(plain) else PRICE
    for beginning, field in _BEGINNINGS:
        if plain.startswith(beginning):
            return field
    return None
