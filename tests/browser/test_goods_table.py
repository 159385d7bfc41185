"""The goods base of a large shop in a real browser: found, sorted, changed in the row, brought from a file."""

from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page

from services.contracts.bulk import BulkItemsRpc, ItemChange
from services.contracts.catalog import CatalogRpc, ItemDraft, ItemQuery, ItemView
from services.contracts.identity import AccountChanges, IdentityRpc
from services.contracts.values import ItemCode
from tests.browser.looks import stumbles
from tests.browser.window import Window
from tests.gateway_http.pages.colleagues import as_clerk
from tests.gateway_http.pages.test_goods_base import upload
from tests.gateway_http.pages.visitor import Clerk
from tests.waiting import wait_for

MANY = 100_000
KINDS = ("Молоко", "Сыр", "Ёлка", "Чай")

LISTEN = """() => {
  const stream = new EventSource(document.body.dataset.liveUrl);
  stream.addEventListener("open", () => console.log("listening"));
  const hear = ({type, data}) => { if ((type + data).includes("base_changed")) console.log("told"); };
  ["base_changed", "message"].forEach((kind) => stream.addEventListener(kind, hear));
}"""

RENEW = """(part) => new Promise((done) => {
  document.addEventListener("htmx:afterRequest", () => setTimeout(done), {once: true});
  htmx.trigger(part, "live");
})"""


def large_base(clerk: Clerk) -> None:
    """A file of many items, put into the base without the browser."""
    as_clerk(clerk, IdentityRpc.change_account, AccountChanges(default_tax_code=11), None)
    rows = (
        f"{code};{KINDS[code % 4]} сорт {code % 97} номер {code};{code % 900 + 10},{code % 100:02d};Группа {code % 5}"
        for code in range(1, MANY + 1)
    )
    upload(clerk, "\n".join(("Код;Наименование;Цена;Группа", *rows)).encode())
    clerk.send(f"{clerk.path}/apply")
    wait_for(lambda: as_clerk(clerk, CatalogRpc.base_status).items == MANY, 60, "the base to be there")


def some_items(clerk: Clerk) -> None:
    drafts = [ItemDraft(name=name, price=1_000 * n, tax_code=11) for n, name in enumerate(("Сыр", "Чай", "Сок"), 1)]
    changes = tuple(ItemChange(n, ItemCode(n), draft=draft) for n, draft in enumerate(drafts, 1))
    as_clerk(clerk, BulkItemsRpc.change_items, changes)


def whole(number: int) -> str:
    """As the pages write it."""
    return f"{number:,}".replace(",", "\u00a0")


def first_row(window: Window) -> str:
    return window.page.locator("tbody tr").first.inner_text()


def test_a_hundred_thousand_items_are_found_sorted_and_paged(window: Window) -> None:
    large_base(window.clerk)
    page = window.page
    window.open("/goods")
    window.wait_text(f"Найдено {whole(MANY)} товаров")
    page.fill("[data-search]", "номер елка 99942")
    window.wait_text("Ёлка сорт 32 номер 99942")
    assert page.locator("tbody tr").count() == 1
    page.fill("[data-search]", "чай")
    window.wait_text(f"Найдено {whole(MANY // 4)} товаров")
    page.locator("thead").get_by_role("link", name="Цена").click()
    page.wait_for_url("**sort=price*")
    wait_for(lambda: "13,03" in first_row(window), what="the cheapest one to stand first")
    page.locator("thead").get_by_role("link", name="Цена").click()
    page.wait_for_url("**sort=-price*")
    wait_for(lambda: "909,99" in first_row(window), what="the dearest one to stand first")
    first = first_row(window)
    window.press("Дальше", "#goods")
    page.wait_for_url("**after=*")
    wait_for(lambda: first_row(window) != first, what="the next page")
    assert page.locator("tbody tr").count() == 100
    page.check("[data-pick-all]")
    page.check("[data-found]")
    assert page.inner_text("[data-picked]") == whole(MANY // 4)
    window.press("Изменить цены", "[data-bulk]")
    page.fill("[name=amount]", "10")
    page.press("[name=amount]", "Enter")
    window.wait_text(f"Первые 50 из {whole(MANY // 4)}")
    window.press("Применить", "#apply")
    window.wait_text(f"Изменено {whole(MANY // 4)} товаров", "#toasts")


def pencil(window: Window, field: str, code: int) -> Locator:
    return window.page.locator(f"#edit-{field}-{code}")


def edit(window: Window, field: str, code: int) -> Locator:
    """Open the table's field; where it is typed into."""
    pencil(window, field, code).click()
    return window.page.locator(f"form.in-place [name={field}]")


def table_of_some(window: Window) -> Page:
    """Some items, and the table of them open."""
    some_items(window.clerk)
    window.open("/goods")
    return window.page


def items_of(window: Window) -> dict[int, ItemView]:
    return {item.code: item for item in as_clerk(window.clerk, CatalogRpc.page_items, ItemQuery()).items}


def test_a_price_is_changed_in_its_row(window: Window) -> None:
    page = table_of_some(window)
    field = edit(window, "price", 1)
    field.fill("дорого")
    field.press("Enter")
    page.locator(".in-place .field-error").wait_for()
    field.fill("77,70")
    field.press("Enter")
    page.locator("form.in-place").wait_for(state="detached")
    assert "77,70" in first_row(window)
    edit(window, "price", 2).fill("1")
    with page.expect_event("console", lambda said: said.text == "listening"):
        page.evaluate(LISTEN)
    with page.expect_event("console", lambda said: said.text == "told"):
        as_clerk(window.clerk, CatalogRpc.change_item, ItemCode(3), ItemDraft(name="Сок яблочный"), None)
    assert field.input_value() == "1"  # what a colleague changed does not take away what is being typed
    field.press("Escape")
    page.locator("form.in-place").wait_for(state="detached")
    window.wait_text("Сок яблочный")  # it comes afterwards
    assert [item.price for item in items_of(window).values()] == [7_770, 2_000, 3_000]


def test_a_column_is_gone_through_with_the_keyboard(window: Window) -> None:
    page = table_of_some(window)
    pencil(window, "price", 1).focus()
    for price in ("11", "22", "33"):
        page.keyboard.press("Enter")
        page.locator("form.in-place [name=price]:focus").fill(price)
        page.keyboard.press("Enter")
        page.locator(".in-place [data-edit=price]:focus").wait_for()
        page.keyboard.press("ArrowDown")
    wait_for(lambda: [item.price for item in items_of(window).values()] == [1_100, 2_200, 3_300], what="three prices")


def test_names_rates_and_groups_are_changed_in_their_rows(window: Window) -> None:
    dairy = as_clerk(window.clerk, CatalogRpc.add_item_group, "Молочное", None)
    page = table_of_some(window)
    form = page.locator("form.in-place")
    save = form.get_by_role("button", name="Сохранить")

    field = edit(window, "name", 1)
    field.fill("Сыр российский")
    field.press("Enter")
    page.get_by_role("link", name="Сыр российский", exact=True).wait_for()
    assert not page.locator("#dialog[open]").count()  # the row was not opened by it

    edit(window, "tax_code", 1).select_option("2")
    save.click()
    form.wait_for(state="detached")
    assert "НДС\u00a010\u00a0%" in first_row(window)

    pencil(window, "groups", 1).click()
    form.get_by_label("Молочное").check()
    save.click()
    form.wait_for(state="detached")
    assert "Молочное" in first_row(window)

    item = items_of(window)[1]
    assert (item.name, item.tax_code, item.groups) == ("Сыр российский", 2, (dairy.id,))


def test_what_is_typed_in_a_row_is_not_lost_by_the_way(window: Window) -> None:
    page = table_of_some(window)
    field = edit(window, "name", 1)
    field.fill("Сыр мягкий")
    page.get_by_role("cell", name="1", exact=True).click()  # elsewhere in the row
    assert field.input_value() == "Сыр мягкий"
    assert not page.locator("#dialog[open]").count()
    page.once("dialog", lambda question: question.dismiss())
    with page.expect_event("dialog"):
        page.fill("[data-search]", "чай")
    assert field.input_value() == "Сыр мягкий"
    field.press("Enter")
    page.get_by_role("link", name="Сыр мягкий", exact=True).wait_for()


def test_a_field_of_an_item_that_is_gone_can_be_left(window: Window) -> None:
    page = table_of_some(window)
    field = edit(window, "name", 1)
    field.fill("Сыр мягкий")
    as_clerk(window.clerk, CatalogRpc.remove_items, (ItemCode(1),))
    field.press("Enter")
    page.locator("#toasts .failed").wait_for()
    assert field.input_value() == "Сыр мягкий"
    field.press("Escape")
    wait_for(lambda: "Чай" in first_row(window), what="the table as it is now")
    edit(window, "name", 2)
    page.locator("form.in-place [data-leave]").click()
    page.get_by_role("link", name="Чай", exact=True).click()  # what stood there works again
    page.locator("#dialog[open]").get_by_label("Название", exact=False).first.wait_for()


def test_a_change_by_somebody_else_leaves_what_was_searched_for_alone(window: Window) -> None:
    page = table_of_some(window)
    page.fill("[data-search]", "сок")
    page.wait_for_url("**q=*")
    wait_for(lambda: page.locator("tbody tr").count() == 1, what="what was searched for")
    page.evaluate(RENEW, "#goods")  # as when a colleague changed something
    assert page.locator("tbody tr").count() == 1
    page.go_back()
    wait_for(lambda: page.locator("tbody tr").count() == 3, what="all of them")
    page.evaluate(RENEW, "#goods")
    assert page.locator("tbody tr").count() == 3


def test_columns_are_chosen_and_stay(window: Window) -> None:
    page = table_of_some(window)
    assert "Артикул" not in page.inner_text("thead")
    window.press("Столбцы", "#goods")
    page.locator("#dialog").get_by_label("Артикул").check()
    window.press("Показать эти", "#dialog")
    wait_for(lambda: "Артикул" in page.inner_text("thead"), what="the chosen column")
    window.open("/goods")
    assert "Артикул" in page.inner_text("thead")


def test_a_file_with_faults_is_looked_at_first_and_taken_back(window: Window, tmp_path: Path) -> None:
    some_items(window.clerk)
    as_clerk(window.clerk, IdentityRpc.change_account, AccountChanges(default_tax_code=11), None)
    page, file = window.page, tmp_path / "прайс.csv"
    file.write_text("Код;Наименование;Цена\n1;Сыр;99,90\n2;Чай;много\n3;Сок;30\n4;Мёд;400\n", encoding="cp1251")
    window.open("/goods/imports")
    page.set_input_files("input[type=file]", file)
    window.press("Проверить файл")
    window.wait_text("Проверен, ещё не внесён")
    shown = page.inner_text("main")
    assert "прайс.csv" in shown and "2;Чай;много" in shown
    page.get_by_role("link", name="изменённые товары").click()
    page.get_by_role("cell", name="99,90 ← 10,00").wait_for()
    page.get_by_role("link", name="новые товары").click()
    page.get_by_role("cell", name="Мёд").wait_for()
    assert as_clerk(window.clerk, CatalogRpc.base_status).items == 3  # a look changes nothing
    window.press("Внести в базу товаров")
    window.wait_text("Теперь у базы товаров версия")
    prices = {item.name: item.price for item in as_clerk(window.clerk, CatalogRpc.page_items, ItemQuery()).items}
    assert prices == {"Сыр": 9_990, "Чай": 2_000, "Сок": 3_000, "Мёд": 40_000}
    window.open("/goods/revisions")
    window.press("Отменить", "tbody")
    window.wait_text("Что изменится")
    window.press("Отменить", "main form")
    wait_for(
        lambda: (
            {item.name for item in as_clerk(window.clerk, CatalogRpc.page_items, ItemQuery()).items}
            == {"Сыр", "Чай", "Сок"}
        ),
        what="the base as it was",
    )


def test_what_is_being_pressed_is_not_replaced_under_the_pointer(window: Window) -> None:
    some_items(window.clerk)
    page = window.page
    window.open("/goods/revisions")
    page.locator("tbody a", has_text="Отменить").first.hover()
    page.mouse.down()
    page.evaluate(RENEW, "#revisions")  # as when a colleague changed something
    page.mouse.up()
    page.wait_for_url("**/undo")


@pytest.mark.parametrize("width", [1440, 380])
def test_the_pages_of_goods_are_whole_at_any_width(window: Window, width: int) -> None:
    some_items(window.clerk)
    window.page.set_viewport_size({"width": width, "height": 800})
    for path in ("/goods?show=problem", "/goods/1", "/goods/1/registers", "/goods/columns", "/goods/imports"):
        window.open(path)
        assert window.overflow() == 0, path
        assert stumbles(window) == {"unnamed": [], "faint": []}, path
