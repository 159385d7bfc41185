"""After items were deleted: what was done, with «Отменить» beside it."""

from gateway_http.screen import Screen
from services.contracts.revisions import RevisionsRpc

LOOKED_AT = 5  # revisions: others may change the base at the same time


async def tell_deleted(screen: Screen, removed: int, text: str) -> None:
    """Go to the goods base and say there what was deleted; the revision that did it can be undone from there."""
    page = await screen.call(RevisionsRpc.page_revisions, None, LOOKED_AT)
    mine = (
        view.revision
        for view in page.items
        if (view.author, view.source, view.removed) == (screen.actor.name, "edit", removed)
    )
    screen.go(screen.where_from("/goods", "after"), text, undo=next(mine, None))
