"""Price truth: every state of things has one honest word."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from services.contracts.registers import ExchangeState, GoodsVersion
from services.registers.domain.exchange_states import LIVE
from services.registers.domain.truth import GoodsFacts, Held, LoadFacts, completes, goods_truth, judge_held

A = GoodsVersion(3, "a", 10, datetime(2026, 3, 2, tzinfo=UTC))
B = GoodsVersion(4, "b", 11)
SYNCED = GoodsFacts(
    latest=3,
    recipe_id="r",
    desired=A,
    desired_recipe_id="r",
    confirmed=A,
    drift=False,
    load=LoadFacts(ExchangeState.APPLIED, None, "r", "a", 3),
)


def truth(**facts: object) -> tuple[bool, str | None, bool]:
    told = goods_truth(replace(SYNCED, **facts))
    return told.in_sync, told.reason, told.unsent


def under_way(state: ExchangeState, reason: str | None = None, base_hash: str | None = "b") -> LoadFacts:
    return LoadFacts(state, reason, "r", base_hash, 4 if base_hash else None)


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({}, (True, None, False)),
        ({"latest": 4}, (True, None, True)),
        ({"recipe_id": "other"}, (True, None, True)),
        ({"drift": True}, (False, "drift", False)),
        ({"desired": None, "load": None}, (False, "never_loaded", True)),
        ({"desired": None, "confirmed": None, "load": None, "latest": 0}, (False, "never_loaded", False)),
        ({"desired": B, "load": under_way(ExchangeState.SENDING)}, (False, "loading", False)),
        ({"desired": B, "load": under_way(ExchangeState.QUEUED)}, (False, "loading", False)),
        ({"desired": B, "load": under_way(ExchangeState.WAITING, "offline")}, (False, "offline", False)),
        ({"desired": B, "load": under_way(ExchangeState.WAITING, "sales_mode")}, (False, "sales_mode", False)),
        ({"desired": B, "load": under_way(ExchangeState.BUFFERED, "dialog")}, (False, "dialog", False)),
        ({"desired": B, "load": under_way(ExchangeState.BUFFERED)}, (False, "loading", False)),
        (
            {"desired": B, "load": under_way(ExchangeState.WAITING, "offline"), "other_under_way": True},
            (False, "loading", False),
        ),
        # its list is not built yet: it will be of the base as it is then
        ({"latest": 9, "load": under_way(ExchangeState.QUEUED, None, None)}, (False, "loading", False)),
        (
            {"latest": 9, "recipe_id": "x", "load": under_way(ExchangeState.QUEUED, None, None)},
            (False, "loading", True),
        ),
        # sent again, the very same
        ({"load": LoadFacts(ExchangeState.SENDING, None, "r", "a", 3)}, (True, None, False)),
        ({"desired": B, "load": under_way(ExchangeState.FAILED, "declined")}, (False, "failed:declined", False)),
        ({"desired": B, "load": under_way(ExchangeState.EXPIRED, "offline")}, (False, "failed:offline", False)),
        ({"desired": B, "load": under_way(ExchangeState.EXPIRED)}, (False, "failed:expired", False)),
        ({"confirmed": None}, (False, "never_loaded", False)),
    ],
)
def test_words(facts: dict[str, object], expected: tuple[bool, str | None, bool]) -> None:
    assert truth(**facts) == expected


versions = st.none() | st.sampled_from([A, B])
loads = st.none() | st.builds(
    LoadFacts,
    state=st.sampled_from(list(ExchangeState)),
    reason=st.none() | st.just("offline"),
    recipe_id=st.sampled_from(["r", "other"]),
    base_hash=st.sampled_from([None, "a", "b"]),
    revision=st.just(3),
)


@given(
    st.builds(
        GoodsFacts,
        latest=st.integers(0, 5),
        recipe_id=st.just("r"),
        desired=versions,
        desired_recipe_id=st.sampled_from(["r", "other"]),
        confirmed=versions,
        drift=st.booleans(),
        load=loads,
    )
)
def test_there_is_a_reason_exactly_when_it_is_not_in_sync(facts: GoodsFacts) -> None:
    told = goods_truth(facts)
    assert told.in_sync == (told.reason is None)
    if told.in_sync:
        assert told.desired is not None and told.confirmed is not None
        assert told.desired.base_hash == told.confirmed.base_hash
        live = facts.load is not None and facts.load.state in LIVE
        assert not live or facts.load is None or facts.load.base_hash == told.confirmed.base_hash


@pytest.mark.parametrize(
    ("held", "confirmed", "desired", "verdict"),
    [
        ("a", "a", "a", Held.AS_CONFIRMED),
        ("a", "b", "a", Held.AS_DESIRED),
        ("a", None, "a", Held.AS_DESIRED),
        ("a", "a", "b", Held.AS_CONFIRMED),
        ("a", "a", None, Held.AS_CONFIRMED),
        ("a", None, None, Held.FIRST),
        ("a", "b", None, Held.FIRST),
        ("c", "a", "a", Held.DRIFT),
        ("c", None, "a", Held.FIRST),
    ],
)
def test_what_it_holds(held: str, confirmed: str | None, desired: str | None, verdict: Held) -> None:
    assert judge_held(held, confirmed, desired) is verdict


def test_what_completes_a_load() -> None:
    assert completes("b", 11, B, "a", apply_sent=False)
    assert not completes("b", 10, B, "a", apply_sent=True)
    assert not completes("b", 11, B, "b", apply_sent=False)  # it held that before
    assert completes("b", 11, B, "b", apply_sent=True)
