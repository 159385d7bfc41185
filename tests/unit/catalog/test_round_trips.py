"""What is downloaded is taken back as it was: every format, both languages, any item."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from types import ModuleType
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway_http.goods_files import csv_table, mercury_json, one_c, xlsx_table
from gateway_http.goods_files.pages import GroupPaths
from gateway_http.goods_files.table import heads, table_columns
from gateway_http.i18n import Language, load_languages
from services.catalog.domain.cells import clean_text
from services.catalog.domain.columns import recognise_table
from services.catalog.domain.csv_reader import TableRow
from services.catalog.domain.goods_row import GoodsRow
from services.catalog.domain.group_paths import key_to_paths
from services.contracts.catalog import ItemGroupView, ItemView
from services.contracts.marking import MarkingType
from services.contracts.values import ItemCode, ItemGroupId
from tests.unit.catalog.goods_files import codes_of, read

LANGUAGES = load_languages()
DRINKS, JUICE, SALE = (ItemGroupId(f"{n}1111111-1111-4111-8111-111111111111") for n in "abc")
GROUPS = GroupPaths(
    (
        ItemGroupView(DRINKS, "Напитки, вода", None, 0, 1),
        ItemGroupView(JUICE, "Соки/нектары", DRINKS, 0, 1),
        ItemGroupView(SALE, "Акции", None, 0, 1),
    )
)
PLAIN = ItemView(
    code=ItemCode(1), name="Сок «Яблочный»; 1 л", short_name="Сок", short_name_edited=False, price=12345, barcodes=(),
    groups=(), article="", tax_code=11, type_code=1, measure_unit=0, section=1, marked=False, undivided=True,
    tax_system=None, blocked=False, payment_method=4, agent=None, excise=None, country="", customs_declaration="",
    marking="", alcohol=False, volume_ml=None, note="", extra={}, changed_revision=1, version=1,
    changed_at=datetime(2026, 11, 26, tzinfo=UTC),
)  # fmt: skip


def written(writer: ModuleType, items: list[ItemView], language: Language) -> bytes:
    async def pages() -> AsyncIterator[tuple[ItemView, ...]]:
        for start in range(0, len(items), 3):
            yield tuple(items[start : start + 3])

    async def whole() -> bytes:
        return b"".join([part async for part in writer.write(pages(), GROUPS, language)])

    return asyncio.run(whole())


def told(row: GoodsRow) -> dict[str, Any]:
    """What a row says, in the words of an item; what it does not say is left out."""
    said: dict[str, Any] = {
        name: value
        for name in (
            *("code", "name", "article", "tax_code", "type_code", "measure_unit", "section", "marked", "undivided"),
            *("blocked", "payment_method", "agent", "excise", "country", "customs_declaration", "marking", "alcohol"),
            *("volume_ml", "note"),
        )
        if (value := getattr(row, name)) is not None
    }
    if row.price_given:
        said["price"] = row.price
    if row.tax_system_given:
        said["tax_system"] = row.tax_system
    if row.short_name_given:
        said["short_name"] = row.short_name
    if row.barcodes is not None:
        said["barcodes"] = tuple(row.barcodes.split())
    if row.groups is not None:
        said["groups"] = sorted(key_to_paths(row.groups))
    return said


def as_told(item: ItemView) -> dict[str, Any]:
    values = msgspec.structs.asdict(item)
    values["groups"] = sorted(GROUPS.of(item))
    return values


# A cell that is empty says nothing: so much of an item is lost when it goes into another, empty base.
NOTHING = {"", None, ()}
ALL = (
    *("code", "name", "price", "barcodes", "groups", "article", "tax_code", "type_code", "measure_unit", "section"),
    *("marked", "undivided", "tax_system", "blocked", "payment_method", "agent", "excise", "country", "alcohol"),
    *("customs_declaration", "marking", "volume_ml", "note"),
)


def texts(most: int) -> st.SearchStrategy[str]:
    letters = st.characters(codec="utf-8", exclude_categories=("Cs", "Cc", "Cn", "Co"))
    return st.text(letters, max_size=most).map(clean_text).map(lambda text: text[:most].strip())


@st.composite
def items(draw: st.DrawFn, code: int = 1) -> ItemView:
    marked = draw(st.booleans())
    barcodes = st.lists(st.from_regex(r"[0-9]{1,18}|[A-Z][A-Z0-9]{4,12}", fullmatch=True), max_size=3)
    return msgspec.structs.replace(
        PLAIN,
        code=ItemCode(code),
        name=draw(texts(100)) or "x",
        price=draw(st.none() | st.integers(0, 99_999_999)),
        barcodes=tuple({barcode.lstrip("0"): barcode for barcode in draw(barcodes) if barcode.strip("0")}.values()),
        groups=tuple(draw(st.lists(st.sampled_from([DRINKS, JUICE, SALE]), unique=True))),
        article=draw(texts(30)),
        tax_code=draw(st.integers(1, 12)),
        type_code=33 if marked else draw(st.sampled_from([1, 2, 4, 13, 32])),
        measure_unit=draw(st.sampled_from([0, 10, 11, 12, 20, 22, 41, 42, 83, 255])),
        section=draw(st.integers(1, 16)),
        marked=marked,
        undivided=draw(st.booleans()),
        tax_system=draw(st.sampled_from([None, 0, 1, 2, 4, 5])),
        blocked=draw(st.booleans()),
        payment_method=draw(st.integers(1, 7)),
        agent=draw(st.none() | st.integers(0, 6)),
        excise=draw(st.none() | st.integers(0, 1_000_000)),
        country=draw(st.sampled_from(["", "643", "008"])),
        customs_declaration=draw(st.sampled_from(["", "10702030/260325/0001234/1"])),
        marking=draw(st.sampled_from(["", *MarkingType])) if marked else "",
        alcohol=draw(st.booleans()),
        volume_ml=draw(st.none() | st.integers(0, 5_000)),
        note=draw(texts(60)),
    )


def check(writer: ModuleType, given_items: list[ItemView], language: Language, must_say: tuple[str, ...]) -> None:
    rows, goods, _ = read(written(writer, given_items, language))
    assert goods.failed == 0, codes_of(goods)
    assert [row.code for row in rows] == [item.code for item in given_items]
    for row, item in zip(rows, given_items, strict=True):
        said, was = told(row), as_told(item)
        said.pop("short_name", None)
        assert {name: value for name, value in said.items() if was[name] != value} == {}
        silent = [name for name in must_say if name not in said and was[name] not in ([], *NOTHING)]
        assert silent == []


@pytest.mark.parametrize("writer", [csv_table, xlsx_table], ids=lambda module: module.__name__)
def test_texts_that_read_like_errors_of_spreadsheets_come_back(writer: ModuleType) -> None:
    item = msgspec.structs.replace(PLAIN, code=ItemCode(1), name="#Н/Д", article="#REF!", note="#N/A")
    check(writer, [item], LANGUAGES["ru"], ("name", "article", "note"))


@pytest.mark.parametrize("writer", [csv_table, xlsx_table, mercury_json], ids=lambda module: module.__name__)
@pytest.mark.parametrize("language", LANGUAGES.values(), ids=LANGUAGES)
@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(item=items(), other=items(2), third=items(3), fourth=items(70_000))
def test_all_of_an_item_comes_back(
    writer: ModuleType, language: Language, item: ItemView, other: ItemView, third: ItemView, fourth: ItemView
) -> None:
    seen: set[str] = set()
    apart = []
    for one in (item, other, third, fourth):
        fresh = tuple(barcode for barcode in one.barcodes if barcode.lstrip("0") not in seen)
        seen |= {barcode.lstrip("0") for barcode in fresh}
        apart.append(msgspec.structs.replace(one, barcodes=fresh))
    check(writer, apart, language, ALL)


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(item=items())
def test_1c_gets_what_its_format_has_a_place_for(item: ItemView) -> None:
    check(one_c, [item], LANGUAGES["ru"], ("code", "name", "price", "barcodes", "article", "tax_code", "type_code"))


def test_a_short_name_that_somebody_wrote_comes_back_and_no_other() -> None:
    edited = msgspec.structs.replace(PLAIN, code=ItemCode(2), short_name="КОРОТКО", short_name_edited=True, name="Имя")
    for writer in (csv_table, xlsx_table, mercury_json):
        rows, _, _ = read(written(writer, [PLAIN, edited], LANGUAGES["ru"]))
        assert [(row.short_name_given, row.short_name) for row in rows][1] == (True, "КОРОТКО")
        assert not rows[0].short_name_given


def test_foreign_attributes_come_back_in_json() -> None:
    item = msgspec.structs.replace(PLAIN, extra={"partsCount": 3, "foreign_code": "НФ-1", "x": [1, {"y": None}]})
    rows, _, _ = read(written(mercury_json, [item], LANGUAGES["ru"]))
    assert json.loads(rows[0].extra or "") == item.extra


def test_a_base_without_items_is_a_file_with_a_head() -> None:
    for writer in (csv_table, xlsx_table, mercury_json, one_c):
        assert len(written(writer, [], LANGUAGES["ru"])) > 10


@pytest.mark.parametrize("language", LANGUAGES.values(), ids=LANGUAGES)
def test_every_head_is_known_to_the_import(language: Language) -> None:
    columns = table_columns(GROUPS, language)
    cells = ["" if (value := column.value(PLAIN)) is None else str(value) for column in columns]
    layout = recognise_table([TableRow(1, heads(columns, language), ""), TableRow(2, cells, "")], ";")
    renamed = {"type_code": "type", "measure_unit": "measure"}
    assert [column.field for column in layout.columns] == [renamed.get(one.field, one.field) for one in columns]
