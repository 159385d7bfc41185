"""The page and the code say the same: every transcript is played by the server's session and by the simulator."""

import json
from typing import Any

import pytest

from services.contracts.goods_record import base_hash_of, record_hash
from services.device_gateway.protocol.register_messages import RegisterMessage
from services.device_gateway.protocol.server_messages import ServerMessage
from tests.unit.protocol.transcripts import (
    KKT_ID,
    LINE_LOST,
    PAGE,
    RegisterUnderReplay,
    ServerUnderReplay,
    Step,
    read_transcripts,
)

TRANSCRIPTS = read_transcripts()


@pytest.mark.parametrize("title", TRANSCRIPTS)
def test_the_server_says_what_the_page_says(title: str) -> None:
    """Every line of the server follows from what it heard and from what the core decided, and nothing else comes."""
    steps = TRANSCRIPTS[title]
    server = ServerUnderReplay(steps)
    plain_hello = _hello_of_the_page()
    for at, step in enumerate(steps):
        if step.who == "R":
            following = steps[at + 1] if at + 1 < len(steps) else None
            server.hear(json.dumps(step.message), following)
        elif step.who == "--":
            if "a new link" in step.text:
                server.linked(json.dumps(plain_hello))
        else:
            server.act(step)
            assert server.said() == (step.message or step.chunk or step.close), f"line {at + 1}"
    assert server.queue == []


def test_the_register_says_what_the_page_says() -> None:
    """One register lives through all transcripts, in their order."""
    register = RegisterUnderReplay()
    for title, steps in TRANSCRIPTS.items():
        said: list[str] = []
        linked = True
        for at, step in enumerate(steps):
            where = f"{title}, line {at + 1}"
            if step.who == "--":
                new = register.note(step.text)
                linked = not step.text.startswith(LINE_LOST) and (linked or "a new link" in step.text)
                said += new if linked and "a new link" not in step.text else []
            elif step.who == "S" and not _never_arrives(steps, at):
                said += _heard(register, step)
            elif step.who == "R" and step.message is not None and step.message["type"] in ("weather", "beat"):
                continue  # what a register of ours never says
            elif step.who == "R":
                if step.message is not None and step.message["type"] == "hello":
                    said += _hello(register, step.message)
                assert said, where
                assert json.loads(said.pop(0)) == step.message, where
        assert said == [], title


def _heard(register: RegisterUnderReplay, step: Step) -> list[str]:
    if step.chunk is not None:
        return register.receive_chunk(step.chunk)
    if step.message is None or step.message["type"] == "error":
        return []
    return register.receive(json.dumps(step.message))


def _never_arrives(steps: list[Step], at: int) -> bool:
    return at + 1 < len(steps) and steps[at + 1].text.startswith(LINE_LOST)


def _hello(register: RegisterUnderReplay, wanted: dict[str, Any]) -> list[str]:
    told = json.loads(register.hello()[0])
    if wanted["kkt_id"] != KKT_ID:
        told["kkt_id"] = wanted["kkt_id"]  # typed wrong, in the first transcript
    return [json.dumps(told)]


def _hello_of_the_page() -> dict[str, Any]:
    hellos = [
        step.message
        for steps in TRANSCRIPTS.values()
        for step in steps
        if step.message is not None and step.message["type"] == "hello" and step.message["kkt_id"] == KKT_ID
    ]
    return hellos[0]


def test_every_message_type_is_on_the_page() -> None:
    """No message without its words."""
    page = PAGE.read_text("utf-8")
    for union in (RegisterMessage, ServerMessage):
        for one in union.__args__:
            assert f"`{one.__struct_config__.tag}`" in page
            for field in one.__struct_fields__:
                assert f"`{field}`" in page, f"{one.__name__}.{field}"


def test_the_example_of_the_base_hash_is_right() -> None:
    """The worked example of section 8."""
    block = (
        PAGE.read_text("utf-8").partition("An example of two records")[2].partition("```text\n")[2].partition("```")[0]
    )
    lines = [line for line in block.splitlines() if line.startswith("{")]
    hashes = [line.strip() for line in block.splitlines() if line.startswith("  ")]
    assert [f"{record_hash(line.encode()):064x}" for line in lines] == hashes[:2]
    assert base_hash_of(line.encode() for line in lines) == hashes[2]
