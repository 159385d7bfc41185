"""A real Chromium for the browser tests, and registers to be seen in it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.browser.till import Till
from tests.browser.window import Window
from tests.gateway_http.pages.visitor import Clerk
from tests.house.running import RunningHouse

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield running
        running.close()


@pytest.fixture
def clerk(house: RunningHouse) -> Iterator[Clerk]:
    """A new account with its administrator (who can also work without a browser)."""
    person = Clerk(house)
    yield person
    person.leave()


@pytest.fixture
def window(browser: Browser, clerk: Clerk) -> Iterator[Window]:
    """A desktop window in which the clerk is signed in. Ends with an error if a script or the policy complained."""
    opened = Window(browser, clerk, width=1440, height=900)
    opened.sign_in()
    yield opened
    opened.close()
    assert opened.complaints == []


@pytest.fixture
def phone(browser: Browser, clerk: Clerk) -> Iterator[Window]:
    """The same on a phone."""
    opened = Window(browser, clerk, width=380, height=780)
    opened.sign_in()
    yield opened
    opened.close()
    assert opened.complaints == []


@pytest.fixture
def till(house: RunningHouse, tmp_path: Path) -> Iterator[Till]:
    """A simulated register that a test switches on when it has an ID."""
    made = Till(house.link_url, tmp_path / "till")
    yield made
    made.switch_off()
