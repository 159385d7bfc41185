"""How wrong sign-ins slow the next ones down.

Two counts are kept: of one client and login from one address, and of one address. Beyond a count's limit each further
try has to wait, twice as long every time; a quarter of an hour without a wrong try forgets the count. So a stranger
slows only its own address, and nobody is ever shut out for good.
"""

import ipaddress
from datetime import datetime, timedelta

import msgspec

WRONG_PER_LOGIN = 5  # of one client and login from one address
WRONG_PER_ADDRESS = 50  # of one address, whatever was typed
FORGET_AFTER = timedelta(minutes=15)
FIRST_WAIT = timedelta(seconds=30)
LONGEST_WAIT = timedelta(minutes=15)
_DOUBLINGS_MAX = 5  # 30 s doubled five times is past LONGEST_WAIT


class WrongTries(msgspec.Struct, frozen=True):
    """How often it went wrong lately, and when last."""

    count: int
    last_at: datetime


def wait_before_next(tries: WrongTries | None, limit: int, now: datetime) -> timedelta:
    """How long the next try has to wait; zero or less: it may go on at once."""
    if tries is None or tries.count < limit or now - tries.last_at >= FORGET_AFTER:
        return timedelta(0)
    wait = min(FIRST_WAIT * (1 << min(tries.count - limit, _DOUBLINGS_MAX)), LONGEST_WAIT)
    return tries.last_at + wait - now


def place_of(address: str) -> str:
    """The part of an address that one household or office has: an IPv4 address, or the /64 of an IPv6 one."""
    try:
        parsed = ipaddress.ip_address(address.strip())
    except ValueError:
        return address.strip()[:64]
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped is not None:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((int(parsed), 64), strict=False))
    return str(parsed)
