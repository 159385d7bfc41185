"""Loads on a whole link: what the session tells its driver about buffer, switch, abort and drain."""

import json
from typing import Any

import pytest

from services.device_gateway.protocol.outputs import (
    Close,
    LoadAborted,
    LoadApplied,
    LoadBuffered,
    LoadFailed,
    LoadWaiting,
    Output,
    Send,
)
from services.device_gateway.protocol.pending import LoadUnderWay
from services.device_gateway.protocol.session import Identified
from tests.unit.protocol.test_load_sender import CHUNKS, PLAN, wanted
from tests.unit.protocol.test_session import link, said

HASH = "ab" * 32


def hear(one: Identified, now: float = 0.0, **message: Any) -> list[Output]:
    """The register says this."""
    return one.text_received(json.dumps(message), now)


def state(one: Identified, **fields: Any) -> list[Output]:
    """The register says where the load stands."""
    return hear(one, type="load_state", exchange="ex", load=PLAN.sha256, **fields)


def buffered() -> Identified:
    """A link whose load is in the buffer."""
    one = link()
    one.start_load(PLAN, 0.0)
    hear(one, type="load_begun", id=1, handle=9, state="ready", received=30, prefix_sha256=PLAN.sha256)
    assert hear(one, type="load_ended", id=2, handle=9, result="buffered") == [LoadBuffered("ex")]
    return one


def test_nothing_is_switched_before_it_is_ordered() -> None:
    """And then the order names the exchange."""
    one = buffered()
    assert one.tick(10.0) == []
    assert said(one.apply_load("ex", 0.0)) == [{"type": "load_apply", "id": 3, "exchange": "ex"}]
    told = state(one, id=3, state="applied", revision=5, base_hash=HASH, count=30)
    assert told == [LoadApplied("ex", 5, HASH, 30)]
    assert one.load is None


def test_a_waiting_register_reports_by_itself() -> None:
    """For as long as it takes."""
    one = buffered()
    one.apply_load("ex", 0.0)
    assert state(one, id=3, state="waiting", reason="dialog") == [LoadWaiting("ex", "dialog")]
    assert one.deadline() == 75.0  # silence is the only deadline left
    assert state(one, state="waiting", reason="sales_mode") == [LoadWaiting("ex", "sales_mode")]
    assert state(one, state="failed", code="declined", register_code="067") == [LoadFailed("ex", "declined", "067")]


def test_a_load_of_an_earlier_link_can_be_ordered_and_told() -> None:
    """The register knows its buffer by the exchange."""
    one = link()
    assert said(one.apply_load("ex", 0.0)) == [{"type": "load_apply", "id": 1, "exchange": "ex"}]
    assert hear(one, type="error", id=1, code="load_unknown") == [LoadFailed("ex", "load_unknown")]
    told = state(one, state="applied", revision=5, base_hash=HASH, count=30)
    assert told == [LoadApplied("ex", 5, HASH, 30)]


def test_no_answer_to_the_order_ends_the_link_and_decides_nothing() -> None:
    """Only the next hello knows."""
    one = buffered()
    one.apply_load("ex", 0.0)
    hear(one, 100.0, type="mode_changed", mode="menu", since="2026-03-02T07:40:00Z")
    (close,) = one.tick(120.0)
    assert isinstance(close, Close)
    assert close.reason.name == "no_answer"


def test_an_aborted_load_makes_room_for_another() -> None:
    """At once; the register is told in order."""
    one = link()
    one.start_load(PLAN, 0.0)
    with pytest.raises(LoadUnderWay):
        one.start_load(PLAN, 0.0)
    assert said(one.abort_load("ex", 0.0)) == [{"type": "load_abort", "id": 2, "exchange": "ex"}]
    assert one.start_load(PLAN, 0.0)
    assert hear(one, type="load_begun", id=1, handle=9, state="ready") == []
    assert hear(one, type="done", id=2) == [LoadAborted("ex")]


def test_an_abort_that_comes_too_late_is_told() -> None:
    """The register had switched already."""
    one = link()
    one.abort_load("ex", 0.0)
    assert hear(one, type="error", id=1, code="already_applied") == [LoadFailed("ex", "already_applied")]


def test_a_load_that_fails_midway_makes_room() -> None:
    """No memory, say."""
    one = link()
    one.start_load(PLAN, 0.0)
    hear(one, type="load_begun", id=1, handle=9, state="ready")
    assert state(one, state="failed", code="memory_full", register_code="099") == [
        LoadFailed("ex", "memory_full", "099")
    ]
    assert one.load is None


def test_draining_lets_the_chunks_in_flight_arrive() -> None:
    """Then it closes; or after five seconds."""
    for in_time in (True, False):
        one = link()
        one.start_load(PLAN, 0.0)
        outputs = hear(one, type="load_begun", id=1, handle=9, state="ready")
        for number in wanted(outputs)[:2]:  # type: ignore[arg-type]
            one.chunk_ready("ex", number, CHUNKS[number - 1], 0.0)
        assert [type(output) for output in one.drain(9, 1.0)] == [Send]
        if in_time:
            assert not any(isinstance(output, Close) for output in hear(one, type="chunk_ack", handle=9, received=1))
            closing = hear(one, type="chunk_ack", handle=9, received=2)[-1]
        else:
            assert one.deadline() == 6.0
            (closing,) = one.tick(6.0)
        assert isinstance(closing, Close)
        assert closing.reason.name == "draining"


def test_the_driver_answers_late_and_nothing_happens() -> None:
    """A chunk or a prefix of a load that is over, or of another one."""
    one = link()
    assert one.chunk_ready("ex", 1, CHUNKS[0], 0.0) == []
    assert one.prefix_ready("ex", 1, HASH, 0.0) == []
    one.start_load(PLAN, 0.0)
    assert one.chunk_ready("other", 1, CHUNKS[0], 0.0) == []
    assert one.apply_load("ex", 0.0) == []
