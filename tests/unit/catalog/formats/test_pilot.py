"""Domino and «Пилот»: lines of named fields, codes said again, negative prices."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.catalog.domain.file_refused import FileRefused
from tests.unit.catalog.goods_files import codes_of, read


def item(code: str, name: str, price: str = "10", barcode: str = "", measure: str = "шт", command: str = "MOD") -> str:
    return (
        f"OBJ=TMC,CMD={command},CODE={code},BC={barcode},PRICE={price},DEPT=1,NAME={name},MEASURE={measure},"
        "QUANT=1,QMODE=0,BMODE=0\r\n"
    )


def test_goods_with_commas_in_their_names_and_several_barcodes() -> None:
    body = (
        item("1", "Сок, яблочный, 1 л", "89.90", "4600000000015")
        + item("1", "Сок, яблочный, 1 л", "89.90", "123456")
        + item("2", "Сыр", "450.5", measure="кг")
        + "OBJ=OPER,CMD=MOD,CODE=1,NAME=Кассир\r\n\r\n"
    )
    rows, goods, file = read(body.encode("cp866"))
    assert (file.format, file.encoding, goods.is_whole, codes_of(goods)) == ("pilot", "cp866", False, [])
    assert [(one.code, one.name, one.price, one.barcodes, one.section, one.measure_unit) for one in rows] == [
        (1, "Сок, яблочный, 1 л", 8990, "4600000000015 123456", 1, 0),
        (2, "Сыр", 45050, "", 1, 11),
    ]


def test_negative_prices_and_unknown_units_are_named() -> None:
    rows, goods, _ = read((item("1", "Скидка", "-5.00") + item("2", "Чай", measure="мешок")).encode("cp866"))
    assert [one.name for one in rows] == ["Чай"]
    assert codes_of(goods) == [(1, "price", "price_negative"), (2, "measure", "measure_unknown")]


def test_a_row_is_named_by_its_line_in_the_file() -> None:
    rows, goods, _ = read(("Касса 1\r\n\r\n" + item("1", "Сок", "-5.00") + item("2", "Чай")).encode("cp866"))
    assert [one.line for one in rows] == [4]
    assert codes_of(goods) == [(3, "price", "price_negative")]


def test_deleted_items_are_removed() -> None:
    rows, _, _ = read((item("1", "Сок", command="DEL") + item("2", "Чай")).encode("cp866"))
    assert [(one.code, one.removed) for one in rows] == [(1, True), (2, None)]


def line(**fields: str) -> str:
    """Goods by the names of their fields, in the given order."""
    return ",".join(["OBJ=TMC", "CMD=MOD", *(f"{name}={value}" for name, value in fields.items())]) + "\r\n"


def test_packs_kinds_of_prices_and_kinds_of_goods_below_a_head() -> None:
    body = (
        "FROM=Склад\r\nTO=Касса\r\nDATE=01.02.2026\r\n\r\n"
        + line(CODE="1", BC="111111", PRICE="90.00", DEPT="2", NAME="Сок", MEASURE="1", QUANT="1.000", BMODE="3")
        + line(CODE="1", BC="222222", PRICE="500.00", DEPT="2", NAME="Сок", MEASURE="1", QUANT="6", BMODE="3")
        + line(CODE="1", BC="333333", PTYPE="2", PRICE="80.00", NAME="Сок", MEASURE="1", QUANT="1", BMODE="3")
        + line(CODE="2", BC="", PRICE="450.00", NAME="Сыр", MEASURE="2", QUANT="1", BMODE="3")
        + line(CODE="3", PTYPE="1", PRICE="70", NAME="Чай", MEASURE="1", QUANT="1", BMODE="99")
    )
    rows, goods, file = read(body.encode("cp866"))
    assert file.format == "pilot"
    assert [(one.code, one.price, one.barcodes, one.undivided) for one in rows] == [
        (1, 9000, "111111 333333", True),
        (2, 45000, "", False),
        (3, 7000, "", True),
    ]
    assert '"pack_barcodes": "222222"' in (rows[0].extra or "")
    assert [(field, code) for _, field, code in codes_of(goods)] == [
        ("barcode", "barcode_of_pack"),
        ("marking", "marking_unknown"),
    ]


@pytest.mark.parametrize("encoding", ["cp866", "cp1251", "utf-8"])
def test_any_encoding(encoding: str) -> None:
    rows, _, file = read(item("1", "Сок яблочный осветлённый, пакет").encode(encoding))
    assert (file.format, rows[0].name) == ("pilot", "Сок яблочный осветлённый, пакет")


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_mutated_files_are_read_or_refused(data: st.DataObject) -> None:
    text = item("1", "Сок", barcode="111") + item("2", "Чай") + item("1", "Сок", barcode="222")
    body = bytearray(text.encode("cp866"))
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(40, len(body) - 1))
        piece = data.draw(st.sampled_from([b"", b",", b"\r\n", b"\x00", b"\xff", b"NAME=", b"1" * 300, b"="]))
        body[at : at + data.draw(st.integers(0, 30))] = piece
    try:
        rows, goods, _ = read(bytes(body))
    except FileRefused:
        return
    assert len(rows) + goods.failed == goods.rows
