"""Two people save the same form: the slower one sees what the other saved, loses nothing of its own, and may go on."""

from collections.abc import Callable

import pytest

from tests.gateway_http.pages.colleagues import Operator
from tests.gateway_http.pages.test_admin_journal import add_group, add_item, api
from tests.gateway_http.pages.visitor import Clerk

STALE = "изменил кто-то другой"


def item(clerk: Clerk) -> str:
    return f"/goods/{add_item(clerk, 'Первое')}"


def item_group(clerk: Clerk) -> str:
    return f"/goods/groups/{api(clerk, 'POST', '/item-groups', {'name': 'Первое'})['id']}/edit"


def register(clerk: Clerk) -> str:
    return f"/admin/registers/{clerk.add_register('Первое')}/edit"


def register_group(clerk: Clerk) -> str:
    return f"/admin/groups/{add_group(clerk, 'Первое')}/edit"


def account(clerk: Clerk) -> str:
    return "/admin/account"


def race(clerk: Clerk, path: str, field: str, theirs: str, mine: str) -> None:
    """The form is open twice; one is saved, then the other."""
    opened = clerk.see(path)
    clerk.see(path)
    page = clerk.send(path, **{field: theirs})
    assert clerk.answer.status_code == 200 and STALE not in page.text
    clerk.page = opened
    page = clerk.send(path, **{field: mine})
    assert clerk.answer.status_code == 422 and STALE in page.text
    assert page.text.count("Сейчас:") == 1 and f"Сейчас: {theirs}" in page.text
    assert page.form(path).fields[field] == [mine], "what was typed stays"
    page = clerk.send(path)
    assert clerk.answer.status_code == 200 and STALE not in page.text, page.text
    assert clerk.see(path).form(path).fields[field] == [mine]


@pytest.mark.parametrize("thing", [item, item_group, register, register_group, account])
def test_the_slower_hand_sees_what_the_other_saved_and_goes_on(clerk: Clerk, thing: Callable[[Clerk], str]) -> None:
    race(clerk, thing(clerk), "name", f"{clerk.name} второе", f"{clerk.name} третье")


def test_the_goods_of_a_register_are_chosen_by_two(clerk: Clerk) -> None:
    race(clerk, f"/registers/{clerk.add_register()}/goods", "price_percent", "90", "95")


def test_two_operators_set_the_limits_of_an_account(clerk: Clerk) -> None:
    operator = Operator(clerk.house)
    race(operator, f"/operator/accounts/{operator.account_id(clerk.number)}/limits", "users", "7", "8")
    operator.leave()
