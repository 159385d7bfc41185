"""Records, chunks, hashes and deltas of price lists."""

import hashlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.sim.record_rules import RecordRules, check_record
from services.catalog.domain.group_tree import items_in, unknown_groups, with_descendants, would_circle
from services.catalog.domain.model_profiles import profile_data, profile_of
from services.catalog.domain.names import short_name_of
from services.catalog.domain.price_list import LineChunks, PriceListBuilder, deletion_line
from services.catalog.domain.register_record import EXTRA_NUMBERS, ListItem, RecordMaker
from services.catalog.domain.search_words import search_patterns
from services.contracts.catalog import CHUNK_BYTES, PRICE_MAX
from services.contracts.goods_record import MAX_LINE_BYTES, add_to_base_hash, base_hash_of, canonical_line

# What few items have: agent, excise, country, customs declaration, marking, alcohol, volume.
FEW = (None, None, "", "", "", False, None)


def item(code: int = 1, **fields: object) -> ListItem:
    plain = ListItem(code, "Молоко", "Молоко", 1000, "", 11, 1, 0, 1, False, True, None, False, *FEW, None, 1)
    return plain._replace(**fields)  # type: ignore[arg-type]


def maker(base_version: str = "0.4", ffd: str = "1.2", percent: int = 100, rounding: int = 1) -> RecordMaker:
    return RecordMaker(profile_of("", base_version, ffd), percent, rounding)


def record(line: bytes | None) -> dict[str, object]:
    assert line is not None
    found: dict[str, object] = json.loads(line)
    return found


def test_the_record_written_out_by_hand() -> None:
    line = maker(percent=90, rounding=10).line(item(7, barcodes="04600000000015", price=1995))
    assert (
        line
        == (
            '{"barcode":4600000000015,"code":7,"marked":false,"measureUnit":0,"name":"Молоко","price":1800,"section":1,'
            '"taxCode":11,"typeCode":1,"undivided":true}'
        ).encode()
    )


ITEMS = st.builds(
    ListItem,
    code=st.integers(1, 2**31 - 1),
    name=st.just("x"),
    short_name=st.text(min_size=1, max_size=56).map(short_name_of),
    price=st.integers(0, PRICE_MAX // 10),
    barcodes=st.sampled_from(["", "0460", "4600000000015", "46000002 46000019", "AB", "1" * 19]),
    tax_code=st.integers(1, 12),
    type_code=st.sampled_from([1, 2, 33]),
    measure_unit=st.sampled_from([0, 11]),
    section=st.integers(1, 16),
    marked=st.booleans(),
    undivided=st.booleans(),
    tax_system=st.none() | st.sampled_from([0, 1, 5]),
    blocked=st.booleans(),
    agent=st.none() | st.integers(0, 6),
    excise=st.none() | st.integers(0, 2**31 - 1),
    country=st.sampled_from(["", "643"]),
    customs_declaration=st.sampled_from(["", "10702030/☕", "я" * 32]),
    marking=st.sampled_from(["", "jewelry", "water"]),
    alcohol=st.booleans(),
    volume_ml=st.none() | st.integers(0, 2**31 - 1),
    extra=st.none()
    | st.dictionaries(
        st.sampled_from([*EXTRA_NUMBERS, "agentNum", "jewelry", "x"]),
        st.booleans() | st.integers(-5, 2**33) | st.sampled_from(["643", "", "я" * 40, "10702030/☕"]) | st.none(),
    ),
    changed_revision=st.just(1),
)


@given(ITEMS, st.integers(1, 1000), st.sampled_from(["0.2", "0.3", "0.4", "0.6"]), st.sampled_from(["1.05", "1.2"]))
def test_every_line_is_canonical(one: ListItem, percent: int, base_version: str, ffd: str) -> None:
    making = maker(base_version, ffd, percent)
    line = making.line(one)
    if line is None:
        assert any(problem.whole for problem in making.problems)
        return
    assert line == canonical_line(json.loads(line))
    assert len(line) <= MAX_LINE_BYTES
    assert maker(base_version, ffd, percent).line(one) == line
    check_record(json.loads(line), RecordRules(base_version, ffd))  # type: ignore[arg-type]  # as a register checks it


# Those of which a whole block has nothing to be told, and a few others.
USUAL = st.builds(
    item,
    short_name=st.sampled_from(["Сыр", 'Чай "Лето"', "a\\b", "1/2 №5"]),
    price=st.integers(0, 10**6),
    barcodes=st.sampled_from(["", "0460"]) | st.integers(10**12, 10**13 - 1).map(str),
    blocked=st.booleans(),
    changed_revision=st.integers(1, 3),
)


@given(
    st.lists(USUAL, max_size=12),
    st.lists(ITEMS | USUAL, max_size=2),
    st.sampled_from([100, 117]),
    st.none() | st.just(1),
)
def test_many_items_come_to_what_each_comes_to(
    usual: list[ListItem], other: list[ListItem], percent: int, since: int | None
) -> None:
    items = [one._replace(code=code) for code, one in enumerate([*usual, *other, *usual], 1)]
    one_by_one, together = (PriceListBuilder(maker(percent=percent), since) for _ in range(2))
    for one in items:
        one_by_one.add(one)
    together.add_all(items)
    for both in zip(_all_of(one_by_one), _all_of(together), strict=True):
        assert both[0] == both[1]


def _all_of(building: PriceListBuilder) -> list[object]:
    delta = building.delta()
    found = [building.list.finish(), building.list.chunks, building.list.lines, building.base_hash]
    return [*found, building.problems, building.problems_count, delta.finish(), delta.chunks]


@given(st.lists(st.integers(1, 9_000), max_size=40))
def test_chunks_of_many_lines_are_those_of_each(sizes: list[int]) -> None:
    one_by_one, together = LineChunks(), LineChunks()
    lines = [b"x" * size for size in sizes]
    for code, line in enumerate(lines):
        one_by_one.add(code, line)
    together.add_all(range(len(lines)), lines)
    assert one_by_one.finish() == together.finish()
    assert one_by_one.chunks == together.chunks and one_by_one.bytes == together.bytes == sum(sizes) + len(sizes)
    assert all(len(chunk.body) <= CHUNK_BYTES for chunk in together.chunks)


@pytest.mark.parametrize(
    ("fields", "facts", "code", "whole"),
    [
        ({"price": None}, {}, "no_price", True),
        ({"price": PRICE_MAX}, {"percent": 101}, "price_above_limit", True),
        ({"tax_code": 11}, {"base_version": "0.1"}, "tax_code_unknown", True),
        ({"type_code": 33, "marked": True}, {"ffd": "1.05"}, "type_code_unknown", True),
        ({"marked": True, "tax_code": 6}, {"base_version": "0.1"}, "marked_unsupported", True),
        ({"blocked": True}, {"base_version": "0.3"}, "blocked_unsupported", True),
        ({"short_name": ""}, {}, "name_empty", True),
        ({"measure_unit": 11}, {"ffd": "1.1"}, "measure_unsupported", False),
        ({"barcodes": "AB12"}, {}, "barcode_not_numeric", False),
        ({"barcodes": "1" * 19}, {}, "barcode_too_long", False),
        ({"barcodes": "46000002 46000019"}, {}, "extra_barcode", False),
    ],
)
def test_what_a_register_does_not_get(
    fields: dict[str, object], facts: dict[str, object], code: str, whole: bool
) -> None:
    making = maker(**facts)  # type: ignore[arg-type]
    line = making.line(item(**fields))  # type: ignore[arg-type]
    assert [(problem.code, problem.whole) for problem in making.problems] == [(code, whole)]
    assert (line is None) == whole


def test_two_items_with_one_number() -> None:
    making = maker()
    assert record(making.line(item(1, barcodes="0460")))["barcode"] == 460
    later = record(making.line(item(2, barcodes="460")))
    assert "barcode" not in later
    assert making.problems[0].params == {"barcode": "460", "other": 1}


def test_free_price_and_blocked_items_are_sent() -> None:
    sent = record(maker(percent=50).line(item(price=0, blocked=True)))
    assert (sent["price"], sent["blocked"]) == (0, True)


def test_fields_come_with_their_base_version() -> None:
    extra = {"partsCount": 2, "partPrice": -1, "z": 1}
    few = {"agent": 3, "excise": 5, "country": "643", "extra": extra}
    old = record(maker("0.1").line(item(**few, tax_code=6, tax_system=0)))
    assert set(old) == {"code", "name", "price", "section", "taxCode", "taxSystem", "typeCode", "undivided", "agentNum"}
    new = record(maker("0.4").line(item(**few)))
    assert {"marked", "measureUnit", "agentNum", "exciseAmount", "partsCount", "countryOfOrigin"} <= set(new)
    assert not {"partPrice", "z"} & set(new)


def test_alcohol_needs_its_volume_and_is_no_jewelry() -> None:
    wine = record(maker("0.6").line(item(alcohol=True, volume_ml=750, marking="jewelry")))
    assert (wine["alcohol"], wine["volume"]) == (True, 750) and "jewelry" not in wine
    untold = record(maker("0.6").line(item(alcohol=True, marking="jewelry")))
    assert untold["jewelry"] is True and not {"alcohol", "volume"} & set(untold)


def test_profiles() -> None:
    assert profile_of("", "", "").fields == profile_of("", profile_data().default_base_version, "1.2").fields
    assert 33 not in profile_of("", "0.4", "1.1").type_codes
    assert 33 in profile_of("", "0.4", "1.2").type_codes
    assert profile_of("", "0.10", "1.05").ffd == "1.05"
    assert not profile_of("", "0.4", "1.05").measures


def test_chunks_hold_whole_lines_and_their_hashes() -> None:
    building = PriceListBuilder(maker(), None)
    for code in range(1, 1001):
        building.add(item(code, short_name=f"Товар номер {code}"))
    sha256 = building.list.finish()
    bodies = [chunk.body for chunk in building.list.chunks]
    assert all(len(body) <= CHUNK_BYTES and body.endswith(b"\n") for body in bodies)
    assert len(bodies) == len(building.list.chunks) > 5
    whole = b"".join(bodies)
    assert hashlib.sha256(whole).hexdigest() == sha256 == building.list.chunks[-1].prefix_sha256
    assert building.list.chunks[2].prefix_sha256 == hashlib.sha256(b"".join(bodies[:3])).hexdigest()
    lines = whole.splitlines()
    assert building.base_hash == base_hash_of(lines)
    assert [json.loads(line)["code"] for line in lines] == list(range(1, 1001))
    assert (building.list.lines, building.list.bytes) == (1000, len(whole))
    assert building.list.chunks[0].first_code == 1


@given(
    st.dictionaries(st.integers(1, 30), st.integers(0, 50), max_size=20),
    st.dictionaries(st.integers(1, 30), st.none() | st.integers(0, 50), max_size=20),
)
def test_a_delta_leads_from_the_old_base_to_the_new_one(before: dict[int, int], changes: dict[int, int | None]) -> None:
    after = {**before, **{code: price for code, price in changes.items() if price is not None}}
    for code, price in changes.items():
        if price is None:
            after.pop(code, None)
    held = {code: maker().line(item(code, price=price)) for code, price in before.items()}
    building = PriceListBuilder(maker(), 1)
    for code, price in sorted(after.items()):
        building.add(item(code, price=price, changed_revision=2 if code in changes else 1))
    for code in sorted(set(changes) - set(after)):
        building.add_absent(code)
    old_hash = base_hash_of(line for line in held.values() if line)
    delta = building.delta()
    delta.finish()
    for line in b"".join(chunk.body for chunk in delta.chunks).splitlines():
        told = json.loads(line)
        was = held.pop(told["code"], None)
        added = [] if told.get("deleted") else [line]
        if added:
            held[told["code"]] = line
        old_hash = add_to_base_hash(old_hash, added, [was] if was else [])
    assert old_hash == building.base_hash
    assert deletion_line(5) == canonical_line({"code": 5, "deleted": True})


def test_the_first_problems_are_kept_and_all_are_counted() -> None:
    building = PriceListBuilder(maker(), None)
    for code in range(1, 701):
        building.add(item(code, price=None))
    assert (building.problems_count, len(building.problems)) == (700, 500)


def test_groups_within_groups() -> None:
    parents = {"a": None, "b": "a", "c": "b", "d": None}
    assert with_descendants(parents, ["a"]) == {"a", "b", "c"}
    assert with_descendants(parents, ["c", "d", "gone"]) == {"c", "d"}
    assert unknown_groups(parents, ["gone", "c", "away"]) == ["away", "gone"]
    assert would_circle(parents, "a", "c") and not would_circle(parents, "c", "d")
    assert items_in(parents, [(("c", "b"), 2), (("d",), 5), (("a", "d"), 1)]) == {"a": 3, "b": 2, "c": 2, "d": 6}


def test_search_words() -> None:
    assert search_patterns("  МОЛОКО Ёлка 100% ") == ["%молоко%", "%елка%", "%100\\%%"]
    assert search_patterns("") == search_patterns(" \n ") == []
    assert len(search_patterns("а б в г д е ж з и к л")) == 8
    assert search_patterns("a\ud800b_\\") == ["%ab\\_\\\\%"]
