"""«История изменений базы»: revisions, what each did, two of them compared, undo with its preview."""

import asyncio

import falcon
import falcon.asgi

from gateway_http.forms import read_form
from gateway_http.i18n import N_
from gateway_http.pages.goods import GoodsPage
from gateway_http.pages.register_goods import number_typed
from gateway_http.refusal_texts import refusal_text
from gateway_http.screen import Screen
from gateway_http.words.journal_values import Reader, field_text
from gateway_http.words.revision_words import conflict_told, item_told, source_text
from services.contracts.catalog import CatalogRpc, TooManyItems
from services.contracts.refusals import NotFound
from services.contracts.revisions import BaseMoved, NothingToUndo, RevisionsRpc, UndoConflict
from services.contracts.values import DEFAULT_PAGE, Cursor

URL = "/goods/revisions"
SKIP, FORCE = "skip", "force"
COMPARED = 50  # newest revisions that can be chosen for a comparison; others by their address


def revision_number(text: str) -> int:
    """The revision in an address. Raises NotFound."""
    if not (text.isascii() and text.isdigit() and len(text) <= 10):
        raise NotFound
    return int(text)


async def reader_of(screen: Screen) -> Reader:
    """Tells values of items in the words of whoever asks."""
    groups = await screen.call(CatalogRpc.list_item_groups)
    return Reader(screen.words, screen.zone, {group.id: group.name for group in groups})


class Revisions(GoodsPage):
    """`/goods/revisions`."""

    async def on_get(self, req: falcon.asgi.Request, resp: falcon.asgi.Response) -> None:
        screen = self.screen(req, resp)
        after = req.get_param("after")
        page = await screen.call(RevisionsRpc.page_revisions, Cursor(after) if after else None, DEFAULT_PAGE)
        screen.show(
            "pages/revisions.html",
            rows=[(view, source_text(view, screen.words)) for view in page.items],
            choice=[(view.revision, str(view.revision)) for view in page.items[:COMPARED]],
            after=after,
            next=page.next,
        )


class Revision(GoodsPage):
    """`/goods/revisions/{revision}`."""

    async def on_get(self, req: falcon.asgi.Request, resp: falcon.asgi.Response, revision: str) -> None:
        screen, number = self.screen(req, resp), revision_number(revision)
        after = req.get_param("after")
        view, page, reader = await asyncio.gather(
            screen.call(RevisionsRpc.get_revision, number),
            screen.call(RevisionsRpc.page_revision_changes, number, Cursor(after) if after else None, DEFAULT_PAGE),
            reader_of(screen),
        )
        screen.show(
            "pages/revision.html",
            view=view,
            source=source_text(view, screen.words),
            items=[item_told(one, reader) for one in page.items],
            after=after,
            next=page.next,
        )


class CompareRevisions(GoodsPage):
    """`/goods/revisions/compare?from=…&to=…`: what differs between two states of the base."""

    async def on_get(self, req: falcon.asgi.Request, resp: falcon.asgi.Response) -> None:
        screen = self.screen(req, resp)
        asked = [number_typed(req.get_param(name) or "") for name in ("from", "to")]
        numbers = sorted(number for number in asked if number is not None)
        if len(numbers) < len(asked):
            raise NotFound
        older, newer = numbers
        after = req.get_param("after")
        page, reader = await asyncio.gather(
            screen.call(RevisionsRpc.compare_revisions, older, newer, Cursor(after) if after else None, DEFAULT_PAGE),
            reader_of(screen),
        )
        screen.show(
            "pages/revisions_compared.html",
            older=older,
            newer=newer,
            items=[item_told(one, reader) for one in page.items],
            after=after,
            next=page.next,
        )


class UndoRevision(GoodsPage):
    """`/goods/revisions/{revision}/undo`: what would be taken back, and then doing it."""

    async def on_get(self, req: falcon.asgi.Request, resp: falcon.asgi.Response, revision: str) -> None:
        screen, number = self.screen(req, resp), revision_number(revision)
        on_conflict = FORCE if req.get_param("force") else SKIP
        told, reader = await asyncio.gather(
            screen.call(RevisionsRpc.preview_undo, number, on_conflict), reader_of(screen)
        )
        screen.show(
            "pages/revision_undo.html",
            view=told.revision,
            told=told,
            source=source_text(told.revision, screen.words),
            force=on_conflict == FORCE,
            items=[item_told(one, reader) for one in told.first_changes],
            conflicts=[conflict_told(one, conflict_field(one, screen), screen.words) for one in told.first_conflicts],
            touched=told.created + told.changed + told.removed,
        )

    async def on_post(self, req: falcon.asgi.Request, resp: falcon.asgi.Response, revision: str) -> None:
        screen, data, number = self.screen(req, resp), await read_form(req), revision_number(revision)
        preview = f"{URL}/{number}/undo"
        if data.has("restored"):
            screen.go(preview)
            return
        on_conflict = FORCE if data.flag("force") else SKIP
        base = number_typed(data.text("base_revision"))
        try:
            done = await screen.call(RevisionsRpc.undo_revision, number, on_conflict, base)
        except (BaseMoved, NothingToUndo, TooManyItems) as refusal:
            screen.go(preview, refusal_text(refusal, screen.words), "attention")
            return
        told = screen.text(
            N_("Revision %(undone)s was undone; the goods base has revision %(revision)s now."),
            undone=number,
            revision=done.revision,
        )
        screen.go("/goods" if data.text("back") == "goods" else f"{URL}/{done.revision}", told)


def conflict_field(one: UndoConflict, screen: Screen) -> str:
    """What the field in conflict is called; the whole item."""
    if one.field is None:
        return screen.text(N_("the whole item"))
    return field_text("item", one.field, screen.words)
