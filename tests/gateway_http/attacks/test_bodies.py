"""Giant headers and bodies, bodies that end too early, and clients that dribble: on real sockets."""

import contextlib
import socket
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

import httpx
import pytest

from gateway_http.csrf import csrf_token
from tests.end_to_end.breaker import memory_of
from tests.gateway_http.pages.visitor import Clerk, Visitor
from tests.house.running import RunningHouse

GROWTH = 48 * 1024 * 1024  # bytes that the gateway may grow by meanwhile; what is sent is far more
DRIBBLERS = 40  # of each kind
AT_ONCE_SECONDS = 5.0  # what is asked meanwhile is answered within; a held-up line takes ten
FORM = "Content-Type: application/x-www-form-urlencoded\r\n"
JSON = "Content-Type: application/json\r\n"


def line_to(house: RunningHouse) -> socket.socket:
    address = urlsplit(house.http_url)
    return socket.create_connection((address.hostname or "", address.port or 0), timeout=20)


def begin(house: RunningHouse, verb: str, path: str, headers: str, body: bytes = b"") -> socket.socket:
    """Send a head and what of the body comes with it."""
    line = line_to(house)
    line.sendall(f"{verb} {path} HTTP/1.1\r\nHost: localhost\r\n{headers}\r\n".encode() + body)
    return line


def status_on(line: socket.socket) -> int:
    """The status that comes on a line; 0 when it is closed without a word."""
    with contextlib.suppress(ConnectionError):
        words = line.recv(4096).split(b" ", 2)
        return int(words[1]) if len(words) > 1 else 0
    return 0


def cookie_of(person: Clerk) -> str:
    token = person.client.cookies["kkt_session"]
    return f"Cookie: kkt_session={token}\r\nX-CSRF-Token: {csrf_token(token)}\r\n"


@pytest.fixture
def gateway_memory(house: RunningHouse) -> Iterator[None]:
    """The gateway does not keep what it was sent."""
    pids = [house.processes["gateway-http"]]
    before = memory_of(pids)
    yield
    assert memory_of(pids) - before < GROWTH


@pytest.mark.parametrize(
    "headers",
    [
        "X-Big: " + "x" * 100_000 + "\r\n",
        "Cookie: kkt_session=" + "x" * 100_000 + "\r\n",
        "".join(f"X-{n}: y\r\n" for n in range(5_000)),
        "X-Endless: " + "x" * 8_000_000,
        "Authorization: Bearer " + "x" * 50_000 + "\r\n",
    ],
    ids=["one", "cookie", "many", "endless", "token"],
)
def test_giant_headers_are_refused(house: RunningHouse, gateway_memory: None, headers: str) -> None:
    line = line_to(house)
    with contextlib.closing(line):
        with contextlib.suppress(ConnectionError):  # it may hang up while we send
            line.sendall(f"GET /sign-in HTTP/1.1\r\nHost: localhost\r\n{headers}\r\n".encode())
        assert status_on(line) in {0, 400, 431}
    assert httpx.get(f"{house.http_url}/sign-in").status_code == 200


def test_a_giant_address_is_refused(house: RunningHouse, gateway_memory: None) -> None:
    with contextlib.closing(begin(house, "GET", "/" + "x" * 1_000_000, "")) as line:
        assert status_on(line) in {0, 400, 414}


@pytest.mark.parametrize("path", ["/admin/groups/new", "/sign-in", "/me", "/api/v1/registers", "/api/v1/sessions"])
def test_a_giant_body_is_refused_by_its_length(alice: Clerk, gateway_memory: None, path: str) -> None:
    kind = JSON if path.startswith("/api/") else FORM
    headers = f"{kind}{cookie_of(alice)}Content-Length: {10**11}\r\n"
    with contextlib.closing(begin(alice.house, "POST", path, headers, b"name=" + b"x" * 1000)) as line:
        assert status_on(line) == 413


@pytest.mark.parametrize("path", ["/admin/groups/new", "/sign-in", "/api/v1/registers", "/api/v1/sessions"])
def test_an_endless_body_is_refused_at_its_bound(alice: Clerk, gateway_memory: None, path: str) -> None:
    kind = JSON if path.startswith("/api/") else FORM
    headers = f"{kind}{cookie_of(alice)}Transfer-Encoding: chunked\r\n"
    with contextlib.closing(begin(alice.house, "POST", path, headers)) as line:
        with contextlib.suppress(ConnectionError):
            for _ in range(2_000):  # 130 MB
                line.sendall(b"10000\r\n" + b"x" * 0x10000 + b"\r\n")
        assert status_on(line) in {0, 411, 413, 422}


def test_a_form_that_ends_too_early_writes_nothing(alice: Clerk) -> None:
    for path, start in (
        ("/admin/groups/new", "name=Половина"),
        ("/api/v1/register-groups", '{"name": "Половина"}'),
        ("/goods/groups/new", "name=Половина"),
    ):
        kind = JSON if path.startswith("/api/") else FORM
        headers = f"{kind}{cookie_of(alice)}Content-Length: 5000\r\n"
        line = begin(alice.house, "POST", path, headers, start.encode())
        line.shutdown(socket.SHUT_WR)  # the line breaks midway
        assert status_on(line) != 303
        line.close()
    written = [*_names(alice, "register-groups"), *_names(alice, "item-groups")]
    assert "Половина" not in written


def _names(person: Clerk, noun: str) -> list[str]:
    return [group["name"] for group in person.client.get(f"/api/v1/{noun}").json()["items"]]


def test_those_who_dribble_hinder_nobody(alice: Clerk, charlie: Clerk, visitor: Visitor, gateway_memory: None) -> None:
    house = alice.house
    alice.see("/registers")  # whose account is known from here on
    slow = [begin(house, "POST", "/sign-in", f"{FORM}Content-Length: 9000\r\n", b"c") for _ in range(DRIBBLERS)]
    slow += [
        begin(house, "POST", "/admin/groups/new", f"{FORM}{cookie_of(charlie)}Content-Length: 9000\r\n", b"n")
        for _ in range(DRIBBLERS)
    ]
    heads = [line_to(house) for _ in range(DRIBBLERS)]
    for line in heads:
        line.sendall(b"GET /sign-in HTTP/1.1\r\nHost: loc")
    try:
        longest = 0.0
        for _ in range(10):
            for line in (*slow, *heads):
                line.sendall(b"x")
            for person, path in ((alice, "/registers"), (visitor, "/sign-in"), (alice, "/api/v1/registers")):
                began = time.monotonic()
                assert person.client.get(path).status_code == 200
                longest = max(longest, time.monotonic() - began)
        assert longest < AT_ONCE_SECONDS
    finally:
        for line in (*slow, *heads):
            line.close()
    assert alice.client.get("/registers").status_code == 200
