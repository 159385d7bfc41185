"""Changing many items on the pages: prices, VAT, blocking, groups, deleting; looked at first; without scripts."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from services.contracts.bulk import BulkItemsRpc, ItemChange
from services.contracts.catalog import CatalogRpc, ItemDraft
from services.contracts.values import ItemCode
from tests.gateway_http.pages.colleagues import as_clerk
from tests.gateway_http.pages.visitor import Clerk

GOODS = ((1, "Булка", 1_000, 2), (2, "Батон", 9_990, 11), (3, "Баранка", None, 6), (4, "Соль", 500, 1))


@pytest.fixture
def shop(clerk: Clerk) -> Clerk:
    """Four items, one of them without a price and one with VAT of 20 %, and one group."""
    rows = (
        ItemChange(code, ItemCode(code), draft=ItemDraft(name=name, price=price, tax_code=tax))
        for code, name, price, tax in GOODS
    )
    as_clerk(clerk, BulkItemsRpc.change_items, tuple(rows))
    as_clerk(clerk, CatalogRpc.add_item_group, "Хлеб", None)
    return clerk


def press(clerk: Clerk, kind: str, *codes: str) -> None:
    """A button of the bar under the table, with these rows ticked."""
    fields = clerk.see("/goods").form("goods-bulk").fields
    clerk._show(clerk.client.post("/goods/change", data={**fields, "kind": kind, "pick": list(codes)}))


def test_ticked_prices_are_looked_at_then_changed_and_can_be_undone(shop: Clerk) -> None:
    press(shop, "price", "1", "2", "3")
    assert "Отмечены 3 товара" in shop.page.text
    page = shop.send("/goods/change", how="percent", amount="+60", rounding="ninety")
    assert "Цены +60\u00a0%, округление до ,90" in shop.answer.text
    assert "нет цены: не от чего считать" in page.text and "15,90" in page.text and "159,90" in page.text
    assert "+59\u00a0%" in shop.answer.text and "Первые" not in page.text
    page = shop.send("apply")
    assert shop.path == "/goods" and "Изменено 2 товара" in page.text and "159,90" in page.text
    assert "/goods/revisions/2/undo" in shop.answer.text
    assert "Цены +60\u00a0%, округление до ,90" in shop.client.get("/goods/revisions").text
    assert "10,00" not in page.text


def test_what_was_typed_wrong_is_said_beside_it(shop: Clerk) -> None:
    for typed, told in (
        ({"amount": "дорого"}, "Нужен процент, например 5, −10 или 2,5."),
        ({"amount": ""}, "Укажите, на сколько, или выберите округление."),
        ({"amount": "-100"}, "от -9"),
        ({"how": "sum", "amount": "1,234"}, "Нужна цена, например 1234,56."),
        ({"how": "set", "amount": "0"}, "свободную цену"),
    ):
        press(shop, "price", "1")
        page = shop.send("/goods/change", **typed)
        assert shop.answer.status_code == 422 and told in page.text, (typed, page.text)
        assert page.form("/goods/change").fields["amount"] == [typed["amount"]]
    page = shop.send("/goods/change", how="set", amount="0", free_price="1")
    assert "свободная цена" in page.text
    press(shop, "tax", "1")
    assert "Нужно заполнить." in shop.send("/goods/change", tax_code="").text
    assert shop.see("/goods/change?kind=nonsense&pick=1").title and shop.answer.status_code == 404
    assert "Сначала отметьте строки" in shop.see("/goods/change?kind=block").text


def test_all_that_were_found_come_as_an_address(shop: Clerk) -> None:
    page = shop.see("/goods/change?kind=block&all=1&q=ба")
    assert "Все найденные товары: «ба»" in page.text and "Блокировка" in page.text and "Булка" not in page.text
    page = shop.send("apply")
    assert "Изменено 2 товара" in page.text and shop.answer.url.query == b"q=%D0%B1%D0%B0"
    page = shop.see("/goods/change?kind=unblock&all=1&show=no_price")
    assert "без цены" in page.text and "Баранка" in page.text and "Батон" not in page.text
    page = shop.see("/goods/change?kind=remove&all=1")
    assert "Все товары базы" in page.text and "Удалить 4 товара" in page.text
    page = shop.send("apply")
    assert "Удалено 4 товара" in page.text and "База товаров пуста" in page.text


def test_a_bar_that_means_all_found_leads_to_the_preview(shop: Clerk) -> None:
    fields = shop.see("/goods").form("goods-bulk").fields
    group = shop.page.form("goods-bulk").options["group"][-1]
    for action, told in (
        ("put", "Поместить в группы: Хлеб"),
        ("take", "Убрать из групп: Хлеб"),
        ("delete", "Удаление"),
    ):
        typed = {**fields, "all": "1", "q": "бат", "action": action, "group": group}
        page = shop._show(shop.client.post("/goods/bulk", data=typed))
        assert shop.path == "/goods/change" and told in page.text
    assert "Удалить 1 товар" in page.text


def test_a_preview_that_no_longer_holds_is_shown_anew(shop: Clerk) -> None:
    press(shop, "price", "1")
    shop.send("/goods/change", amount="10")
    looked = shop.page.form("apply").fields
    shop.see("/goods/1")
    shop.send("/goods/1", price="20")
    page = shop._show(shop.client.post("/goods/change", data=looked))
    assert shop.answer.status_code == 422 and "База товаров изменилась, пока вы смотрели" in page.text
    assert "22,00" in page.text
    page = shop.send("apply")
    assert "Изменён 1 товар" in page.text and "22,00" in page.text
    # The same form once more is the same write: nothing is dearer twice.
    again = shop.client.post("/goods/change", data={**looked, "form_id": looked["form_id"]})
    assert again.status_code == 422 and "22,00" in shop.see("/goods").text


def test_vat_of_before_2026_is_moved_in_one_step(shop: Clerk) -> None:
    page = shop.see("/goods/vat-rates")
    assert "У 1 товара НДС 20 %" in page.text and "больше не действует" in page.text
    page = shop.see(next(link for link in page.links if link.startswith("/goods/change?")))
    assert "Что изменится: НДС 20 % → 22 %" in page.text and "Соль" in page.text and "Булка" not in page.text
    shop.send("apply")
    page = shop.see("/goods/vat-rates")
    assert "Товаров со ставкой НДС, действовавшей до 2026 года, нет" in page.text
    assert re.search(r"НДС 22 % 2\b", page.text), page.text
    press(shop, "tax", "1", "4")
    page = shop.send("/goods/change", tax_code="6")
    assert "НДС: без НДС" in page.text
    assert "Изменено 2 товара" in shop.send("apply").text


def test_a_change_can_wait_for_its_time(shop: Clerk) -> None:
    press(shop, "price", "1", "2")
    shop.send("/goods/change", how="percent", amount="10")
    page = shop.send("schedule", due_at="2020-01-01T10:00")
    assert shop.answer.status_code == 422 and "Это время уже прошло." in page.text
    page = shop.send("schedule", due_at=(datetime.now(UTC) + timedelta(days=2)).strftime("%Y-%m-%dT%H:%M"))
    assert shop.path == "/goods/schedules" and "Будут изменены 2 товара" in page.text
    assert "Цены +10" in page.text and "Ждёт своего времени" in page.text
    assert "/goods/schedules" in shop.see("/goods").links
