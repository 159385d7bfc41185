"""Item groups as files write them: several in a cell, and groups within groups."""

import re

from services.catalog.domain.cells import CellError, clean_or_refuse
from services.contracts.import_codes import RowCode

GROUP_NAME_MAX = 100  # characters
GROUPS_OF_ITEM_MAX = 20
GROUP_DEPTH_MAX = 8  # levels of one path
ACCOUNT_GROUPS_MAX = 1_000  # as list_item_groups promises

_BETWEEN_GROUPS = re.compile(r"[;,|\n\r]")
_BETWEEN_LEVELS = re.compile(r"[/\\>→]")

GroupPath = tuple[str, ...]


def parse_groups(text: str) -> tuple[GroupPath, ...]:
    """The paths of a cell ("Напитки/Соки; Акции"), each from the outermost group in. Raises CellError."""
    paths: list[GroupPath] = []
    for part in _BETWEEN_GROUPS.split(text):
        levels = (clean_or_refuse("group", name) for name in _BETWEEN_LEVELS.split(part))
        path = tuple(name for name in levels if name)
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


def paths_to_key(paths: tuple[GroupPath, ...]) -> str:
    """One text for the groups of a row, as staged rows carry it; names hold neither line feeds nor slashes."""
    return "\n".join("/".join(path) for path in paths)


def key_to_paths(key: str) -> tuple[GroupPath, ...]:
    """The inverse of `paths_to_key`."""
    return tuple(tuple(line.split("/")) for line in key.split("\n") if line)
