"""Programs that use the API in tests: each signed in to an account of its own, each holding the server to its word."""

import re
import secrets
from typing import Any

import httpx

from tests.house.running import NO_TLS, RunningHouse

PASSWORD = "a long way to Tver 77"
_TEMPLATE = re.compile(r"{\w+}")


class Described:
    """The server's own description of its API, for checking answers against it."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.document = document
        paths = sorted(document["paths"], key=lambda path: path.count("{"))  # literal ones first
        self._paths = [(re.compile(_TEMPLATE.sub("[^/]+", path) + r"\Z"), path) for path in paths]

    def operation(self, method: str, path: str) -> dict[str, Any] | None:
        """What is described for a request; None for what is no operation of the API."""
        for pattern, template in self._paths:
            if pattern.match(path):
                told: dict[str, Any] | None = self.document["paths"][template].get(method.lower())
                return told
        return None

    def check(self, response: httpx.Response) -> None:
        """AssertionError for a status or media type that the description does not have."""
        operation = self.operation(response.request.method, response.request.url.path)
        if operation is None or response.status_code == 304:
            return
        where = f"{response.request.method} {response.request.url.path} → {response.status_code}"
        told = operation["responses"].get(str(response.status_code))
        assert told is not None, f"{where} is not described"
        media = response.headers.get("content-type", "").partition(";")[0]
        assert media in told.get("content", {"": {}}), f"{where} answers with {media!r}"
        if response.status_code >= 400:
            response.read()
            codes = told["description"].split(", ")
            assert response.json()["code"] in codes, f"{where} has the code {response.json()['code']}, not of {codes}"


class Person:
    """A user of one account with a token; `client` is based at /api/v1."""

    def __init__(self, house: RunningHouse, described: Described, name: str = "Ромашка") -> None:
        self.house = house
        self.described = described
        self._clients: list[httpx.Client] = []
        self.name = f"{name} {secrets.token_hex(4)}"
        made = house.create_account(self.name, "admin", PASSWORD)
        self.number = int(made["client_number"])
        self.client = self.another_client()
        self.token = self.sign_in()

    def another_client(self, **headers: str) -> httpx.Client:
        """A client without a token, whose answers are checked against the description."""
        client = httpx.Client(
            base_url=f"{self.house.http_url}/api/v1",
            timeout=30,
            headers=headers,
            verify=NO_TLS,
            event_hooks={"response": [self.described.check]},
        )
        self._clients.append(client)
        return client

    def leave(self) -> None:
        """Close what was opened."""
        for client in self._clients:
            client.close()

    def sign_in(self) -> str:
        """Sign in anew and go on with that session; returns its token."""
        told = self.client.post("/sessions", json={"client": str(self.number), "user": "admin", "password": PASSWORD})
        assert told.status_code == 201, told.text
        self.token = told.json()["token"]
        self.client.headers["Authorization"] = f"Bearer {self.token}"
        return self.token

    def choose_tax(self, code: int = 11) -> None:
        """«НДС по умолчанию»: without it there are no items."""
        assert self.client.patch("/accounts/current", json={"default_tax_code": code}).status_code == 200

    def add_register(self, name: str = "Касса", **fields: Any) -> dict[str, Any]:
        told = self.client.post("/registers", json={"name": name, **fields})
        assert told.status_code == 201, told.text
        register: dict[str, Any] = told.json()
        return register
