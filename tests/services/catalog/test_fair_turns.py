"""Many wishes of one account keep another waiting for no more than one of them."""

from services.catalog.domain.turns import ACCOUNTS_REMEMBERED, Turns
from services.catalog.use_cases import price_lists
from services.chassis import clock
from services.contracts.recipe import Recipe
from services.contracts.values import AccountId
from tests.services.catalog.catalog_house import CatalogHouse

MANY = 12


def wish_for_lists(house: CatalogHouse, how_many: int) -> None:
    """As many previews of different recipes."""
    house.add(name="Сыр", price=100)
    for percent in range(how_many):
        with house.session() as session:
            recipe = Recipe((), 100 + percent, 1, "185F", "0.4", "1.2", 5000)
            price_lists.want_preview(house.account, session, recipe, clock.now())


def waiting(house: CatalogHouse) -> int:
    with house.session() as session:
        return int(session.connection().exec_driver_sql("SELECT count(*) FROM catalog.price_list_job").scalar_one())


def test_price_lists_are_built_in_turn_over_accounts(catalog: CatalogHouse) -> None:
    charlie = catalog.as_stranger()
    wish_for_lists(catalog, MANY)
    wish_for_lists(charlie, 2)  # asked for after all of those
    assert catalog.worker.do_price_list() and catalog.worker.do_price_list()
    assert (waiting(catalog), waiting(charlie)) == (MANY - 1, 1)
    assert catalog.worker.do_price_list() and catalog.worker.do_price_list()
    assert (waiting(catalog), waiting(charlie)) == (MANY - 2, 0)
    while catalog.worker.do_price_list():
        pass
    assert waiting(catalog) == 0


def test_imports_are_read_in_turn_over_accounts(catalog: CatalogHouse) -> None:
    charlie = catalog.as_stranger()
    body = "Код;Наименование\n1;Сыр\n".encode()
    own = [catalog.start(body).id for _ in range(3)]
    other = charlie.start(body)
    assert catalog.worker.do_import() and catalog.worker.do_import()
    assert charlie.get(other.id).state == "applied"
    assert [catalog.get(one).state for one in own] == ["applied", "queued", "queued"]
    while catalog.worker.do_import():
        pass


def test_turns_forget_who_was_served_the_longest_ago() -> None:
    turns = Turns()
    for number in range(ACCOUNTS_REMEMBERED + 2):
        turns.serve(AccountId(str(number)))
    turns.serve(AccountId("2"))
    assert len(turns.longest_ago_first) == ACCOUNTS_REMEMBERED
    assert turns.longest_ago_first[0] == "3"
    assert turns.longest_ago_first[-1] == "2"
