"""«Почему такая цена?»: the steps agree with the price list that is built."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.catalog.domain.model_profiles import profile_of
from services.catalog.domain.register_record import RecordMaker, parsed_record
from services.catalog.repository.price_lists import list_items
from services.catalog.use_cases.explain_price import explain
from services.contracts.price_explanations import PriceExplanation
from services.contracts.recipe import Recipe
from services.contracts.refusals import NotFound
from services.contracts.values import ItemCode, ItemGroupId
from tests.services.catalog.catalog_house import CatalogHouse

PLAIN = Recipe((), 100, 1, "", "", "", 0)


def told(catalog: CatalogHouse, code: int, recipe: Recipe = PLAIN) -> PriceExplanation:
    with catalog.session() as session:
        return explain(catalog.account, session, recipe, ItemCode(code))


def test_the_steps_of_a_price(catalog: CatalogHouse) -> None:
    drinks = catalog.add_group("Напитки")
    juice = catalog.add_group("Соки", drinks.id)
    catalog.add(1, name="Сок", price=10_050, groups=(juice.id,), barcodes=("4600000000015", "46000022"))
    since = catalog.change(1, price=9_999).changed_revision
    catalog.change(1, article="А")
    one = told(catalog, 1, Recipe((drinks.id,), 90, 100, "", "", "", 0))
    assert (one.item.price, one.after_percent, one.price) == (9_999, 8_999, 9_000)
    assert one.let_in and one.let_in_by == (drinks.id,)
    assert one.price_since is not None and (one.price_since.revision, one.price_since.source) == (since, "edit")
    assert one.record is not None and (one.record["price"], one.record["barcode"]) == (9_000, 4600000000015)
    assert [problem.code for problem in one.problems] == ["extra_barcode"]


def test_what_keeps_an_item_out(catalog: CatalogHouse) -> None:
    bread = catalog.add_group("Хлеб")
    catalog.add(1, name="Сок", price=100)
    catalog.add(2, name="Батон", groups=(bread.id,))
    out = told(catalog, 1, Recipe((bread.id,), 100, 1, "", "", "", 0))
    assert (out.let_in, out.let_in_by, out.record, out.price) == (False, (), None, 100)
    free = told(catalog, 2)
    assert (free.record, free.price, [problem.code for problem in free.problems]) == (None, None, ["no_price"])
    gone = told(catalog, 1, Recipe((ItemGroupId("0d5c0f0e-3c0e-4f43-9d3a-6d0f3c5b8a11"),), 100, 1, "", "", "", 0))
    assert not gone.let_in and [problem.code for problem in gone.problems] == ["unknown_item_group"]


def test_who_made_the_price_is_known_for_imports_too(catalog: CatalogHouse) -> None:
    first = catalog.bring("Код;Наименование;Цена\n1;Сок;5\n".encode()).revision
    since = told(catalog, 1).price_since
    assert since is not None and (since.revision, since.source, since.author) == (first, "import", catalog.actor.name)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    prices=st.lists(st.none() | st.integers(0, 99_999_999), min_size=1, max_size=6),
    percent=st.integers(1, 1000),
    rounding=st.sampled_from([1, 10, 50, 100]),
)
def test_it_says_what_the_price_list_says(
    catalog: CatalogHouse, prices: list[int | None], percent: int, rounding: int
) -> None:
    house = catalog.as_stranger()
    for code, price in enumerate(prices, 1):
        house.add(
            code,
            name=f"Товар {code}",
            price=price,
            blocked=code == 3,
            marked=code == 4,
            type_code=33 if code == 4 else 1,
        )
    recipe = Recipe((), percent, rounding, "Меркурий-185Ф", "0.4", "1.2", 0)
    maker = RecordMaker(profile_of(recipe.model, recipe.base_version, recipe.ffd), percent, rounding)
    with house.session() as session:
        for item in list_items(house.account, session, None):
            line = maker.line(item)
            one = told(house, item.code, recipe)
            assert one.record == (None if line is None else parsed_record(line))
            assert list(one.problems) == maker.problems
            assert line is None or one.price == one.record["price"]  # type: ignore[index]


def test_a_stranger_learns_nothing(catalog: CatalogHouse) -> None:
    catalog.add(1, name="Сок", price=100)
    for code in (1, 2, -1, 2**40):
        with pytest.raises(NotFound):
            told(catalog.as_stranger(), code)
    with pytest.raises(NotFound):
        told(catalog, 2)
