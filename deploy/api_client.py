"""A small client of the JSON API on the standard library alone: for `kkt demo` and for measurements."""

import json
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

UNAVAILABLE = 503


class ApiError(Exception):
    """The server answered with a problem; the text is its code and message."""

    def __init__(self, status: int, problem: Any) -> None:
        super().__init__(f"{status} {json.dumps(problem, ensure_ascii=False)[:600]}")
        self.status = status
        self.problem = problem


class ApiClient:
    """Signed in once, then `get`, `post`, `patch`, `delete` under /api/v1."""

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/") + "/api/v1"
        self.token: str | None = None

    def sign_in(self, client: str, user: str, password: str) -> None:
        """Open a session; raises ApiError when refused."""
        self.token = self.post("/sessions", {"client": client, "user": user, "password": password})["token"]

    def get(self, path: str, **query: str | int) -> Any:
        """GET with a query."""
        return self._ask("GET", path + ("?" + urllib.parse.urlencode(query) if query else ""))

    def post(self, path: str, body: Any) -> Any:
        """POST with an Idempotency-Key of its own."""
        return self._ask("POST", path, json.dumps(body).encode(), {"Idempotency-Key": uuid.uuid4().hex})

    def patch(self, path: str, body: Any) -> Any:
        """PATCH."""
        return self._ask("PATCH", path, json.dumps(body).encode())

    def delete(self, path: str) -> Any:
        """DELETE."""
        return self._ask("DELETE", path)

    def import_file(self, file: Path, **query: str) -> Any:
        """POST a goods file as the raw body; returns the import to poll."""
        told = urllib.parse.urlencode({"filename": file.name, **query})
        headers = {"Content-Type": "application/octet-stream", "Idempotency-Key": uuid.uuid4().hex}
        return self._ask("POST", f"/imports?{told}", file.read_bytes(), headers)

    def wait(self, path: str, states: set[str], seconds: float = 120) -> Any:
        """GET until its `state` is one of these; raises TimeoutError after so many seconds."""
        return self.wait_until(path, lambda told: told["state"] in states, seconds)

    def wait_until(self, path: str, holds: Callable[[Any], bool], seconds: float) -> Any:
        """GET until what is told satisfies `holds`; raises TimeoutError after so many seconds.

        A server that is away for a moment is asked again.
        """
        deadline = time.monotonic() + seconds
        last = "nothing"
        while time.monotonic() < deadline:
            try:
                told = self.get(path)
            except (ApiError, OSError) as error:
                if isinstance(error, ApiError) and error.status != UNAVAILABLE:
                    raise
                last = str(error)
            else:
                if holds(told):
                    return told
                last = f"{told.get('state')} ({told.get('reason')})"
            time.sleep(0.1)
        raise TimeoutError(f"{path} after {seconds} s: {last}")

    def _ask(self, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None) -> Any:
        told = {"Content-Type": "application/json", "Accept": "application/json", **(headers or {})}
        if self.token is not None:
            told["Authorization"] = f"Bearer {self.token}"
        request = urllib.request.Request(self.url + path, data=body, method=method, headers=told)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                text = answer.read()
        except urllib.error.HTTPError as error:
            text = error.read()
            try:
                problem = json.loads(text)
            except ValueError:
                problem = text.decode(errors="replace")
            raise ApiError(error.code, problem) from None
        return json.loads(text) if text else None
