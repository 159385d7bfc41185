"""One change of many items: what is to be changed, what would come of it, and making it.

Rows ticked in the table are posted here; all that were found come as a link with the query. Nothing is changed before
it was looked at: the button that applies stands under the preview and carries what was looked at.
"""

import falcon
import falcon.asgi
import msgspec

from gateway_http import formats
from gateway_http.forms import FormData, FormView, parse_form, read_form
from gateway_http.i18n import N_
from gateway_http.pages.bulk_typed import HOWS, KINDS, NEEDS_INPUT, TO_22, change_typed
from gateway_http.pages.chosen_items import Chosen, chosen_in
from gateway_http.pages.form_refusals import show_refusal
from gateway_http.pages.goods import GoodsPage
from gateway_http.pages.register_goods import number_typed
from gateway_http.pages.schedules import go_to_schedules, time_typed
from gateway_http.refusal_texts import refusal_text
from gateway_http.screen import Screen
from gateway_http.tables import Column
from gateway_http.words.bulk_words import ROUNDINGS, change_text, reason_text
from gateway_http.words.goods_words import tax_options, tax_text
from services.contracts.bulk_changes import (
    BulkChange,
    BulkChangesRpc,
    BulkPreview,
    ChangedItem,
    GroupsChange,
)
from services.contracts.catalog import CatalogRpc
from services.contracts.refusals import Conflict, Invalid, NotFound, Stale, TooMany
from services.contracts.schedules import SchedulesRpc
from services.contracts.values import ItemGroupId, Json

PREVIEW, APPLY, SCHEDULE = "preview", "apply", "schedule"  # what a form asks for
SECTIONS = 16  # of a «Меркурий» register


class Row(msgspec.Struct, frozen=True):
    """One changed item as the table shows it; `jump` is how far its price goes, where that is far."""

    code: int
    name: str
    before: str
    after: str
    jump: str


class Wish(msgspec.Struct, frozen=True):
    """What somebody wants to be changed, and how far it was typed."""

    chosen: Chosen
    kind: str
    data: FormData
    form: FormView

    @property
    def typed(self) -> list[tuple[str, str]]:
        """The fields that tell the change."""
        return [(field, value) for field in NEEDS_INPUT.get(self.kind, ()) for value in self.data.all(field)]

    @property
    def just_begun(self) -> bool:
        """Whether nothing was typed yet that has to be."""
        return self.kind in NEEDS_INPUT and not self.data.text("step") and not any(value for _, value in self.typed)


class GoodsChange(GoodsPage):
    """`/goods/change`."""

    async def on_get(self, req: falcon.asgi.Request, resp: falcon.asgi.Response) -> None:
        await self._answer(self.screen(req, resp), parse_form(req.query_string.encode()), PREVIEW)

    async def on_post(self, req: falcon.asgi.Request, resp: falcon.asgi.Response) -> None:
        data = await read_form(req)
        await self._answer(self.screen(req, resp), data, PREVIEW if data.has("restored") else data.text("step"))

    async def _answer(self, screen: Screen, data: FormData, step: str) -> None:
        chosen, kind = chosen_in(data), data.text("kind")
        if kind not in KINDS:
            raise NotFound
        if chosen is None:
            screen.go(screen.where_from("/goods"), screen.text(N_("Tick the rows first.")), "attention")
            return
        wish = Wish(chosen, kind, data, FormView.typed(data))
        change = None if wish.just_begun else change_typed(kind, data, wish.form, screen)
        try:
            if change is None:
                await self._show(screen, wish)
            elif step == APPLY:
                await self._apply(screen, wish, change)
            elif step == SCHEDULE:
                await self._schedule(screen, wish, change)
            else:
                await self._preview(screen, wish, change)
        except Invalid as refusal:
            show_refusal(wish.form, refusal, screen)
            await self._show(screen, wish)

    async def _preview(self, screen: Screen, wish: Wish, change: BulkChange, *, moved: bool = False) -> None:
        """Show what would change; `moved`: the base is not what was looked at before."""
        seen = await screen.call(BulkChangesRpc.preview_bulk_change, await wish.chosen.selection(screen), change)
        await self._show(screen, wish, change, seen, moved=moved)

    async def _apply(self, screen: Screen, wish: Wish, change: BulkChange) -> None:
        seen = number_typed(wish.data.text("base_revision")), number_typed(wish.data.text("matched"))
        try:
            chosen = await wish.chosen.selection(screen)
            done = await screen.call(BulkChangesRpc.apply_bulk_change, chosen, change, *seen)
        except Stale:
            await self._preview(screen, wish, change, moved=True)
            return
        if done.revision is None:
            screen.go(wish.chosen.back, screen.text(N_("Nothing had to be changed.")))
            return
        told = done_text(wish.kind, done.changed, screen)
        screen.go(wish.chosen.back, told, undo=done.revision)

    async def _schedule(self, screen: Screen, wish: Wish, change: BulkChange) -> None:
        """Let the change wait for its time."""
        seen = number_typed(wish.data.text("base_revision")), number_typed(wish.data.text("matched"))
        try:
            due_at = time_typed(wish.data.text("due_at"), screen.zone)
            chosen = await wish.chosen.selection(screen)
            view = await screen.call(SchedulesRpc.schedule_bulk_change, chosen, change, due_at, *seen)
        except Stale:
            await self._preview(screen, wish, change, moved=True)
        except (Conflict, TooMany) as refusal:
            screen.go(wish.chosen.back, refusal_text(refusal, screen.words), "failed")
        except Invalid as refusal:
            show_refusal(wish.form, refusal, screen)
            await self._preview(screen, wish, change)
        else:
            go_to_schedules(screen, view.items)

    async def _show(
        self,
        screen: Screen,
        wish: Wish,
        change: BulkChange | None = None,
        seen: BulkPreview | None = None,
        *,
        moved: bool = False,
    ) -> None:
        groups = {group.id: group.name for group in await screen.call(CatalogRpc.list_item_groups)}
        none_chosen = ("", screen.text(N_("— not chosen —")))
        chosen = wish.chosen
        group_name = groups.get(ItemGroupId(chosen.found_by.group), screen.text(N_("Without a group")))
        screen.show(
            "pages/goods_change.html",
            falcon.HTTP_422 if wish.form.has_errors or moved else falcon.HTTP_200,
            wish=wish,
            col=Column,
            form=wish.form,
            chosen=chosen,
            title=screen.text(KINDS[wish.kind]),
            needs_input=wish.kind in NEEDS_INPUT,
            found_by=chosen.found_by.words(screen, group_name),
            groups=[none_chosen, *groups.items()],
            hows=[(how.value, screen.text(name)) for how, name in HOWS.items()],
            roundings=[(one.value, screen.text(name)) for one, name in ROUNDINGS.items()],
            taxes=[none_chosen, (TO_22, screen.text(N_("20 %% → 22 %%, 20/120 → 22/122"))), *tax_options(screen.words)],
            sections=[none_chosen, *((str(number), str(number)) for number in range(1, SECTIONS + 1))],
            seen=seen,
            moved=moved,
            told="" if change is None else change_text(named(change, groups), screen.words),
            reasons=[(one, reason_text(one.reason, screen.words)) for one in (seen.skipped if seen else ())],
            rows=[row_told(item, groups, screen) for item in (seen.first if seen else ())],
        )


def done_text(kind: str, changed: int, screen: Screen) -> str:
    """«Изменено 12 345 товаров»."""
    if kind == "remove":
        told = screen.words.ngettext("%(count)s item was deleted", "%(count)s items were deleted", changed)
    else:
        told = screen.words.ngettext("%(count)s item was changed", "%(count)s items were changed", changed)
    return told % {"count": formats.whole(changed, screen.language)}


def named(change: BulkChange, groups: dict[ItemGroupId, str]) -> BulkChange:
    """The change with its groups by name."""
    if not isinstance(change, GroupsChange):
        return change
    put, take = ([ItemGroupId(groups.get(group, group)) for group in one] for one in (change.put, change.take))
    return GroupsChange(tuple(put), tuple(take))


def row_told(item: ChangedItem, groups: dict[ItemGroupId, str], screen: Screen) -> Row:
    field = "price" if "price" in item.before else next(iter(item.before))
    before = field_told(field, item.before[field], groups, screen)
    after = "" if item.after is None else field_told(field, item.after[field], groups, screen)
    jump = ""
    if item.jump and item.after is not None:
        was, now = item.before["price"], item.after["price"]
        sign, percent = "+" if now > was else "−", abs(now - was) * 100 // was
        jump = f"{sign}{formats.whole(percent, screen.language)}{formats.NBSP}%"
    return Row(item.code, item.name, before, after, jump)


def field_told(field: str, value: Json, groups: dict[ItemGroupId, str], screen: Screen) -> str:
    """What a field holds, as the tables of goods show it."""
    match field:
        case "price" if value is None:
            return screen.text(N_("no price"))
        case "price" if value == 0:
            return screen.text(N_("free price"))
        case "price":
            return formats.rubles_bare(value, screen.language)
        case "tax_code":
            return tax_text(value, screen.words)
        case "groups":
            return ", ".join(groups.get(group, group) for group in value)
        case "blocked":
            return screen.text(N_("blocked") if value else N_("for sale"))
        case _:
            return str(value)
