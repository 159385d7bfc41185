"""Item groups in cells: several, nested, and with any name."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway_http.goods_files.table import group_cell
from services.catalog.domain.cells import CellError
from services.catalog.domain.group_paths import (
    GROUP_DEPTH_MAX,
    GROUPS_OF_ITEM_MAX,
    key_to_paths,
    parse_groups,
    paths_to_key,
)


@pytest.mark.parametrize(
    ("cell", "paths"),
    [
        ("", ()),
        ("Напитки/Соки; Акции", (("Напитки", "Соки"), ("Акции",))),
        ("Напитки > Соки | Напитки\\Соки", (("Напитки", "Соки"),)),
        ('"Соки, воды"', (("Соки, воды",),)),
        ("Чай, кофе | Акции", (("Чай, кофе",), ("Акции",))),
        ('Напитки/"Соки/воды"; Акции', (("Напитки", "Соки/воды"), ("Акции",))),
        ('"""Белый город"""/Кухни', (('"Белый город"', "Кухни"),)),
        ('Сыр "Российский"', (('Сыр "Российский"',),)),
        ('"незакрытая, кавычка', (('"незакрытая, кавычка',),)),
        ("//;;", ()),
    ],
)
def test_cells(cell: str, paths: tuple[tuple[str, ...], ...]) -> None:
    assert parse_groups(cell) == paths


names = st.text(st.sampled_from("ab /;,|\\>→яё-'0\""), min_size=1, max_size=8).map(lambda text: text.strip() or "x")
group_paths = st.lists(
    st.lists(names.map(lambda name: " ".join(name.split())), min_size=1, max_size=GROUP_DEPTH_MAX).map(tuple),
    max_size=GROUPS_OF_ITEM_MAX,
    unique=True,
).map(tuple)


@given(group_paths)
def test_what_is_written_is_read(paths: tuple[tuple[str, ...], ...]) -> None:
    assert parse_groups(group_cell(paths)) == paths
    assert key_to_paths(paths_to_key(paths)) == paths


@given(st.text(st.sampled_from('"ab/;,| \n'), max_size=400))
def test_any_cell_is_read_or_refused(cell: str) -> None:
    try:
        paths = parse_groups(cell)
    except CellError:
        return
    assert all(name == name.strip() and name for path in paths for name in path)
