"""No cell of any table file that we serve is run by a spreadsheet, whoever wrote what stands in it."""

import csv
import io
from collections.abc import Iterator

import httpx
import pytest

from gateway_http.import_errors import cell
from tests.gateway_http.pages.visitor import Clerk
from tests.house.running import RunningHouse
from tests.waiting import wait_for

STARTS = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r", "\n")
EVIL = (
    '=HYPERLINK("http://evil.example";"x")',
    "+cmd|' /C calc'!A0",
    "-2+3",
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "=1;=2",
    "＝1+1",
)


def quoted(word: str) -> str:
    return '"' + word.replace('"', '""') + '"'


BROKEN = "Код;Наименование;Цена;Артикул\n" + "".join(f"{word};{word};{word};{word}\n" for word in EVIL)
BROKEN += "".join(f"{700 + place};{quoted(word)};10;{quoted(word[:20])}\n" for place, word in enumerate(EVIL))


class Owner(Clerk):
    """An account in which every text that somebody may write is a formula."""

    def __init__(self, house: RunningHouse) -> None:
        super().__init__(house, "=Ромашка")
        self.client.headers["X-CSRF-Token"] = str(self.client.get("/me/session").json()["csrf"])
        self.call("PATCH", "/accounts/current", default_tax_code=11)
        for place, word in enumerate(EVIL):
            group = self.call("POST", "/item-groups", name=word)["id"]
            self.call("POST", "/items", code=500 + place, name=word, article=word[:20], price=1, groups=[group])
            self.call("POST", "/registers", name=word)
            self.call("POST", "/api-keys", name=word, roles=["viewer"])
            self.call("POST", "/users", login=f"+-@{place}", name=word, roles=["viewer"])
        self.call("PATCH", "/me", name=EVIL[0])  # who did it stands in each line of the journal
        self.call("POST", "/register-groups", name=EVIL[1])
        query = {"filename": "=evil.csv", "dry_run": "true"}
        told = self.client.post("/api/v1/imports", params=query, content=BROKEN.encode()).json()
        self.import_id = told["id"]
        wait_for(lambda: self.call("GET", f"/imports/{self.import_id}")["state"] == "previewed", 30, "the preview")

    def call(self, verb: str, path: str, **body: object) -> dict[str, object]:
        answer = self.client.request(verb, f"/api/v1{path}", json=body or None)
        assert answer.is_success, answer.text
        told: dict[str, object] = answer.json()
        return told


@pytest.fixture(scope="module")
def owner(house: RunningHouse) -> Iterator[Owner]:
    person = Owner(house)
    yield person
    person.leave()


def cells_of(answer: httpx.Response) -> list[str]:
    """All cells below the head."""
    assert answer.status_code == 200 and answer.headers["content-type"] == "text/csv; charset=utf-8"
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"), newline=""), delimiter=";"))
    assert {len(row) for row in rows} == {len(rows[0])}, "a text broke out of its cell"
    return [text for row in rows[1:] for text in row]


@pytest.mark.parametrize("file", ["goods", "goods in a group", "journal", "problems", "preview", "problems of the API"])
def test_no_cell_of_a_table_file_is_run(owner: Owner, file: str) -> None:
    group = owner.client.get("/api/v1/item-groups").json()["items"][0]["id"]
    path = {
        "goods": "/goods/export.csv",
        "goods in a group": f"/goods/export.csv?group={group}",
        "journal": "/admin/journal/export.csv",
        "problems": f"/goods/imports/{owner.import_id}/problems.csv",
        "preview": f"/goods/imports/{owner.import_id}/rows.csv",
        "problems of the API": f"/api/v1/imports/{owner.import_id}/errors?format=csv",
    }[file]
    if file == "journal":  # what the rooms tell reaches it a moment later
        wait_for(lambda: "'@SUM" in owner.client.get(path).text, 20, "the registers' names in the journal")
    cells = cells_of(owner.client.get(path))
    assert [text for text in cells if text.lstrip(" \xa0\u200b\ufeff\0").startswith(STARTS)] == []
    assert [text for text in cells if text.startswith(("'=", "'+", "'-", "'@"))]


@pytest.mark.parametrize("before", ["", " ", "\xa0", "\t", "\r", "\n", "\0", " \0 ", "\u2003", "\r\n"])
@pytest.mark.parametrize("start", ["=", "+", "-", "@"])
def test_nothing_in_front_of_a_formula_lets_it_run(before: str, start: str) -> None:
    assert cell(f"{before}{start}1").startswith("\"'")
    assert cell(f"{before}1{start}") == f'"{before}1{start}"'.replace("\0", "") or before[:1] in "\t\r\n"
