"""Somebody who tries to break the product: sends what nobody should, and reads the answers in both languages."""

import re
import secrets
from pathlib import Path
from typing import Any

import httpx

from tests.end_to_end.conftest import PASSWORD, VAT_22
from tests.house.running import NO_TLS, RunningHouse
from tests.waiting import wait_for

OVER = {"applied", "failed", "cancelled", "previewed"}
_PLACEHOLDER = re.compile(r"[‹›]|%\(")
_CYRILLIC = re.compile(r"[а-яё]", re.IGNORECASE)


class Breaker:
    """Signed in to an account of its own. `client` is based at /api/v1 and asks in Russian."""

    def __init__(self, house: RunningHouse, *, default_tax_code: int | None = VAT_22) -> None:
        self.house = house
        made = house.create_account(f"Ломатель {secrets.token_hex(4)}", "breaker", PASSWORD)
        self.number = str(made["client_number"])
        # From an address of its own: its wrong passwords must not keep the other tests out.
        address = f"127.1.{secrets.randbelow(255)}.{secrets.randbelow(254) + 1}"
        line = httpx.HTTPTransport(local_address=address, verify=NO_TLS)
        url, language = f"{house.http_url}/api/v1", {"Accept-Language": "ru"}
        self.client = httpx.Client(base_url=url, timeout=60, headers=language, transport=line)
        told = self.client.post("/sessions", json={"client": self.number, "user": "breaker", "password": PASSWORD})
        self.token: str = told.json()["token"]
        self.client.headers["Authorization"] = f"Bearer {self.token}"
        self.register: str | None = None
        if default_tax_code is not None:
            self.client.patch("/accounts/current", json={"default_tax_code": default_tax_code}).raise_for_status()

    def get(self, path: str, **query: str | int) -> Any:
        """A GET that must succeed."""
        return self.client.get(path, params=query).raise_for_status().json()

    def post(self, path: str, body: Any) -> Any:
        """A POST that must succeed."""
        return self.client.post(path, json=body).raise_for_status().json()

    def upload(self, content: bytes, **query: str) -> httpx.Response:
        """Send a goods file as the raw body."""
        return self.client.post("/imports", params={"filename": "goods.csv", **query}, content=content)

    def send(self, content: bytes, **query: str) -> dict[str, Any]:
        """Send a goods file, wait for what becomes of it."""
        answer = self.upload(content, **query)
        assert answer.status_code == 202, answer.text
        return self.over(answer.json()["id"])

    def over(self, import_id: str, seconds: float = 60) -> dict[str, Any]:
        """Wait for the end of an import."""

        def ended() -> dict[str, Any] | None:
            told: dict[str, Any] = self.get(f"/imports/{import_id}")
            return told if told["state"] in OVER else None

        return wait_for(ended, seconds, "the import to end") or {}

    def ended(self, path: str, seconds: float = 60) -> dict[str, Any]:
        """Wait for the end of an exchange."""

        def over() -> dict[str, Any] | None:
            told: dict[str, Any] = self.get(path)
            return told if told["finished_at"] else None

        return wait_for(over, seconds, f"{path} to end") or {}

    def problems(self, import_id: str) -> list[dict[str, Any]]:
        """All that is told about an import's rows, page by page."""
        found: list[dict[str, Any]] = []
        after: str | None = ""
        while after is not None:
            page = self.get(f"/imports/{import_id}/errors", limit=500, after=after)
            found += page["items"]
            after = page["next"]
        return found

    def goods(self) -> dict[int, dict[str, Any]]:
        """The whole goods base by code (tests keep it below a page)."""
        page = self.get("/items", limit=500)
        assert page["next"] is None
        return {item["code"]: item for item in page["items"]}

    def truth(self) -> dict[str, Any]:
        """All that bad input must leave as it was: the goods base with its revision, and the register."""
        if self.register is None:
            self.register = self.post("/registers", {"name": "Свидетель"})["id"]
        revision = self.get(f"/registers/{self.register}/price-list")["revision"]
        return {"goods": self.goods(), "revision": revision, "groups": self.get("/item-groups")["items"]}

    def in_english(self, path: str) -> Any:
        """The same answer for somebody else."""
        return self.client.get(path, headers={"Accept-Language": "en"}).json()

    def leave(self) -> None:
        """Close the line."""
        self.client.close()


def read_well(russian: str, english: str) -> None:
    """AssertionError unless both are whole sentences of their language, with every placeholder filled."""
    assert _CYRILLIC.search(russian), russian
    assert english and not _CYRILLIC.search(english), english
    assert not _PLACEHOLDER.search(russian + english), (russian, english)


def is_problem(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """The answer is a problem of this status and code with a text in Russian; returns it."""
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json"), answer.text
    told: dict[str, Any] = answer.json()
    assert told["code"] == code, told
    for text in (told["title"], told["detail"], *(error["message"] for error in told.get("errors", ()))):
        assert _CYRILLIC.search(text), told
        assert not _PLACEHOLDER.search(text), told
    return told


def memory_of(pids: list[int]) -> int:
    """Bytes that processes and their children hold in memory."""
    return sum(_resident(pid) for parent in pids for pid in [parent, *_children(parent)])


def _children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii").split()]


def _resident(pid: int) -> int:
    lines = Path(f"/proc/{pid}/status").read_text("utf-8").splitlines()
    return int(next(line for line in lines if line.startswith("VmRSS:")).split()[1]) * 1024
