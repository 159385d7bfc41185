"""The items that go into a file, page by page, and what each needs of its neighbours."""

from collections.abc import AsyncIterator, Awaitable, Callable

import msgspec

from services.contracts.catalog import ItemGroupView, ItemQuery, ItemsPage, ItemView
from services.contracts.values import MAX_PAGE, ItemGroupId

ITEMS_MAX = 1_000_000  # of one file; an account's limit is far below
GROUP_DEPTH_MAX = 10  # more than any path has

ReadPage = Callable[[ItemQuery], Awaitable[ItemsPage]]
Items = AsyncIterator[tuple[ItemView, ...]]


class GroupPaths:
    """Item groups by the names that lead to them."""

    def __init__(self, groups: tuple[ItemGroupView, ...]) -> None:
        self.groups = {group.id: group for group in groups}

    def of(self, item: ItemView) -> list[tuple[str, ...]]:
        """The paths of an item's groups, each from the outermost group in."""
        return [self.path(group) for group in item.groups if group in self.groups]

    def path(self, group: ItemGroupId) -> tuple[str, ...]:
        """The names from the outermost group in."""
        names: list[str] = []
        step: ItemGroupId | None = group
        while step is not None and step in self.groups and len(names) < GROUP_DEPTH_MAX:
            names.append(self.groups[step].name)
            step = self.groups[step].parent
        return tuple(reversed(names))


class Counted:
    """All pages of a query; `seen` counts the items that were given."""

    def __init__(self, query: ItemQuery, read: ReadPage) -> None:
        self._query = msgspec.structs.replace(query, after=None, limit=MAX_PAGE)
        self._read = read
        self._first: ItemsPage | None = None
        self.seen = 0

    async def begin(self) -> None:
        """Read the first page: a refusal must come before the answer begins."""
        self._first = await self._read(self._query)

    async def pages(self) -> Items:
        """The items, a page at a time."""
        page = self._first or await self._read(self._query)
        while True:
            self.seen += len(page.items)
            yield page.items
            if page.next is None or self.seen >= ITEMS_MAX:
                return
            page = await self._read(msgspec.structs.replace(self._query, after=page.next))
