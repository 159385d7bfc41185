"""A link's life at the server: one hello, one answer to each request, silence, errors, and how it ends."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from services.device_gateway.protocol.outputs import (
    Answered,
    BeatReceived,
    Close,
    HelloReceived,
    ModeReceived,
    Output,
    RequestFailed,
    Send,
)
from services.device_gateway.protocol.server_messages import ConnectionTest, ReadGoods, ReadSettings
from services.device_gateway.protocol.session import Identified, TooManyRequests, Unidentified
from tests.unit.protocol.test_messages import hello

AT = datetime(2026, 3, 2, tzinfo=UTC)
GOODS = {"revision": None, "base_hash": "0" * 64, "count": 0, "capacity": 10}
BEAT = {
    "type": "beat",
    "mode": "menu",
    "mode_since": "2026-03-02T07:40:00Z",
    "goods": GOODS,
    "buffer": {"state": "empty"},
}


def link(now: float = 0.0) -> Identified:
    """An open link."""
    fresh = Unidentified(now)
    assert [type(one) for one in fresh.text_received(hello())] == [HelloReceived]
    return fresh.admit(now, 3, AT, 30)[0]


def said(outputs: list[Output]) -> list[dict[str, Any]]:
    """The messages among the outputs."""
    return [json.loads(one.data) for one in outputs if isinstance(one, Send)]


def closed(outputs: list[Output]) -> list[str]:
    """The names of the closes among the outputs."""
    return [one.reason.name for one in outputs if isinstance(one, Close)]


def test_the_welcome_names_time_heartbeat_and_epoch() -> None:
    """And the heartbeat of the core, not the default."""
    fresh = Unidentified(0.0)
    fresh.text_received(hello())
    identified, outputs = fresh.admit(0.0, 7, AT, heartbeat_seconds=10)
    assert said(outputs) == [
        {"type": "welcome", "server_time": "2026-03-02T00:00:00Z", "heartbeat_seconds": 10, "epoch": 7}
    ]
    assert identified.deadline() == 25.0


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (json.dumps(BEAT), "hello_expected"),
        ('{"type":"weather"}', "hello_expected"),
        ("{", "malformed_message"),
        (hello(key="secret"), "malformed_message"),
    ],
)
def test_anything_but_a_hello_ends_a_nameless_link(text: str, reason: str) -> None:
    """With its name, and then there is silence."""
    fresh = Unidentified(0.0)
    assert closed(fresh.text_received(text)) == [reason]
    assert fresh.text_received(hello()) == []
    assert fresh.tick(100.0) == []


def test_a_second_hello_before_the_verdict_ends_the_link() -> None:
    """One question at a time."""
    fresh = Unidentified(0.0)
    fresh.text_received(hello())
    assert closed(fresh.text_received(hello())) == ["hello_expected"]
    with pytest.raises(ValueError, match="hello"):
        fresh.admit(0.0, 1, AT)


def test_a_hello_that_does_not_come_ends_the_link() -> None:
    """After ten seconds; while the core thinks, no clock runs."""
    fresh = Unidentified(5.0)
    assert fresh.deadline == 15.0
    assert fresh.tick(14.9) == []
    assert closed(fresh.tick(15.0)) == ["hello_timeout"]
    asked = Unidentified(5.0)
    asked.text_received(hello())
    assert asked.deadline is None
    assert asked.tick(1000.0) == []


@pytest.mark.parametrize("kkt_id", ["271999163801", "27199916380", "２７１９９９１６３８００", "", "0; DROP TABLE"])
def test_an_id_of_the_wrong_form_is_unknown(kkt_id: str) -> None:
    """No question to the core is needed."""
    outputs = Unidentified(0.0).text_received(hello(kkt_id=kkt_id))
    assert said(outputs) == [{"type": "refused", "code": "unknown_id"}]
    assert closed(outputs) == ["refused"]


def test_another_version_is_refused_by_name() -> None:
    """Not as malformed: the register's people can update it."""
    outputs = Unidentified(0.0).text_received(hello(protocol="kkt-link.v2"))
    assert said(outputs)[0]["code"] == "protocol_version"


def test_beats_and_modes_are_told() -> None:
    """As they came."""
    one = link()
    assert isinstance(one.text_received(json.dumps(BEAT), 1.0)[0], BeatReceived)
    change = {"type": "mode_changed", "mode": "sales", "since": "2026-03-02T10:42:00+03:00"}
    told = one.text_received(json.dumps(change), 2.0)[0]
    assert isinstance(told, ModeReceived)
    assert told.change.since == datetime(2026, 3, 2, 7, 42, tzinfo=UTC)


def test_two_and_a_half_silent_heartbeats_end_the_link() -> None:
    """Any message is a sign of life."""
    one = link()
    one.text_received(json.dumps(BEAT), 60.0)
    assert one.deadline() == 135.0
    assert one.tick(134.9) == []
    assert closed(one.tick(135.0)) == ["silent"]
    assert one.text_received(json.dumps(BEAT), 136.0) == []


def test_a_request_has_one_answer() -> None:
    """The answer comes once; a second one with the same id is nobody's."""
    one = link()
    number, outputs = one.ask(lambda id: ReadSettings(id=id), 0.0)
    assert said(outputs) == [{"type": "read_settings", "id": number}]
    answer = json.dumps({"type": "settings", "id": number, "settings": {"operator.name": "КАССИР"}})
    told = one.text_received(answer, 1.0)
    assert isinstance(told[0], Answered)
    assert told[0].id == number
    assert one.text_received(answer, 1.0) == []


def test_a_refused_and_a_late_request_fail_with_their_codes() -> None:
    """The register's own code is kept; an answer after the deadline changes nothing."""
    one = link()
    first, _ = one.ask(lambda id: ReadGoods(id=id), 0.0)
    second, _ = one.ask(lambda id: ConnectionTest(id=id, text="?"), 0.0)
    error = {"type": "error", "id": first, "code": "storage_failed", "register_code": "016"}
    assert one.text_received(json.dumps(error), 1.0) == [RequestFailed(first, "storage_failed", "016")]
    assert one.deadline() == 30.0
    assert one.tick(30.0) == [RequestFailed(second, "deadline")]
    late = {"type": "test_done", "id": second, "text": "?", "clock": "2026-03-02T07:40:00Z"}
    assert one.text_received(json.dumps(late), 31.0) == []


def test_an_answer_of_the_wrong_kind_is_complained_about() -> None:
    """And the request still waits for its own."""
    one = link()
    number, _ = one.ask(lambda id: ReadSettings(id=id), 0.0)
    outputs = one.text_received(json.dumps({"type": "done", "id": number}), 1.0)
    assert said(outputs) == [{"type": "error", "code": "unexpected_answer", "id": number}]
    right = {"type": "settings", "id": number, "settings": {}}
    assert isinstance(one.text_received(json.dumps(right), 1.0)[0], Answered)


def test_requests_are_bounded() -> None:
    """Sixteen wait; the seventeenth is refused at home."""
    one = link()
    for _ in range(16):
        one.ask(lambda id: ReadSettings(id=id), 0.0)
    with pytest.raises(TooManyRequests):
        one.ask(lambda id: ReadSettings(id=id), 0.0)


def test_unknown_messages_are_answered_and_the_link_stays_up_to_a_bound() -> None:
    """Sixty-four times."""
    one = link()
    for number in range(1, 65):
        outputs = one.text_received(json.dumps({"type": "weather", "id": number}), 1.0)
        assert said(outputs) == [{"type": "error", "code": "unknown_message", "id": number, "about": "weather"}]
        assert closed(outputs) == []
    assert closed(one.text_received('{"type":"weather"}', 1.0)) == ["too_many_errors"]


def test_malformed_messages_and_binary_frames_end_the_link() -> None:
    """Each with its name."""
    assert closed(link().text_received('{"type":"beat"}', 1.0)) == ["malformed_message"]
    assert closed(link().binary_received(b"\0" * 20)) == ["malformed_frame"]
    assert closed(Unidentified(0.0).binary_received(b"")) == ["malformed_frame"]


def test_a_replaced_link_says_so_and_is_silent() -> None:
    """The newest one wins."""
    one = link()
    assert closed(one.replaced()) == ["replaced"]
    assert one.replaced() == one.tick(1000.0) == one.drain(1, 0.0) == []


def test_a_link_without_a_load_drains_at_once() -> None:
    """It is told when to come back."""
    outputs = link().drain(17, 0.0)
    assert said(outputs) == [{"type": "reconnect_after", "seconds": 17}]
    assert closed(outputs) == ["draining"]
