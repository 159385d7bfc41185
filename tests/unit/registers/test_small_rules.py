"""Names, sort keys, cursors, timelines, ids: small rules, each with its bound."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.contracts.exchange_words import Step
from services.contracts.refusals import Invalid
from services.contracts.registers import TimelineEntry
from services.contracts.values import Cursor
from services.registers.domain.cursors import (
    AfterName,
    AfterTime,
    decode_name_cursor,
    decode_time_cursor,
    encode_cursor,
)
from services.registers.domain.ids import is_id
from services.registers.domain.kkt_ids import digits_of
from services.registers.domain.register_rules import (
    clean_name,
    name_errors,
    percent_errors,
    rounding_errors,
    search_key,
    serial_errors,
    sort_key,
)
from services.registers.domain.timeline import MAX_ENTRIES, is_repeated, with_entry

NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)


@given(st.text(max_size=200))
def test_a_cleaned_name_is_clean(name: str) -> None:
    clean = clean_name(name)
    assert clean == clean_name(clean) and clean == clean.strip()
    if not name_errors(clean):
        assert 1 <= len(clean) <= 100 and "\0" not in clean
    search_key(clean), sort_key(clean)


def test_names_sort_as_people_count() -> None:
    names = ["Касса 10", "касса 9", "Ель", "Ёж", "Жук", "Касса 1"]
    assert sorted(names, key=sort_key) == ["Ёж", "Ель", "Жук", "Касса 1", "касса 9", "Касса 10"]
    assert search_key("  Тёплый   СКЛАД ") == "теплый склад"
    assert digits_of("1234 5678\u00a09012") == "123456789012"


@pytest.mark.parametrize("serial", ["", "04-1", "0" * 21, "04\n", "касса"])
def test_serial_numbers_have_a_form(serial: str) -> None:
    assert serial_errors(serial) and not serial_errors("04000001") and not serial_errors(None)


def test_bounds_of_percent_and_rounding() -> None:
    assert [bool(percent_errors(percent)) for percent in (0, 1, 1000, 1001)] == [True, False, False, True]
    assert [step for step in range(-1, 200) if not rounding_errors(step)] == [1, 10, 50, 100]


@given(st.text(max_size=50).filter(lambda text: "\0" not in text), st.uuids())
def test_name_cursors_come_back(key: str, row_id: UUID) -> None:
    after = AfterName.of(key, str(row_id))
    assert decode_name_cursor(encode_cursor(after)) == after


@given(st.datetimes(timezones=st.just(UTC)), st.uuids())
def test_time_cursors_come_back(at: datetime, row_id: UUID) -> None:
    after = AfterTime.of(at, str(row_id))
    assert decode_time_cursor(encode_cursor(after)) == after


@given(st.text(max_size=80))
def test_a_made_up_cursor_is_refused(text: str) -> None:
    for decode in (decode_name_cursor, decode_time_cursor):
        with pytest.raises(Invalid):
            decode(Cursor(text))


def test_only_uuids_as_we_write_them_are_ids() -> None:
    assert is_id("0d1f9d7e-6a0c-4c38-9d0a-2f1d1d6f7a11")
    for text in ("", "0D1F9D7E-6A0C-4C38-9D0A-2F1D1D6F7A11", "{0d1f9d7e-6a0c-4c38-9d0a-2f1d1d6f7a11}", "0" * 32, "\0"):
        assert not is_id(text)


@pytest.mark.parametrize("count", [0, 1, MAX_ENTRIES - 1, MAX_ENTRIES, MAX_ENTRIES + 1, 3 * MAX_ENTRIES])
def test_a_timeline_is_bounded_and_counts_what_it_left_out(count: int) -> None:
    entries: tuple[TimelineEntry, ...] = ()
    for number in range(count):
        entries = with_entry(entries, TimelineEntry(NOW + timedelta(seconds=number), "step", {"n": number}))
    assert len(entries) == min(count, MAX_ENTRIES)
    left_out = sum(int(entry.params["entries"]) for entry in entries if entry.what == Step.LEFT_OUT)
    kept = [entry.params["n"] for entry in entries if entry.what == "step"]
    assert left_out + len(kept) == count and kept == sorted(kept)
    if count:
        assert kept[0] == 0 and kept[-1] == count - 1
    assert [entry.at for entry in entries] == sorted(entry.at for entry in entries)


def test_the_same_step_twice_in_a_row_is_one() -> None:
    entries = with_entry((), TimelineEntry(NOW, Step.WAITING, {"reason": "offline"}))
    assert is_repeated(entries, Step.WAITING, {"reason": "offline"})
    assert not is_repeated(entries, Step.WAITING, {"reason": "busy"})
    assert not is_repeated((), Step.WAITING, {})
