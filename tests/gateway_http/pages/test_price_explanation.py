"""«Почему такая цена?» as people read it, and by the API."""

from services.contracts.catalog import CatalogRpc, ItemDraft
from services.contracts.identity import AccountChanges, IdentityRpc
from services.contracts.registers import RegisterChanges, RegistersRpc
from services.contracts.values import ItemCode, RegisterId
from tests.gateway_http.pages.colleagues import as_clerk
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
    text = clerk.see(f"/registers/{register}/goods/2").text
    assert "Этого товара на кассе быть не должно" in text and "Нет цены" in text
    told = clerk.client.get(f"/api/v1/registers/{register}/price-list/1").json()
    assert (told["base_price"], told["after_percent"], told["price"]) == (9_999, 8_999, 9_000)
    assert (told["record"]["price"], told["price_since"]["source"], told["let_in"]) == (9_000, "edit", True)


def test_what_is_not_there_is_not_found(clerk: Clerk, alice: Clerk) -> None:
    register = shop_with_register(clerk)
    for code in ("3", "x", "99999999999"):
        clerk.see(f"/registers/{register}/goods/{code}")
        assert clerk.answer.status_code == 404
        assert clerk.client.get(f"/api/v1/registers/{register}/price-list/{code}").status_code == 404
    alice.see(f"/registers/{register}/goods/1")
    assert alice.answer.status_code == 404
