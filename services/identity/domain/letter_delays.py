"""How long a letter waits after a try that failed."""

from datetime import timedelta

FIRST = timedelta(minutes=1)
LONGEST = timedelta(hours=1)
_DOUBLINGS = 6  # and LONGEST is reached


def delay_after(tries: int) -> timedelta:
    """After the first try a minute, then twice as long each time, up to an hour."""
    return min(FIRST * (1 << min(tries - 1, _DOUBLINGS)), LONGEST)
