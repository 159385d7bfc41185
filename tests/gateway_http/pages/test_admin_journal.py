"""«Администрирование» → «Журнал», without scripts."""

import csv
import html
import io
import re
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest

from gateway_http.import_errors import BOM
from services.contracts.journal import JournalEntry, JournalQuery, JournalRpc
from services.contracts.permissions import Role
from services.contracts.values import MAX_PAGE
from tests.gateway_http.pages.colleagues import as_clerk, colleague, in_database, watcher
from tests.gateway_http.pages.visitor import Clerk, Reading, Visitor
from tests.waiting import wait_for

LIST = "/admin/journal"
FILE = f"{LIST}/export.csv"
CODE = re.compile(r"\b[a-z]+_[a-z_]+\b")  # a word of the code that no person should read

NEXT = re.compile(r'rel="next" href="([^"]+)"')

SAME_ENTRY = """
INSERT INTO identity.journal_entry
SELECT e.account_id, e.room, 900000000 + n, timestamptz '2020-02-29 12:00:00+03' + n * interval '1 second', 'user',
       'Пётр', 'p-1', 'Сервис-Центр', e.what, e.changes, 2, e.things, '192.0.2.7', 'r-' || n, e.search_key
FROM identity.journal_entry e, generate_series(1, %s) n
WHERE e.account_id = (SELECT account_id FROM identity.account WHERE number = %s) AND e.what = 'add_group'
"""


def api(clerk: Clerk, method: str, path: str, body: dict[str, Any]) -> dict[str, Any]:
    """The clerk's session serves as a token."""
    headers = {"Authorization": f"Bearer {clerk.client.cookies['kkt_session']}"}
    answer = httpx.request(method, f"{clerk.house.http_url}/api/v1{path}", json=body, headers=headers)
    assert answer.status_code < 300, answer.text
    told: dict[str, Any] = answer.json()
    return told


def add_group(clerk: Clerk, name: str) -> str:
    """A register group: one short entry."""
    return str(api(clerk, "POST", "/register-groups", {"name": name})["id"])


def add_item(clerk: Clerk, name: str, **fields: Any) -> int:
    return int(api(clerk, "POST", "/items", {"name": name, "tax_code": 11, **fields})["code"])


def wait_told(clerk: Clerk, word: str, path: str = LIST) -> Reading:
    """The page as soon as that word stands on it."""
    wait_for(lambda: word in clerk.see(path).text, 15, f"{word} in the journal")
    return clerk.page


def entry_links(page: Reading) -> list[str]:
    return list(dict.fromkeys(link for link in page.links if "?at=" in link))


def open_entry(clerk: Clerk, what: str) -> Reading:
    """The newest entry of that deed."""
    wait_for(lambda: entry_links(clerk.see(f"{LIST}?what={what}")), 15, f"an entry of {what}")
    return clerk.see(entry_links(clerk.page)[0])


def rows_of(answer: httpx.Response) -> list[list[str]]:
    text = answer.content.decode()
    assert text.startswith(BOM)
    return list(csv.reader(io.StringIO(text.removeprefix(BOM)), delimiter=";"))


def test_an_entry_tells_who_and_what_it_was_before(clerk: Clerk) -> None:
    code = add_item(clerk, "Сыр «Российский»", price=89000, barcodes=["4600000000015"])
    api(clerk, "PATCH", f"/items/{code}", {"price": 95050})
    page = open_entry(clerk, "change_item")
    told = page.text.replace("\u00a0", " ")
    assert "Изменён товар" in told and "Сыр «Российский»" in told and "admin" in told
    assert "Цена 890,00 ₽ 950,50 ₽" in told and "127.0.0.1" in told
    assert f"/goods/{code}" in page.links
    made = open_entry(clerk, "add_item").text
    assert "Стало" in made and "Было" not in made and "4600000000015" in made


def test_no_secret_stands_in_it(clerk: Clerk) -> None:
    made = colleague(clerk, "vera", Role.VIEWER)
    told = open_entry(clerk, "add_user").text
    assert "Пароль •••" in told and str(made.password) not in told and "argon2" not in told


def test_the_newest_stands_first_and_a_click_shows_the_history_of_one_thing(clerk: Clerk) -> None:
    first, _ = add_group(clerk, "Север"), add_group(clerk, "Юг")
    api(clerk, "PATCH", f"/register-groups/{first}", {"name": "Север-2"})
    wait_for(lambda: len(entry_links(clerk.see(f"{LIST}?thing=register_group"))) == 3, 15, "three entries")
    body = clerk.page.text.split("Адрес", 1)[1]  # behind the head of the table
    assert body.index("Переименована") < body.index("Юг") < body.rindex("Север")
    page = open_entry(clerk, "rename_group")
    history = next(link for link in page.links if "thing_id=" in link)
    page = clerk.see(history)
    assert "Север-2" in page.text and "Юг" not in page.text and len(entry_links(page)) == 2
    assert "Только о: Север" in page.text
    without = next(link for link in page.links if "thing=" in link and "thing_id" not in link and "?at=" not in link)
    assert "Юг" in clerk.see(without).text


def test_filters_stand_in_the_address_and_go_together(clerk: Clerk) -> None:
    add_group(clerk, "Запад")
    add_item(clerk, "Соль")
    wait_told(clerk, "Соль")
    wait_told(clerk, "Запад")
    page = clerk.see(LIST)
    form = page.form(LIST)
    assert {"", "add_group", "add_item", "sign_in"} <= set(form.options["what"])
    assert {"", "register_group", "item", "session"} <= set(form.options["thing"])
    assert "Запад" not in clerk.see(f"{LIST}?thing=item").text and "Соль" in clerk.page.text
    assert "Соль" not in clerk.see(f"{LIST}?q=запад").text and "Запад" in clerk.page.text
    assert clerk.page.form(LIST).fields["q"] == ["запад"]
    page = clerk.see(f"{LIST}?q=запад&thing=item")
    assert "Ничего не найдено" in page.text and LIST in page.links
    page = clerk.see(f"{LIST}?what=remove_user")  # stands in the list although the journal holds none
    assert page.form(LIST).fields["what"] == ["remove_user"]


def test_only_what_one_person_did(clerk: Clerk) -> None:
    add_group(clerk, "Моя")
    browser = watcher(clerk)
    page = open_entry(clerk, "change_own_password")
    by_watcher = next(link for link in page.links if "who_id=" in link)
    page = clerk.see(by_watcher)
    assert "Только: Watcher" in page.text and "Моя" not in page.text and "Сменён свой пароль" in page.text
    assert page.form(LIST).fields["who_id"]
    browser.leave()


def test_days_are_those_of_the_account(clerk: Clerk) -> None:
    zone = "Asia/Kamchatka"
    clerk.see("/admin/account")
    clerk.send("/admin/account", time_zone=zone)
    add_group(clerk, "Сегодня")
    wait_told(clerk, "Сегодня")
    today = datetime.now(UTC).astimezone(ZoneInfo(zone)).date()
    day = timedelta(days=1)
    assert "Сегодня" in clerk.see(f"{LIST}?since={today}&until={today}").text
    assert clerk.page.form(LIST).fields["since"] == [today.isoformat()]
    assert "Ничего не найдено" in clerk.see(f"{LIST}?until={today - day}").text
    assert "Ничего не найдено" in clerk.see(f"{LIST}?since={today + day}").text
    # The twelve hours in which Kamchatka has another day than Greenwich.
    number = int(clerk.number)
    assert in_database(clerk, SAME_ENTRY, 1, number)  # 2020-02-29 09:00:01 UTC, 21:00:01 in Kamchatka
    assert "29.02.2020" in clerk.see(f"{LIST}?since=29.02.2020&until=2020-02-29").text
    assert "Ничего не найдено" in clerk.see(f"{LIST}?since=01.03.2020&until=2020-03-02").text


def test_a_day_that_is_none_is_named_and_does_not_filter(clerk: Clerk) -> None:
    add_group(clerk, "Видна")
    wait_told(clerk, "Видна")
    page = clerk.see(f"{LIST}?since=вчера&until=0001-01-01")
    assert clerk.answer.status_code == 200 and "Видна" in page.text
    assert "Непонятная дата: вчера" in page.text and "Непонятная дата: 0001-01-01" in page.text


def test_the_journal_goes_on_over_pages_and_tells_of_visitors(clerk: Clerk) -> None:
    add_group(clerk, "Оптовая")
    wait_told(clerk, "Оптовая")
    assert in_database(clerk, SAME_ENTRY, 120, int(clerk.number)) == 120
    seen = entry_links(clerk.see(f"{LIST}?what=add_group"))
    while following := NEXT.search(clerk.answer.text):
        assert "what=add_group" in following[1]
        seen += entry_links(clerk.see(html.unescape(following[1])))
    assert len(seen) == len(set(seen)) == 121
    page = clerk.see(seen[-1])
    assert "Пётр" in page.text and "Сервис-Центр" in page.text and "r-1" in page.text and "192.0.2.7" in page.text
    assert "Изменено ещё 2 объекта" in page.text


def test_the_table_file_holds_what_is_shown_and_runs_no_formula(clerk: Clerk) -> None:
    evil = '=HYPERLINK("http://evil.example";"x")'
    for name in (evil, "+7 (495)", "@sum", "-1", "Обычная"):
        add_group(clerk, name)
    add_item(clerk, "Соль")
    for word in ("Соль", "Обычная", "@sum"):
        wait_told(clerk, word)
    page = clerk.see(f"{LIST}?thing=register_group&lang=ru")
    link = next(link for link in page.links if link.startswith(FILE))
    answer = clerk.client.get(link)
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert 'filename="journal.csv"' in answer.headers["content-disposition"]
    head, *rows = rows_of(answer)
    assert head[0] == "Когда" and {len(row) for row in rows} == {len(head)}
    names = {row[head.index("Название")] for row in rows}
    assert names == {f"'{evil}", "'+7 (495)", "'@sum", "'-1", "Обычная"}
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]
    assert {row[head.index("Что сделано")] for row in rows} == {"Добавлена группа касс"}
    page = open_entry(clerk, "note_export")
    assert "Скачана таблица" in page.text and "Строк 5" in page.text


def test_the_table_file_goes_over_many_pages_and_is_told_once(clerk: Clerk) -> None:
    add_group(clerk, "Оптовая")
    wait_told(clerk, "Оптовая")
    many = 2 * MAX_PAGE + 7
    assert in_database(clerk, SAME_ENTRY, many, int(clerk.number)) == many
    head, *rows = rows_of(clerk.client.get(f"{FILE}?what=add_group"))
    numbers = [row[head.index("Номер запроса")] for row in rows if row[head.index("Название")] == "Оптовая"]
    assert len(numbers) == many + 1 and len(set(numbers)) == many + 1
    assert numbers[1:] == [f"r-{n}" for n in range(many, 0, -1)]
    more = [row for row in rows if row[head.index("Название")] == "и ещё 2"]
    assert len(more) == many

    def told() -> tuple[JournalEntry, ...]:
        return as_clerk(clerk, JournalRpc.page_journal, JournalQuery(what="note_export")).items

    (entry,) = wait_for(told, 15, "the export in the journal")
    assert entry.changes[0].after == {"rows": len(rows)}


@pytest.mark.parametrize("language", ["ru", "en"])
def test_no_word_of_the_code_is_shown(clerk: Clerk, language: str) -> None:
    clerk.see("/admin/account")
    clerk.send("/admin/account", name=f"{clerk.name} +", inn="7707083893", idle_minutes="60")
    code = add_item(clerk, "Чай", price=100, barcodes=["2000000000015"], undivided=True)
    api(clerk, "PATCH", f"/items/{code}", {"article": "A-1", "price": None, "section": 2})
    register = clerk.add_register("Касса")
    clerk.see(f"/registers/{register}/goods")
    clerk.send(f"/registers/{register}/goods", price_percent="95")
    api(clerk, "POST", f"/registers/{register}/exchanges", {"kind": "test"})
    colleague(clerk, "olga", Role.GOODS_MANAGER)
    clerk.see("/me/notifications")
    clerk.send("choices", on_pages=[])
    clerk.client.get(FILE)
    for word in ("note_export", "start_exchange", "choose", "add_user", "change_register"):
        open_entry(clerk, word)
    page = clerk.see(f"{LIST}?lang={language}")
    links = entry_links(page)
    assert len(links) >= 9
    for path in [LIST, *links]:
        assert CODE.findall(clerk.see(path).text) == [], path


def test_strangers_see_nothing_of_it(clerk: Clerk, alice: Clerk) -> None:
    add_group(clerk, "Тайная группа")
    page = open_entry(clerk, "add_group")
    entry = str(clerk.answer.url).removeprefix(clerk.house.http_url)
    thing = next(link for link in page.links if "thing_id=" in link)
    assert alice.client.get(entry).status_code == 404
    for path in (LIST, thing, f"{LIST}?q=Тайная"):
        assert "Тайная группа" not in alice.see(path).text, path
    assert "Тайная группа" not in alice.client.get(f"{FILE}?thing=register_group").text


@pytest.mark.parametrize("at", ["", "вчера", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59.999999Z", "2026-01-01"])
def test_an_entry_that_is_not_there_is_not_found(alice: Clerk, at: str) -> None:
    assert alice.client.get(f"{LIST}/identity:1", params={"at": at}).status_code == 404


def test_those_who_may_not_are_refused_and_see_no_way_to_it(clerk: Clerk) -> None:
    browser = watcher(clerk)
    assert LIST not in browser.see("/admin/registers").links
    for path in (LIST, FILE, f"{LIST}/identity:1?at=2026-01-01T00:00:00Z"):
        answer = browser.client.get(path)
        assert answer.status_code == 403 and "csv" not in answer.headers["content-type"], path
    assert LIST in clerk.see("/admin/registers").links
    browser.leave()


def test_nobody_reads_it_without_signing_in(visitor: Visitor) -> None:
    for path in (LIST, FILE):
        visitor.see(path)
        assert visitor.path == "/sign-in", path
