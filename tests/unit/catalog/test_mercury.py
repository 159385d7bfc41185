"""The «Меркурий» JSON goods base, with the quirks of those who write it."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.catalog.domain.file_refused import FileRefused
from services.catalog.domain.goods_block import GoodsBlock
from services.catalog.domain.goods_row import GoodsRow
from tests.unit.catalog.goods_files import codes_of, read

SAMPLE = Path(__file__).parents[2] / "data" / "mercury_base.json"


def base_of(*records: Any, **around: Any) -> bytes:
    return json.dumps({**around, "base": records}, ensure_ascii=False).encode()


def test_the_sample() -> None:
    rows, goods, file = read(SAMPLE.read_bytes())
    assert file.format == "mercury_json"
    assert goods.failed == 0
    water, cheese = rows
    assert (water.line, water.code, water.name, water.price, water.barcodes) == (
        1, 1, "Вода питьевая 1,5 л", 6900, "4600000000015",
    )  # fmt: skip
    assert (water.marked, water.type_code, water.tax_code, water.tax_system, water.tax_system_given) == (
        True, 33, 6, 1, True,
    )  # fmt: skip
    assert (cheese.barcodes, cheese.section, cheese.undivided, cheese.measure_unit) == ("", 2, False, 11)
    assert not cheese.tax_system_given
    assert json.loads(water.extra or "") == {"partsCount": 0, "partPrice": 0}


def test_both_spellings_of_the_tax_key() -> None:
    latin, cyrillic = "taxCode", "taxСode"
    assert latin != cyrillic
    rows, _, _ = read(base_of({"code": 1, "name": "a", latin: 2}, {"code": 2, "name": "b", cyrillic: 10}))
    assert [row.tax_code for row in rows] == [2, 10]
    assert all(row.extra is None for row in rows)


def test_prices_are_kopecks_whatever_their_type() -> None:
    records = [{"code": n, "name": f"n{n}", "price": p} for n, p in enumerate((6900, "6900", 6900.0, None, 0), 1)]
    rows, goods, _ = read(base_of(*records))
    assert [row.price for row in rows] == [6900, 6900, 6900, None, 0]
    assert codes_of(goods) == [(5, "price", "price_free")]


@pytest.mark.parametrize(
    ("price", "code"),
    [(69.5, "price_decimals"), ("69.50", "price_decimals"), (-1, "price_negative"), (10**12, "price_too_large"),
     ("дорого", "price_not_a_number"), (True, "price_not_a_number"), ([], "price_not_a_number"),
     (int("9" * 60), "price_not_a_number")],
)  # fmt: skip
def test_what_is_no_price(price: Any, code: str) -> None:
    _, goods, _ = read(base_of({"code": 1, "name": "a", "price": price}))
    assert codes_of(goods) == [(1, "price", code)]


def test_barcodes_are_numbers_strings_zero_or_lists() -> None:
    values = (4600000000015, "0460000000003", 0, "", None, ["46000002", 46000019])
    rows, _, _ = read(base_of(*({"code": n, "name": f"n{n}", "barcode": v} for n, v in enumerate(values, 1))))
    assert [row.barcodes for row in rows] == ["4600000000015", "0460000000003", "", "", "", "46000002 46000019"]


def test_foreign_attributes_are_kept() -> None:
    rows, _, _ = read(base_of({"code": 1, "name": "a", "partsCount": 3, "мой": {"x": [1, "☕"]}}))
    assert json.loads(rows[0].extra or "") == {"partsCount": 3, "мой": {"x": [1, "☕"]}}


def test_what_few_goods_have() -> None:
    told = {"agentNum": "3", "exciseAmount": 500, "countryOfOrigin": "643", "customsDeclaration": "10702030/1"}
    rows, _, _ = read(base_of({"code": 1, "name": "a", **told, "alcohol": True, "volume": 750}))
    row = rows[0]
    assert (row.agent, row.excise, row.country, row.customs_declaration) == (3, 500, "643", "10702030/1")
    assert (row.alcohol, row.volume_ml, row.extra) == (True, 750, None)


@pytest.mark.parametrize(
    ("record", "problem"),
    [
        ("строка", (None, "not_an_object")),
        (5, (None, "not_an_object")),
        ({"code": 1, "name": "a", "x": "y" * 5000}, (None, "line_too_long")),
        ({"code": 1, "name": "a", "x": "\0"}, (None, "bad_characters")),
        ({"code": 0, "name": "a"}, ("code", "code_out_of_range")),
        ({"code": 1, "name": "a", "section": 99}, ("section", "section_out_of_range")),
        ({"code": 1, "name": "a", "typeCode": 29}, ("type", "type_unknown")),
        ({"code": 1, "name": "a", "taxCode": 13}, ("tax", "tax_unknown")),
    ],
)
def test_bad_records_are_named_by_their_number(record: Any, problem: tuple[str | None, str]) -> None:
    rows, goods, _ = read(base_of({"code": 7, "name": "good"}, record, {"code": 8, "name": "good too"}))
    assert codes_of(goods) == [(2, *problem)]
    assert [row.code for row in rows] == [7, 8]


def test_envelopes() -> None:
    body = b'\xef\xbb\xbf [ {"code": 1, "name": "a"} ]'
    assert read(body)[0][0].code == 1
    assert read(base_of({"code": 1, "name": "a"}, baseVer="0.4", about={"base": [1]}))[0][0].name == "a"
    assert read(b'{"base": [], "baseVer": "0.4"}')[0] == []
    lone = b'{"base": [{"code": 1, "name": "\\ud800"}, {"code": 2, "name": "b"}]}'
    _, goods, _ = read(lone)
    assert codes_of(goods) == [(1, "name", "bad_characters")]


def test_memory_does_not_hold_the_file() -> None:
    records = [{"code": n, "name": f"Товар {n}", "price": n} for n in range(1, 3001)]
    rows, goods, _ = read(base_of(*records))
    assert (len(rows), goods.failed, rows[-1].name) == (3000, 0, "Товар 3000")


KEYS = st.sampled_from(["code", "name", "price", "barcode", "taxСode", "section", "marked", "x", "taxSystem", "groups"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@settings(max_examples=200)
@given(st.lists(st.dictionaries(KEYS, VALUES, max_size=6) | VALUES, max_size=6))
def test_any_records_are_taken_or_named(records: list[Any]) -> None:
    body = json.dumps({"base": records}).encode()
    try:
        rows, goods, _ = read(body)
    except FileRefused:  # NaN and infinity are no JSON
        assert b"NaN" in body or b"Infinity" in body
        return
    assert goods.rows == len(records) == len(rows) + goods.failed
    for row in rows:
        GoodsBlock.of([row]).copy_text(GoodsRow._fields).encode()
