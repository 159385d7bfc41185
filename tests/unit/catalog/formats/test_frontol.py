"""Frontol (АТОЛ): goods in both forms of rows, what stands in rows of its own, and files that say a code twice."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.catalog.domain.file_refused import FileRefused
from services.catalog.domain.formats import frontol
from services.catalog.domain.formats.known import format_of
from services.catalog.domain.goods_row import GoodsRow
from services.catalog.domain.group_paths import key_to_paths
from tests.unit.catalog.goods_files import codes_of, read

HEAD = "##@@&&\r\n#\r\n"
WHOLE = "$$$DELETEALLWARES\r\n$$$DELETEALLBARCODES\r\n$$$ADDQUANTITY\r\n"
CHANGES = "$$$REPLACEQUANTITY\r\n"
TAXES = (
    "$$$ADDTAXRATES\r\n1;НДС 22%;НДС 22%;0;22;11\r\n2;НДС 10%;;0;10;2\r\n3;;;0;0;4\r\n"
    "$$$ADDTAXGROUPS\r\n7;Обычная;\r\n8;Льготная;\r\n9;Без НДС;\r\n"
    "$$$ADDTAXGROUPRATES\r\n1;7;1\r\n2;8;2\r\n3;9;3\r\n"
)


def row(width: int = 24, **fields: str) -> str:
    """A row by the numbers of its fields: f1 is the code, f3 the name …"""
    cells = [""] * width
    for name, value in fields.items():
        cells[int(name[1:]) - 1] = value
    return ";".join(cells) + "\r\n"


def item(code: str, name: str, price: str = "10", width: int = 24, **fields: str) -> str:
    return row(width, f1=code, f3=name, f5=price, f17="1", **fields)


def told(body: str, encoding: str = "cp1251") -> list[GoodsRow]:
    rows, goods, file = read(body.encode(encoding))
    assert file.format == "frontol" and goods.failed == 0, codes_of(goods)
    return rows


def test_a_whole_base_in_the_older_form() -> None:
    groups = row(f1="100", f3="Напитки", f17="0") + row(f1="101", f3="Соки", f16="100", f17="0")
    body = (
        HEAD
        + TAXES
        + WHOLE
        + groups
        + item("1", "Сок", "89,90", f2="4600000000015,46000022", f8="0,1", f16="101", f23="7", f26="С-1", width=33)
        + item("2", "Сыр", "450,5", f4="СЫР ВЕС.", f8="1,1", f23="8")
        + item("3", "Пакет", "", f8="0,0", f23="9")
    )
    rows, goods, file = read(body.encode("cp1251"))
    assert (file.format, goods.is_whole, goods.failed) == ("frontol", True, 0)
    juice, cheese, bag = rows
    assert (juice.code, juice.name, juice.price, juice.barcodes) == (1, "Сок", 8990, "4600000000015 46000022")
    assert key_to_paths(juice.groups or "") == (("Напитки", "Соки"),)
    assert (juice.tax_code, juice.article, juice.undivided, juice.blocked) == (11, "С-1", True, False)
    assert (cheese.price, cheese.short_name, cheese.short_name_given) == (45050, "СЫР ВЕС.", True)
    assert (cheese.tax_code, cheese.undivided) == (2, False)
    assert (bag.price_given, bag.tax_code, bag.blocked) == (False, 6, True)


def test_changes_are_no_whole_base() -> None:
    _, goods, _ = read((HEAD + CHANGES + item("1", "Сок")).encode("cp1251"))
    assert goods.is_whole is False


def test_a_row_is_named_by_its_line_in_the_file() -> None:
    body = HEAD + TAXES + WHOLE + item("1", "Сок", "дорого") + "\r\n" + item("2", "Чай", "10") + item("30", "", "10")
    rows, goods, _ = read(body.encode("cp1251"))
    lines = body.split("\r\n")
    first, last = (number for number, line in enumerate(lines, 1) if line.startswith(("1;;Сок", "30;;;")))
    assert codes_of(goods) == [(first, "price", "price_not_a_number")]
    assert [one.line for one in rows] == [last - 1, last]


@pytest.mark.parametrize("encoding", ["cp1251", "utf-8", "utf-8-sig", "utf-16", "cp866"])
def test_any_encoding(encoding: str) -> None:
    rows = told(HEAD + WHOLE + item("1", "Сок яблочный осветлённый, пакет") * 1, encoding)
    assert [row.name for row in rows] == ["Сок яблочный осветлённый, пакет"]


def test_the_newer_form_knows_more() -> None:
    new = {"f13": "1", "f58": "2", "f60": "12,5", "f61": "643", "f62": "10702030/260325/0001234/1", "f66": "2"}
    body = HEAD + WHOLE + item("1", "Сок", width=68, f37="3", **new)
    body += item("2", "Пиво", width=68, f13="1", f53="520", f54="0,5", f55="17", f57="4,5")
    body += item("3", "Молоко", width=68, f13="1", f55="13")
    juice, beer, milk = told(body)
    assert (juice.payment_method, juice.excise, juice.country, juice.section) == (4, 1250, "643", 3)
    assert (juice.customs_declaration, juice.measure_unit, juice.marked) == ("10702030/260325/0001234/1", 11, None)
    assert (beer.marking, beer.alcohol, beer.volume_ml, beer.marked, beer.type_code) == ("beer", True, 500, True, 33)
    assert '"alcohol_strength": "4,5"' in (beer.extra or "")
    assert (milk.marking, milk.type_code) == ("dairy", 33)


def test_a_code_said_again_is_one_item() -> None:
    body = HEAD + CHANGES + item("1", "Сок", f2="111111") + item("2", "Чай") + item("1", "", "12", f2="222222")
    body += "$$$ADDBARCODES\r\n333333;1\r\n444444;2\r\n"
    rows = told(body)
    assert [(one.code, one.name, one.price, one.barcodes) for one in rows] == [
        (1, "Сок", 1200, "111111 222222 333333"),
        (2, "Чай", 1000, "444444"),
    ]


def test_barcodes_of_packs_are_told_and_kept_apart() -> None:
    body = (
        HEAD
        + CHANGES
        + item("1", "Сок", f2="111111")
        + item("2", "Чай", f2="222222,333333", f14="12")
        + item("3", "Кофе", f14="1.000", f2="444444")
        + "$$$ADDBARCODES\r\n555555;1;;1\r\n666666;1;;6\r\n777777;1;;0,5\r\n888888;1\r\n"
    )
    rows, goods, _ = read(body.encode("cp1251"))
    assert [(one.code, one.barcodes) for one in rows] == [(1, "111111 555555 888888"), (2, ""), (3, "444444")]
    assert [json.loads(one.extra or "{}").get("pack_barcodes") for one in rows] == [
        "666666 777777",
        "222222 333333",
        None,
    ]
    assert [code for _, field, code in codes_of(goods) if field == "barcode"] == ["barcode_of_pack"] * 4


def test_an_item_deleted_and_said_again_has_what_is_said_after() -> None:
    body = HEAD + CHANGES + item("1", "Сок", f2="111111") + "$$$DELETEWARESBYWARECODE\r\n1\r\n"
    body += CHANGES + item("1", "Сок новый", "12", f2="222222")
    rows, _, _ = read(body.encode("cp1251"))
    assert [(one.code, one.name, one.price, one.barcodes, one.removed) for one in rows] == [
        (1, "Сок новый", 1200, "222222", None)
    ]


def test_deleted_items_are_removed_unless_they_come_again() -> None:
    body = HEAD + "$$$DELETEWARESBYWARECODE\r\n1\r\n2\r\n" + CHANGES + item("2", "Чай")
    rows = told(body)
    assert [(one.code, one.removed) for one in rows] == [(1, True), (2, None)]


def test_codes_with_letters_are_ids_of_the_other_program() -> None:
    (one,) = told(HEAD + WHOLE + item("00-015", "Сок"))
    assert (one.code, one.foreign_id) == (None, "00-015")


def test_bad_rows_are_named_and_good_ones_go_in() -> None:
    body = HEAD + WHOLE + item("1", "Сок", "дорого") + item("2", "Чай") + item("3", "Мёд", f2="4,6E+12")
    rows, goods, _ = read(body.encode("cp1251"))
    assert [row.name for row in rows] == ["Чай"]
    assert codes_of(goods)[0] == (6, "price", "price_not_a_number")


def test_18_per_cent_is_refused_by_name() -> None:
    taxes = "$$$ADDTAXRATES\r\n1;НДС 18%;;0;18;\r\n$$$ADDTAXGROUPS\r\n7;;\r\n$$$ADDTAXGROUPRATES\r\n1;7;1\r\n"
    rows, goods, _ = read((HEAD + taxes + WHOLE + item("1", "Сок", f23="7") + item("2", "Чай")).encode("cp1251"))
    assert [row.name for row in rows] == ["Чай"] and codes_of(goods) == [(12, "tax", "tax_18")]


def test_a_file_without_goods_has_none() -> None:
    rows, goods, _ = read((HEAD + "$$$ADDUSERS\r\n1;Иванова;Кассир;1;12345;;\r\n").encode("cp1251"))
    assert rows == [] and goods.rows == 0


@pytest.mark.parametrize("start", [b"", b"code;name\n1;x\n", "Код;Наименование\n".encode(), b"##@@&&$$$RPL\n#\n"])
def test_other_files_are_not_taken_for_it(start: bytes) -> None:
    known = format_of(start)
    assert known is None or known.name != "frontol"


BASE = (
    HEAD
    + TAXES
    + WHOLE
    + item("1", "Сок", f2="111", f16="100", f23="7")
    + item("2", "Чай", width=68, f55="17", f54="1")
)


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_mutated_files_are_read_or_refused(data: st.DataObject) -> None:
    body = bytearray(BASE.encode("cp1251"))
    for _ in range(data.draw(st.integers(1, 8))):
        at = data.draw(st.integers(0, len(body) - 1))
        piece = data.draw(st.sampled_from([b"", b";", b"\r\n", b"\x00", b"\xff", b"$$$", b"1" * 300, b"-1", b'"']))
        body[at : at + data.draw(st.integers(0, 30))] = piece
    try:
        rows, goods, _ = read(bytes(body))
    except FileRefused:
        return
    assert len(rows) + goods.failed == goods.rows


def test_the_first_lines_tell_it() -> None:
    assert frontol.looks_like(BASE.encode("cp1251")) and frontol.looks_like(BASE.encode("utf-16"))
    assert not frontol.looks_like(b"$$$ is money; 1\n")
