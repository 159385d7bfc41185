"""The way back of the goods base under hands: one click after deleting, the history, a preview before an undo."""

import pytest
from playwright.sync_api import Browser

from services.contracts.catalog import CatalogRpc, ItemDraft
from services.contracts.values import ItemCode
from tests.browser.looks import stumbles
from tests.browser.window import Window
from tests.gateway_http.pages.colleagues import as_clerk
from tests.gateway_http.pages.test_goods_base import add_item, choose_tax
from tests.gateway_http.pages.visitor import Clerk


def fill_base(clerk: Clerk) -> None:
    """Two items; the price of the first was changed twice, with other fields."""
    choose_tax(clerk)
    add_item(clerk, name="Сыр «Российский» весовой, 45 %", code="1", price="100")
    add_item(clerk, name="Хлеб «Бородинский»", code="2", price="50")
    for draft in (ItemDraft(price=12_000, article="А-7"), ItemDraft(price=13_000)):
        as_clerk(clerk, CatalogRpc.change_item, ItemCode(1), draft, None)


def test_what_was_deleted_comes_back_with_one_click(window: Window) -> None:
    fill_base(window.clerk)
    page = window.page
    window.open("/goods/2/delete")
    page.click("form button.btn-danger-soft")
    window.wait_text("Товар 2 удалён", "#toasts")
    page.click("#toasts form button")
    window.wait_text("Версия 5 отменена", "#toasts")
    assert page.url.endswith("/goods") and page.is_visible("text=Хлеб «Бородинский»")
    assert window.complaints == []


def test_the_history_leads_to_a_preview_and_back(window: Window) -> None:
    fill_base(window.clerk)
    page = window.page
    window.open("/goods")
    page.click("a[href='/goods/revisions']")
    page.locator("tbody tr", has_text="Правка товаров").last.locator("a", has_text="Отменить").click()
    page.wait_for_url("**/goods/revisions/3/undo")
    window.wait_text("позже изменено ещё раз", "main")
    window.wait_text("А-7", "main")
    page.click("text=Отменить эту версию")
    page.wait_for_url("**/goods/revisions/5")
    window.wait_text("Версия 3 отменена", "#toasts")
    page.click("text=История изменений базы")
    window.wait_text("отменена версией 5", "main")
    item = as_clerk(window.clerk, CatalogRpc.get_item, ItemCode(1))
    assert (item.price, item.article) == (13_000, "")
    assert window.complaints == []


@pytest.mark.parametrize(("width", "height"), [(1440, 900), (1024, 768), (380, 780)])
def test_pages_of_the_history_fit_and_can_be_read(browser: Browser, clerk: Clerk, width: int, height: int) -> None:
    fill_base(clerk)
    as_clerk(clerk, CatalogRpc.remove_items, (ItemCode(2),))
    window = Window(browser, clerk, width, height)
    window.sign_in()
    for path in (
        "/goods/revisions",
        "/goods/revisions/3",
        "/goods/revisions/3/undo",
        "/goods/revisions/compare?from=1&to=5",
        "/goods/removed",
    ):
        window.open(path)
        assert window.overflow() <= 0, path
        assert stumbles(window) == {"unnamed": [], "faint": []}, path
    assert window.complaints == []
    window.close()
