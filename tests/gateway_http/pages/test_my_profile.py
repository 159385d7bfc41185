"""«Мой профиль»: name, language, e-mail, password and second factor of the signed-in user."""

import urllib.parse

import pytest

from services.contracts.permissions import Role
from tests.gateway_http.pages.colleagues import SecondFactor, codes_on, colleague, secret_on, set_up_second_factor
from tests.gateway_http.pages.visitor import PASSWORD, Clerk, Visitor

NEW_PASSWORD = "eleven blue herons at 5"


def test_the_name_in_the_bar_leads_to_the_profile(clerk: Clerk) -> None:
    page = clerk.see("/registers")
    assert "/me" in page.links
    page = clerk.see("/me")
    assert "admin" in page.text and "Администратор" in page.text and clerk.number in page.text


def test_name_and_language_are_kept(clerk: Clerk) -> None:
    clerk.see("/me?lang=ru")
    page = clerk.send("/me", name="Вера Ильина", language="en")
    assert "Saved" in page.text and "Вера Ильина" in page.text
    fields = clerk.see("/me").form("/me").fields
    assert fields["name"] == ["Вера Ильина"] and fields["language"] == ["en"]


def test_ones_own_language_counts_in_every_browser(clerk: Clerk) -> None:
    clerk.see("/me")
    clerk.send("/me", name="Вера", language="en")
    other = Visitor(clerk.house, **{"Accept-Language": "ru"})
    other.see("/sign-in?lang=ru")
    page = other.send("sign-in", client=clerk.number, user="admin", password=PASSWORD)
    assert "Goods base" in page.text
    other.leave()


def test_an_odd_address_is_named_and_what_was_typed_stays(clerk: Clerk) -> None:
    clerk.see("/me")
    page = clerk.send("email", email="not an address", password=PASSWORD)
    assert clerk.answer.status_code == 422
    assert page.form("email").fields["email"] == ["not an address"] and not page.form("email").fields["password"][0]


def test_the_address_is_changed_by_whoever_knows_the_password(clerk: Clerk) -> None:
    clerk.see("/me")
    page = clerk.send("email", email="vera@shop.ru", password="a thief's guess")
    assert clerk.answer.status_code == 422 and "Нынешний пароль неверен" in page.text
    page = clerk.send("email", email="vera@shop.ru", password=PASSWORD)
    assert clerk.path == "/me" and "Сохранено" in page.text
    assert page.form("email").fields["email"] == ["vera@shop.ru"]


def test_the_password_is_changed_and_the_page_works_on(clerk: Clerk) -> None:
    elsewhere = Visitor(clerk.house)
    elsewhere.see("/sign-in")
    elsewhere.send("sign-in", client=clerk.number, user="admin", password=PASSWORD)
    old = clerk.client.cookies["kkt_session"]
    clerk.see("/me/password")
    page = clerk.send("password", password=PASSWORD, new_password=NEW_PASSWORD, new_password_again=NEW_PASSWORD)
    assert clerk.path == "/me" and "Пароль изменён" in page.text
    assert clerk.client.cookies["kkt_session"] != old
    clerk.send("/me", name="Дальше")
    assert clerk.answer.status_code == 200 and "Сохранено" in clerk.page.text
    elsewhere.see("/registers")
    assert elsewhere.answer.status_code == 401
    elsewhere.send("sign-in", client=clerk.number, user="admin", password=NEW_PASSWORD)
    assert elsewhere.path == "/registers"
    elsewhere.leave()


@pytest.mark.parametrize(
    ("present", "new", "again", "words"),
    [
        ("wrong password", NEW_PASSWORD, NEW_PASSWORD, "Нынешний пароль неверен"),
        (PASSWORD, NEW_PASSWORD, NEW_PASSWORD + "!", "Не совпадает с новым паролем"),
        (PASSWORD, "short", "short", "Слишком коротко"),
        (PASSWORD, "12345678", "12345678", "легко угадать"),
    ],
)
def test_a_refused_password_says_why(clerk: Clerk, present: str, new: str, again: str, words: str) -> None:
    clerk.see("/me/password")
    page = clerk.send("password", password=present, new_password=new, new_password_again=again)
    assert clerk.answer.status_code == 422 and words in page.text, page.text
    typed = page.form("password").fields
    assert typed["password"] == typed["new_password"] == typed["new_password_again"] == [""]


def test_typed_passwords_are_not_carried_through_an_ended_session(clerk: Clerk) -> None:
    clerk.see("/me/password")
    clerk.end_session_elsewhere()
    clerk.send("password", password=PASSWORD, new_password=NEW_PASSWORD, new_password_again=NEW_PASSWORD)
    clerk.type_sign_in()
    kept = clerk.page.form("kept").fields
    assert not {"password", "new_password", "new_password_again"} & set(kept)


def test_the_second_factor_from_setting_up_to_giving_up(clerk: Clerk) -> None:
    clerk.see("/me/second-factor")
    page = clerk.send("offer", password="wrong password")
    assert clerk.answer.status_code == 422 and "Нынешний пароль неверен" in page.text
    page = clerk.send("offer", password=PASSWORD)
    assert "<svg" in clerk.answer.text and 'style="' not in clerk.answer.text
    secret = secret_on(page)
    assert len(secret) == 32
    page = clerk.send("confirm", otp="000000")
    assert clerk.answer.status_code == 422 and secret_on_is_gone(clerk.answer.text, secret)
    program = SecondFactor(secret)
    page = clerk.send("confirm", otp=program.code())
    codes = codes_on(page)
    assert len(set(codes)) == 10
    file = next(link for link in page.links if link.startswith("data:text/plain"))
    assert urllib.parse.unquote(file.split(",", 1)[1]).split() == codes
    assert not any(code in clerk.see(path).text for path in ("/me/second-factor", "/me") for code in codes)
    clerk.see("/me/second-factor")
    renewed = codes_on(clerk.send("codes", password=PASSWORD))
    assert len(renewed) == 10 and not set(renewed) & set(codes)
    clerk.see("/me/second-factor")
    page = clerk.send("off", password=PASSWORD)
    assert "Двухэтапный вход выключен" in page.text
    assert clerk.see("/me/second-factor").form("offer")


def secret_on_is_gone(html: str, secret: str) -> bool:
    """The key is told once: neither typed back nor hidden in the form."""
    return secret not in html and secret[:4] + " " + secret[4:8] not in html


def test_setting_up_ends_the_other_sessions(clerk: Clerk) -> None:
    elsewhere = Visitor(clerk.house)
    elsewhere.see("/sign-in")
    elsewhere.send("sign-in", client=clerk.number, user="admin", password=PASSWORD)
    set_up_second_factor(clerk)
    elsewhere.see("/registers")
    assert elsewhere.answer.status_code == 401
    elsewhere.leave()


@pytest.mark.parametrize("action", ["offer", "confirm", "codes", "off"])
def test_leaving_and_coming_back_shows_no_secret_again(clerk: Clerk, action: str) -> None:
    clerk.see(f"/me/second-factor/{action}")
    assert clerk.path == "/me/second-factor"


def test_a_viewer_has_a_profile_too(clerk: Clerk) -> None:
    issued = colleague(clerk, "oleg", Role.VIEWER)
    browser = Visitor(clerk.house)
    browser.see("/sign-in")
    browser.send("sign-in", client=clerk.number, user="oleg", password=issued.password or "")
    typed = {"new_password": NEW_PASSWORD, "new_password_again": NEW_PASSWORD}
    browser.send("password", password=issued.password or "", **typed)
    for path in ("/me", "/me/password", "/me/second-factor", "/me/sessions"):
        browser.see(path)
        assert browser.answer.status_code == 200, path
    assert "/operator/accounts" not in browser.page.links
    browser.leave()


def test_a_stranger_is_sent_to_the_sign_in(visitor: Visitor) -> None:
    for path in ("/me", "/me/password", "/me/second-factor", "/me/sessions", "/me/notifications", "/notifications"):
        visitor.see(path)
        assert visitor.path == "/sign-in", path
