"""When a session is over."""

from datetime import datetime, timedelta

from services.contracts.identity import SESSION_HOURS_MAX

TOUCH_EVERY = timedelta(minutes=1)  # the idle limit is moved on at most so often, to spare a write per request


def absolute_limit(created_at: datetime) -> datetime:
    """The moment at which a session ends, however busy it is."""
    return created_at + timedelta(hours=SESSION_HOURS_MAX)


def idle_limit(last_seen_at: datetime, idle_minutes: int) -> datetime:
    """The moment at which a session ends if nobody uses it."""
    return last_seen_at + timedelta(minutes=idle_minutes)


def is_over(last_seen_at: datetime, expires_at: datetime, idle_minutes: int, now: datetime) -> bool:
    """Whether either limit has passed."""
    return now >= min(expires_at, idle_limit(last_seen_at, idle_minutes))


def should_touch(last_seen_at: datetime, now: datetime) -> bool:
    """Whether the stored moment is old enough to be written anew."""
    return now - last_seen_at >= TOUCH_EVERY
