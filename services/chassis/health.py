"""/healthz, /readyz and /metrics of a process, on a thread of their own (a green one under eventlet)."""

import http.server
import json
import threading
from collections.abc import Callable, Mapping
from typing import ClassVar

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

Checks = Mapping[str, Callable[[], bool]]


def run_checks(checks: Checks) -> dict[str, bool]:
    """What each check says; one that raises says no."""
    told: dict[str, bool] = {}
    for name, check in checks.items():
        try:
            told[name] = bool(check())
        except Exception:
            told[name] = False
    return told


class _Handler(http.server.BaseHTTPRequestHandler):
    checks: ClassVar[Checks] = {}
    timeout = 5  # seconds for a slow client

    def do_GET(self) -> None:
        if self.path == "/healthz":
            self._answer(200, b'{"alive": true}', "application/json")
        elif self.path == "/readyz":
            told = run_checks(self.checks)
            self._answer(200 if all(told.values()) else 503, json.dumps(told).encode(), "application/json")
        elif self.path == "/metrics":
            self._answer(200, generate_latest(), CONTENT_TYPE_LATEST)
        else:
            self._answer(404, b"", "text/plain")

    def _answer(self, status: int, body: bytes, content_type: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Probes are not worth a line each."""


def serve_health(host: str, port: int | None, checks: Checks) -> None:
    """Answer probes until the process ends; does nothing when `port` is None."""
    if port is None:
        return
    handler = type("Handler", (_Handler,), {"checks": checks})
    server = http.server.ThreadingHTTPServer((host, port), handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, name="health", daemon=True).start()
