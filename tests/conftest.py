"""What every test may use (see tests/house), and what a failed test tells."""

import os
from collections.abc import Iterator
from typing import Any

import hypothesis
import pytest

from tests.house.fixtures import (
    empty_database,
    fragile_house,
    fresh_database,
    fresh_vhost,
    house,
    infrastructure,
    module_database,
    module_vhost,
)
from tests.house.running import RunningHouse

__all__ = [
    "empty_database",
    "fragile_house",
    "fresh_database",
    "fresh_vhost",
    "house",
    "infrastructure",
    "module_database",
    "module_vhost",
]

# Examples are the same in every run, so that a failure comes again, and no slow machine fails a test by its clock.
# For other examples than those: pytest --hypothesis-profile=search.
_PROFILE: dict[str, Any] = {"deadline": None, "suppress_health_check": [hypothesis.HealthCheck.too_slow]}
hypothesis.settings.register_profile("search", print_blob=True, **_PROFILE)
hypothesis.settings.register_profile("same", derandomize=True, database=None, **_PROFILE)
hypothesis.settings.load_profile("same")

#: Lines of each process's log in the report of a failed test.
LOG_LINES = 40


def pytest_configure(config: pytest.Config) -> None:
    """psycopg reads this at its first import; services refuse to run without it (it lets green threads take turns)."""
    os.environ.setdefault("PSYCOPG_WAIT_FUNC", "wait_selector")


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[Any]) -> Iterator[None]:
    """Attach the ends of all process logs to the report of a test that failed in a running house."""
    outcome: Any = yield
    report = outcome.get_result()
    if not report.failed:
        return
    for name, value in getattr(item, "funcargs", {}).items():
        if isinstance(value, RunningHouse):
            for process, text in value.all_logs(LOG_LINES).items():
                report.sections.append((f"{name}: {process}", text))
