"""«История изменений базы» and «Удалённые товары»: looked at, compared, undone and brought back without scripts."""

import httpx

from services.contracts.catalog import CatalogRpc, ItemDraft
from services.contracts.permissions import Role
from services.contracts.values import ItemCode
from tests.gateway_http.pages.colleagues import as_clerk, colleague
from tests.gateway_http.pages.test_goods_base import add_item, choose_tax
from tests.gateway_http.pages.visitor import Clerk


def change(clerk: Clerk, code: int, **fields: object) -> None:
    """An edit through the room's own door."""
    draft = ItemDraft(**fields)  # type: ignore[arg-type]
    as_clerk(clerk, CatalogRpc.change_item, ItemCode(code), draft, None)


def test_a_revision_is_looked_at_and_undone(clerk: Clerk) -> None:
    page = clerk.see("/goods/revisions")
    assert "Изменений ещё не было" in page.text
    choose_tax(clerk)
    add_item(clerk, name="Сыр российский", code="5", price="100", article="А-1")
    change(clerk, 5, price=12_000)
    assert "/goods/revisions" in clerk.see("/goods").links
    page = clerk.see("/goods/revisions")
    assert "Добавлены товары" in page.text and "Правка товаров" in page.text
    page = clerk.see("/goods/revisions/2")
    assert "Сыр российский" in page.text and "100,00 ₽ → 120,00 ₽" in page.text.replace("\u00a0", " ")
    page = clerk.see("/goods/revisions/2/undo")
    assert "120,00 ₽ → 100,00 ₽" in page.text.replace("\u00a0", " ")
    page = clerk.send("undo")
    assert clerk.path == "/goods/revisions/3"
    assert "Версия 2 отменена; теперь версия базы товаров — 3." in page.text and "Отмена версии 2" in page.text
    assert as_clerk(clerk, CatalogRpc.get_item, ItemCode(5)).price == 10_000
    assert "отменена версией 3" in clerk.see("/goods/revisions").text
    page = clerk.see("/goods/revisions/2/undo")
    assert "Отменять нечего" in page.text and not [form for form in page.forms if form.id == "undo"]


def test_conflicts_are_shown_before_and_taken_back_only_if_meant(clerk: Clerk) -> None:
    choose_tax(clerk)
    add_item(clerk, name="Чай", code="1", price="10", article="А")
    change(clerk, 1, price=2_000, article="Б")
    change(clerk, 1, price=3_000)
    page = clerk.see("/goods/revisions/2/undo")
    assert "позже изменено ещё раз" in page.text and "Цена" in page.text and "Б → А" in page.text
    page = clerk.see(next(link for link in page.links if link.endswith("?force=1")))
    assert "Более поздние изменения тех же полей пропадут" in page.text
    clerk.send("undo")
    item = as_clerk(clerk, CatalogRpc.get_item, ItemCode(1))
    assert (item.price, item.article) == (1_000, "А")


def test_an_undo_of_a_base_that_moved_shows_the_preview_again(clerk: Clerk) -> None:
    choose_tax(clerk)
    add_item(clerk, name="Чай", code="1", price="10")
    change(clerk, 1, price=2_000)
    clerk.see("/goods/revisions/2/undo")
    change(clerk, 1, article="А-7")
    page = clerk.send("undo")
    assert clerk.path == "/goods/revisions/2/undo" and "База товаров тем временем изменилась" in page.text
    clerk.send("undo")
    item = as_clerk(clerk, CatalogRpc.get_item, ItemCode(1))
    assert (item.price, item.article) == (1_000, "А-7")


def test_two_revisions_are_compared(clerk: Clerk) -> None:
    choose_tax(clerk)
    add_item(clerk, name="Чай", code="1", price="10")
    change(clerk, 1, price=2_000)
    add_item(clerk, name="Кофе", code="2", price="30")
    page = clerk.see("/goods/revisions")
    form = page.form("/goods/revisions/compare")
    assert form.options["from"] == ["3", "2", "1"] and form.fields["from"] == ["2"] and form.fields["to"] == ["3"]
    page = clerk.see("/goods/revisions/compare?from=3&to=1")
    assert "Версии 1 и 3" in page.text and "Чай" in page.text and "Кофе" in page.text
    assert "10,00 ₽ → 20,00 ₽" in page.text.replace("\u00a0", " ") and "новый" in page.text
    assert "Отличий нет" in clerk.see("/goods/revisions/compare?from=2&to=2").text
    for odd in ("from=1&to=9", "from=x&to=1", "from=1", "from=-1&to=1"):
        clerk.see(f"/goods/revisions/compare?{odd}")
        assert clerk.answer.status_code == 404, odd
    for odd in ("9", "0", "x", "9" * 40, "99999999999"):
        clerk.see(f"/goods/revisions/{odd}")
        assert clerk.answer.status_code == 404, odd


def test_deleting_offers_to_undo_with_one_click(clerk: Clerk) -> None:
    choose_tax(clerk)
    for code in ("1", "2"):
        add_item(clerk, name=f"Булка номер {code}", code=code, price="10")
    clerk.send("goods-bulk", pick=["1", "2"], action="delete")
    page = clerk.send("/goods/bulk")
    assert "Удалено 2 товара" in page.text and "Отменить" in page.text
    page = clerk.send("/goods/revisions/3/undo")
    assert clerk.path == "/goods" and "Булка номер 1" in page.text and "Версия 3 отменена" in page.text
    assert "/goods/revisions/3/undo" not in [form.action for form in clerk.see("/goods").forms]  # said once
    clerk.see("/goods/2/delete")
    clerk.send("/goods/2/delete")
    page = clerk.send("/goods/revisions/5/undo")
    assert "Булка номер 2" in page.text


def test_deleted_items_are_found_and_brought_back(clerk: Clerk) -> None:
    assert "Удалённых товаров нет" in clerk.see("/goods/removed").text
    choose_tax(clerk)
    for code, name in (("1", "Чай зелёный"), ("2", "Кофе молотый"), ("3", "Сыр")):
        add_item(clerk, name=name, code=code, price="10", barcodes=f"46000000000{code}")
    as_clerk(clerk, CatalogRpc.remove_items, (ItemCode(1), ItemCode(2), ItemCode(3)))
    page = clerk.see("/goods/removed?q=зеленый+чай")
    assert "Чай зелёный" in page.text and "Кофе" not in page.text and "10,00" in page.text
    button = next(form for form in page.forms if form.fields.get("pick") == ["1"])  # of its row
    page = clerk._show(clerk.client.post(button.action, data=button.fields))
    assert "Возвращён 1 товар" in page.text and "Чай зелёный" not in page.text
    assert as_clerk(clerk, CatalogRpc.get_item, ItemCode(1)).name == "Чай зелёный"
    page = clerk.send("removed-bulk", pick=["2", "3", "777", "x"])
    assert "Возвращено 2 товара" in page.text and "Удалённых товаров нет" in page.text


def test_who_may_only_look_sees_no_buttons(clerk: Clerk) -> None:
    choose_tax(clerk)
    add_item(clerk, name="Чай", code="1", price="10")
    as_clerk(clerk, CatalogRpc.remove_items, (ItemCode(1),))
    made = colleague(clerk, "boris", Role.VIEWER)
    visitor = httpx.Client(base_url=clerk.house.http_url, follow_redirects=True, headers={"Accept-Language": "ru"})
    with visitor:
        _sign_in_first_time(visitor, clerk.number, "boris", made.password or "")
        for path in ("/goods/revisions", "/goods/revisions/2", "/goods/revisions/2/undo", "/goods/removed"):
            page = visitor.get(path)
            assert page.status_code == 200, path
            assert 'method="post" action="/goods' not in page.text, path
        assert "Чай" in page.text


def _sign_in_first_time(client: httpx.Client, number: str, user: str, password: str) -> None:
    from tests.gateway_http.pages.visitor import PASSWORD, Reading

    page = Reading(client.get("/sign-in").text)
    fields = {**page.form("sign-in").fields, "client": number, "user": user, "password": password}
    page = Reading(client.post("/sign-in", data=fields).text)
    form = page.form("/me/password")
    typed = {"password": password, "new_password": PASSWORD, "new_password_again": PASSWORD}
    assert client.post("/me/password", data={**form.fields, **typed}).status_code == 200
