"""Codes of the second factor."""

import base64
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from services.contracts.permissions import Role
from services.identity.domain.second_factor import (
    RECOVERY_BYTES,
    clean_code,
    is_required,
    is_time_code,
    matching_step,
    provisioning_uri,
    recovery_code,
    recovery_hash,
)

# RFC 6238, appendix B: the secret of the SHA-1 rows; the last six of their eight digits are the code of six.
RFC_SECRET = base64.b32encode(b"12345678901234567890").decode()
RFC_VECTORS = [
    (59, "94287082"),
    (1111111109, "07081804"),
    (1111111111, "14050471"),
    (1234567890, "89005924"),
    (2000000000, "69279037"),
    (20000000000, "65353130"),
]


@pytest.mark.parametrize(("seconds", "code"), RFC_VECTORS)
def test_the_vectors_of_rfc_6238(seconds: int, code: str) -> None:
    now = datetime.fromtimestamp(seconds, UTC)
    assert matching_step(RFC_SECRET, code[-6:], now, None) == seconds // 30
    assert matching_step(RFC_SECRET, f"{(int(code[-6:]) + 1) % 1_000_000:06}", now, None) is None


@pytest.mark.parametrize(("drift", "right"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_a_clock_may_be_wrong_by_one_step_either_way(drift: int, right: bool) -> None:
    now = datetime.fromtimestamp(1111111111 + 30 * drift, UTC)
    assert (matching_step(RFC_SECRET, "050471", now, None) is not None) == right


def test_a_code_is_good_once_and_no_earlier_one_after_it() -> None:
    now = datetime.fromtimestamp(1111111111, UTC)
    step = 1111111111 // 30
    assert matching_step(RFC_SECRET, "050471", now, step - 1) == step
    assert matching_step(RFC_SECRET, "050471", now, step) is None
    assert matching_step(RFC_SECRET, "081804", now, step) is None, "the code of the step before"
    assert matching_step(RFC_SECRET, "050471", now + timedelta(seconds=30), step) is None


@pytest.mark.parametrize("typed", ["050471", " 050 471 ", "050-471", "050\u00a0471"])
def test_spaces_and_dashes_in_a_code_do_not_matter(typed: str) -> None:
    assert clean_code(typed) == "050471"
    assert is_time_code(clean_code(typed))


@pytest.mark.parametrize("typed", ["", "05047", "0504711", "٠٥٠٤٧١", "05047²", "05047x", "\x00" * 6, "\ud800" * 6])
def test_what_is_no_time_code(typed: str) -> None:
    assert not is_time_code(clean_code(typed))
    recovery_hash(clean_code(typed))  # whatever it is, it can be looked for


def test_a_recovery_code_can_be_typed_as_it_is_read() -> None:
    code = recovery_code(bytes(range(RECOVERY_BYTES)))
    assert len(code) == 29 and [len(group) for group in code.split("-")] == [4] * 6
    assert RECOVERY_BYTES * 8 >= 112  # bits: enough for a plain hash
    assert recovery_hash(clean_code(code.lower().replace("-", " "))) == recovery_hash(clean_code(code))
    assert not is_time_code(clean_code(code))


def test_what_the_qr_code_holds() -> None:
    uri = urlsplit(provisioning_uri(RFC_SECRET, "Иванов?&", 100001))
    assert (uri.scheme, uri.netloc) == ("otpauth", "totp")
    assert unquote(uri.path) == "/KKT Server:Иванов?& (100001)"
    assert parse_qs(uri.query) == {"secret": [RFC_SECRET], "issuer": ["KKT Server"]}


@pytest.mark.parametrize(
    ("roles", "dealer", "required"),
    [
        ((Role.ADMINISTRATOR,), False, True),
        ((Role.VIEWER, Role.ADMINISTRATOR), False, True),
        ((Role.OPERATOR,), False, True),
        ((Role.VIEWER,), True, True),
        ((Role.GOODS_MANAGER, Role.EXCHANGE_OPERATOR, Role.VIEWER), False, False),
        ((), False, False),
    ],
)
def test_whom_the_policy_asks_for_a_second_factor(roles: tuple[Role, ...], dealer: bool, required: bool) -> None:
    assert is_required(True, roles, dealer) == required
    assert not is_required(False, roles, dealer)
