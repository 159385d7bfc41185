"""«Почему такая цена?»: the steps agree with the price list that is built."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.catalog.use_cases import price_lists
from services.catalog.use_cases.explain_price import explain
from services.chassis import clock
from services.contracts.catalog import PRICE_MAX, PriceListPreview
from services.contracts.price_explanations import PriceExplanation
from services.contracts.recipe import PRICE_ROUNDINGS, Recipe
from services.contracts.refusals import NotFound
from services.contracts.values import MAX_PAGE, ItemCode, ItemGroupId
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
    assert (one.limits.base_version, one.limits.ffd) == ("0.4", "1.2")  # what is supposed of a register not heard of


def test_what_keeps_an_item_out(catalog: CatalogHouse) -> None:
    bread = catalog.add_group("Хлеб")
    catalog.add(1, name="Сок", price=100)
    catalog.add(2, name="Батон", groups=(bread.id,))
    out = told(catalog, 1, Recipe((bread.id,), 100, 1, "", "", "", 0))
    assert (out.let_in, out.let_in_by, out.record, out.price) == (False, (), None, 100)
    free = told(catalog, 2)
    assert (free.record, free.price, [problem.code for problem in free.problems]) == (None, None, ["no_price"])
    gone = told(catalog, 1, Recipe((GONE,), 100, 1, "", "", "", 0))
    assert not gone.let_in and [problem.code for problem in gone.problems] == ["unknown_item_group"]


def test_who_made_the_price_is_known_for_imports_too(catalog: CatalogHouse) -> None:
    first = catalog.bring("Код;Наименование;Цена\n1;Сок;5\n".encode()).revision
    since = told(catalog, 1).price_since
    assert since is not None and (since.revision, since.source, since.author) == (first, "import", catalog.actor.name)


FACTS = st.sampled_from([("", "", ""), ("Меркурий-185Ф", "0.4", "1.2"), ("Меркурий-185Ф", "0.1", "1.05")])
GROUPS = st.frozensets(st.sampled_from(["Напитки", "Соки", "Хлеб"]))
GONE = ItemGroupId("0d5c0f0e-3c0e-4f43-9d3a-6d0f3c5b8a11")
ITEM = st.fixed_dictionaries(
    {
        "price": st.none() | st.integers(0, PRICE_MAX),
        "blocked": st.booleans(),
        "tax_code": st.sampled_from([1, 6, 11]),
        "kind": st.sampled_from([(1, False), (10, False), (33, True)]),
        "measure_unit": st.sampled_from([0, 11]),
        "barcodes": st.integers(0, 2),
        "groups": GROUPS,
    }
)


def shown_list(house: CatalogHouse, recipe: Recipe) -> PriceListPreview:
    """The preview of what a worker built."""
    with house.session() as session:
        price_lists.want_preview(house.account, session, recipe, clock.now())
    while house.worker.do_price_list():
        pass
    with house.session() as session:
        shown = price_lists.preview_now(house.account, session, recipe, None, MAX_PAGE)
    assert shown is not None
    return shown


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    items=st.lists(ITEM, min_size=1, max_size=6),
    chosen=GROUPS,
    gone=st.sampled_from([False, False, False, True]),
    percent=st.integers(1, 1000),
    rounding=st.sampled_from(PRICE_ROUNDINGS),
    facts=FACTS,
)
def test_it_says_what_the_price_list_says(
    catalog: CatalogHouse,
    items: list[dict[str, Any]],
    chosen: frozenset[str],
    gone: bool,
    percent: int,
    rounding: int,
    facts: tuple[str, str, str],
) -> None:
    house = catalog.as_stranger()
    ids = {"Напитки": house.add_group("Напитки").id, "Хлеб": house.add_group("Хлеб").id}
    ids["Соки"] = house.add_group("Соки", ids["Напитки"]).id
    for code, item in enumerate(items, 1):
        type_code, marked = item["kind"]
        house.add(
            code,
            name=f"Товар {code}",
            price=item["price"],
            blocked=item["blocked"],
            tax_code=item["tax_code"],
            type_code=type_code,
            marked=marked,
            measure_unit=item["measure_unit"],
            barcodes=(f"A{code}", f"7{code}")[: item["barcodes"]],
            groups=tuple(ids[group] for group in item["groups"]),
        )
    groups = sorted([*(ids[group] for group in chosen), *([GONE] if gone else [])])
    recipe = Recipe(tuple(groups), percent, rounding, *facts, 0)
    shown = shown_list(house, recipe)
    records = {record["code"]: record for record in shown.items}
    of_the_list = [problem for problem in shown.problems if not problem.item]
    for code in range(1, len(items) + 1):
        one = told(house, code, recipe)
        assert one.record == records.get(code)
        assert one.record is None or one.record["price"] == one.price
        assert list(one.problems[: len(of_the_list)]) == of_the_list
        if one.let_in:
            assert list(one.problems) == [problem for problem in shown.problems if problem.item == code]
        else:
            assert code not in {problem.item for problem in shown.problems}


def test_a_stranger_learns_nothing(catalog: CatalogHouse) -> None:
    catalog.add(1, name="Сок", price=100)
    for code in (1, 2, -1, 2**40):
        with pytest.raises(NotFound):
            told(catalog.as_stranger(), code)
    with pytest.raises(NotFound):
        told(catalog, 2)
