"""Goods files by the API: uploaded in two ways, previewed, applied, refused row by row."""

import csv
import io
import socket
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from tests.gateway_http.api.people import Person
from tests.waiting import wait_for

GOODS = "Код;Наименование;Цена;Штрихкод\n1;Хлеб;45,50;0460000000001\n2;Молоко;89;4600000000002\n3;=Сыр;дорого;\n"
OVER = frozenset({"previewed", "applied", "failed", "cancelled"})


@pytest.fixture
def shop(newcomer: Person) -> Person:
    newcomer.choose_tax()
    return newcomer


def _finished(person: Person, import_id: str) -> dict[str, Any]:
    def over() -> dict[str, Any] | None:
        told: dict[str, Any] = person.client.get(f"/imports/{import_id}").json()
        return told if told["state"] in OVER else None

    return wait_for(over, 30, "the import to end") or {}


def _send(person: Person, content: bytes, **query: str) -> httpx.Response:
    return person.client.post(
        "/imports", params={"filename": "товары.csv", **query}, content=content, headers={"Content-Type": "text/csv"}
    )


def test_a_file_as_a_form_and_as_a_body_is_the_same_file(shop: Person) -> None:
    form = shop.client.post("/imports", files={"file": ("C:\\Обмен\\товары.csv", GOODS.encode("cp1251"), "text/csv")})
    assert form.status_code == 202, form.text
    assert form.headers["location"] == f"/api/v1/imports/{form.json()['id']}"
    told = _finished(shop, form.json()["id"])
    assert (told["state"], told["filename"], told["encoding"]) == ("applied", "товары.csv", "windows-1251")
    assert (told["rows"], told["created"], told["failed"]) == (3, 2, 1)
    assert shop.client.get("/items/1").json()["price"] == 4550
    again = _finished(shop, _send(shop, GOODS.encode()).json()["id"])
    assert (again["created"], again["changed"], again["unchanged"]) == (0, 0, 2)
    assert [one["id"] for one in shop.client.get("/imports").json()["items"]] == [again["id"], told["id"]]


def test_every_bad_row_is_named_and_can_be_downloaded(shop: Person) -> None:
    import_id = _finished(shop, _send(shop, GOODS.encode()).json()["id"])["id"]
    path = f"/imports/{import_id}/errors"
    errors = [one for one in shop.client.get(path).json()["items"] if one["severity"] == "error"]
    (error,) = errors
    assert (error["line"], error["field"]) == (4, "price")
    assert error["message"]
    for answer in (
        shop.client.get(path, headers={"Accept": "text/csv"}),
        shop.client.get(path, params={"format": "csv"}),
    ):
        assert answer.headers["content-type"] == "text/csv; charset=utf-8"
        assert answer.headers["content-disposition"].startswith("attachment")
        assert answer.content.startswith(b"\xef\xbb\xbf")
        rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig")), delimiter=";"))
        assert "4" in [row[0] for row in rows]
        assert all(not cell.startswith(("=", "+", "-", "@")) for row in rows for cell in row)


def test_a_dry_run_changes_nothing_until_it_is_applied(shop: Person) -> None:
    started = _send(shop, GOODS.encode(), dry_run="true")
    told = _finished(shop, started.json()["id"])
    assert (told["state"], told["created"]) == ("previewed", 2)
    assert shop.client.get("/items").json()["found"] == 0
    rows = shop.client.get(f"/imports/{told['id']}/rows", params={"what": "created"}).json()["items"]
    assert [row["item"]["name"] for row in rows] == ["Хлеб", "Молоко"]
    applied = shop.client.post(f"/imports/{told['id']}/apply")
    assert applied.status_code == 202
    assert _finished_applying(shop, told["id"])["state"] == "applied"
    assert shop.client.get("/items").json()["found"] == 2
    again = shop.client.post(f"/imports/{told['id']}/apply")
    assert (again.status_code, again.json()["code"]) == (409, "import_not_ready")
    assert shop.client.delete(f"/imports/{told['id']}").status_code == 409


def _finished_applying(person: Person, import_id: str) -> dict[str, Any]:
    def over() -> dict[str, Any] | None:
        told: dict[str, Any] = person.client.get(f"/imports/{import_id}").json()
        return told if told["state"] in OVER - {"previewed"} else None

    return wait_for(over, 30, "the preview to be applied") or {}


def test_a_repeated_upload_is_one_import(shop: Person) -> None:
    key = {"Idempotency-Key": "upload-1", "Content-Type": "text/csv"}
    first = shop.client.post("/imports?filename=a.csv", content=GOODS.encode(), headers=key)
    again = shop.client.post("/imports?filename=a.csv", content=GOODS.encode(), headers=key)
    assert first.status_code == again.status_code == 202
    assert first.json()["id"] == again.json()["id"]
    _finished(shop, first.json()["id"])
    other = shop.client.post("/imports?filename=a.csv", content=b"other", headers=key)
    assert other.status_code == 409


def test_an_import_needs_the_default_tax_code(newcomer: Person) -> None:
    answer = _send(newcomer, GOODS.encode())
    assert (answer.status_code, answer.json()["code"]) == (409, "default_tax_code_missing")


def test_wrong_uploads_are_refused_by_name(shop: Person) -> None:
    for query in ({"format": "docx"}, {"encoding": "koi8-r"}, {"mode": "erase"}, {"columns": "[]"}, {"columns": "{"}):
        answer = _send(shop, GOODS.encode(), **query)
        assert 400 <= answer.status_code < 500, query
    no_file = shop.client.post("/imports", files={"other": ("a.csv", b"1;2", "text/csv")})
    assert (no_file.status_code, no_file.json()["code"]) == (422, "malformed_form")
    for boundary, body in (
        ("x", b"no form at all"),
        ("", b""),
        ("x", b'--x\r\nContent-Disposition: form-data; name="fi'),
    ):
        headers = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
        answer = shop.client.post("/imports", content=body, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (422, "malformed_form"), body
    nothing = _send(shop, b"")
    assert nothing.status_code == 202
    assert _finished(shop, nothing.json()["id"])["reason"] == "empty_file"


def _line(person: Person, head: str, body: bytes) -> socket.socket:
    """A raw request on a line of its own."""
    address = urlsplit(person.house.http_url)
    line = socket.create_connection((address.hostname or "", address.port or 0), timeout=20)
    line.sendall(
        (
            f"POST /api/v1/imports?filename=raw.csv HTTP/1.1\r\nHost: localhost\r\n"
            f"Authorization: Bearer {person.token}\r\nContent-Type: text/csv\r\n{head}\r\n\r\n"
        ).encode()
        + body
    )
    return line


def test_two_gigabytes_are_refused_before_they_are_read(shop: Person) -> None:
    with _line(shop, f"Content-Length: {2 * 1024**3}", "Код;".encode()) as line:
        answer = line.makefile("rb").read()
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b"file_too_large" in answer


def test_a_line_that_breaks_midway_starts_no_import(shop: Person) -> None:
    half = GOODS.encode()[:60]
    chunk = f"{len(half):x}\r\n".encode() + half + b"\r\n"
    for head, body in ((f"Content-Length: {len(GOODS.encode())}", half), ("Transfer-Encoding: chunked", chunk)):
        with _line(shop, head, body):
            pass
    whole = _finished(shop, _send(shop, GOODS.encode()).json()["id"])
    assert [one["id"] for one in shop.client.get("/imports").json()["items"]] == [whole["id"]]


def test_a_stream_that_never_ends_is_cut_at_the_limit(shop: Person) -> None:
    block = b"x" * 1024 * 1024

    def endless() -> Any:
        while True:
            yield block

    try:
        answer = shop.client.post("/imports?filename=endless.csv", content=endless())
    except (httpx.WriteError, httpx.ReadError, httpx.RemoteProtocolError):
        pytest.fail("the server cut the line without an answer")
    assert (answer.status_code, answer.json()["code"]) == (413, "file_too_large")


def test_imports_of_another_account_are_not_there(shop: Person, bob: Person) -> None:
    import_id = _send(shop, GOODS.encode(), dry_run="true").json()["id"]
    for verb, path in (("GET", ""), ("GET", "/errors"), ("GET", "/rows"), ("POST", "/apply"), ("DELETE", "")):
        assert bob.client.request(verb, f"/imports/{import_id}{path}").status_code == 404, (verb, path)
    assert bob.client.get(f"/imports/{import_id}/errors", params={"format": "csv"}).status_code == 404
    assert _finished(shop, import_id)["state"] == "previewed"
