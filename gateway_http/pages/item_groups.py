"""Item groups («Добавить группу»): add, rename, delete. A group that registers filter by is not deleted."""

import falcon
import falcon.asgi

from gateway_http.forms import FormData, FormView, read_form
from gateway_http.i18n import N_
from gateway_http.pages.form_refusals import show_refusal
from gateway_http.pages.goods import GoodsPage
from gateway_http.pages.register_goods import number_typed
from gateway_http.screen import Screen
from services.contracts.catalog import CatalogRpc, ItemGroupView
from services.contracts.refusals import Conflict, Invalid, NotFound, Stale, TooMany
from services.contracts.values import ItemGroupId

FORM_REFUSALS = (Invalid, Conflict, Stale, TooMany, NotFound)


async def group_named(screen: Screen, group: str) -> ItemGroupView:
    """Raises NotFound."""
    for known in await screen.call(CatalogRpc.list_item_groups):
        if known.id == group:
            return known
    raise NotFound


def form_of(group: ItemGroupView) -> FormView:
    return FormView({"name": group.name, "parent": group.parent or "", "version": str(group.version)})


class ItemGroupForm(GoodsPage):
    """`/goods/groups/new` and `/goods/groups/{group}/edit`."""

    async def on_get(self, req: falcon.asgi.Request, resp: falcon.asgi.Response, group: str | None = None) -> None:
        screen = self.screen(req, resp)
        form = FormView()
        if group is not None:
            form = form_of(await group_named(screen, group))
        await self._show(screen, form, group)

    async def on_post(self, req: falcon.asgi.Request, resp: falcon.asgi.Response, group: str | None = None) -> None:
        screen, data = self.screen(req, resp), await read_form(req)
        form = FormView.typed(data)
        form.restored = data.has("restored")
        if not form.restored:
            try:
                await self._save(screen, data, group)
            except FORM_REFUSALS as refusal:
                show_refusal(form, refusal, screen)
            else:
                screen.go("/goods", screen.text(N_("Saved")))
                return
        if form.stale and group is not None:
            form.changed_meanwhile(form_of(await group_named(screen, group)))
        await self._show(screen, form, group, falcon.HTTP_422 if form.has_errors else falcon.HTTP_200)

    async def _save(self, screen: Screen, data: FormData, group: str | None) -> None:
        parent = ItemGroupId(data.text("parent")) if data.text("parent") else None
        if group is None:
            await screen.call(CatalogRpc.add_item_group, data.text("name"), parent)
        else:
            await screen.call(
                CatalogRpc.change_item_group,
                ItemGroupId(group),
                data.text("name"),
                parent,
                number_typed(data.text("version")),
            )

    async def _show(self, screen: Screen, form: FormView, group: str | None, status: str = falcon.HTTP_200) -> None:
        known = await screen.call(CatalogRpc.list_item_groups)
        parents = [("", screen.text(N_("— in no other group —")))]
        parents += [(other.id, other.name) for other in known if other.id != group]
        screen.show(
            "pages/item_group_form.html",
            status,
            form=form,
            group=group,
            parents=parents,
            action=screen.req.path,
        )


class DeleteItemGroup(GoodsPage):
    """`/goods/groups/{group}/delete`: its items stay."""

    async def on_get(self, req: falcon.asgi.Request, resp: falcon.asgi.Response, group: str) -> None:
        screen = self.screen(req, resp)
        self._show(screen, await group_named(screen, group), FormView())

    async def on_post(self, req: falcon.asgi.Request, resp: falcon.asgi.Response, group: str) -> None:
        screen, data = self.screen(req, resp), await read_form(req)
        if data.has("restored"):
            await self.on_get(req, resp, group)
            return
        known = await group_named(screen, group)
        try:
            await screen.call(CatalogRpc.remove_item_group, ItemGroupId(group))
        except Conflict as refusal:
            form = FormView()
            show_refusal(form, refusal, screen)
            self._show(screen, known, form, falcon.HTTP_422)
            return
        screen.go("/goods", screen.text(N_("The group was deleted, its items stayed")))

    def _show(self, screen: Screen, group: ItemGroupView, form: FormView, status: str = falcon.HTTP_200) -> None:
        screen.show("pages/item_group_delete.html", status, group=group, form=form, action=screen.req.path)
