"""All pages of a list, one after the other, for files that are streamed."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TypeVar

from services.contracts.values import Cursor, Page

T = TypeVar("T")


async def all_pages(ask: Callable[[Cursor | None], Awaitable[Page[T]]]) -> AsyncIterator[Page[T]]:
    """Ask for page after page until there is none. Only for lists that have a bound of their own."""
    after: Cursor | None = None
    while True:
        page = await ask(after)
        yield page
        if page.next is None:
            return
        after = page.next
