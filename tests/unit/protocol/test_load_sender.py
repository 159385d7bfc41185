"""The server's side of a load: the window, lost acknowledgements, resuming, wrong hashes, and every bound."""

import hashlib
import json
from collections.abc import Sequence
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from services.device_gateway.protocol.frames import decode_chunk
from services.device_gateway.protocol.load_sender import LoadPlan, LoadSender, Phase
from services.device_gateway.protocol.outputs import (
    LoadApplied,
    LoadBegan,
    LoadBuffered,
    LoadFailed,
    LoadOutput,
    LoadProgress,
    LoadRestarted,
    LoadWaiting,
    NeedChunk,
    NeedPrefix,
    Send,
)
from services.device_gateway.protocol.pending import Counter
from services.device_gateway.protocol.register_messages import ChunkAck, LoadBegun, LoadEnded, RegisterError
from services.device_gateway.protocol.timings import DEFAULT_TIMINGS

CHUNKS = [f'{{"code":{number}}}\n'.encode() for number in range(1, 31)]
PREFIXES = [hashlib.sha256(b"".join(CHUNKS[:count])).hexdigest() for count in range(len(CHUNKS) + 1)]
PLAN = LoadPlan(
    exchange="ex",
    handle=9,
    revision=5,
    kind="full",
    chunks=len(CHUNKS),
    records=len(CHUNKS),
    bytes=sum(len(chunk) for chunk in CHUNKS),
    sha256=PREFIXES[-1],
    base_hash="ab" * 32,
)


def sender(plan: LoadPlan = PLAN) -> LoadSender:
    """A load that was just offered."""
    one = LoadSender(plan, DEFAULT_TIMINGS, Counter())
    one.begin(0.0)
    return one


def begun(one: LoadSender, received: int = 0, prefix: str | None = None, now: float = 0.0) -> list[LoadOutput]:
    """The register says where it goes on."""
    return one.begun(LoadBegun(id=1, handle=9, state="ready", received=received, prefix_sha256=prefix), now)


def wanted(outputs: Sequence[LoadOutput]) -> list[int]:
    """The numbers of the chunks that are asked for."""
    return [one.number for one in outputs if isinstance(one, NeedChunk)]


def frames(outputs: Sequence[LoadOutput]) -> list[int]:
    """The numbers of the chunks that are sent."""
    return [decode_chunk(one.data).number for one in outputs if isinstance(one, Send) and isinstance(one.data, bytes)]


def messages(outputs: Sequence[LoadOutput]) -> list[dict[str, Any]]:
    """The messages that are sent."""
    return [json.loads(one.data) for one in outputs if isinstance(one, Send) and isinstance(one.data, str)]


def feed(one: LoadSender, numbers: Sequence[int], now: float = 0.0) -> list[int]:
    """Give the chunks; the numbers that went out."""
    return [sent for number in numbers for sent in frames(one.chunk_ready(number, CHUNKS[number - 1], now))]


def ack(one: LoadSender, received: int, now: float = 0.0, handle: int = 9) -> list[LoadOutput]:
    """The register acknowledges."""
    return one.acknowledged(ChunkAck(handle=handle, received=received), now)


def test_a_window_is_asked_for_and_no_more() -> None:
    """Eight; each acknowledgement opens room for as many as it covers."""
    one = sender()
    outputs = begun(one)
    assert outputs[0] == LoadBegan("ex", 0, 30)
    assert wanted(outputs) == [1, 2, 3, 4, 5, 6, 7, 8]
    assert feed(one, range(1, 9)) == [1, 2, 3, 4, 5, 6, 7, 8]
    outputs = ack(one, 3)
    assert outputs[0] == LoadProgress("ex", 3, 30)
    assert wanted(outputs) == [9, 10, 11]
    assert one.in_flight == 5


def test_chunks_go_out_in_order_however_they_were_fetched() -> None:
    """What comes early waits for its turn."""
    one = sender()
    begun(one)
    assert feed(one, [3, 2, 4, 1, 6, 5]) == [1, 2, 3, 4, 5, 6]


def test_acks_that_cannot_be_are_ignored() -> None:
    """Older ones, ones of another load, ones of chunks that were never sent."""
    one = sender()
    begun(one)
    feed(one, range(1, 5))
    ack(one, 2)
    for outputs in (ack(one, 2), ack(one, 1), ack(one, 5), ack(one, 3, handle=8)):
        assert outputs == []
    assert one.received == 2


def test_a_load_goes_on_behind_what_the_register_proves() -> None:
    """The prefix is asked of the driver, and compared."""
    one = sender()
    assert begun(one, 12, PREFIXES[12]) == [NeedPrefix("ex", 12)]
    outputs = one.prefix_ready(12, PREFIXES[12], 0.0)
    assert outputs[0] == LoadBegan("ex", 12, 30)
    assert wanted(outputs) == list(range(13, 21))


def test_a_wrong_prefix_starts_at_the_first_chunk() -> None:
    """And tells the register so; at the third time the load fails."""
    one = sender()
    for _ in range(2):
        begun(one, 12, PREFIXES[11])
        outputs = one.prefix_ready(12, PREFIXES[12], 0.0)
        assert outputs[0] == LoadRestarted("ex", "resume_mismatch")
        assert messages(outputs)[0]["restart"] is True
    begun(one, 31, PREFIXES[11])
    assert one.phase is Phase.OVER


def test_a_full_buffer_needs_no_chunk() -> None:
    """All is there already: on to the end."""
    one = sender()
    outputs = begun(one, 30, PLAN.sha256)
    assert wanted(outputs) == []
    assert messages(outputs) == [{"type": "load_end", "id": 2, "handle": 9}]
    assert one.ended(LoadEnded(id=2, handle=9, result="buffered"), 0.0) == [LoadBuffered("ex")]


def test_an_empty_load_ends_at_once() -> None:
    """No chunks, no lines: a base that becomes empty, or a delta without changes."""
    one = sender(LoadPlan(**{**_fields(PLAN), "chunks": 0, "records": 0, "bytes": 0, "sha256": PREFIXES[0]}))
    assert [message["type"] for message in messages(begun(one))] == ["load_end"]


def _fields(plan: LoadPlan) -> dict[str, Any]:
    return {name: getattr(plan, name) for name in plan.__struct_fields__}


def test_a_hash_wrong_three_times_fails_the_load() -> None:
    """Twice it starts again at chunk 1."""
    one = sender()
    for attempt in range(1, 4):
        begun(one, 0)
        for number in range(1, 31):
            feed(one, [number])
            outputs = ack(one, number)
        assert messages(outputs)[-1]["type"] == "load_end"
        outputs = one.ended(LoadEnded(id=2, handle=9, result="hash_wrong"), 0.0)
        if attempt < 3:
            assert outputs[0] == LoadRestarted("ex", "hash_wrong")
            assert messages(outputs)[0]["restart"] is True
    assert outputs == [LoadFailed("ex", "hash_wrong")]
    assert one.phase is Phase.OVER


def test_lost_acks_are_asked_for_and_the_load_goes_on() -> None:
    """The register has the chunks, only its acknowledgements were lost."""
    one = sender()
    begun(one)
    feed(one, range(1, 9), now=100.0)
    assert one.deadline == 160.0
    assert one.tick(159.9) == []
    outputs = one.tick(160.0)
    assert messages(outputs)[0]["type"] == "load_begin"
    assert "restart" not in messages(outputs)[0]
    assert begun(one, 8, PREFIXES[8], 161.0) == [NeedPrefix("ex", 8)]
    assert wanted(one.prefix_ready(8, PREFIXES[8], 161.0)) == list(range(9, 17))


def test_a_new_offer_forgets_what_the_earlier_one_asked_for() -> None:
    """A chunk that is fetched late goes out only where the register's new place asks for it too."""
    one = sender()
    begun(one, 13, PREFIXES[13])
    assert wanted(one.prefix_ready(13, PREFIXES[13], 0.0)) == list(range(14, 22))
    assert feed(one, [14]) == [14]
    assert messages(one.tick(61.0))[0]["type"] == "load_begin"
    assert (one.received, one.in_flight) == (0, 0)
    assert feed(one, [15], 61.0) == []
    assert begun(one, 0, now=61.0)[0] == LoadBegan("ex", 0, 30)
    assert feed(one, [15, 14, 9], 61.0) == []
    assert feed(one, [1], 61.0) == [1]
    assert one.deadline == 121.0


def test_a_register_that_never_answers_fails_the_load() -> None:
    """Three deadlines in a row without one more chunk."""
    one = sender()
    now = 0.0
    for _ in range(2):
        now += 30.0
        assert messages(one.tick(now))[0]["type"] == "load_begin"
    assert one.tick(now + 30.0) == [LoadFailed("ex", "register_silent")]


def test_progress_forgives_missed_deadlines() -> None:
    """A slow line that moves is never given up."""
    one = sender()
    now = 0.0
    for received in range(3):
        outputs = begun(one, received, PREFIXES[received], now)
        outputs += one.prefix_ready(received, PREFIXES[received], now)
        feed(one, wanted(outputs)[:1], now)
        now += 60.0
        assert messages(one.tick(now))[0]["type"] == "load_begin"
    for _ in range(1):
        now += 30.0
        assert messages(one.tick(now))[0]["type"] == "load_begin"
    assert one.tick(now + 30.0) == [LoadFailed("ex", "register_silent")]


def test_sales_mode_holds_the_load_until_it_ends() -> None:
    """Then it is offered again by itself; no deadline runs meanwhile."""
    one = sender()
    waiting = LoadBegun(id=1, handle=9, state="waiting", reason="sales_mode")
    assert one.begun(waiting, 0.0) == [LoadWaiting("ex", "sales_mode")]
    assert one.deadline is None
    assert one.tick(10_000.0) == one.mode_is("sales", 0.0) == []
    assert messages(one.mode_is("reports", 0.0))[0]["type"] == "load_begin"
    assert one.mode_is("menu", 0.0) == []


def test_an_exchange_applied_before_is_told_at_once() -> None:
    """The outcome got lost, the switch did not."""
    one = sender()
    answer = LoadBegun(id=1, handle=9, state="applied", revision=5, base_hash="ab" * 32, count=30)
    assert one.begun(answer, 0.0) == [LoadApplied("ex", 5, "ab" * 32, 30)]
    assert one.phase is Phase.OVER


def test_a_refused_load_names_the_record() -> None:
    """Everything the register said is told."""
    one = sender()
    error = RegisterError(id=1, code="record_refused", register_code="071", record=17, field="taxCode")
    assert one.refused(error, 0.0) == [LoadFailed("ex", "record_refused", "071", 17, "taxCode")]


def test_a_register_that_lost_its_place_is_asked_again() -> None:
    """A bounded number of times."""
    one = sender()
    lost = RegisterError(id=1, code="load_unknown")
    assert messages(one.refused(lost, 0.0))[0]["type"] == "load_begin"
    assert messages(one.refused(lost, 0.0))[0]["type"] == "load_begin"
    assert one.refused(lost, 0.0) == [LoadFailed("ex", "register_silent")]


def test_a_stopping_server_sends_nothing_new() -> None:
    """What is in flight may still be acknowledged."""
    one = sender()
    begun(one)
    feed(one, [1, 2])
    one.stop_sending()
    assert feed(one, [3]) == []
    assert wanted(ack(one, 2)) == []
    assert one.in_flight == 0


@settings(max_examples=200)
@given(st.data())
def test_whatever_the_register_says_the_window_holds(data: st.DataObject) -> None:
    """Random answers, acknowledgements, fetches and time: never more than the window, in order, and an end in sight."""
    one = sender()
    now, expected_next, asked = 0.0, 1, set[int]()
    for _ in range(data.draw(st.integers(1, 60))):
        if one.phase is Phase.OVER:
            break
        match data.draw(st.sampled_from(["begun", "ack", "chunk", "prefix", "end", "tick", "mode"])):
            case "begun":
                count = data.draw(st.integers(0, 31))
                outputs = begun(one, count, PREFIXES[min(count, 30)], now)
            case "ack":
                outputs = ack(one, data.draw(st.integers(0, 31)), now)
            case "chunk":
                number = data.draw(st.integers(1, 30))
                outputs = one.chunk_ready(number, CHUNKS[number - 1], now)
            case "prefix":
                count = data.draw(st.integers(0, 30))
                outputs = one.prefix_ready(count, PREFIXES[count], now)
            case "end":
                result = data.draw(st.sampled_from(["buffered", "hash_wrong"]))
                outputs = one.ended(LoadEnded(id=1, handle=9, result=result), now)
            case "tick":
                now += data.draw(st.sampled_from([1.0, 61.0]))
                outputs = one.tick(now)
            case _:
                outputs = one.mode_is("menu", now)
        if any(message["type"] == "load_begin" for message in messages(outputs)):
            asked = set()  # of the earlier offer: whatever is still fetched for it counts no more
        for began in (output for output in outputs if isinstance(output, LoadBegan)):
            expected_next, asked = began.received + 1, set()
        for number in frames(outputs):
            assert number == expected_next
            assert number in asked
            expected_next += 1
        asked |= set(wanted(outputs))
        assert one.in_flight <= 8
        assert all(number <= one.received + 8 for number in asked)
