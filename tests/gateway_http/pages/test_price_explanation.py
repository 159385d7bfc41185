"""«Почему такая цена?» as people read it, and by the API."""

from services.contracts.catalog import CatalogRpc, ItemDraft
from services.contracts.identity import AccountChanges, IdentityRpc
from services.contracts.registers import RegisterChanges, RegistersRpc
from services.contracts.values import ItemCode, RegisterId
from tests.gateway_http.pages.colleagues import as_clerk, in_database
from tests.gateway_http.pages.visitor import Clerk


def shop_with_register(clerk: Clerk) -> str:
    """A register that sells at 90 %, rounded to whole roubles; an item with a price and one without."""
    as_clerk(clerk, IdentityRpc.change_account, AccountChanges(default_tax_code=11), None)
    as_clerk(clerk, CatalogRpc.add_item, ItemCode(1), ItemDraft(name="Сок яблочный", price=9_999))
    as_clerk(clerk, CatalogRpc.add_item, ItemCode(2), ItemDraft(name="Чай"))
    register = clerk.add_register()
    changes = RegisterChanges(price_percent=90, price_rounding=100)
    as_clerk(clerk, RegistersRpc.change_register, RegisterId(register), changes, None)
    return register


def test_each_step_is_told(clerk: Clerk) -> None:
    register = shop_with_register(clerk)
    text = clerk.see(f"/registers/{register}/goods/1").text.replace("\u00a0", " ")
    assert "На кассе должна быть цена 90,00 ₽" in text
    for step in ("99,99 ₽", "90 % → 89,99 ₽", "1,00 ₽ → 90,00 ₽", "Правка товаров", "ещё ничего не загружено"):
        assert step in text
    assert "коды до" in text and "касса ещё не сообщила модель" in text and "составлено из названия" in text
    text = clerk.see(f"/registers/{register}/goods/2").text
    assert "Этого товара на кассе быть не должно" in text and "Нет цены" in text
    told = clerk.client.get(f"/api/v1/registers/{register}/price-list/1").json()
    assert (told["base_price"], told["after_percent"], told["price"]) == (9_999, 8_999, 9_000)
    assert (told["record"]["price"], told["price_since"]["source"], told["let_in"]) == (9_000, "edit", True)
    assert told["limits"]["base_version"] == "0.4" and told["goods"]["confirmed"] is None


CONFIRMED = (
    "UPDATE registers.register SET confirmed_revision = %s, confirmed_base_hash = %s, confirmed_count = 1,"
    " confirmed_at = now() WHERE register_id = %s"
)


def test_it_is_told_whether_the_register_confirmed_this_price(clerk: Clerk) -> None:
    register = shop_with_register(clerk)  # revision 1 is the price, revision 2 is another item
    page = f"/registers/{register}/goods/1"
    assert in_database(clerk, CONFIRMED, 1, "0" * 64, register) == 1
    assert "цена из базы в ней есть" in clerk.see(page).text
    as_clerk(clerk, CatalogRpc.change_item, ItemCode(1), ItemDraft(name="Сок яблочный", price=12_000), None)
    assert "она старше цены в базе" in clerk.see(page).text
    in_database(clerk, CONFIRMED, 3, "0" * 64, register)
    assert "цена из базы в ней есть" in clerk.see(page).text


def test_an_item_tells_what_each_register_gets(clerk: Clerk) -> None:
    clerk.see("/goods/1/registers")
    assert clerk.answer.status_code == 404
    register = shop_with_register(clerk)
    bread = as_clerk(clerk, CatalogRpc.add_item_group, "Хлеб", None)
    kiosk = clerk.add_register("Киоск")
    as_clerk(clerk, RegistersRpc.change_register, RegisterId(kiosk), RegisterChanges(item_groups=(bread.id,)), None)
    clerk.see("/goods/1")
    assert 'href="/goods/1/registers"' in clerk.answer.text
    text = clerk.see("/goods/1/registers").text
    assert "90,00" in text and "Он не входит ни в одну из групп товаров" in text
    for shown in (register, kiosk):
        assert f'href="/registers/{shown}/goods/1"' in clerk.answer.text
    text = clerk.see("/goods/2/registers").text
    assert text.count("Нет цены") == 2 and "90,00" not in text


def test_a_long_list_of_registers_has_pages(clerk: Clerk) -> None:
    shop_with_register(clerk)
    for number in range(11):
        clerk.add_register(f"Касса {number}")
    clerk.see("/goods/1/registers")
    first = clerk.answer.text
    following = first.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")
    clerk.see(following)
    second = clerk.answer.text
    assert (first.count('/goods/1"'), second.count('/goods/1"')) == (11, 3)  # one of them leads back to the item


def test_what_is_not_there_is_not_found(clerk: Clerk, alice: Clerk) -> None:
    register = shop_with_register(clerk)
    for code in ("3", "x", "99999999999"):
        clerk.see(f"/registers/{register}/goods/{code}")
        assert clerk.answer.status_code == 404
        assert clerk.client.get(f"/api/v1/registers/{register}/price-list/{code}").status_code == 404
    alice.see(f"/registers/{register}/goods/1")
    assert alice.answer.status_code == 404
