"""The base hash: the same for the same records in whatever order they came."""

import hashlib

from hypothesis import given
from hypothesis import strategies as st

from services.contracts.goods_record import (
    EMPTY_BASE_HASH,
    RECORD_DOMAIN,
    Record,
    add_to_base_hash,
    base_hash_of,
    canonical_line,
)

records = st.fixed_dictionaries(
    {"code": st.integers(1, 10**9), "name": st.text(max_size=56), "price": st.integers(0, 2_147_483_600)}
)


def test_the_canonical_line_is_sorted_compact_utf8() -> None:
    record: Record = {"price": 4550, "name": 'Хлеб "Бородинский"', "code": 1, "marked": False}
    assert canonical_line(record).decode() == '{"code":1,"marked":false,"name":"Хлеб \\"Бородинский\\"","price":4550}'


def test_one_record_hashes_to_its_own_digest() -> None:
    line = canonical_line({"code": 1})
    assert base_hash_of([line]) == hashlib.sha256(RECORD_DOMAIN + line).hexdigest()


def test_an_empty_base_has_the_empty_hash() -> None:
    assert base_hash_of([]) == EMPTY_BASE_HASH


@given(st.lists(records, max_size=20), st.randoms(use_true_random=False))
def test_order_does_not_matter(many: list[Record], shuffler: object) -> None:
    lines = [canonical_line(record) for record in many]
    turned = list(lines)
    shuffler.shuffle(turned)  # type: ignore[attr-defined]
    assert base_hash_of(lines) == base_hash_of(turned)


@given(st.lists(records, max_size=10), records, records)
def test_an_upsert_takes_the_old_line_out_and_puts_the_new_one_in(many: list[Record], old: Record, new: Record) -> None:
    rest = [canonical_line(record) for record in many]
    before = base_hash_of([*rest, canonical_line(old)])
    after = add_to_base_hash(before, added=[canonical_line(new)], removed=[canonical_line(old)])
    assert after == base_hash_of([*rest, canonical_line(new)])
