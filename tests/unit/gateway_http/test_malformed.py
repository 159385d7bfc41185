"""Bodies that do not fit, told as field errors; whatever comes in, nothing but a refusal comes out."""

from typing import Annotated, Literal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway_http.api.call import decode_json
from gateway_http.api.items_bulk import BulkRow
from gateway_http.api.malformed import holds_nul
from gateway_http.problems import MalformedJson
from services.contracts.refusals import Invalid, Refusal


class Inner(msgspec.Struct, forbid_unknown_fields=True):
    code: Annotated[int, msgspec.Meta(ge=1, le=5)]


class Body(msgspec.Struct, forbid_unknown_fields=True):
    name: Annotated[str, msgspec.Meta(min_length=1, max_length=3)]
    barcodes: tuple[Annotated[str, msgspec.Meta(pattern=r"^\d+\Z")], ...] = ()
    step: Literal[1, 10] = 1
    inner: Inner | None = None
    map: dict[str, int] = {}


@pytest.mark.parametrize(
    ("body", "path", "code", "params"),
    [
        ("{}", "name", "required", {}),
        ('{"name":""}', "name", "too_short", {"limit": 1}),
        ('{"name":"abcd"}', "name", "too_long", {"limit": 3}),
        ('{"name":5}', "name", "wrong_type", {}),
        ('{"name":"a","nome":1}', "nome", "unknown_field", {}),
        ('{"name":"a","barcodes":["1","x"]}', "barcodes/1", "malformed", {}),
        ('{"name":"a","step":2}', "step", "unknown", {}),
        ('{"name":"a","inner":{"code":9}}', "inner/code", "above_limit", {"limit": 5}),
        ('{"name":"a","inner":{"code":0}}', "inner/code", "below_limit", {"limit": 1}),
        ('{"name":"a","inner":{"code":1.5}}', "inner/code", "wrong_type", {}),
        ('{"name":"a","inner":{}}', "inner/code", "required", {}),
        ('{"name":"a","map":{"x":"y"}}', "map", "wrong_type", {}),
        ("[]", "", "wrong_type", {}),
        ('{"name":"\\u0000"}', "", "control_characters", {}),
    ],
)
def test_the_wrong_field_is_named(body: str, path: str, code: str, params: dict[str, int]) -> None:
    with pytest.raises(Invalid) as refused:
        decode_json(body.encode(), Body)
    (error,) = refused.value.errors
    assert (error.path, error.code, error.params) == (path, code, params)


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b'{"name":"\\ud800"}', b'{"name":"a"} x'])
def test_what_is_no_json_is_said_to_be_none(body: bytes) -> None:
    with pytest.raises(MalformedJson):
        decode_json(body, Body)


def test_an_escaped_backslash_is_no_nul() -> None:
    assert decode_json(rb'{"name":"\\u0"}', Body).name == r"\u0"
    assert not holds_nul({"a": ["\\u0000"]})
    assert holds_nul({"a": [{"b\0": 1}]})


@given(st.one_of(st.binary(max_size=200), st.text(max_size=200).map(str.encode)))
def test_garbage_is_refused_and_never_raises_anything_else(body: bytes) -> None:
    try:
        decode_json(body, BulkRow)
    except Refusal as refusal:
        assert refusal.code in {"malformed_json", "invalid"}


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=10,
)


@given(st.dictionaries(st.sampled_from(["code", "name", "price", "barcodes", "deleted", "tax_code"]), json_values))
def test_any_json_is_an_item_or_a_refusal(value: dict[str, object]) -> None:
    try:
        decode_json(msgspec.json.encode(value), BulkRow)
    except Invalid as refusal:
        assert refusal.errors
    except MalformedJson:
        pass
