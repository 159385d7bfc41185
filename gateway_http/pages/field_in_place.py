"""`/goods/{code}/fields/{field}`: a field changed where it stands in the table; without scripts a page of its own."""

import falcon
import falcon.asgi

from gateway_http.forms import FormView, read_form
from gateway_http.i18n import N_
from gateway_http.pages.form_refusals import show_refusal
from gateway_http.pages.goods import GoodsPage
from gateway_http.pages.goods_columns import IN_PLACE, barcode_doubt, cell_texts
from gateway_http.pages.item_fields import LIMITS, Choices, choices, draft_typed, form_of
from gateway_http.pages.item_form import FORM_REFUSALS, item_code
from gateway_http.pages.register_goods import number_typed
from gateway_http.screen import Screen
from services.contracts.catalog import CatalogRpc, ItemView
from services.contracts.refusals import NotFound


class FieldInPlace(GoodsPage):
    """The content of a cell, with the field in it (`?edit=1`) or as it is."""

    async def on_get(self, req: falcon.asgi.Request, resp: falcon.asgi.Response, code: str, field: str) -> None:
        screen = self.screen(req, resp)
        item = await screen.call(CatalogRpc.get_item, item_code(code))
        editing = screen.target is None or bool(req.get_param("edit"))
        await self._show(screen, item, known(field), form_of(item, screen) if editing else None)

    async def on_post(self, req: falcon.asgi.Request, resp: falcon.asgi.Response, code: str, field: str) -> None:
        screen, data = self.screen(req, resp), await read_form(req)
        form = FormView.typed(data)
        draft = None if data.has("restored") else draft_typed((known(field),), data, form, screen)
        if draft is not None:
            try:
                version = number_typed(data.text("version"))
                item = await screen.call(CatalogRpc.change_item, item_code(code), draft, version)
            except FORM_REFUSALS as refusal:
                show_refusal(form, refusal, screen)
            else:
                if screen.target is None:
                    screen.go("/goods", screen.text(N_("Saved.")))
                else:
                    await self._show(screen, item, field, None)
                return
        item = await screen.call(CatalogRpc.get_item, item_code(code))
        if form.stale:
            form.changed_meanwhile(form_of(item, screen))
        await self._show(screen, item, field, form, falcon.HTTP_422)

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
            barcode_doubt=barcode_doubt,
            shown=texts[field](item) if field in texts else "",
            form=form,
            choices=all_groups or choices(field, screen, item),
            limit=LIMITS.get(field, ""),
        )


def known(field: str) -> str:
    """A field that stands in the table. Raises NotFound."""
    if field not in IN_PLACE:
        raise NotFound
    return field
