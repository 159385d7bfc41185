"""«Администрирование» → «Ключи API», without scripts."""

import re

import httpx

from services.contracts.api_keys import API_KEYS_MAX
from services.contracts.permissions import Role
from tests.gateway_http.pages.colleagues import colleague, in_database
from tests.gateway_http.pages.visitor import Clerk, Visitor

LIST = "/admin/keys"
SECRET = re.compile('<code class="secret"[^>]*>([^<]+)</code>')
OF_ACCOUNT = "account_id = (SELECT account_id FROM identity.account WHERE number = %s)"
EXPIRE = "UPDATE identity.api_key SET expires_at = now() WHERE " + OF_ACCOUNT
FILL = (
    "INSERT INTO identity.api_key (account_id, key_id, name, name_key, hint, token_hash, roles, created_at, created_by,"
    " created_by_id, expires_at, last_address) SELECT account_id, gen_random_uuid(), n::text, n::text, hint,"
    " sha256(n::text::bytea), roles, created_at, created_by, created_by_id, expires_at, last_address"
    " FROM identity.api_key, generate_series(1, %s) n WHERE " + OF_ACCOUNT
)


def make(clerk: Clerk, name: str, **typed: str | list[str]) -> str:
    clerk.see(f"{LIST}/new")
    page = clerk.send(f"{LIST}/new", name=name, **typed)
    assert "Ключ создан" in page.text, page.text
    return str(SECRET.findall(clerk.answer.text)[-1])


def status(clerk: Clerk, token: str) -> int:
    answer = httpx.get(f"{clerk.house.http_url}/api/v1/items", headers={"Authorization": f"Bearer {token}"})
    return answer.status_code


def test_a_key_is_shown_once_works_and_is_revoked_at_once(clerk: Clerk) -> None:
    assert "Ключей пока нет" in clerk.see(LIST).text
    token = make(clerk, "1С", roles=["viewer"])
    assert status(clerk, token) == 200
    page = clerk.see(LIST)
    assert "1С" in page.text and "Наблюдатель" in page.text and token not in clerk.answer.text
    revoke = next(link for link in page.links if link.endswith("/revoke"))
    assert "Отозвать ключ?" in clerk.see(revoke).text
    page = clerk.send(revoke)
    assert "Ключ отозван" in page.text and status(clerk, token) == 401


def test_it_is_told_when_a_key_was_used_and_that_it_has_expired(clerk: Clerk) -> None:
    token = make(clerk, "Обмен", roles=["viewer"])
    assert "никогда" in clerk.see(LIST).text and "Истёк" not in clerk.page.text
    assert status(clerk, token) == 200
    page = clerk.see(LIST)
    assert "никогда" not in page.text and "127.0.0.1" in page.text
    assert in_database(clerk, EXPIRE, int(clerk.number)) == 1
    assert "Истёк" in clerk.see(LIST).text and status(clerk, token) == 401


def test_a_key_more_than_an_account_may_have_is_refused(clerk: Clerk) -> None:
    make(clerk, "Первый", roles=["viewer"])
    assert in_database(clerk, FILL, API_KEYS_MAX - 1, int(clerk.number)) == API_KEYS_MAX - 1
    clerk.see(f"{LIST}/new")
    page = clerk.send(f"{LIST}/new", name="Лишний", roles=["viewer"])
    assert clerk.answer.status_code == 422 and str(API_KEYS_MAX) in page.text
    assert page.form(f"{LIST}/new").fields["name"] == ["Лишний"] and "Лишний" not in clerk.see(LIST).text


def test_what_is_wrong_is_named(clerk: Clerk) -> None:
    make(clerk, "Сайт", roles=["viewer"])
    clerk.see(f"{LIST}/new")
    page = clerk.send(f"{LIST}/new", name="Сайт", roles=["viewer"], days="30")
    assert clerk.answer.status_code == 422 and page.form(f"{LIST}/new").fields["name"] == ["Сайт"]
    clerk.send(f"{LIST}/new", name="", roles=[], days="9999")
    assert clerk.answer.status_code == 422


def test_keys_are_hidden_from_those_who_may_not_and_from_strangers(clerk: Clerk, alice: Clerk) -> None:
    make(clerk, "Бот", roles=["viewer"])
    revoke = next(link for link in clerk.see(LIST).links if link.endswith("/revoke"))
    assert alice.client.get(revoke).status_code == 404 and "Бот" not in alice.see(LIST).text
    made = colleague(clerk, "watcher", Role.VIEWER)
    browser = Visitor(clerk.house)
    browser.see("/sign-in")
    browser.send("sign-in", client=clerk.number, user="watcher", password=str(made.password))
    new = "the kettle hums 9"
    browser.send("password", password=str(made.password), new_password=new, new_password_again=new)
    for path in (LIST, f"{LIST}/new", revoke):
        assert browser.client.get(path).status_code == 403
    browser.leave()
