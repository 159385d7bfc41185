"""`/goods/{code}/fields/{field}`: a field changed where it stands in the table; without scripts a page of its own."""

import falcon
import falcon.asgi

from gateway_http.forms import FormView, read_form
from gateway_http.i18n import N_
from gateway_http.pages.form_refusals import show_refusal
from gateway_http.pages.goods import GoodsPage
from gateway_http.pages.goods_columns import IN_PLACE, cell_doubt, cell_texts
from gateway_http.pages.item_fields import LIMITS, Choices, choices, draft_typed, form_of
from gateway_http.pages.item_form import FORM_REFUSALS, item_code
from gateway_http.pages.register_goods import number_typed
from gateway_http.screen import Screen
from services.contracts.catalog import CatalogRpc, ItemView
from services.contracts.permissions import Right
from services.contracts.refusals import NotFound


class FieldInPlace(GoodsPage):
    """The content of a cell, with the field in it (`?edit=1`) or as it is.

    The form tells what stood in the field when it was drawn (`was`): what somebody changed of the item's other fields
    meanwhile is no reason to ask.
    """

    async def on_get(self, req: falcon.asgi.Request, resp: falcon.asgi.Response, code: str, field: str) -> None:
        screen = self.screen(req, resp)
        item = await screen.call(CatalogRpc.get_item, item_code(code))
        editing = screen.may(Right.CHANGE_GOODS) and (screen.target is None or bool(req.get_param("edit")))
        await self._show(screen, item, known(field), drawn(item, field, screen) if editing else None)

    async def on_post(self, req: falcon.asgi.Request, resp: falcon.asgi.Response, code: str, field: str) -> None:
        screen, data = self.screen(req, resp), await read_form(req)
        form = FormView.typed(data)
        form.restored = data.has("restored")
        draft = draft_typed((known(field),), data, form, screen)
        item = await screen.call(CatalogRpc.get_item, item_code(code))
        if draft is None or form.restored:
            await self._show(screen, item, field, form, falcon.HTTP_422 if form.has_errors else falcon.HTTP_200)
            return
        now = drawn(item, field, screen)
        untouched = data.has("was") and data.text("was") == now.value("was")
        version = item.version if untouched else number_typed(data.text("version"))
        try:
            item = await screen.call(CatalogRpc.change_item, item_code(code), draft, version)
        except FORM_REFUSALS as refusal:
            show_refusal(form, refusal, screen)
            if form.stale:
                form.changed_meanwhile(now)
                form.with_value("was", now.value("was"))
            await self._show(screen, item, field, form, falcon.HTTP_422)
            return
        if screen.target is None:
            screen.go(screen.where_from("/goods"), screen.text(N_("Saved.")))
        else:
            await self._show(screen, item, field, None)

    @staticmethod
    async def _show(
        screen: Screen, item: ItemView, field: str, form: FormView | None, status: str = falcon.HTTP_200
    ) -> None:
        groups = await screen.call(CatalogRpc.list_item_groups) if field == "groups" else ()
        texts = cell_texts(screen, {group.id: group.name for group in groups})
        all_groups: Choices = [(group.id, group.name) for group in groups]
        screen.show(
            "pages/goods_field.html",
            status,
            item=item,
            field=field,
            label=screen.text(IN_PLACE[field]),
            doubt=cell_doubt(screen)(field, item),
            shown=texts[field](item) if field in texts else "",
            form=form,
            choices=all_groups or choices(field, screen, item),
            limit=LIMITS.get(field, ""),
        )


def drawn(item: ItemView, field: str, screen: Screen) -> FormView:
    """The form as it is drawn of the item."""
    form = form_of(item, screen)
    return form.with_value("was", " ".join(" ".join(form.values(field)).split()))


def known(field: str) -> str:
    """A field that stands in the table. Raises NotFound."""
    if field not in IN_PLACE:
        raise NotFound
    return field
