"""Item groups as files write them: several in a cell, and groups within groups."""

import re
from collections.abc import Iterator

from services.catalog.domain.cells import CellError, clean_or_refuse
from services.contracts.import_codes import RowCode

GROUP_NAME_MAX = 100  # characters
GROUPS_OF_ITEM_MAX = 20
GROUP_DEPTH_MAX = 8  # levels of one path
ACCOUNT_GROUPS_MAX = 1_000  # as list_item_groups promises

# Name by name: one in quotes may hold any sign (a quote twice), then other ones; signs between groups, signs between
# levels. A comma is none of them: it stands in names («Чай, кофе») more often than between them.
_PIECE = re.compile(
    r'[^\S\n\r]*"((?:[^"\n\r]|"")*)"[^\S\n\r]*(?=[;|\n\r/\\>→]|\Z)|([^;|\n\r/\\>→]+)|([;|\n\r])|[/\\>→]'
)
_LEVEL = "\x1f"  # between levels, where no person writes

GroupPath = tuple[str, ...]


def parse_groups(text: str) -> tuple[GroupPath, ...]:
    """The paths of a cell ("Напитки/Соки; Акции"), each from the outermost group in. Raises CellError."""
    paths: list[GroupPath] = []
    for path in _split(text):
        for name in path:
            if len(name) > GROUP_NAME_MAX:
                raise CellError("group", RowCode.GROUP_NAME_TOO_LONG, limit=GROUP_NAME_MAX, length=len(name))
        if len(path) > GROUP_DEPTH_MAX:
            raise CellError("group", RowCode.TOO_MANY_ITEM_GROUPS, limit=GROUP_DEPTH_MAX)
        if path and path not in paths:
            paths.append(path)
    if len(paths) > GROUPS_OF_ITEM_MAX:
        raise CellError("group", RowCode.TOO_MANY_ITEM_GROUPS, limit=GROUPS_OF_ITEM_MAX)
    return tuple(paths)


def _split(text: str) -> Iterator[GroupPath]:
    names: list[str] = []
    for quoted, plain, between_groups in _PIECE.findall(text):
        if between_groups:
            yield tuple(names)
            names = []
        elif name := clean_or_refuse("group", quoted.replace('""', '"') or plain):
            names.append(name)
    yield tuple(names)


def paths_to_key(paths: tuple[GroupPath, ...]) -> str:
    """One text for the groups of a row, as staged rows carry it; names hold no control characters."""
    return "\n".join(_LEVEL.join(path) for path in paths)


def key_to_paths(key: str) -> tuple[GroupPath, ...]:
    """The inverse of `paths_to_key`."""
    return tuple(tuple(line.split(_LEVEL)) for line in key.split("\n") if line)
