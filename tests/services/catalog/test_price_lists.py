"""Price lists on a real database: built once, of one moment, with deltas that lead where they say."""

import json
from typing import Any

import msgspec
import psycopg
import pytest

from services.catalog import system_repository
from services.catalog.use_cases import item_groups, price_lists
from services.chassis import clock
from services.chassis.database import plain_url
from services.contracts.catalog import (
    CHUNKS_PULL,
    PriceListBuiltEvent,
    PriceListGone,
    PriceListPreview,
    RecordProblem,
)
from services.contracts.goods_record import EMPTY_BASE_HASH, add_to_base_hash, base_hash_of
from services.contracts.recipe import PriceListRef, Recipe, recipe_id
from services.contracts.refusals import Invalid
from services.contracts.registers import GoodsVersion, PriceListWantedEvent
from services.contracts.values import ItemCode, ItemGroupId
from tests.services.catalog.catalog_house import CatalogHouse

PLAIN = Recipe((), 100, 1, "185F", "0.4", "1.2", 5000)


def want(catalog: CatalogHouse, recipe: Recipe = PLAIN, delta_from: GoodsVersion | None = None) -> None:
    with catalog.database.system() as session:
        wanted = PriceListWantedEvent(recipe_id(recipe), recipe, catalog.revision(), delta_from)
        price_lists.want_announced(catalog.account, session, wanted, clock.now())


def build(catalog: CatalogHouse, recipe: Recipe = PLAIN, delta_from: GoodsVersion | None = None) -> PriceListBuiltEvent:
    want(catalog, recipe, delta_from)
    while catalog.worker.do_price_list():
        pass
    return msgspec.convert(catalog.events("price_list_built")[-1], PriceListBuiltEvent)


def lines(catalog: CatalogHouse, sha256: str) -> list[bytes]:
    body, first = b"", 0
    while True:
        with catalog.session() as session:
            chunks = price_lists.chunks(catalog.account, session, sha256, first, CHUNKS_PULL)
        if not chunks:
            return body.splitlines()
        assert [chunk.number for chunk in chunks] == list(range(first, first + len(chunks)))
        body += b"".join(chunk.body for chunk in chunks)
        first += len(chunks)


def records(catalog: CatalogHouse, sha256: str) -> dict[int, dict[str, Any]]:
    return {record["code"]: record for record in map(json.loads, lines(catalog, sha256))}


def version(ref: PriceListRef) -> GoodsVersion:
    return GoodsVersion(ref.revision, ref.base_hash, ref.records)


def test_a_list_is_built_once_and_told(catalog: CatalogHouse) -> None:
    for code in range(1, 301):
        catalog.add(code, name=f"Товар {code}", price=code * 100, barcodes=(f"046{code:05d}",)) if code < 20 else None
    catalog.add(400, name="Без цены")
    catalog.add(401, name="Два кода", price=5, barcodes=("46000002", "46000019"))
    built = build(catalog)
    assert (built.list.records, built.list.revision, built.problems, built.delta) == (20, catalog.revision(), 2, None)
    found = lines(catalog, built.list.sha256)
    assert built.list.base_hash == base_hash_of(found)
    assert [json.loads(line)["code"] for line in found] == [*range(1, 20), 401]
    assert json.loads(found[0])["barcode"] == 4600001
    again = build(catalog)
    assert again == built
    with psycopg.connect(plain_url(catalog.database.url)) as connection:
        counted = connection.execute(
            "SELECT count(*) FROM catalog.price_list WHERE account_id = %s", (catalog.account,)
        ).fetchone()
    assert counted == (1,)


def test_the_same_wish_twice_is_one_job(catalog: CatalogHouse) -> None:
    catalog.add(1, name="a", price=1)
    want(catalog)
    want(catalog)
    assert catalog.worker.do_price_list()
    assert not catalog.worker.do_price_list()
    assert len(catalog.events("price_list_built")) == 1


def test_recipes(catalog: CatalogHouse) -> None:
    outer = catalog.add_group("Напитки")
    inner = catalog.add_group("Соки", outer.id)
    other = catalog.add_group("Хлеб")
    catalog.add(1, name="Сок", price=9999, groups=(inner.id,))
    catalog.add(2, name="Вода", price=1001, groups=(outer.id,))
    catalog.add(3, name="Батон", price=33, groups=(other.id,))
    catalog.add(4, name="Ничей", price=1)

    def sent(groups: tuple[ItemGroupId, ...], percent: int = 100, rounding: int = 1) -> dict[int, int]:
        recipe = Recipe(groups, percent, rounding, "", "0.4", "1.2", 0)
        built = build(catalog, recipe)
        assert built.recipe_id == recipe_id(recipe)
        return {code: record["price"] for code, record in records(catalog, built.list.sha256).items()}

    assert sent(()) == {1: 9999, 2: 1001, 3: 33, 4: 1}
    assert sent((outer.id,)) == {1: 9999, 2: 1001}
    assert sent((inner.id, other.id)) == {1: 9999, 3: 33}
    assert sent((), 90, 100) == {1: 9000, 2: 900, 3: 100, 4: 100}
    assert sent((other.id,), 110, 10) == {3: 40}


def test_a_list_that_cannot_be(catalog: CatalogHouse) -> None:
    catalog.add(1, name="a", price=1)
    catalog.add(2, name="b", price=1)
    want(catalog, msgspec.structs.replace(PLAIN, capacity=1))
    assert catalog.worker.do_price_list()
    failed = catalog.events("price_list_failed")[-1]
    assert (failed["code"], failed["params"]) == ("capacity", {"records": 2, "capacity": 1})
    catalog.change(1, price=None)
    catalog.change(2, price=None)
    want(catalog)
    assert catalog.worker.do_price_list()
    failed = catalog.events("price_list_failed")[-1]
    assert (failed["code"], failed["params"]) == ("empty_base", {"problems": 2})
    assert catalog.events("price_list_built") == []


@pytest.mark.parametrize("built_before", [False, True])
def test_a_filter_by_a_group_that_is_no_more_is_told(catalog: CatalogHouse, built_before: bool) -> None:
    kept, empty, gone = catalog.add_group("Хлеб"), catalog.add_group("Пусто"), catalog.add_group("Сыры")
    catalog.add(1, name="Батон", price=1, groups=(kept.id,))
    catalog.add(2, name="Сыр", price=2, groups=(gone.id,))
    removed = empty if built_before else gone  # of a group without items, the base's revision does not tell
    recipe = msgspec.structs.replace(PLAIN, item_groups=tuple(sorted((kept.id, removed.id))))
    if built_before:
        assert build(catalog, recipe).list.records == 1
    with catalog.session() as session:
        item_groups.remove_group(catalog.account, session, "alice", removed.id, lambda group: (), clock.now())
    want(catalog, recipe)
    assert catalog.worker.do_price_list()
    failed = catalog.events("price_list_failed")[-1]
    assert (failed["recipe_id"], failed["revision"]) == (recipe_id(recipe), catalog.revision())
    assert (failed["code"], failed["params"]) == ("unknown_item_group", {"group": removed.id})
    assert len(catalog.events("price_list_built")) == built_before
    with catalog.session() as session:
        shown = price_lists.preview_now(catalog.account, session, recipe, None, 25)
    assert shown is not None
    assert (shown.revision, shown.records, shown.base_hash) == (catalog.revision(), 0, EMPTY_BASE_HASH)
    assert shown.problems == (RecordProblem(ItemCode(0), "", "unknown_item_group", True, {"group": removed.id}),)
    assert not catalog.worker.do_price_list()  # neither waits for anybody


def test_a_delta_leads_to_the_new_base(catalog: CatalogHouse) -> None:
    group = catalog.add_group("Кафе")
    for code in range(1, 31):
        catalog.add(code, name=f"Товар {code}", price=code, groups=(group.id,))
    recipe = msgspec.structs.replace(PLAIN, item_groups=(group.id,))
    first = build(catalog, recipe)
    catalog.change(1, price=777)
    catalog.change(2, price=None)
    catalog.change(3, groups=())
    catalog.remove(4, 5)
    catalog.add(5, name="Снова", price=5, groups=(group.id,))
    catalog.add(50, name="Новый", price=50, groups=(group.id,))
    catalog.add(51, name="Чужой", price=51)
    second = build(catalog, recipe, version(first.list))
    assert second.delta is not None
    assert (second.delta.from_revision, second.delta.from_base_hash) == (first.list.revision, first.list.base_hash)
    told = records(catalog, second.delta.sha256)
    assert {code for code, record in told.items() if record.get("deleted")} == {2, 3, 4, 51}
    assert {code for code, record in told.items() if not record.get("deleted")} == {1, 5, 50}
    held = {json.loads(line)["code"]: line for line in lines(catalog, first.list.sha256)}
    base_hash = first.list.base_hash
    for line in lines(catalog, second.delta.sha256):
        record = json.loads(line)
        was = held.pop(record["code"], None)
        added = [] if record.get("deleted") else [line]
        if added:
            held[record["code"]] = line
        base_hash = add_to_base_hash(base_hash, added, [was] if was else [])
    assert base_hash == second.list.base_hash
    assert sorted(held.values()) == sorted(lines(catalog, second.list.sha256))
    assert len(held) == second.list.records == 28


def test_no_delta_where_none_is_true_or_worth_it(catalog: CatalogHouse) -> None:
    for code in range(1, 11):
        catalog.add(code, name=f"Товар {code}", price=code)
    first = build(catalog)
    catalog.change(1, price=100)
    strange = GoodsVersion(first.list.revision, "0" * 64, 10)
    assert build(catalog, PLAIN, strange).delta is None
    other = msgspec.structs.replace(PLAIN, price_percent=50)
    assert build(catalog, other, version(first.list)).delta is None
    assert build(catalog, PLAIN, version(first.list)).delta is not None
    for code in range(1, 11):
        catalog.change(code, price=code + 200)
    assert build(catalog, PLAIN, version(first.list)).delta is None  # as long as the list itself


def test_moving_a_group_is_a_change_of_its_items(catalog: CatalogHouse) -> None:
    shop, cafe = catalog.add_group("Магазин"), catalog.add_group("Кафе")
    juices = catalog.add_group("Соки", shop.id)
    for code in range(1, 9):
        catalog.add(code, name=f"Магазин {code}", price=1, groups=(shop.id,))
    catalog.add(20, name="Сок", price=20, groups=(juices.id,))
    recipe = msgspec.structs.replace(PLAIN, item_groups=(shop.id,))
    first = build(catalog, recipe)
    assert first.list.records == 9
    with catalog.session() as session:
        item_groups.change_group(catalog.account, session, "alice", juices.id, "Соки", cafe.id, None, clock.now())
    second = build(catalog, recipe, version(first.list))
    assert second.delta is not None
    assert records(catalog, second.delta.sha256) == {20: {"code": 20, "deleted": True}}


def test_a_preview_is_what_would_be_sent(catalog: CatalogHouse) -> None:
    for code in range(1, 121):
        fields: dict[str, Any] = {"price": code} if code % 2 else {}
        with catalog.session():
            catalog.add(code, name=f"Товар номер {code} с длинным именем", **fields)

    def page(after: Any, limit: int) -> PriceListPreview:
        with catalog.session() as session:
            shown = price_lists.preview_now(catalog.account, session, PLAIN, after, limit)
            assert shown is not None
            return shown

    with catalog.session() as session:
        assert price_lists.preview_now(catalog.account, session, PLAIN, None, 25) is None
        price_lists.want_preview(catalog.account, session, PLAIN, clock.now())
    assert catalog.worker.do_price_list()
    assert catalog.events("price_list_built") == []
    first = page(None, 25)
    assert (first.records, first.problems_count, len(first.problems)) == (60, 60, 60)
    assert first.problems[0].code == "no_price"
    walked, after = list(first.items), first.next
    while after is not None:
        shown = page(after, 25)
        walked += shown.items
        after = shown.next
    assert [record["code"] for record in walked] == list(range(1, 121, 2))
    assert build(catalog).list.base_hash == first.base_hash
    with catalog.session() as session, pytest.raises(Invalid):
        price_lists.want_preview(catalog.account, session, msgspec.structs.replace(PLAIN, price_percent=0), clock.now())
    with catalog.session() as session, pytest.raises(Invalid):
        price_lists.preview_now(catalog.account, session, PLAIN, None, 0)


def test_walls_and_bounds(catalog: CatalogHouse) -> None:
    catalog.add(1, name="a", price=1)
    built = build(catalog)
    charlie = catalog.as_stranger()
    with charlie.session() as session:
        with pytest.raises(PriceListGone):
            price_lists.chunks(charlie.account, session, built.list.sha256, 0, 1)
        with pytest.raises(PriceListGone):
            price_lists.chunks(catalog.account, session, built.list.sha256, 0, 1)
        assert price_lists.built_now(charlie.account, session, PLAIN) is None
        for first, count in ((-1, 1), (0, 0), (0, CHUNKS_PULL + 1)):
            with pytest.raises(Invalid):
                price_lists.chunks(charlie.account, session, built.list.sha256, first, count)
    with catalog.session() as session:
        assert price_lists.chunks(catalog.account, session, built.list.sha256, 99, 1) == ()


def test_old_bytes_are_forgotten_but_lists_stay_known(catalog: CatalogHouse) -> None:
    refs = []
    for price in range(1, 9):
        if price == 1:
            catalog.add(1, name="a", price=price)
        else:
            catalog.change(1, price=price)
        refs.append(build(catalog).list)
    with psycopg.connect(plain_url(catalog.database.url)) as connection:
        connection.execute("UPDATE catalog.chunk_set SET made_at = made_at - interval '15 days'")
    with catalog.database.system() as session:
        system_repository.sweep(session, clock.now())
    with catalog.session() as session:
        for ref in refs[:3]:
            with pytest.raises(PriceListGone):
                price_lists.chunks(catalog.account, session, ref.sha256, 0, 1)
        for ref in refs[3:]:
            assert price_lists.chunks(catalog.account, session, ref.sha256, 0, 1)
        assert price_lists.built_now(catalog.account, session, PLAIN) is not None
    with psycopg.connect(plain_url(catalog.database.url)) as connection:
        connection.execute("DELETE FROM catalog.chunk_set WHERE sha256 = %s", (refs[-1].sha256,))
    assert build(catalog).list == refs[-1]  # built again, byte for byte
    assert lines(catalog, refs[-1].sha256)
