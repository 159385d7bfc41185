"""Choosing all that were found, over all pages, and changing their prices, in a real browser."""

import pytest

from services.contracts.bulk import BulkItemsRpc, ItemChange
from services.contracts.catalog import CatalogRpc, ItemDraft, ItemQuery
from services.contracts.values import ItemCode
from tests.browser.looks import stumbles
from tests.browser.window import Window
from tests.gateway_http.pages.colleagues import as_clerk
from tests.gateway_http.pages.visitor import Clerk
from tests.waiting import wait_for

TEA, BREAD = 120, 30  # items; a page has 100


def fill(clerk: Clerk) -> None:
    names = [*("Чай" for _ in range(TEA)), *("Хлеб" for _ in range(BREAD))]
    rows = (
        ItemChange(n, ItemCode(n), draft=ItemDraft(name=f"{name} {n}", price=1_000, tax_code=11))
        for n, name in enumerate(names, 1)
    )
    as_clerk(clerk, BulkItemsRpc.change_items, tuple(rows))


def prices(clerk: Clerk) -> dict[str, set[int | None]]:
    """Prices by the first word of the name."""
    found: dict[str, set[int | None]] = {}
    for item in as_clerk(clerk, CatalogRpc.page_items, ItemQuery(limit=500)).items:
        found.setdefault(item.name.split()[0], set()).add(item.price)
    return found


def test_prices_of_all_that_were_found_over_all_pages(window: Window) -> None:
    fill(window.clerk)
    page = window.page
    window.open("/goods")
    page.fill("[data-search]", "чай")
    page.wait_for_url("**/goods?q=*")
    assert not page.is_visible("[data-pick-found]")
    page.check("[data-pick-all]")
    assert page.inner_text("[data-picked]") == "100"
    page.check("[data-found]")
    assert page.inner_text("[data-picked]") == str(TEA)
    page.locator("[data-pick]").first.uncheck()  # one row less is no longer all
    assert page.inner_text("[data-picked]") == "99" and not page.is_checked("[data-found]")
    page.check("[data-found]")
    assert page.locator("[data-pick]:checked").count() == 100 and page.inner_text("[data-picked]") == str(TEA)
    window.press("Изменить цены", "[data-bulk]")
    window.wait_text("Все найденные товары: «чай»")
    page.select_option("[name=how]", "sum")
    page.fill("[name=amount]", "6,45")
    page.select_option("[name=rounding]", "ninety")
    page.press("[name=amount]", "Enter")
    window.wait_text("Что изменится")
    window.wait_text("Первые 50 из 120")
    assert "+69" in page.inner_text("table") and "16,90" in page.inner_text("table")
    assert prices(window.clerk) == {"Чай": {1_000}, "Хлеб": {1_000}}
    window.press("Применить", "#apply")
    page.wait_for_url("**/goods?q=*")
    window.wait_text("Изменено 120 товаров", "#toasts")
    assert prices(window.clerk) == {"Чай": {1_690}, "Хлеб": {1_000}}
    assert "Отменить" in page.inner_text("#toasts")


def test_what_was_chosen_outlives_what_others_change_but_not_another_search(window: Window) -> None:
    fill(window.clerk)
    page = window.page
    window.open("/goods?q=чай")
    page.locator("[data-pick]").first.check()
    page.check("[data-found]")
    as_clerk(window.clerk, CatalogRpc.change_item, ItemCode(1), ItemDraft(price=7_777), None)
    window.wait_text("77,77")
    wait_for(lambda: page.inner_text("[data-picked]") == str(TEA), what="all that were found to be chosen still")
    page.fill("[data-search]", "")
    page.wait_for_url(lambda url: "q=" not in url)
    wait_for(lambda: page.locator("[data-pick]:checked").count() == 0 or not page.is_checked("[data-found]"))
    assert not page.is_checked("[data-found]")


@pytest.mark.parametrize("width", [1440, 380])
def test_the_page_of_a_change_is_whole_at_any_width(window: Window, width: int) -> None:
    fill(window.clerk)
    window.page.set_viewport_size({"width": width, "height": 800})
    for path in (
        "/goods/change?kind=price&all=1&q=чай",
        "/goods/change?kind=price&all=1&how=percent&amount=60",
        "/goods/change?kind=remove&pick=1&pick=2",
        "/goods/vat-rates",
    ):
        window.open(path)
        assert window.overflow() == 0, path
        assert stumbles(window) == {"unnamed": [], "faint": []}, path
