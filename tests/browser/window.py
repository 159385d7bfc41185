"""A browser window of a clerk; it remembers everything that the browser complained about."""

import re
from urllib.parse import urlsplit

from playwright.sync_api import Browser, ConsoleMessage, Page, Request

from tests.gateway_http.pages.visitor import PASSWORD, Clerk

# The browser itself remarks on answers above 399; those are the pages' own business.
EXPECTED = ("Failed to load resource", "Response Status Error Code")
WAIT_MS = 15_000


class Window:
    """`page` is Playwright's page."""

    def __init__(
        self, browser: Browser, clerk: Clerk, width: int, height: int, language: str = "ru-RU", scripts: bool = True
    ) -> None:
        self.clerk = clerk
        self.url = clerk.house.http_url
        self.complaints: list[str] = []
        self.context = browser.new_context(
            viewport={"width": width, "height": height}, locale=language, java_script_enabled=scripts
        )
        self.context.set_default_timeout(WAIT_MS)
        self.page: Page = self.context.new_page()
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", self._asked)

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"} and not message.text.startswith(EXPECTED):
            self.complaints.append(message.text)

    def _asked(self, request: Request) -> None:
        if urlsplit(request.url).scheme != "data" and not request.url.startswith(self.url):
            self.complaints.append(f"asks another server: {request.url}")

    def open(self, path: str) -> None:
        self.page.goto(self.url + path)

    def sign_in(self) -> None:
        self.open("/sign-in")
        self.type_sign_in()
        self.page.wait_for_url("**/registers")

    def type_sign_in(self, form: str = "#sign-in") -> None:
        self.page.fill(f"{form} [name=client]", self.clerk.number)
        self.page.fill(f"{form} [name=user]", "admin")
        self.page.fill(f"{form} [name=password]", PASSWORD)
        self.page.press(f"{form} [name=password]", "Enter")

    def press(self, text: str, within: str = "body") -> None:
        """Click the button or link with exactly these words."""
        self.page.locator(f"{within} :is(button, a, summary)").filter(has_text=text).first.click()

    def wait_text(self, text: str, within: str = "main", seconds: float = 15) -> None:
        """Wait until these very words stand there, without touching the page."""
        self.page.locator(within).get_by_text(re.compile(re.escape(text))).first.wait_for(timeout=seconds * 1000)

    def overflow(self) -> int:
        """How many pixels the page is wider than the window."""
        wider: int = self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        return wider

    def close(self) -> None:
        self.context.close()
