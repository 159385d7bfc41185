"""Whatever was done to a base, undoing it all from the newest on gives each former base again."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.chassis.database import Database
from services.contracts.bulk import ItemChange
from services.contracts.catalog import ItemDraft
from services.contracts.refusals import Refusal
from services.contracts.revisions import NothingToUndo
from services.contracts.values import ItemCode
from tests.services.catalog.base_check import check_base
from tests.services.catalog.catalog_house import new_actor
from tests.services.catalog.history_house import HistoryHouse

CODES = st.integers(1, 6)
BARCODES = st.lists(st.sampled_from(("111", "0111", "222", "333", "АБВ", "абв")), max_size=2).map(tuple)
FIELDS = st.fixed_dictionaries(
    {},
    optional={
        "name": st.sampled_from(("Сыр", "Чай", "Чай «Ёж»", "Я" * 100)),
        "short_name": st.sampled_from((None, "КРАТКО", "ДРУГОЕ")),
        "price": st.sampled_from((None, 0, 100, 250)),
        "barcodes": BARCODES,
        "article": st.sampled_from(("", "А-1")),
        "type_code": st.sampled_from((1, 2, 33)),
        "marked": st.booleans(),
        "volume_ml": st.sampled_from((None, 500)),
        "note": st.sampled_from(("", "наверху")),
        "groups": st.sets(st.integers(0, 1)),
    },
)
ROW = st.tuples(CODES, st.booleans(), FIELDS)
BULK = st.tuples(st.just("bulk"), st.lists(ROW, min_size=1, max_size=6))
FILE = st.tuples(st.just("file"), st.dictionaries(CODES, st.tuples(st.integers(1, 3), BARCODES), min_size=1))
UNDO = st.tuples(st.just("undo"), st.tuples(st.integers(1, 12), st.sampled_from(("skip", "force"))))
RESTORE = st.tuples(st.just("restore"), st.sets(CODES, min_size=1))


def do(catalog: HistoryHouse, groups: list[str], what: str, told: Any) -> None:
    """One step; one that is refused changes nothing."""
    if what == "bulk":
        rows = [
            ItemChange(number, ItemCode(code), removed, ItemDraft() if removed else draft(fields, groups))
            for number, (code, removed, fields) in enumerate(told)
        ]
        catalog.bulk(*rows)
    elif what == "file":
        lines = [f"{code};Товар {code};{price};{' '.join(keys)}" for code, (price, keys) in told.items()]
        catalog.bring("\n".join(["Код;Наименование;Цена;Штрихкод", *lines, ""]).encode())
    elif what == "undo":
        try:
            catalog.undo(*told)
        except Refusal:
            return
    else:
        catalog.restore(*told)


def draft(fields: dict[str, Any], groups: list[str]) -> ItemDraft:
    """The fields with real groups."""
    named = {"name": "Товар", **fields}
    if "groups" in fields:
        named["groups"] = tuple(sorted(groups[number] for number in fields["groups"]))
    return ItemDraft(**named)


@pytest.mark.timeout(600)  # many stories in one test
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(steps=st.lists(st.one_of(BULK, BULK, FILE, UNDO, RESTORE), min_size=1, max_size=8), data=st.data())
def test_undoing_all_from_the_newest_on_gives_the_former_bases(
    database: Database, steps: list[tuple[str, Any]], data: st.DataObject
) -> None:
    catalog = HistoryHouse(database, new_actor("alice"))
    groups = [catalog.add_group(name).id for name in ("Молочное", "Акция")]
    bases = {0: catalog.plain_items()}
    for what, told in steps:
        do(catalog, list(groups), what, told)
        bases[catalog.revision()] = catalog.plain_items()
        check_base(catalog)
    newest = catalog.revision()
    assert bases.keys() == set(range(newest + 1))

    older, newer = sorted((data.draw(st.integers(0, newest)), data.draw(st.integers(0, newest))))
    differing = {
        item["code"] for item in bases[older] + bases[newer] if (item in bases[older]) != (item in bases[newer])
    }
    assert {one.code for one in catalog.compare(older, newer)} == differing

    for revision in range(newest, 0, -1):
        told_before = catalog.preview(revision)
        if bases[revision] == bases[revision - 1]:
            with pytest.raises(NothingToUndo):
                catalog.undo(revision)
        else:
            done = catalog.undo(revision)
            assert (done.created, done.changed, done.removed, done.conflicts) == (
                told_before.created,
                told_before.changed,
                told_before.removed,
                0,
            )
        assert catalog.plain_items() == bases[revision - 1], revision
    assert catalog.all_items() == []
    check_base(catalog)
