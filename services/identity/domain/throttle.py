"""How wrong sign-ins slow the next ones down.

Counts are kept of one client and login from one address, of one address, and of one client from whatever addresses.
Beyond a limit each further try has to wait, twice as long every time; a quarter of an hour without a wrong try forgets
the count. So a stranger slows only its own address, and nobody is ever shut out for good. Many strangers at many
addresses leave places that are new to the user fewer free tries; places that the user has signed in from stay free.
"""

import ipaddress
from datetime import datetime, timedelta

import msgspec

WRONG_PER_LOGIN = 5  # of one client and login from one address
WRONG_PER_ADDRESS = 50  # of one address, whatever was typed
WRONG_PER_CLIENT = 100  # of one client in a quarter of an hour; beyond that it is beset
WRONG_WHEN_BESET = 1  # of one address that is new to the user, while the client is beset
QUARTER = timedelta(minutes=15)
FORGET_AFTER = timedelta(minutes=15)
FIRST_WAIT = timedelta(seconds=30)
LONGEST_WAIT = timedelta(minutes=15)
_DOUBLINGS_MAX = 5  # 30 s doubled five times is past LONGEST_WAIT


class WrongTries(msgspec.Struct, frozen=True):
    """How often it went wrong lately, and when last."""

    count: int
    last_at: datetime


class Tries(msgspec.Struct, frozen=True):
    """All counts that one try is held against; None: nothing went wrong lately."""

    login: WrongTries | None  # of the client and login from this address
    address: WrongTries | None
    client: tuple[int, int]  # in the quarter of an hour before the present one, and in this one


def wait_before_next(tries: WrongTries | None, limit: int, now: datetime) -> timedelta:
    """How long the next try has to wait; zero or less: it may go on at once."""
    if tries is None or tries.count < limit or now - tries.last_at >= FORGET_AFTER:
        return timedelta(0)
    wait = min(FIRST_WAIT * (1 << min(tries.count - limit, _DOUBLINGS_MAX)), LONGEST_WAIT)
    return tries.last_at + wait - now


def wait_of(tries: Tries, known_place: bool, now: datetime) -> timedelta:
    """How long a try has to wait. `known_place`: the user has signed in from this address before.

    What strangers do holds up those alone who have never signed in from there.
    """
    if known_place:
        return wait_before_next(tries.login, WRONG_PER_LOGIN, now)
    beset = max(tries.client) > WRONG_PER_CLIENT
    per_login, per_address = (WRONG_WHEN_BESET,) * 2 if beset else (WRONG_PER_LOGIN, WRONG_PER_ADDRESS)
    return max(wait_before_next(tries.login, per_login, now), wait_before_next(tries.address, per_address, now))


def quarter_of(now: datetime) -> int:
    """The number of the quarter of an hour that this moment belongs to."""
    return int(now.timestamp() // QUARTER.total_seconds())


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
