"""Heads of tables: which columns there are, and where a click on a head leads."""

from collections.abc import Callable

import msgspec


class Column(msgspec.Struct, frozen=True):
    """`kind` is "" or "number"; `sorted` is "", "ascending" or "descending"."""

    title: str
    kind: str = ""
    sort_url: str = ""
    sorted: str = ""


def column(
    title: str, key: str = "", sort: str = "", url: Callable[[str], str] | None = None, kind: str = ""
) -> Column:
    """A column that can be sorted by `key` if `url` (sort value → address) is given; a second click turns it round."""
    if not key or url is None:
        return Column(title, kind)
    if sort == key:
        return Column(title, kind, url(f"-{key}"), "ascending")
    if sort == f"-{key}":
        return Column(title, kind, url(key), "descending")
    return Column(title, kind, url(key))
