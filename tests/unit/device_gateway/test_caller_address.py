"""Only what our own proxies wrote is believed; an IPv6 customer is one caller."""

import pytest

from services.device_gateway.caller_address import caller_address, neighbourhood

PEER = "10.0.0.1"


@pytest.mark.parametrize(
    ("told", "proxies", "expected"),
    [
        (["9.9.9.9"], 0, PEER),
        ([], 1, PEER),
        (["9.9.9.9, 5.5.5.5"], 1, "5.5.5.5"),
        (["9.9.9.9", "5.5.5.5,10.0.0.2"], 2, "5.5.5.5"),
        (["5.5.5.5"], 2, PEER),
        (["9.9.9.9, unknown"], 1, PEER),
        (["5.5.5.5:40123"], 1, "5.5.5.5"),
        (["[2001:db8::7]:40123"], 1, "2001:db8::7"),
        (["::ffff:5.5.5.5"], 1, "5.5.5.5"),
        (["x" * 5000], 1, PEER),
    ],
)
def test_the_address_is_counted_from_the_right(told: list[str], proxies: int, expected: str) -> None:
    assert caller_address(PEER, told, proxies) == expected


def test_one_customer_is_one_caller() -> None:
    assert neighbourhood("2001:db8:0:1::7") == neighbourhood("2001:db8:0:1:ffff::8") == "2001:db8:0:1::/64"
    assert neighbourhood("2001:db8:0:2::7") != neighbourhood("2001:db8:0:1::7")
    assert neighbourhood("::ffff:5.5.5.5") == neighbourhood("5.5.5.5") == "5.5.5.5"
    assert neighbourhood("") == ""
