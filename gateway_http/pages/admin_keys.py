"""«Администрирование» → «Ключи API»: for programs, scoped by roles, shown once, revoked at once."""

import falcon
import falcon.asgi

from gateway_http.forms import FormView, read_form
from gateway_http.i18n import N_
from gateway_http.pages.admin_registers import AdminPage, admin_tabs
from gateway_http.pages.admin_users import FORM_REFUSALS, require_administrator, roles_typed
from gateway_http.pages.form_refusals import show_refusal
from gateway_http.pages.register_goods import number_typed
from gateway_http.screen import Screen
from gateway_http.words.account_words import ROLES, role_texts
from services.contracts.api_keys import API_KEY_DAYS_DEFAULT, API_KEY_DAYS_MAX, ApiKeysRpc, ApiKeyView, NewApiKey
from services.contracts.permissions import Role
from services.contracts.refusals import NotFound
from services.contracts.values import ApiKeyId

LIST = "/admin/keys"


class Keys(AdminPage):
    """`/admin/keys`."""

    async def on_get(self, req: falcon.asgi.Request, resp: falcon.asgi.Response) -> None:
        screen = self.screen(req, resp)
        keys = await screen.call(ApiKeysRpc.list_api_keys)
        screen.show(
            "pages/admin_keys.html",
            tabs=admin_tabs(screen, LIST),
            rows=[(key, role_texts(key.roles, screen.words)) for key in keys],
        )


class MakeKey(AdminPage):
    """`/admin/keys/new`. The key stands in the answer to the form, and nowhere else."""

    async def on_get(self, req: falcon.asgi.Request, resp: falcon.asgi.Response) -> None:
        screen = self.screen(req, resp)
        require_administrator(screen)
        self._show(screen, FormView({"roles": (Role.VIEWER.value,), "days": str(API_KEY_DAYS_DEFAULT)}))

    async def on_post(self, req: falcon.asgi.Request, resp: falcon.asgi.Response) -> None:
        screen, data = self.screen(req, resp), await read_form(req)
        form = FormView.typed(data)
        form.restored = data.has("restored")
        if not form.restored:
            days = number_typed(data.text("days"))
            try:
                new = NewApiKey(data.text("name"), roles_typed(data), 0 if days is None else days)
                made = await screen.call(ApiKeysRpc.make_api_key, new)
            except FORM_REFUSALS as refusal:
                show_refusal(form, refusal, screen)
            else:
                screen.show("pages/admin_key_made.html", made=made)
                return
        require_administrator(screen)
        self._show(screen, form, falcon.HTTP_422 if form.has_errors else falcon.HTTP_200)

    def _show(self, screen: Screen, form: FormView, status: str = falcon.HTTP_200) -> None:
        roles = [(str(role), screen.text(text)) for role, text in ROLES.items() if role != Role.OPERATOR]
        screen.show("pages/admin_key_new.html", status, form=form, roles=roles, most=API_KEY_DAYS_MAX)


class RevokeKey(AdminPage):
    """`/admin/keys/{key}/revoke`: asked first, for the program that has it stops at once."""

    async def on_get(self, req: falcon.asgi.Request, resp: falcon.asgi.Response, key: str) -> None:
        screen = self.screen(req, resp)
        screen.show("pages/admin_key_revoke.html", key=await self._find(screen, key))

    async def on_post(self, req: falcon.asgi.Request, resp: falcon.asgi.Response, key: str) -> None:
        screen, data = self.screen(req, resp), await read_form(req)
        if data.has("restored"):
            screen.show("pages/admin_key_revoke.html", key=await self._find(screen, key))
            return
        await screen.call(ApiKeysRpc.revoke_api_key, ApiKeyId(key))
        screen.go(LIST, screen.text(N_("The key is revoked")))

    async def _find(self, screen: Screen, key: str) -> ApiKeyView:
        for found in await screen.call(ApiKeysRpc.list_api_keys):
            if found.id == key:
                return found
        raise NotFound
