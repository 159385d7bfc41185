"""CommerceML: every real file that we have, and what real files may say besides."""

import json
from collections import Counter
from functools import partial
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.catalog.domain.file_refused import FileRefused
from services.catalog.domain.formats import commerceml
from services.catalog.domain.goods_reader import GoodsReader
from services.catalog.domain.goods_row import GoodsRow
from services.catalog.domain.group_paths import paths_to_key
from tests.unit.catalog.goods_files import codes_of, parts_of

SAMPLES = Path(__file__).parents[3] / "data" / "commerceml"


def read_all(*bodies: bytes) -> tuple[list[GoodsRow], GoodsReader]:
    """The rows of files of one exchange."""
    goods = GoodsReader()
    files = [partial(parts_of, body, 997) for body in bodies]
    return [row for row in commerceml.read_exchange(files, goods) if row is not None], goods


def read(body: bytes) -> tuple[list[GoodsRow], GoodsReader]:
    goods = GoodsReader()
    return [row for row in commerceml.rows(parts_of(body), "utf-8", goods) if row is not None], goods


def sample(name: str) -> bytes:
    return (SAMPLES / name).read_bytes()


def catalog(*products: str, attributes: str = "") -> bytes:
    return (
        f"<КоммерческаяИнформация><Каталог{attributes}><Товары>{''.join(products)}</Товары></Каталог>"
        "</КоммерческаяИнформация>"
    ).encode()


def product(inner: str = "", id_: str = "p1", name: str = "Чай", attributes: str = "") -> str:
    return f"<Товар{attributes}><Ид>{id_}</Ид><Наименование>{name}</Наименование>{inner}</Товар>"


def offers(*found: str, kinds: str = "") -> bytes:
    return (
        f"<КоммерческаяИнформация><ПакетПредложений><ТипыЦен>{kinds}</ТипыЦен><Предложения>{''.join(found)}"
        "</Предложения></ПакетПредложений></КоммерческаяИнформация>"
    ).encode()


def offer(inner: str = "", id_: str = "p1", name: str = "<Наименование>Чай</Наименование>") -> str:
    return f"<Предложение><Ид>{id_}</Ид>{name}{inner}</Предложение>"


def price(sum_: str, kind: str = "k1", currency: str = "RUB", coefficient: str = "1") -> str:
    return (
        f"<Цены><Цена><ИдТипаЦены>{kind}</ИдТипаЦены><ЦенаЗаЕдиницу>{sum_}</ЦенаЗаЕдиницу>"
        f"<Валюта>{currency}</Валюта><Коэффициент>{coefficient}</Коэффициент></Цена></Цены>"
    )


def kind(id_: str, name: str, currency: str = "RUB") -> str:
    return f"<ТипЦены><Ид>{id_}</Ид><Наименование>{name}</Наименование><Валюта>{currency}</Валюта></ТипЦены>"


# Name → rows, priced, with barcodes, with groups, removed, problems.
WHOLE = {
    "PavloPashchevskyi__tests_xml_import.xml": (2, 0, 0, 2, 0, {}),
    "PavloPashchevskyi__tests_xml_offers.xml": (2, 2, 0, 0, 0, {}),
    "bigperson__tests_xml_import.xml": (2, 0, 0, 2, 0, {}),
    "bigperson__tests_xml_offers.xml": (2, 2, 0, 0, 0, {}),
    "carono__tests_xml_import.xml": (2, 0, 1, 2, 0, {"barcode_internal": 1}),
    "carono__tests_xml_import_wo_classifier.xml": (2, 0, 1, 0, 0, {"barcode_internal": 1}),
    "carono__tests_xml_offers.xml": (5, 5, 0, 0, 0, {}),
    "dobromyslov__data_import0_1.xml": (36, 0, 22, 35, 1, {"tax_20": 35}),
    "dobromyslov__data_import0_1_with_nested_groups.xml": (
        283, 0, 242, 283, 0, {"tax_20": 283, "barcode_check_digit": 2},
    ),
    "dobromyslov__data_offers0_1.xml": (44, 44, 0, 0, 0, {}),
    "rshkabko__etalons_import_1.xml": (1, 0, 0, 0, 0, {"price_currency": 1}),
}  # fmt: skip
REFUSED = {
    "PavloPashchevskyi__tests_xml_classifier.xml": ("no_rows", {}),
    "rshkabko__etalons_import_0.xml": ("no_rows", {}),
    "carono__tests_xml_orders.xml": ("xml_unknown", {"root": "Документ"}),
}


def test_every_real_file_is_told_of() -> None:
    assert sorted(path.name for path in SAMPLES.iterdir()) == sorted([*WHOLE, *REFUSED])


@pytest.mark.parametrize("name", WHOLE)
def test_a_real_file(name: str) -> None:
    body = sample(name)
    assert commerceml.looks_like(body[:65_536])
    rows, goods = read(body)
    count, priced, barcoded, grouped, removed, problems = WHOLE[name]
    assert (goods.rows, goods.failed, len(rows)) == (count, 0, count)
    assert sum(row.price_given for row in rows) == priced
    assert sum(bool(row.barcodes) for row in rows) == barcoded
    assert sum(bool(row.groups) for row in rows) == grouped
    assert sum(bool(row.removed) for row in rows) == removed
    assert Counter(problem.code for problem in goods.problems) == problems
    assert [row.line for row in rows] == list(range(1, count + 1))
    assert len({row.foreign_id for row in rows}) == count
    assert {row.code for row in rows} == {None}
    assert goods.is_whole is (True if "import" in name and "rshkabko" not in name else None)


@pytest.mark.parametrize("name", REFUSED)
def test_a_real_file_without_goods(name: str) -> None:
    assert commerceml.looks_like(sample(name)[:65_536])
    with pytest.raises(FileRefused) as refused:
        read(sample(name))
    assert (refused.value.failure.value, refused.value.params) == REFUSED[name]


def test_a_real_catalog_with_its_offers() -> None:
    rows, goods = read_all(sample("dobromyslov__data_import0_1.xml"), sample("dobromyslov__data_offers0_1.xml"))
    assert goods.failed == 0
    first = rows[0]
    assert (first.name, first.price, first.groups, first.tax_code, first.barcodes, first.measure_unit) == (
        "Портативный коврик Portable 140x200x1 см, Деревянные лошадки", 10_000, "Коврики для дома", 1,
        "8809288404089", 0,
    )  # fmt: skip
    assert len({row.foreign_id for row in rows}) == len(rows) >= 44
    assert goods.price_kinds == ("BASE",)
    (gone,) = (row for row in rows if row.removed)
    assert gone.foreign_id == "b631c9c1-49de-11e9-80c9-0cc47ab29cd1"


def test_a_real_catalog_with_characteristics() -> None:
    rows, goods = read_all(sample("carono__tests_xml_import.xml"), sample("carono__tests_xml_offers.xml"))
    assert goods.failed == 0
    assert all("#" in (row.foreign_id or "") or row.price_given for row in rows)
    boots = [row for row in rows if (row.foreign_id or "").startswith("bd72d910")]
    assert {row.groups for row in boots} == {paths_to_key((("Обувь", "Обувь"),))}
    assert all("#" in (row.foreign_id or "") for row in boots)


def test_items_are_known_by_the_same_ids_whichever_files_come_together() -> None:
    catalog_, offers_ = sample("carono__tests_xml_import.xml"), sample("carono__tests_xml_offers.xml")
    together = {(row.foreign_id, row.name, row.price) for row in read_all(catalog_, offers_)[0]}
    alone = {(row.foreign_id, row.name, row.price) for row in read(offers_)[0]}
    assert alone <= together
    assert read_all(offers_, catalog_)[0] == read_all(catalog_, offers_)[0]


def test_prices_and_rests_in_files_of_their_own() -> None:
    kinds = kind("k0", "Закупочная") + kind("k1", "Розничная цена") + kind("k2", "Розничная со скидкой")
    rests = offers(offer("<Остатки><Остаток><Количество>-5</Количество></Остаток></Остатки>", name=""))
    rows, goods = read_all(
        catalog(product()), offers(offer("<Штрихкод>4600000000015</Штрихкод>")),
        offers(offer(price("9.9"), name=""), kinds=kinds), rests,
    )  # fmt: skip
    assert [(row.foreign_id, row.name, row.price, row.barcodes) for row in rows] == [
        ("p1", "Чай", 990, "4600000000015")
    ]
    assert goods.price_kinds == ("Закупочная", "Розничная цена", "Розничная со скидкой")
    assert goods.price_kind == "Розничная цена"
    assert read(rests)[0] == []


def test_an_offer_of_a_characteristic_is_an_item_of_its_own() -> None:
    trait = (
        "<ХарактеристикиТовара><ХарактеристикаТовара><Наименование>Вкус</Наименование>"
        "<Значение>{}</Значение></ХарактеристикаТовара></ХарактеристикиТовара>"
    )
    said = [offer(trait.format(value) + price("10"), id_=f"p1#{value}", name="") for value in ("мята", "лимон")]
    measure = '<БазоваяЕдиница Код="166"/><Артикул>A-1</Артикул>'
    rows, _ = read_all(catalog(product(measure)), offers(*said))
    assert [(row.foreign_id, row.name, row.price, row.measure_unit, row.article) for row in rows] == [
        ("p1#мята", "Чай (мята)", 1000, 11, "A-1"), ("p1#лимон", "Чай (лимон)", 1000, 11, "A-1"),
    ]  # fmt: skip


def test_which_price_is_taken() -> None:
    kinds = kind("k1", "Оптовая") + kind("k2", "РОЗНИЧНАЯ")
    rows, goods = read(offers(offer(price("10")), offer(price("20", "k2"), "p2"), kinds=kinds))
    assert [(row.price, row.price_given) for row in rows] == [(None, False), (2000, True)]
    assert codes_of(goods) == [(1, "price", "price_missing")]
    rows, _ = read(offers(offer(price("10")), kinds=kind("k1", "Оптовая")))
    assert rows[0].price == 1000


@pytest.mark.parametrize("currency", ["RUB", "руб", "руб.", "643", ""])
def test_roubles(currency: str) -> None:
    assert read(offers(offer(price("9", currency=currency))))[0][0].price == 900


@pytest.mark.parametrize("currency", ["UAH", "USD", "EUR"])
def test_another_currency_is_no_price(currency: str) -> None:
    rows, goods = read(offers(offer(price("9", currency=currency))))
    assert (rows[0].price, rows[0].price_given) == (None, False)
    assert codes_of(goods) == [(1, "price", "price_currency")]
    assert goods.problems[0].params == {"currency": currency}


@pytest.mark.parametrize(
    ("sum_", "coefficient", "kopecks"), [("9", "1", 900), ("9.9", "1.000", 990), ("120", "12", 1000), ("5", "0", 500)]
)
def test_the_price_of_one_unit(sum_: str, coefficient: str, kopecks: int) -> None:
    assert read(offers(offer(price(sum_, coefficient=coefficient))))[0][0].price == kopecks


@pytest.mark.parametrize(
    ("sum_", "coefficient", "code"),
    [("10", "3", "price_decimals"), ("-1", "1", "price_negative"), ("дорого", "1", "price_not_a_number"),
     ("99999999999", "1", "price_too_large"), ("10", "NaN?", "price_not_a_number")],
)  # fmt: skip
def test_what_is_no_price(sum_: str, coefficient: str, code: str) -> None:
    rows, goods = read(offers(offer(price(sum_, coefficient=coefficient)), offer(price("1"), "p2")))
    assert codes_of(goods) == [(1, "price", code)]
    assert [row.foreign_id for row in rows] == ["p2"]


@pytest.mark.parametrize(
    ("rate", "code"), [("Без налога", 6), ("20", 1), ("10", 2), ("22", 11), ("0", 5), ("5", 7), ("", None)]
)
def test_vat(rate: str, code: int | None) -> None:
    taxes = (
        "<СтавкиНалогов><СтавкаНалога><Наименование>{}</Наименование><Ставка>{}</Ставка></СтавкаНалога></СтавкиНалогов>"
    )
    rows, _ = read(catalog(product(taxes.format("НДС", rate))))
    assert rows[0].tax_code == code
    assert read(catalog(product(taxes.format("Акциз", "7 руб"))))[0][0].tax_code is None


def test_eighteen_per_cent_is_refused_but_not_for_what_is_no_more() -> None:
    tax = "<СтавкиНалогов><СтавкаНалога><Ставка>18</Ставка></СтавкаНалога></СтавкиНалогов>"
    rows, goods = read(catalog(product(tax), product(tax, "p2", attributes=' Статус="Удален"')))
    assert codes_of(goods) == [(1, "tax", "tax_18")]
    assert [(row.foreign_id, row.removed) for row in rows] == [("p2", True)]
    assert goods.legacy_tax_rows == 1


@pytest.mark.parametrize(
    ("unit", "measure", "known"),
    [('Код="796 "', 0, True), ('Код="166"', 11, True), ('Код="2009" НаименованиеПолное="Килограмм"', 11, True),
     ('Код="2009" МеждународноеСокращение="LTR"', 41, True), ('Код="2009"', 255, False),
     ('Код="715" НаименованиеПолное="Пара (2 шт.)"', 0, True), ('Код="11" НаименованиеПолное="Штука"', 0, True),
     ('МеждународноеСокращение="-"', None, True)],
)  # fmt: skip
def test_units(unit: str, measure: int | None, known: bool) -> None:
    rows, goods = read(catalog(product(f"<БазоваяЕдиница {unit}/>")))
    assert rows[0].measure_unit == measure
    assert codes_of(goods) == ([] if known else [(1, "measure", "measure_unknown")])


def test_a_unit_in_words() -> None:
    assert read(catalog(product("<БазоваяЕдиница>кг</БазоваяЕдиница>")))[0][0].measure_unit == 11


@pytest.mark.parametrize("text", ["482005156757 ", " 8809172152829", "E18087200306", "58GXGKRK", "U8S522L800191"])
def test_barcodes_of_real_files(text: str) -> None:
    rows, goods = read(catalog(product(f"<Штрихкод>{text}</Штрихкод>")))
    assert rows[0].barcodes == text.strip()
    assert goods.failed == 0


def test_what_requisites_tell() -> None:
    said = {"Код": "НФ-00000012", "ТипНоменклатуры": "Услуга", "Вес": "0,5", "Полное наименование": "Чай чёрный"}
    inner = "".join(
        f"<ЗначениеРеквизита><Наименование>{name}</Наименование><Значение>{value}</Значение></ЗначениеРеквизита>"
        for name, value in said.items()
    )
    rows, _ = read(catalog(product(f"<ЗначенияРеквизитов>{inner}</ЗначенияРеквизитов>")))
    assert (rows[0].code, rows[0].type_code) == (None, 4)
    assert json.loads(rows[0].extra or "") == {
        "foreign_code": "НФ-00000012",
        "weight": "0,5",
        "full_name": "Чай чёрный",
    }


@pytest.mark.parametrize(
    "body",
    [product(attributes=' Статус="Удален"'), product("<Статус>Удалён</Статус>"),
     product("<ПометкаУдаления>true</ПометкаУдаления>")],
)  # fmt: skip
def test_what_is_no_more(body: str) -> None:
    assert read(catalog(body))[0][0].removed is True


def test_whether_the_file_is_whole() -> None:
    assert read(catalog(product(), attributes=' СодержитТолькоИзменения="false"'))[1].is_whole is True
    assert read(catalog(product(), attributes=' СодержитТолькоИзменения="true"'))[1].is_whole is False
    assert read(catalog(product()))[1].is_whole is None


def test_a_long_name_is_cut_at_a_word() -> None:
    name = "Очень длинное слово " * 12
    rows, goods = read(catalog(product(name=name)))
    assert 110 < len(rows[0].name or "") <= 128
    assert name.startswith((rows[0].name or "") + " ")
    assert json.loads(rows[0].extra or "")["full_name"] == name.strip()
    assert goods.failed == 0


def test_groups_within_groups_with_slashes_in_their_names() -> None:
    groups = (
        "<Классификатор><Группы><Группа><Группы><Группа><Ид>g2</Ид><Наименование>Соки/Воды</Наименование></Группа>"
        "</Группы><Ид>g1</Ид><Наименование>Напитки</Наименование></Группа></Группы></Классификатор>"
    )
    of_item = "<Группы><Ид>g2</Ид><Ид>nobody</Ид></Группы>"
    body = catalog(product(of_item)).replace("<Каталог>".encode(), f"{groups}<Каталог>".encode())
    assert read(body)[0][0].groups == paths_to_key((("Напитки", "Соки/Воды"),))
    assert read(catalog(product(of_item)))[0][0].groups is None


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "windows-1251", "utf-16"])
@pytest.mark.parametrize("namespace", ["", ' xmlns="urn:1C.ru:commerceml 2"', ' xmlns="urn:1C.ru:commerceml_210"'])
def test_encodings_and_namespaces(encoding: str, namespace: str) -> None:
    declared = encoding.removesuffix("-sig")
    text = catalog(product()).decode().replace("<КоммерческаяИнформация>", f"<КоммерческаяИнформация{namespace}>")
    body = f'<?xml version="1.0" encoding="{declared}"?>\n{text}'.encode(encoding)
    assert commerceml.looks_like(body)
    assert read(body)[0][0].name == "Чай"


@pytest.mark.parametrize("body", [b"", b"<a/>", b"code;name\n1;tea\n", b"<html><body/></html>", "<Файл/>".encode()])
def test_what_is_something_else(body: bytes) -> None:
    assert not commerceml.looks_like(body)
    with pytest.raises(FileRefused):
        read(body)


def test_goods_of_an_order_are_no_goods_base() -> None:
    order = f"<Документ><Товары>{product(id_='x')}</Товары></Документ>"
    body = catalog(product()).replace("<Каталог>".encode(), f"{order}<Каталог>".encode())
    assert [row.foreign_id for row in read(body)[0]] == ["p1"]


def test_bad_rows_are_told_and_good_ones_beside_them_go_in() -> None:
    rows, goods = read(
        catalog(product(id_="i" * 201), product(), product(name="", id_=""), product(), product("<a/>" * 10_001, "p3"))
    )
    assert [row.foreign_id for row in rows] == ["p1"]
    assert [(line, code) for line, _, code in codes_of(goods)] == [
        (1, "foreign_id_too_long"), (3, "name_required"), (4, "item_duplicate"), (5, "line_too_long"),
    ]  # fmt: skip


def test_an_unclosed_file_gives_nothing() -> None:
    body = sample("dobromyslov__data_import0_1.xml")
    goods = GoodsReader()
    with pytest.raises(FileRefused) as refused:
        next(commerceml.rows(parts_of(body[: len(body) // 2]), "utf-8", goods))
    assert refused.value.failure.value == "xml_broken"


BODIES = [sample(name) for name in ("bigperson__tests_xml_import.xml", "carono__tests_xml_offers.xml")]
WORDS = ["", "0", "-1", "1e999", "NaN", "\ufffd", "9" * 400, "#", "true", "18", "796", "/", "Удален"]


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.sampled_from(BODIES),
    st.lists(st.tuples(st.integers(0, 20_000), st.integers(0, 40), st.binary(max_size=12)), min_size=1, max_size=4),
)
def test_a_damaged_file_is_read_or_refused(body: bytes, cuts: list[tuple[int, int, bytes]]) -> None:
    for at, length, put in cuts:
        at %= len(body)
        body = body[:at] + put + body[at + length :]
    try:
        rows, goods = read(body)
    except FileRefused:
        return
    assert len(rows) == goods.rows - goods.failed


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from(WORDS), min_size=9, max_size=9))
def test_whatever_a_row_says_its_neighbour_goes_in(said: list[str]) -> None:
    id_, name, sum_, currency, coefficient, rate, unit, barcode, mark = said
    bad = product(
        f"<Штрихкод>{barcode}</Штрихкод><БазоваяЕдиница Код='{unit}'/><Артикул>{mark}</Артикул>"
        f"<СтавкиНалогов><СтавкаНалога><Ставка>{rate}</Ставка></СтавкаНалога></СтавкиНалогов>"
        f"<ПометкаУдаления>{mark}</ПометкаУдаления>{price(sum_, currency=currency, coefficient=coefficient)}",
        id_, name,
    )  # fmt: skip
    rows, goods = read(catalog(bad, product(id_="good", name="Сыр")))
    assert goods.rows == 2
    assert rows[-1].foreign_id == "good"
