"""How many requests of an account are let in: a steady rate with some room for a burst (GCRA).

Kept is one moment: until when the account has paid for the requests that were let in. Each request moves it on by its
price, from the present moment at least; a request that would move it further ahead than the burst is refused.
"""

import math
from datetime import datetime, timedelta

_BURST_LEAST = 60  # requests; a page with its pieces must always go through at once
_BURST_SHARE = 10  # the burst is that part of a minute's allowance


def price(per_minute: int) -> timedelta:
    """How far one request moves the moment on."""
    return timedelta(minutes=1) / per_minute


def burst(per_minute: int) -> int:
    """Requests that may come at once after a rest."""
    return max(per_minute // _BURST_SHARE, _BURST_LEAST)


def furthest(per_minute: int) -> timedelta:
    """How far ahead of the present the moment may be."""
    return price(per_minute) * burst(per_minute)


def retry_after(paid_until: datetime, per_minute: int, now: datetime) -> int:
    """Whole seconds until a request is let in again, at least one."""
    wait = max(paid_until, now) + price(per_minute) - furthest(per_minute) - now
    return max(1, math.ceil(wait.total_seconds()))
