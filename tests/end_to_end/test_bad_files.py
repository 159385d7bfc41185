"""Goods files that nobody should send: each is answered by name and in words, and nothing else changes."""

import csv
import gzip
import io
import random
import socket
import time
import zipfile
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from services.contracts.imports import UPLOAD_MAX_BYTES
from tests.end_to_end.breaker import Breaker, is_problem, memory_of, read_well
from tests.house.running import RunningHouse

MIB = 1024 * 1024
HEADER = "Код;Наименование;Цена;Штрихкод\n"
GOODS = HEADER + "1;Хлеб;45,50;0460000000002\n2;Молоко;89;4600000000022\n"


@pytest.fixture(scope="module")
def shop(house: RunningHouse) -> Iterator[Breaker]:
    """An account with two items."""
    breaker = Breaker(house)
    told = breaker.send(GOODS.encode())
    assert (told["state"], told["created"], told["revision"]) == ("applied", 2, 1)
    yield breaker
    breaker.leave()


@pytest.fixture
def unharmed(shop: Breaker) -> Iterator[Breaker]:
    """The account; after the test it is what it was before, to the revision."""
    before = shop.truth()
    yield shop
    assert shop.truth() == before


def _zipped(*files: tuple[str, bytes]) -> bytes:
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files:
            archive.writestr(name, content)
    return body.getvalue()


def _laughs() -> bytes:
    """Entities that would grow to some gigabytes, and one that would read a file of the server."""
    grow = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    head = '<?xml version="1.0"?><!DOCTYPE l [<!ENTITY l0 "lol"><!ENTITY x SYSTEM "file:///etc/passwd">'
    return f"{head}{grow}]><l>&l9;&x;</l>".encode()


_NOISE = random.Random(7)
NO_GOODS_FILES: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", "empty_file"),
    "blank": (b"\xef\xbb\xbf \r\n\t\r\n", "empty_file"),
    "header only": (HEADER.encode(), "no_rows"),
    "one figure": (b"1", "columns_unknown"),
    "only delimiters": (b";" * 100_000, "columns_unknown"),
    "twenty thousand columns": (b";".join(b"c%d" % n for n in range(20_000)) + b"\n1\n", "columns_unknown"),
    "xlsx": (_zipped(("[Content_Types].xml", b"<x/>"), ("xl/workbook.xml", b"<x/>")), "sheet_broken"),
    "zip": (_zipped(("goods.csv", GOODS.encode()), ("more.csv", GOODS.encode())), "zip_several_files"),
    "zip of nothing": (_zipped(("a.jpg", b"\xff\xd8\xff\xe0")), "zip_without_goods"),
    "gzip": (gzip.compress(GOODS.encode()), "looks_like_gzip"),
    "xls": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "sheet_broken"),
    "billion laughs": (_laughs(), "looks_like_xml"),
    "xml behind a mark": (b"\xef\xbb\xbf\n " + _laughs(), "looks_like_xml"),
    "web page": (b"<!DOCTYPE html><html><body><table><tr><td>1", "looks_like_html"),
    "pdf": (b"%PDF-1.7\n" + _NOISE.randbytes(600), "looks_like_pdf"),
    "png": (b"\x89PNG\r\n\x1a\n" + _NOISE.randbytes(600), "looks_like_image"),
    "noise": (_NOISE.randbytes(20_000), "looks_like_binary"),
    "utf-32": (GOODS.encode("utf-32"), "looks_like_binary"),
    "utf-16 without a mark": (GOODS.encode("utf-16-le"), "looks_like_binary"),
    "NUL in the first row": (GOODS.replace("Хлеб", "Хл\0еб").encode(), "looks_like_binary"),
    "other JSON": (b'{"hello": ["world"]}', "not_mercury_json"),
    "an empty base": (b'{"base": [], "baseVer": "0.4"}', "no_rows"),
    "JSON that breaks off": (b'{"base": [{"code": 8, "name": "a", "price": 1}, {"code": 9, "na', "json_broken"),
    "JSON with NaN": (b'{"base": [{"code": 8, "name": "a", "price": NaN}]}', "json_broken"),
    "JSON of depth": (b'{"base": [{"code": 8, "x": ' + b"[" * 100_000 + b"]" * 100_000 + b"}]}", "json_too_deep"),
    "nothing but depth": (b"[" * 100_000, "json_too_deep"),
    "objects of depth": (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, "json_too_deep"),
    "a record without end": (b'{"base": [{"code": 8, "name": "' + b"x" * 300_000 + b'"}]}', "json_record_too_long"),
}


@pytest.mark.parametrize("kind", NO_GOODS_FILES)
def test_what_is_no_goods_file_is_refused_by_name(unharmed: Breaker, kind: str) -> None:
    """There are more of them than files that an account may keep: read ones give way."""
    body, reason = NO_GOODS_FILES[kind]
    told = unharmed.send(body)
    assert (told["state"], told["reason"]) == ("failed", reason)
    assert (told["created"], told["changed"], told["revision"]) == (0, 0, None)
    read_well(told["message"], unharmed.in_english(f"/imports/{told['id']}")["message"])


def test_bombs_are_not_unpacked_and_endless_lines_not_held(unharmed: Breaker, house: RunningHouse) -> None:
    worker = [house.processes["catalog-worker"]]
    before = memory_of(worker)
    assert unharmed.send(_zipped(("goods.csv", b"0" * 100 * MIB)))["reason"] == "unpacks_too_large"
    assert unharmed.send(gzip.compress(b"1;2;3\n" * 10 * MIB, 1))["reason"] == "looks_like_gzip"
    assert unharmed.send(b"x" * 10 * MIB)["reason"] == "columns_unknown"
    told = unharmed.send(HEADER.encode() + b"1;" + b"x" * 10 * MIB + b";5;\n2;" + b"y" * 200 + b";6;\n")
    assert (told["state"], told["rows"], told["failed"], told["revision"]) == ("applied", 2, 2, None)
    endless, long = unharmed.problems(told["id"])
    assert (endless["line"], endless["code"]) == (2, "line_too_long")
    assert (long["line"], long["field"], long["code"]) == (3, "name", "name_too_long")
    assert "65" in endless["message"]
    assert len(endless["text"]) <= 200
    read_well(endless["message"], unharmed.in_english(f"/imports/{told['id']}/errors")["items"][0]["message"])
    assert memory_of(worker) - before < 80 * MIB


# A row, and what is said of it: (field, code) for each complaint; nothing for a row that goes in quietly.
ROWS: list[tuple[str, list[tuple[str | None, str]]]] = [
    ("11;Запятая;1234,56;", []),
    ("12;Пробел;1 234,56;", []),
    ("13;Неразрывный;1\u00a0234,56;", []),
    ("14;Узкий;1\u202f234.56 ₽;", []),
    ("15;Без цены;;", []),
    ("16;Свободная;0;", [("price", "price_free")]),
    ("17;Минус;-5;", [("price", "price_negative")]),
    ("18;Абсурд;99999999999999;", [("price", "price_too_large")]),
    ("19;Наука;1e3;", [("price", "price_not_a_number")]),
    ("20;Наука;1,5E+12;", [("price", "price_not_a_number")]),
    ("21;Слово;дорого;", [("price", "price_not_a_number")]),
    ("22;Не число;nan;", [("price", "price_not_a_number")]),
    ("23;Бесконечность;inf;", [("price", "price_not_a_number")]),
    ("24;Чужие цифры;١٢;", [("price", "price_not_a_number")]),
    ("25;Три знака;1,234;", [("price", "price_decimals")]),
    ("26;Формула;=2+2;", [("price", "price_not_a_number")]),
    (f"27;{'Н' * 300};5;", [("name", "name_too_long")]),
    ("28;;5;", [("name", "name_required")]),
    ("11;Тот же код;6;", [("code", "code_duplicate")]),
    ("29;Первый;5;4600000000091", []),
    ("30;Тот же штрихкод;6;4600000000091", [("barcode", "barcode_duplicate")]),
    ("31;Он же с нулём;6;04600000000091", [("barcode", "barcode_duplicate")]),
    ("32;Чужой штрихкод;6;0460000000002", [("barcode", "barcode_taken")]),
    ("33;Испорчен;6;4,6E+12", [("barcode", "barcode_scientific")]),
    (f"34;Длинный;6;{'1' * 100}", [("barcode", "barcode_length")]),
    ("35;Буквы;6;ABC-123", [("barcode", "barcode_not_numeric")]),
    ("0;Ноль;5;", [("code", "code_out_of_range")]),
    ("-3;Минус;5;", [("code", "code_out_of_range")]),
    ("99999999999;Велик;5;", [("code", "code_out_of_range")]),
    ("=1+1;Две беды;дорого;", [("code", "code_not_a_number"), ("price", "price_not_a_number")]),
    ("36;Слишком много;1;2;3;4;5", [(None, "too_many_cells")]),
    ('37;"Не закрыт;5;', [(None, "unclosed_quote")]),
    ("38;После всего;7;", []),
]
WARNINGS = {"price_free", "barcode_not_numeric"}
PRICES = {11: 123456, 12: 123456, 13: 123456, 14: 123456, 15: None, 16: 0, 29: 500, 35: 600, 38: 700}


def test_every_bad_row_is_named_and_every_good_one_goes_in_once(shop: Breaker) -> None:
    before = shop.truth()
    body = (HEADER + "\n".join(row for row, _ in ROWS) + "\n").encode()
    told = shop.send(body)
    refused = [row for row, complaints in ROWS if {code for _, code in complaints} - WARNINGS]
    assert (told["state"], told["rows"]) == ("applied", len(ROWS))
    assert (told["created"], told["changed"], told["failed"]) == (len(PRICES), 0, len(refused))

    problems = shop.problems(told["id"])
    expected = [(line, field, code) for line, (_, complaints) in enumerate(ROWS, start=2) for field, code in complaints]
    assert [(one["line"], one["field"], one["code"]) for one in problems] == expected
    english = shop.in_english(f"/imports/{told['id']}/errors?limit=500")["items"]
    for one, other in zip(problems, english, strict=True):
        read_well(one["message"], other["message"])
        assert one["severity"] == ("warning" if one["code"] in WARNINGS else "error")
        assert one["text"] == ROWS[one["line"] - 2][0][:200]

    after = shop.truth()
    assert after["revision"] == told["revision"] == before["revision"] + 1
    assert {code: after["goods"][code]["price"] for code in after["goods"].keys() - before["goods"].keys()} == PRICES
    assert {code: after["goods"][code] for code in before["goods"]} == before["goods"]

    again = shop.send(body)
    assert (again["state"], again["created"], again["changed"]) == ("applied", 0, 0)
    assert (again["unchanged"], again["failed"], again["revision"]) == (len(PRICES), len(refused), None)
    assert shop.truth() == after


def test_json_records_are_refused_one_by_one(unharmed: Breaker) -> None:
    records = [
        (b"null", "not_an_object"),
        (b"[[]]", "not_an_object"),
        (b'{"code": 71, "name": "a", "price": true}', "price_not_a_number"),
        (b'{"code": 71, "name": "a", "price": -1}', "price_negative"),
        (b'{"code": 71, "name": "a", "price": 1e400}', "price_not_a_number"),
        (b'{"code": %s, "name": "a", "price": 1}' % (b"9" * 60), "code_not_a_number"),
        (b'{"code": 71, "name": {"a": 1}, "price": 1}', "wrong_type"),
        (b'{"code": 71, "name": "a", "price": 1, "groups": [{"a": 1}]}', "wrong_type"),
        (b'{"code": 71, "name": "a\\ud800", "price": 1}', "bad_characters"),
        (b'{"code": 71, "name": "a", "price": 1, "foreign": {"x": ["\\u0000"]}}', "bad_characters"),
        (b'{"code": 1, "name": "\\u0425\\u043b\\u0435\\u0431", "price": 4550, "barcode": "0460000000002"}', ""),
    ]
    told = unharmed.send(b'{"base": [' + b",".join(record for record, _ in records) + b"]}")
    assert (told["state"], told["format"], told["rows"]) == ("applied", "mercury_json", len(records))
    codes = {one["line"]: one["code"] for one in unharmed.problems(told["id"]) if one["severity"] == "error"}
    assert codes == {number: code for number, (_, code) in enumerate(records, start=1) if code}
    assert (told["created"], told["changed"], told["unchanged"], told["revision"]) == (0, 0, 1, None)
    # A list that begins with something else is JSON all the same, not a table with a comma as its delimiter.
    told = unharmed.send(b'[null, 1, "x", {"code": 1}]')
    assert (told["format"], told["rows"], told["failed"]) == ("mercury_json", 4, 3)


def test_an_encoding_that_is_lied_about_is_noticed(unharmed: Breaker) -> None:
    for said, found in (("windows-1251", "utf-8"), ("cp866", "utf-8"), ("utf-8", "windows-1251"), ("utf-8", "cp866")):
        told = unharmed.send(GOODS.encode(found), encoding=said)
        assert (told["state"], told["reason"]) == ("failed", "encoding_wrong"), (said, found)
        assert told["reason_params"] == {"said": said, "found": found}
        read_well(told["message"], unharmed.in_english(f"/imports/{told['id']}")["message"])
    for encoding in ("utf-8", "windows-1251", "cp866", "utf-16"):  # nobody says anything: it is recognised
        told = unharmed.send(GOODS.encode(encoding))
        assert (told["encoding"], told["unchanged"], told["failed"]) == (encoding, 2, 0)
    broken = GOODS.encode() + "3;Сыр".encode()[:-1] + b";5;\n"  # a letter cut in two: that row alone is named
    told = unharmed.send(broken)
    assert (told["encoding"], told["unchanged"], told["failed"]) == ("utf-8", 2, 1)
    assert [(one["line"], one["code"]) for one in unharmed.problems(told["id"])] == [(4, "bad_characters")]


FORMULAS = ("=HYPERLINK(0)", "+1", "-2+3", "@SUM(A1)", "\t=1", " =1", "''=1", '"=1"')


def test_ten_thousand_errors_can_all_be_read_and_none_runs(unharmed: Breaker) -> None:
    count = 10_000
    rows = (f"{FORMULAS[n % len(FORMULAS)]};Товар {n};дорого;\n" for n in range(count))
    told = unharmed.send((HEADER + "".join(rows)).encode())
    assert (told["state"], told["rows"], told["failed"], told["revision"]) == ("applied", count, count, None)
    path = f"/imports/{told['id']}/errors"
    prices = [one for one in unharmed.problems(told["id"]) if one["field"] == "price"]
    assert {one["line"] for one in prices} == set(range(2, count + 2))

    for language, field in (("ru", "Цена"), ("en", "Price")):
        headers = {"Accept": "text/csv", "Accept-Language": language}
        answer = unharmed.client.get(path, headers=headers)
        assert answer.headers["content-type"] == "text/csv; charset=utf-8"
        table = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig")), delimiter=";"))
        assert {row[0] for row in table[1:] if row[1] == field} == {str(line) for line in range(2, count + 2)}
        assert not [cell for row in table for cell in row if cell.lstrip().startswith(("=", "+", "-", "@"))]


def _answer_to(breaker: Breaker, head: str, body: bytes = b"") -> tuple[bytes, float]:
    """What a raw upload is answered, up to the end of the line, and after how many seconds."""
    address = urlsplit(breaker.house.http_url)
    with socket.create_connection((address.hostname or "", address.port or 0), timeout=20) as line:
        started = time.monotonic()
        line.sendall(
            f"POST /api/v1/imports?filename=big.csv HTTP/1.1\r\nHost: localhost\r\nAccept-Language: ru\r\n"
            f"Authorization: Bearer {breaker.token}\r\n{head}\r\n\r\n".encode()
            + body
        )
        return line.makefile("rb").read(), time.monotonic() - started


def test_two_gigabytes_are_refused_unread_and_a_stream_at_its_limit(unharmed: Breaker, house: RunningHouse) -> None:
    gateway = [house.processes["gateway-http"]]
    before = memory_of(gateway)
    form = "Content-Type: multipart/form-data; boundary=x"
    part = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n1;2'
    for kind, body in (("Content-Type: text/csv", b"1;2"), (form, part)):
        answer, seconds = _answer_to(unharmed, f"Content-Length: {2 * 1024**3}\r\n{kind}", body)
        assert answer.startswith(b"HTTP/1.1 413 "), answer[:200]
        assert b"file_too_large" in answer
        assert "64 МБ".encode() in answer.replace("\u00a0".encode(), b" "), answer.decode()
        assert seconds < 5

    def endless() -> Iterator[bytes]:
        block = b"1;2;3\n" * 20_000
        while True:
            yield block

    answer_to_stream = unharmed.client.post("/imports?filename=endless.csv", content=endless())
    told = is_problem(answer_to_stream, 413, "file_too_large")
    assert told["params"] == {"limit": UPLOAD_MAX_BYTES}
    assert memory_of(gateway) - before < 48 * MIB


def test_wrong_lengths_and_broken_forms_start_nothing(unharmed: Breaker) -> None:
    imports = unharmed.get("/imports")["items"]
    for head, body in (
        ("Content-Length: -5", b""),
        ("Content-Length: 99999999999999999999999", b"1"),
        ("Content-Length: abc", b""),
        ("Content-Length: 5\r\nContent-Length: 6", b"12345"),
        ("Transfer-Encoding: chunked", b"zz\r\nhello\r\n0\r\n\r\n"),
        ("Transfer-Encoding: gzip", b""),
    ):
        answer, seconds = _answer_to(unharmed, f"{head}\r\nConnection: close\r\nContent-Type: text/csv", body)
        assert answer.startswith(b"HTTP/1.1 4"), (head, answer[:100])
        assert seconds < 5, head
    forms: list[tuple[str, bytes]] = [
        ("multipart/form-data", b""),
        ("multipart/form-data; boundary=" + "x" * 3000, b""),
        ("multipart/form-data; boundary=x", b"--x\r\n" * 10_000),
        ("multipart/form-data; boundary=x", b"--x\r\nContent-Disposition: form-data\r\n\r\nfile\r\n--x--\r\n"),
    ]
    for kind, body in forms:
        is_problem(
            unharmed.client.post("/imports", content=body, headers={"Content-Type": kind}), 422, "malformed_form"
        )
    assert unharmed.get("/imports")["items"] == imports


def test_no_import_before_the_default_vat(house: RunningHouse) -> None:
    newcomer = Breaker(house, default_tax_code=None)
    told = is_problem(newcomer.upload(GOODS.encode()), 409, "default_tax_code_missing")
    english = newcomer.client.post("/imports", content=GOODS.encode(), headers={"Accept-Language": "en"}).json()
    read_well(told["title"], english["title"])
    assert newcomer.get("/imports")["items"] == []
    assert newcomer.goods() == {}
    newcomer.client.patch("/accounts/current", json={"default_tax_code": 11}).raise_for_status()
    assert newcomer.send(GOODS.encode())["created"] == 2
    newcomer.leave()
