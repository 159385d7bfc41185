"""1C's exchange with offline registers: what goods become, whatever version of the format they came in."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.catalog.domain.file_refused import FileRefused
from services.catalog.domain.formats import one_c
from services.catalog.domain.formats.known import format_of
from services.catalog.domain.goods_reader import GoodsReader
from services.catalog.domain.goods_row import GoodsRow
from services.catalog.domain.group_paths import key_to_paths
from tests.unit.catalog.goods_files import codes_of, parts_of

DATA = Path(__file__).parents[3] / "data" / "one_c"
EXPORT = (DATA / "ExportData_3003_constructed.xml").read_bytes()
OLD = (DATA / "PriceList_1006_constructed.xml").read_bytes()
ZERO = "00000000-0000-0000-0000-000000000000"


def read(body: bytes) -> tuple[list[GoodsRow], GoodsReader]:
    goods = GoodsReader()
    return [row for row in one_c.rows(parts_of(body), "utf-8", goods) if row is not None], goods


def export(goods: str, before: str = "", head: str = 'FullExport="true"', version: str = "3.0.0.3") -> bytes:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><ExportData xmlns="http://www.1c.ru/EquipmentService/{version}"'
        f' FormatVersion="3003"><PriceList {head}>{before}<Goods>{goods}</Goods></PriceList></ExportData>'
    ).encode()


def good(attributes: str = "", inner: str = "", uuid: str = "u1", name: str = "Чай", tax: str = "22") -> str:
    head = f'<Good UUID="{uuid}" Name="{name}" TaxRate="{tax}" CalculationSubject="1" {attributes}'
    return f"{head}>{inner}</Good>" if inner else f"{head}/>"


def one(goods: str, before: str = "") -> GoodsRow:
    rows, reader = read(export(goods, before))
    assert reader.failed == 0, codes_of(reader)
    (row,) = rows
    return row


def test_the_newest_format() -> None:
    rows, goods = read(EXPORT)
    assert goods.is_whole is True and goods.failed == 0
    water, cheese = rows
    assert (water.code, water.foreign_id) == (1001, "33333333-3333-4333-8333-333333333333")
    assert (water.name, water.price, water.barcodes) == ("Вода питьевая 1,5 л", 6900, "4600000000015")
    assert key_to_paths(water.groups or "") == (("Напитки", "Вода"),)
    assert (water.tax_code, water.type_code, water.marked, water.marking) == (1, 33, True, "water")
    assert (water.measure_unit, water.undivided, water.article, water.section) == (0, True, "ВП-15", 1)
    assert (cheese.code, cheese.price, cheese.tax_code, cheese.measure_unit) == (1002, 45050, 2, 11)
    assert (cheese.undivided, cheese.barcodes, cheese.groups, cheese.marked) == (False, "", None, None)
    assert codes_of(goods) == [(1, "tax", "tax_20")]


def test_the_old_format() -> None:
    rows, goods = read(OLD)
    assert goods.is_whole is True and goods.failed == 0
    assert [(row.code, row.name, row.price, row.barcodes) for row in rows] == [
        (15, "Гречка", 8990, "2200015"),
        (16, "Доставка", 30000, ""),
        (17, "Коньяк (3 звезды)", 100000, "4600000000022"),
        (18, "Коньяк (3 звезды) (кор (6 бут))", 580000, "14600000000029"),
        (19, "Коньяк (5 звёзд)", 150000, ""),
    ]
    buckwheat, delivery, brandy, box, _ = rows
    assert key_to_paths(buckwheat.groups or "") == (("Бакалея", "Крупы"),)
    assert (buckwheat.tax_code, buckwheat.measure_unit, buckwheat.undivided) == (2, 11, False)
    assert (delivery.tax_code, delivery.type_code) == (None, 4)  # 0 may be no VAT: the account's holds
    assert (brandy.alcohol, brandy.volume_ml) == (True, 500)
    assert '"alcohol_kind": "229"' in (brandy.extra or "") and '"units_per_pack": "6"' in (box.extra or "")
    good_id, three = "b3333333-1111-4111-8111-111111111111", "c1111111-1111-4111-8111-111111111111"
    assert brandy.foreign_id == f"{good_id}#{three}"
    assert box.foreign_id == f"{good_id}#{three}#d1111111-1111-4111-8111-111111111111"


def test_characteristics_times_packs_with_barcodes_of_their_own() -> None:
    inner = (
        "<Barcodes><Barcode Value='0'/></Barcodes>"
        "<Characteristics>"
        "<Characteristic Name='красный' UUID='c1' Code='11'><Barcodes><Barcode Value='4600000000015' Type='EAN13'/>"
        "<Barcode Value='46000022'/></Barcodes>"
        "<Packs><Pack Code='12' Name='кор' UUID='p1' UnitsPerPack='10' Price='90'/></Packs></Characteristic>"
        "<Characteristic Name='синий' UUID='c2' Price='12.5'/></Characteristics>"
    )
    rows, goods = read(export(good('Code="10" Price="10" HasCharacteristics="true"', inner)))
    assert goods.failed == 0
    assert [(row.line, row.code, row.foreign_id, row.name, row.price, row.barcodes) for row in rows] == [
        (1, 11, "u1#c1", "Чай (красный)", 1000, "4600000000015 46000022"),
        (2, 12, "u1#c1#p1", "Чай (красный) (кор)", 9000, ""),
        (3, None, "u1#c2", "Чай (синий)", 1250, ""),
    ]
    packs = "<Packs><Pack Code='2' Name='блок' UUID='p9' UnitsPerPack='10'/></Packs>"
    rows, goods = read(export(good('Code="1" Price="10" HasPacks="true" IsWeight="true"', packs)))
    assert [(row.code, row.foreign_id, row.price, row.price_given) for row in rows] == [
        (1, "u1", 1000, True),
        (2, "u1##p9", None, True),  # the price of a pack is unknown, not ten times that of one
    ]
    assert [(row.undivided, row.measure_unit) for row in rows] == [(False, None), (True, 0)]


def test_a_long_name_keeps_what_tells_its_variants_apart() -> None:
    sizes = "<Characteristic Name='XL' UUID='1'/><Characteristic Name='XXL' UUID='2'/>"
    rows, _ = read(export(good("", f"<Characteristics>{sizes}</Characteristics>", name="слово " * 40)))
    assert [row.name[-6:] if row.name else "" for row in rows] == ["о (XL)", " (XXL)"]
    assert all(len(row.name or "") <= 128 for row in rows)


@pytest.mark.parametrize(
    ("rate", "code"),
    [("22", 11), ("none", 6), ("0", 5), ("5", 7), ("7", 8), ("22/122", 12), ("10", 2), ("20", 1), ("НДС22", 11)],
)
def test_rates(rate: str, code: int) -> None:
    assert one(good(tax=rate)).tax_code == code


def test_18_per_cent_is_refused_by_name() -> None:
    rows, goods = read(export(good(tax="18") + good(uuid="u2", name="Кофе")))
    assert [row.name for row in rows] == ["Кофе"] and codes_of(goods) == [(1, "tax", "tax_18")]


def test_no_price_is_no_price_and_no_uuid_no_id() -> None:
    row = one(good('Code="00-000123"', uuid=ZERO))
    assert (row.price, row.price_given, row.code, row.foreign_id) == (None, True, None, "00-000123")
    assert '"foreign_code": "00-000123"' in (row.extra or "")


def test_marked_excisable_and_unknown_kinds() -> None:
    row = one(good('IsMarked="true" MarkedGoodTypeCode="2" IsExcisable="true"'))
    assert (row.type_code, row.marked, row.marking) == (31, True, "tobacco")
    rows, goods = read(export(good('IsMarked="true" MarkedGoodTypeCode="77"')))
    assert rows[0].marking == "other" and codes_of(goods) == [(1, "marking", "marking_unknown")]
    assert one(good('IsExcisable="true"')).type_code == 2
    assert one(good('IsMarked="false"')).marked is False


def test_agents_vendors_and_alcohol() -> None:
    before = (
        "<AgentsData><AgentData Code='1' AgentType='6' AgentPhone='+7 999'/></AgentsData>"
        "<VendorsData><VendorData Code='2' UUID='v' VendorName='ООО «Пчела»' VendorINN='7700000009'/></VendorsData>"
    )
    alcohol = "<Alcohol IsExcisable='true' AlcoholKindCode='200' AlcoholContainerSize='0.75' AlcoholStrength='13'/>"
    row = one(good('AgentDataCode="1" VendorDataUUID="v" IsAlcohol="true"', alcohol), before)
    assert (row.agent, row.alcohol, row.volume_ml) == (6, True, 750)
    for told in ('"agent_phone": "+7 999"', '"supplier_name": "ООО «Пчела»"', '"alcohol_strength": "13"'):
        assert told in (row.extra or "")


def test_goods_of_orders_are_not_the_price_list() -> None:
    body = EXPORT.replace(
        b"</ExportData>",
        b'<Orders><Order Date="2026-01-01T00:00:00" Number="1" UUID="o"><Goods><Good Code="9" Quantity="1" Price="1"'
        b' Sum="1" GoodUUID="g"/></Goods></Order></Orders></ExportData>',
    )
    assert [row.code for row in read(body)[0]] == [1001, 1002]


def test_a_part_of_a_list_is_not_the_whole() -> None:
    body = export(good()).replace(b"<ExportData", b'<PriceListPackage PackageNumber="1" PackageTotal="3"')
    body = body.replace(b"</ExportData>", b"</PriceListPackage>")
    assert read(body)[1].is_whole is False
    assert read(export(good(), head='FullExport="false"'))[1].is_whole is False
    assert read(export(good(), head=""))[1].is_whole is None


@pytest.mark.parametrize("encoding", ["utf-8", "windows-1251", "utf-16"])
def test_any_encoding_and_prefix(encoding: str) -> None:
    text = EXPORT.decode().replace('encoding="UTF-8"', f'encoding="{encoding}"')
    body = text.encode(encoding)
    known = format_of(body)
    assert known is not None and known.name == "one_c"
    assert [row.code for row in read(body)[0]] == [1001, 1002]
    prefixed = EXPORT.replace(b"</", b"</e:").replace(b"<", b"<e:").replace(b"<e:/e:", b"</e:").replace(b"<e:?", b"<?")
    prefixed = prefixed.replace(b"xmlns=", b"xmlns:e=")
    assert format_of(prefixed) is known
    assert [row.code for row in read(prefixed)[0]] == [1001, 1002]


def test_what_registers_send_back_is_named() -> None:
    body = (DATA / "ImportData_3003_constructed.xml").read_bytes()
    assert format_of(body) is not None
    with pytest.raises(FileRefused) as refused:
        read(body)
    assert (refused.value.failure.value, refused.value.params) == ("xml_unknown", {"root": "ImportData"})


@pytest.mark.parametrize(
    ("body", "failure"),
    [
        (EXPORT[:900], "xml_broken"),
        (export(""), "no_rows"),
        (b'<!DOCTYPE x [<!ENTITY a "b">]>' + export(good())[38:], "xml_doctype"),
        (export("<a>" * 70 + "</a>" * 70), "xml_too_deep"),
    ],
)
def test_broken_files(body: bytes, failure: str) -> None:
    with pytest.raises(FileRefused) as refused:
        read(body)
    assert refused.value.failure.value == failure


def test_a_good_with_too_many_elements_is_refused_alone() -> None:
    barcodes = "<Barcodes>" + "<Barcode Value='1'/>" * 12_000 + "</Barcodes>"
    rows, goods = read(export(good("", barcodes) + good(uuid="u2", name="Кофе")))
    assert [row.name for row in rows] == ["Кофе"] and codes_of(goods) == [(1, None, "line_too_long")]


def test_bad_fields_are_named() -> None:
    goods = (
        good('Price="дорого"')
        + good('AgentDataCode="1"', uuid="u2", name="Сыр")
        + good("", uuid="x" * 201, name="Мёд")
        + good("", uuid="u1", name="Ещё чай")
        + good('IsAlcohol="1"', "<Alcohol AlcoholContainerSize='поллитра'/>", uuid="u5", name="Пиво")
    )
    rows, reader = read(export(goods, "<AgentsData><AgentData Code='1' AgentType='9'/></AgentsData>"))
    assert [row.name for row in rows] == ["Ещё чай"]
    assert codes_of(reader) == [
        (1, "price", "price_not_a_number"),
        (2, "agent", "agent_unknown"),
        (3, "code", "foreign_id_too_long"),
        (5, "volume_ml", "volume_not_a_number"),
    ]


def test_the_same_good_twice_is_refused_once() -> None:
    rows, goods = read(export(good() + good(name="Другой чай")))
    assert [row.name for row in rows] == ["Чай"] and codes_of(goods) == [(2, "code", "item_duplicate")]


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_mutated_files_are_read_or_refused(data: st.DataObject) -> None:
    body = bytearray(data.draw(st.sampled_from([EXPORT, OLD])))
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(body) - 1))
        piece = data.draw(st.sampled_from([b"", b"<", b'"', b"\x00", b"\xff", b"&", b"</Good>", b"1e999", b"-1"]))
        body[at : at + data.draw(st.integers(0, 40))] = piece
    try:
        rows, goods = read(bytes(body))
    except FileRefused:
        return
    assert len(rows) + goods.failed == goods.rows


def test_memory_does_not_grow_with_the_file() -> None:
    import tracemalloc

    def parts(count: int) -> Iterator[bytes]:
        head, tail = export("|").split(b"|")
        yield head
        for number in range(count):
            yield good(f'Code="{number + 1}" Price="10"', uuid=f"u{number}", name=f"Товар {number}").encode()
        yield tail

    def peak(count: int) -> int:
        goods = GoodsReader()
        tracemalloc.start()
        for _ in one_c.rows(parts(count), "utf-8", goods):
            pass
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert goods.rows == count
        return found

    small, large = peak(1_000), peak(8_000)
    assert large < small + 8_000 * 1_000  # what is remembered of a row to find it twice
