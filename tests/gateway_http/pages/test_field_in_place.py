"""Fields of an item changed where they stand in the table; all of it without scripts too."""

from services.contracts.catalog import CatalogRpc, ItemDraft, ItemView
from services.contracts.values import ItemCode
from tests.gateway_http.pages.colleagues import as_clerk, watcher
from tests.gateway_http.pages.test_goods_base import upload
from tests.gateway_http.pages.test_goods_table import shop as shop
from tests.gateway_http.pages.visitor import Clerk
from tests.waiting import wait_for

CELL = {"HX-Request": "true"}


def item(clerk: Clerk, code: int = 1) -> ItemView:
    return as_clerk(clerk, CatalogRpc.get_item, ItemCode(code))


def test_a_price_is_changed_where_it_stands(shop: Clerk) -> None:
    page = shop.see("/goods/1/fields/price", **CELL, **{"HX-Target": "price-1"})
    assert "10,00" in page.text and not page.forms
    page = shop.see("/goods/1/fields/price?edit=1", **CELL, **{"HX-Target": "price-1"})
    assert page.form("/goods/1/fields/price").fields["price"] == ["10,00"]
    shop.see("/goods/1/fields/price")
    for typed, told in (("дорого", "1234,56"), ("0", "свободная цена"), ("9999999999", "Не больше")):
        page = shop.send("/goods/1/fields/price", price=typed)
        assert shop.answer.status_code == 422 and told in page.text.lower().replace("не больше", "Не больше")
        assert page.form("/goods/1/fields/price").fields["price"] == [typed]
    shop.send("/goods/1/fields/price", price="12,5", free_price="")
    assert shop.path == "/goods" and "Сохранено." in shop.page.text and "12,50" in shop.page.text
    assert item(shop).price == 1_250
    shop.see("/goods/1/fields/price")
    shop.send("/goods/1/fields/price", price="0")
    shop.send("/goods/1/fields/price", price="0", free_price="1")
    assert item(shop).price == 0


CHANGES = (
    ("name", "Булка сдобная", "Булка сдобная"),
    ("short_name", "СДОБА", "СДОБА"),
    ("article", "Б-77", "Б-77"),
    ("tax_code", "2", 2),
    ("type_code", "4", 4),
    ("measure_unit", "11", 11),
    ("section", "3", 3),
    ("marking", "dairy", "dairy"),
    ("excise", "1,5", 150),
    ("note", "свежая", "свежая"),
    ("barcodes", "4600000000008, 46000000", ("4600000000008", "46000000")),
)
GOES_ALONG = {"name": {"short_name"}, "short_name": {"short_name_edited"}}


def test_each_column_can_be_changed_and_nothing_else_is(shop: Clerk) -> None:
    for field, typed, kept in CHANGES:
        before = item(shop)
        shop.see(f"/goods/1/fields/{field}")
        shop.send(f"/goods/1/fields/{field}", **{field: typed})
        assert shop.path == "/goods", field
        after = item(shop)
        assert getattr(after, field) == kept
        moved = {field, "version", "changed_at", "changed_revision", *GOES_ALONG.get(field, ())}
        others = {name for name in ItemView.__struct_fields__ if getattr(before, name) != getattr(after, name)}
        assert others <= moved


def test_groups_are_flags_in_the_cell(shop: Clerk) -> None:
    bread = as_clerk(shop, CatalogRpc.add_item_group, "Хлеб", None)
    cakes = as_clerk(shop, CatalogRpc.add_item_group, "Сдоба", None)
    shop.see("/goods/1/fields/groups")
    shop.send("/goods/1/fields/groups", groups=[bread.id, cakes.id])
    assert set(item(shop).groups) == {bread.id, cakes.id}
    page = shop.see("/goods/1/fields/groups", **CELL, **{"HX-Target": "groups-1"})
    assert "Хлеб" in page.text and "Сдоба" in page.text
    shop.see("/goods/1/fields/groups")
    shop.send("/goods/1/fields/groups", groups=[])
    assert item(shop).groups == ()


def test_a_cell_answers_with_itself(shop: Clerk) -> None:
    shop.see("/goods/1/fields/article?edit=1", **CELL, **{"HX-Target": "article-1"})
    typed = {**shop.page.form("/goods/1/fields/article").fields, "article": "Ж-9"}
    answer = shop.client.post("/goods/1/fields/article", data=typed, headers=CELL | {"HX-Target": "article-1"})
    assert answer.status_code == 200
    assert "Ж-9" in answer.text and "<form" not in answer.text and "<html" not in answer.text
    assert item(shop).article == "Ж-9"


WRONG = (
    ("name", "", "Нет названия"),
    ("name", "Ж" * 129, "128"),
    ("barcodes", "4,6E+12", "испор"),
    ("section", "много", "целое число"),
    ("section", "99", "16"),
    ("measure_unit", "9", "единиц"),
    ("article", "Ж" * 65, "64"),
)


def test_what_cannot_be_is_told_in_the_cell_and_changes_nothing(shop: Clerk) -> None:
    before = item(shop)
    for field, typed, told in WRONG:
        shop.see(f"/goods/1/fields/{field}")
        page = shop.send(f"/goods/1/fields/{field}", **{field: typed})
        assert shop.answer.status_code == 422 and told in page.text, field
    assert item(shop) == before


def test_what_somebody_else_changed_is_not_overwritten_and_what_was_typed_stays(shop: Clerk) -> None:
    shop.see("/goods/1/fields/price")
    as_clerk(shop, CatalogRpc.change_item, ItemCode(1), ItemDraft(price=777), None)
    page = shop.send("/goods/1/fields/price", price="5")
    assert shop.answer.status_code == 422 and "Сейчас: 7,77" in page.text
    assert page.form("/goods/1/fields/price").fields["price"] == ["5"]
    assert item(shop).price == 777
    shop.send("/goods/1/fields/price", price="5")
    assert item(shop).price == 500


def test_other_fields_are_not_in_the_table(shop: Clerk) -> None:
    csrf = shop.see("/goods").form("/sign-out").fields["csrf"]
    for address in (
        *(f"1/fields/{field}" for field in ("changed", "code", "version", "blocked", "no")),
        "99/fields/name",
    ):
        assert shop.client.get(f"/goods/{address}").status_code == 404, address
        for sent in ({}, {"restored": "1"}):
            answer = shop.client.post(f"/goods/{address}", data={"csrf": csrf, **sent})
            assert answer.status_code == 404, (address, sent)


def test_a_mistyped_barcode_is_kept_and_pointed_out(shop: Clerk) -> None:
    shop.see("/goods/1")
    page = shop.send("/goods/1", barcodes="4600000000001\n2000000000015")
    assert shop.path == "/goods"
    assert "4600000000001: Неверная контрольная цифра штрихкода" in page.text  # said where it was saved
    assert "+1 проверьте" in page.text  # and in the table
    page = shop.see("/goods/1")
    assert "Посмотрите на штрихкоды" in page.text and "2000000000015:" not in page.text  # a shop's own one is fine
    shop.see("/goods/1/fields/barcodes")
    page = shop.send("/goods/1/fields/barcodes", barcodes="4600000000008")
    assert "проверьте" not in page.text
    assert "Посмотрите на штрихкоды" not in shop.see("/goods/1").text


def test_a_barcode_may_be_typed_as_it_is_printed(shop: Clerk) -> None:
    shop.see("/goods/1")
    shop.send("/goods/1", barcodes="4 600000 000008\r\nAB 1\r\n\r\n46000000")
    assert item(shop).barcodes == ("4600000000008", "AB1", "46000000")
    shop.see("/goods/1/fields/barcodes")
    shop.send("/goods/1/fields/barcodes")
    assert item(shop).barcodes == ("4600000000008", "AB1", "46000000")


def test_the_tax_system_is_chosen_or_left_to_the_register(shop: Clerk) -> None:
    shop.see("/goods/1")
    assert shop.page.form("/goods/1").options["tax_system"] == ["", "0", "1", "2", "4", "5"]
    shop.send("/goods/1", tax_system="2")
    assert item(shop).tax_system == 2
    assert shop.see("/goods/1").form("/goods/1").fields["tax_system"] == ["2"]
    shop.send("/goods/1", tax_system="")
    assert item(shop).tax_system is None


def test_what_a_form_does_not_send_stays(shop: Clerk) -> None:
    """As by a program, or by a form that was opened before the server had one more field."""
    as_clerk(shop, CatalogRpc.change_item, ItemCode(1), ItemDraft(section=5, tax_system=1, note="тёплая"), None)
    shop.see("/goods/1")
    del shop.page.form("/goods/1").fields["tax_system"], shop.page.form("/goods/1").fields["section"]
    shop.send("/goods/1", name="Булка тёплая")
    kept = item(shop)
    assert (kept.name, kept.section, kept.tax_system, kept.note) == ("Булка тёплая", 5, 1, "тёплая")


def test_fields_that_a_file_brought_are_shown(shop: Clerk) -> None:
    upload(
        shop, b'{"base":[{"code":1,"name":"\xd0\x91\xd1\x83\xd0\xbb\xd0\xba\xd0\xb0","price":1000,"shelf":"<b>7</b>"}]}'
    )
    shop.send(f"{shop.path}/apply")
    wait_for(lambda: item(shop).extra == {"shelf": "<b>7</b>"}, 60, "the file to be in the base")
    assert "Сохранено из файлов" in shop.see("/goods/1").text and "<b>7</b>" in shop.page.text


def test_what_changed_elsewhere_in_the_item_is_no_reason_to_ask(shop: Clerk) -> None:
    shop.see("/goods/1/fields/price")
    as_clerk(shop, CatalogRpc.change_item, ItemCode(1), ItemDraft(name="Булка городская"), None)
    shop.send("/goods/1/fields/price", price="5")
    assert shop.path == "/goods"
    assert (item(shop).name, item(shop).price) == ("Булка городская", 500)


def test_rare_codes_of_a_file_are_not_lost_by_saving(shop: Clerk) -> None:
    as_clerk(shop, CatalogRpc.change_item, ItemCode(1), ItemDraft(type_code=26), None)
    for address in ("/goods/1/fields/type_code", "/goods/1"):
        shop.see(address)
        shop.send(address)
        assert shop.path == "/goods" and item(shop).type_code == 26


def test_after_the_session_ended_the_field_says_that_it_kept_what_was_typed(shop: Clerk) -> None:
    shop.see("/goods/1/fields/note")
    shop.end_session_elsewhere()
    shop.send("/goods/1/fields/note", note="мягкая")
    shop.type_sign_in()
    page = shop.send("/goods/1/fields/note")  # what a script does by itself
    assert "Введённое сохранено" in page.text and item(shop).note == ""
    assert page.form("/goods/1/fields/note").fields["note"] == ["мягкая"]
    shop.send("/goods/1/fields/note")
    assert item(shop).note == "мягкая"


def test_after_saving_one_is_where_one_was(shop: Clerk) -> None:
    shop.see("/goods/1")
    fields = shop.page.form("/goods/1").fields
    came = {"HX-Request": "true", "HX-Target": "dialog-body"}
    for address, back in (
        ("/goods?q=%D0%B1%D1%83&sort=-price&after=abc", "/goods?q=%D0%B1%D1%83&sort=-price&after=abc"),
        ("/goods", "/goods"),
        ("/exchanges?q=1", "/goods"),
        ("http://[", "/goods"),
    ):
        current = address if address.startswith("http") else f"{shop.house.http_url}{address}"
        sent = {**fields, "version": str(item(shop).version)}
        answer = shop.client.post("/goods/1", data=sent, headers={**came, "HX-Current-URL": current})
        assert answer.headers["HX-Redirect"] == back, (answer.status_code, answer.text)


def test_those_who_only_look_get_no_field(shop: Clerk) -> None:
    browser = watcher(shop)
    assert not [link for link in browser.see("/goods").links if "/fields/" in link]
    for address in ("/goods/1/fields/price", "/goods/1/fields/price?edit=1"):
        page = browser.see(address)
        assert "10,00" in page.text and address not in [form.action for form in page.forms]
    browser.leave()
