"""Text frames: strict types, unknown fields ignored, every fault named, nothing secret in a name."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.device_gateway.protocol.errors import LinkError, MalformedMessage, UnknownMessage
from services.device_gateway.protocol.messages import OtherProtocol, decode_from_register, decode_from_server, encode
from services.device_gateway.protocol.register_messages import Hello, LoadState
from services.device_gateway.protocol.server_messages import LoadBegin
from services.device_gateway.protocol.values import MAX_MESSAGE_BYTES
from tests.unit.protocol.transcripts import KEY, KKT_ID, read_transcripts

EXAMPLES = [step for steps in read_transcripts().values() for step in steps if step.message is not None]
SPOKEN = [one for one in EXAMPLES if one.message and one.message["type"] not in ("weather", "beat")]


def decode(who: str, text: str) -> Any:
    """By whichever side hears it."""
    return decode_from_register(text) if who == "R" else decode_from_server(text)


@pytest.mark.parametrize("step", SPOKEN, ids=lambda step: f"{step.who}-{step.message['type']}")
def test_messages_of_the_page_come_back_as_they_were(step: Any) -> None:
    """Decoding and encoding are inverse, and unknown fields do not matter."""
    message = decode(step.who, step.text)
    assert json.loads(encode(message)) == step.message
    assert decode(step.who, json.dumps({**step.message, "moon": {"phase": [1, 2]}})) == message


def hello(**changed: Any) -> str:
    """A hello with some fields changed; `...` leaves one out."""
    plain = next(one.message for one in EXAMPLES if one.message and one.message["type"] == "hello")
    fields = {**plain, "kkt_id": KKT_ID, **changed}
    return json.dumps({name: value for name, value in fields.items() if value is not ...})


@pytest.mark.parametrize(
    ("changed", "where"),
    [
        ({"key": KEY[:-1]}, "$.key"),
        ({"key": KEY + "\n"}, "$.key"),
        ({"key": KEY.upper()}, "$.key"),
        ({"key": ...}, "$.key missing"),
        ({"serial_number": "04 1234"}, "$.serial_number"),
        ({"serial_number": 4001234}, "$.serial_number"),
        ({"ffd": "2.0"}, "$.ffd"),
        ({"base_version": "0.7"}, "$.base_version"),
        ({"boot_id": "x"}, "$.boot_id"),
        ({"mode": "asleep"}, "$.mode"),
        ({"mode_since": "2026-03-02T07:40:00"}, "$.mode_since"),
        ({"mode_since": 1772437200}, "$.mode_since"),
        ({"mode_since": "0001-01-01T00:00:00+14:00"}, "$.mode_since"),
        ({"clock": "9999-12-31T23:59:59-12:00"}, "$.clock"),
        (
            {"last_load": {"exchange": "e", "load": "0" * 64, "state": "applied", "at": "1969-12-31T23:59:59Z"}},
            "$.last_load.at",
        ),
        ({"model": "a\u0000b"}, "$.model"),
        ({"model": "x" * 41}, "$.model"),
        ({"goods": {"revision": -1, "base_hash": "0" * 64, "count": 0, "capacity": 0}}, "$.goods.revision"),
        ({"goods": {"revision": 1.5, "base_hash": "0" * 64, "count": 0, "capacity": 0}}, "$.goods.revision"),
        ({"goods": {"revision": True, "base_hash": "0" * 64, "count": 0, "capacity": 0}}, "$.goods.revision"),
        ({"goods": {"base_hash": "0" * 64, "count": 0, "capacity": 0}}, "$.goods.revision missing"),
        ({"buffer": {"state": "full"}}, "$.buffer.state"),
    ],
)
def test_a_wrong_field_is_named_by_its_place(changed: dict[str, Any], where: str) -> None:
    """The place is told, the value is not."""
    with pytest.raises(MalformedMessage) as caught:
        decode_from_register(hello(**changed))
    assert caught.value.detail == where
    assert KEY[:20] not in str(caught.value)


def test_a_hello_keeps_its_key_to_itself() -> None:
    """It may end up in a log."""
    message = decode_from_register(hello())
    assert isinstance(message, Hello)
    assert KEY not in repr(message)


def test_another_protocol_is_told_from_nonsense() -> None:
    """Whatever else such a hello may have."""
    with pytest.raises(OtherProtocol) as caught:
        decode_from_register('{"type":"hello","protocol":"kkt-link.v2","who":"me"}')
    assert caught.value.detail == "kkt-link.v2"


@pytest.mark.parametrize(
    ("text", "number"),
    [('{"type":"weather","id":5}', 5), ('{"type":"weather","id":"5"}', None), ('{"type":"weather"}', None)],
)
def test_an_unknown_type_is_named_with_its_id(text: str, number: int | None) -> None:
    """So that it can be answered."""
    with pytest.raises(UnknownMessage) as caught:
        decode_from_server(text)
    assert (caught.value.message_type, caught.value.message_id) == ("weather", number)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "[]",
        "7",
        "{}",
        '{"type":7}',
        '{"type":"hello"',
        "\ufeff{}",
        '{"type":"beat","mode":' + "[" * 5000,
        '{"type":"' + "x" * MAX_MESSAGE_BYTES + '"}',
        '{"type":"\\ud800"}',
        '{"type":"load_state","exchange":"e","load":"' + "0" * 64 + '","state":"applied"}',
        '{"type":"load_state","exchange":"e","load":"' + "0" * 64 + '","state":"waiting"}',
        '{"type":"load_begun","id":1,"handle":1,"state":"ready","received":3}',
    ],
)
def test_nonsense_is_malformed(text: str) -> None:
    """With a short, printable name, that fits into a close reason."""
    with pytest.raises(MalformedMessage) as caught:
        decode_from_register(text)
    assert len(f"malformed_message: {caught.value.detail}".encode()) <= 123
    assert caught.value.detail.isascii()


def test_a_delta_names_its_base_and_a_full_load_none() -> None:
    """Checked where it is read."""
    begin = next(one.message for one in EXAMPLES if one.message and one.message["type"] == "load_begin")
    assert isinstance(decode_from_server(json.dumps(begin)), LoadBegin)
    for changed in ({"kind": "delta"}, {"base": {"revision": 1, "base_hash": "0" * 64}}):
        with pytest.raises(MalformedMessage):
            decode_from_server(json.dumps({**begin, **changed}))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=12,
)


@given(step=st.sampled_from(SPOKEN), name=st.text(max_size=8), value=JSON, at=st.integers(0, 40))
def test_any_change_of_a_message_gives_a_message_or_a_named_error(step: Any, name: str, value: Any, at: int) -> None:
    """Fields replaced by anything: no exception but ours."""
    fields = list(step.message)
    field = fields[at % len(fields)] if at < 36 else name
    try:
        decode(step.who, json.dumps({**step.message, field: value}))
    except LinkError as fault:
        assert fault.code


@given(st.binary(max_size=200) | st.sampled_from(SPOKEN).map(lambda step: step.text.encode()[:-7] + b"\xff\xfe\x00"))
def test_any_bytes_give_a_message_or_a_named_error(raw: bytes) -> None:
    """Bytes instead of text: no exception but ours."""
    for one in (decode_from_register, decode_from_server):
        try:
            one(raw)
        except LinkError as fault:
            assert fault.code


def test_an_outcome_without_what_it_should_tell_cannot_be_made() -> None:
    """Our own side is held to it too."""
    with pytest.raises(ValueError, match="base_hash"):
        LoadState(exchange="e", load="0" * 64, state="applied")
