"""Refusals: stable codes, one class each, and what they carry comes back over the bus."""

import re

import msgspec
import pytest

from services.chassis.rpc_wire import decode_reply, encode_refusal
from services.contracts.identity import IdentityRpc
from services.contracts.refusals import FieldError, Refusal, refusal_by_code
from tests.contracts.protocols import contract_modules

contract_modules()
REFUSALS = {code: cls for code, cls in refusal_by_code().items() if cls.__module__.startswith("services.contracts.")}


def test_every_class_has_a_code_of_its_own() -> None:
    """`refusal_by_code` raises where two share one; a class without its own would hide behind its parent."""
    assert len(set(REFUSALS.values())) == len(REFUSALS)
    for cls in REFUSALS.values():
        assert "code" in vars(cls), f"{cls.__name__} has its parent's code"


@pytest.mark.parametrize("code", sorted(REFUSALS))
def test_codes_are_stable_words(code: str) -> None:
    assert re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", code)


@pytest.mark.parametrize("cls", REFUSALS.values(), ids=lambda cls: cls.__name__)
def test_a_refusal_crosses_the_bus_as_itself(cls: type[Refusal]) -> None:
    sent = cls((FieldError("name", "too_long", {"max": 3}),), retry_after=7, what="имя")
    body = msgspec.json.encode({"result": encode_refusal(sent), "error": None})
    with pytest.raises(Refusal) as received:
        decode_reply(IdentityRpc.get_account, body)
    assert type(received.value) is cls
    assert received.value.params == {"retry_after": 7, "what": "имя"}
    assert received.value.errors == sent.errors
