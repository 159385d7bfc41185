"""The table of goods: filters, columns of one's own; all of it without scripts too."""

from datetime import UTC, datetime, timedelta

import pytest

from services.contracts.bulk import BulkItemsRpc, ItemChange
from services.contracts.catalog import CatalogRpc, ItemDraft
from services.contracts.identity import AccountChanges, IdentityRpc
from services.contracts.registers import RegisterChanges, RegistersRpc
from services.contracts.values import ItemCode, RegisterId
from tests.gateway_http.pages.colleagues import as_clerk
from tests.gateway_http.pages.visitor import Clerk

GOODS = (
    (1, ItemDraft(name="Булка", price=1_000, article="Б-1")),
    (2, ItemDraft(name="Батон", price=9_990, tax_code=1)),
    (3, ItemDraft(name="Баранка")),
)


@pytest.fixture
def shop(clerk: Clerk) -> Clerk:
    """Three items: a plain one, one with VAT of 20 %, one without a price."""
    as_clerk(clerk, IdentityRpc.change_account, AccountChanges(default_tax_code=11), None)
    rows = tuple(ItemChange(code, ItemCode(code), draft=draft) for code, draft in GOODS)
    as_clerk(clerk, BulkItemsRpc.change_items, rows)
    return clerk


def names(clerk: Clerk, address: str) -> list[str]:
    text = clerk.see(address).text
    return [str(draft.name) for _, draft in GOODS if str(draft.name) in text]


def test_filters_narrow_the_table_down(shop: Clerk) -> None:
    assert names(shop, "/goods?show=no_price") == ["Баранка"]
    assert names(shop, "/goods?show=problem") == ["Батон", "Баранка"]
    assert "ставка НДС до 2026 года" in shop.page.text
    tomorrow = (datetime.now(UTC) + timedelta(days=2)).strftime("%Y-%m-%d")
    assert names(shop, f"/goods?since={tomorrow}") == []
    assert names(shop, "/goods?since=2020-01-01&q=ба") == ["Батон", "Баранка"]
    assert names(shop, "/goods?since=вчера&show=nonsense") == ["Булка", "Батон", "Баранка"]


def test_what_no_register_gets(shop: Clerk) -> None:
    assert names(shop, "/goods?show=unsent") == ["Булка", "Батон", "Баранка"]
    group = as_clerk(shop, CatalogRpc.add_item_group, "Хлеб", None)
    as_clerk(shop, CatalogRpc.put_in_groups, (ItemCode(1), ItemCode(3)), (group.id,), ())
    register = RegisterId(shop.add_register())
    assert names(shop, "/goods?show=unsent") == ["Баранка"]
    as_clerk(shop, RegistersRpc.change_register, register, RegisterChanges(item_groups=(group.id,)), None)
    assert names(shop, "/goods?show=unsent") == ["Батон", "Баранка"]
    page = shop.see("/goods/change?kind=block&all=1&show=unsent")
    assert "ни на одной кассе" in page.text and "Батон" in page.text and "Булка" not in page.text


def test_columns_are_chosen_and_remembered(shop: Clerk) -> None:
    assert "Б-1" not in shop.see("/goods").text
    shop.see("/goods/columns?back=/goods%3Fq%3Dбулка")
    page = shop.send("columns", column=["article", "section"])
    assert shop.answer.url.query and "Б-1" in page.text and "НДС 22 %" not in page.text
    assert "Б-1" in shop.see("/goods").text
    shop.see("/goods/columns")
    shop.send("columns", column=[])
    assert "Б-1" not in shop.page.text and "Булка" in shop.page.text
    for odd in ("https://evil.example/", "//evil.example/goods?", "/goods?x\r\nSet-Cookie: a=b"):
        shop.client.get("/goods/columns", params={"back": odd})
        page = shop.see("/goods/columns")
        shop.send("columns", column=["tax_code"], back=odd)
        assert shop.path == "/goods"
