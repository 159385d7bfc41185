"""Штрих-М «Кассир»: goods with their groups, further barcodes, and what is passed over."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.catalog.domain.file_refused import FileRefused
from services.catalog.domain.group_paths import key_to_paths
from tests.unit.catalog.goods_files import codes_of, read

CHANGES = "##@@&&$$$RPL\r\n#\r\n"
WHOLE = "##@@&&$$$CLR {COM_GR_TOV} $$$ADD\r\n#\r\n"


def row(**fields: str) -> str:
    """A row by the numbers of its fields."""
    cells = [""] * 30
    for name, value in fields.items():
        cells[int(name[1:]) - 1] = value
    return ";".join(cells) + "\r\n"


def item(code: str, name: str, price: str = "10", **fields: str) -> str:
    return row(f1=code, f3=name, f5=price, f17="1", **fields)


def test_a_whole_base() -> None:
    body = (
        WHOLE
        + row(f1="10", f3="Напитки", f17="0")
        + row(f1="11", f3="Соки", f16="10", f17="0")
        + item("1", "Сок", "89.90", f2="111111", f8="0", f9="2", f11="1", f12="С-1", f16="11", f26="1", f29="0")
        + '#222222;1\r\n#1;333333\r\n*1;Обычная\r\n+1;НДС;22\r\n<goods_attr id="1" attr_id="23">1</goods_attr>\r\n'
        + item("2", "Сыр", "450,50", f8="1", f29="11", f4="СЫР")
        + item("3", "Пиво", f19="1", f28="0023")
    )
    rows, goods, file = read(body.encode("cp1251"))
    assert (file.format, goods.is_whole, codes_of(goods)) == ("shtrih", True, [])
    juice, cheese, beer = rows
    assert (juice.code, juice.name, juice.price, juice.barcodes) == (1, "Сок", 8990, "111111 222222 333333")
    assert key_to_paths(juice.groups or "") == (("Напитки", "Соки"),)
    assert (juice.section, juice.article, juice.undivided, juice.type_code, juice.tax_code) == (2, "С-1", True, 1, None)
    assert '"tax_group": "1"' in (juice.extra or "")
    assert (cheese.price, cheese.undivided, cheese.measure_unit, cheese.short_name) == (45050, False, 11, "СЫР")
    assert (beer.marking, beer.marked, beer.type_code, beer.alcohol) == ("beer", True, 31, True)


def test_a_row_is_named_by_its_line_in_the_file() -> None:
    body = WHOLE + row(f1="10", f3="Напитки", f17="0") + item("1", "Сок", "дорого") + "#222222;1\r\n" + item("2", "Сыр")
    rows, goods, _ = read(body.encode("cp1251"))
    assert [one.line for one in rows] == [6]
    assert codes_of(goods) == [(4, "price", "price_not_a_number")]


def test_changes_and_rows_that_say_a_code_again() -> None:
    body = CHANGES + item("1", "Сок", f2="111111") + item("1", "Сок", "12", f2="222222") + "2;;Чай;;5;;;;;;;;;;;;1;\r\n"
    rows, goods, _ = read(body.encode("cp1251"))
    assert goods.is_whole is False
    assert [(one.code, one.price, one.barcodes) for one in rows] == [(1, 1200, "111111 222222"), (2, 500, "")]


def test_bad_rows_and_unknown_kinds_are_named() -> None:
    body = CHANGES + item("1", "Сок", "много") + item("2", "Чай", f28="7777") + item("НФ-1", "Мёд")
    rows, goods, _ = read(body.encode("cp1251"))
    assert [(one.code, one.foreign_id, one.marking) for one in rows] == [(2, None, "other"), (None, "НФ-1", None)]
    assert codes_of(goods) == [(3, "price", "price_not_a_number"), (4, "marking", "marking_unknown")]


def test_units_of_another_number_or_price_are_packs() -> None:
    body = CHANGES + item("1", "Сок", "10,50", f2="111111")
    body += "#222222;1;1;10.5\r\n#333333;1;6\r\n#1;444444;1;9\r\n#555555;77\r\n#\r\n#;1\r\n"
    rows, goods, _ = read(body.encode("cp1251"))
    assert [(one.code, one.barcodes) for one in rows] == [(1, "111111 222222")]
    assert '"pack_barcodes": "333333 444444"' in (rows[0].extra or "")
    assert [code for _, _, code in codes_of(goods)] == ["barcode_of_pack"] * 2


def test_attributes_of_alcohol() -> None:
    body = CHANGES + item("1", "Вино") + item("2", "Сок")
    for number, value in (("22", "401"), ("23", "0.75"), ("27", "12.5"), ("31", "что-то")):
        body += f'<goods_attr id="1" attr_id="{number}">{value}</goods_attr>\r\n'
    (wine, juice), goods, _ = read(body.encode("cp1251"))
    assert (wine.alcohol, wine.volume_ml, codes_of(goods)) == (True, 750, [])
    assert '"alcohol_strength": "12.5"' in (wine.extra or "") and "что-то" not in (wine.extra or "")
    assert not juice.alcohol and juice.volume_ml is None


@pytest.mark.parametrize("encoding", ["cp1251", "utf-8", "utf-16", "cp866"])
def test_any_encoding(encoding: str) -> None:
    rows, _, file = read((CHANGES + item("1", "Сок яблочный осветлённый")).encode(encoding))
    assert (file.format, rows[0].name) == ("shtrih", "Сок яблочный осветлённый")


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_mutated_files_are_read_or_refused(data: st.DataObject) -> None:
    body = bytearray(
        (WHOLE + item("1", "Сок", f2="111") + "#222;1\r\n" + item("2", "Пиво", f28="0023")).encode("cp1251")
    )
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(body) - 1))
        piece = data.draw(st.sampled_from([b"", b";", b"\r\n", b"\x00", b"\xff", b"#", b"1" * 300, b"-1"]))
        body[at : at + data.draw(st.integers(0, 30))] = piece
    try:
        rows, goods, _ = read(bytes(body))
    except FileRefused:
        return
    assert len(rows) + goods.failed == goods.rows
