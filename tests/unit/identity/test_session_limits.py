"""When a session is over."""

from datetime import UTC, datetime, timedelta

from services.identity.domain.session_limits import absolute_limit, is_over, should_touch

BORN = datetime(2026, 3, 1, 8, tzinfo=UTC)


def test_idle_limit_is_exact() -> None:
    seen = BORN + timedelta(hours=1)
    assert not is_over(seen, absolute_limit(BORN), 30, seen + timedelta(minutes=30, microseconds=-1))
    assert is_over(seen, absolute_limit(BORN), 30, seen + timedelta(minutes=30))


def test_a_busy_session_ends_after_twelve_hours() -> None:
    end = BORN + timedelta(hours=12)
    assert absolute_limit(BORN) == end
    assert not is_over(end - timedelta(seconds=1), end, 480, end - timedelta(microseconds=1))
    assert is_over(end - timedelta(seconds=1), end, 480, end)


def test_the_stored_moment_is_written_at_most_once_a_minute() -> None:
    assert not should_touch(BORN, BORN + timedelta(seconds=59))
    assert should_touch(BORN, BORN + timedelta(seconds=60))
