"""«Администрирование» → «Группы и кассы»: one table of groups and registers, and the form for both."""

import asyncio

import falcon
import falcon.asgi

from gateway_http.forms import FormData, FormView, read_form
from gateway_http.i18n import N_
from gateway_http.pages.form_refusals import show_refusal
from gateway_http.pages.page_resource import PageResource
from gateway_http.pages.register_goods import number_typed
from gateway_http.pages.registers import MAX_QUERY
from gateway_http.screen import Screen, Tab
from gateway_http.words.register_words import presence_told
from services.contracts.refusals import Conflict, Invalid, NotFound, Stale, TooMany
from services.contracts.registers import (
    NewRegister,
    RegisterChanges,
    RegisterQuery,
    RegistersRpc,
    RegisterState,
    RegisterView,
)
from services.contracts.values import DEFAULT_PAGE, Cursor, RegisterGroupId, RegisterId

LIST = "/admin/registers"
FORM_REFUSALS = (Invalid, Conflict, Stale, NotFound, TooMany)
SUBTABS = (
    (LIST, N_("Groups and registers"), "see"),
    ("/admin/users", N_("Users"), "administer"),
    ("/admin/keys", N_("API keys"), "administer"),
    ("/admin/journal", N_("Journal"), "administer"),
    ("/admin/account", N_("Account"), "see"),
)


def admin_tabs(screen: Screen, current: str) -> list[Tab]:
    """Those that the user may open."""
    return [Tab(screen.words.gettext(title), url, url == current) for url, title, right in SUBTABS if screen.may(right)]


class AdminPage(PageResource):
    tab = "admin"


class AdminHome(AdminPage):
    """`/admin`."""

    async def on_get(self, req: falcon.asgi.Request, resp: falcon.asgi.Response) -> None:
        self.screen(req, resp).go(LIST)


class GroupsAndRegisters(AdminPage):
    """`/admin/registers`: the table «Группы и кассы». Groups stand first, on the first page."""

    async def on_get(self, req: falcon.asgi.Request, resp: falcon.asgi.Response) -> None:
        screen = self.screen(req, resp)
        q, after = (req.get_param("q") or "").strip()[:MAX_QUERY], req.get_param("after")
        groups, page = await asyncio.gather(
            screen.call(RegistersRpc.list_groups),
            screen.call(
                RegistersRpc.page_registers,
                RegisterQuery(q=q, after=Cursor(after) if after else None, limit=DEFAULT_PAGE),
            ),
        )
        names = {group.id: group.name for group in groups}
        screen.show(
            "pages/admin_registers.html",
            tabs=admin_tabs(screen, LIST),
            q=q,
            after=after,
            next=page.next,
            groups=[] if after else [group for group in groups if q.casefold() in group.name.casefold()],
            registers=[
                {
                    "register": register,
                    "groups": ", ".join(sorted(names[group] for group in register.groups if group in names)),
                    "presence": presence_told(register, screen.words),
                }
                for register in page.items
            ],
        )


class RegisterForm(AdminPage):
    """What adding and editing a register share."""

    async def _show(
        self, screen: Screen, form: FormView, view: RegisterView | None, status: str = falcon.HTTP_200
    ) -> None:
        groups = await screen.call(RegistersRpc.list_groups)
        screen.show(
            "pages/register_form.html",
            status,
            form=form,
            register=view,
            groups=[(group.id, group.name) for group in groups],
            action=screen.req.path,
        )


def groups_typed(data: FormData) -> tuple[RegisterGroupId, ...]:
    return tuple(RegisterGroupId(group) for group in data.all("groups"))


class AddRegister(RegisterForm):
    """`/admin/registers/new`: saving makes the register ID."""

    async def on_get(self, req: falcon.asgi.Request, resp: falcon.asgi.Response) -> None:
        await self._show(self.screen(req, resp), FormView(), None)

    async def on_post(self, req: falcon.asgi.Request, resp: falcon.asgi.Response) -> None:
        screen, data = self.screen(req, resp), await read_form(req)
        form = FormView.typed(data)
        form.restored = data.has("restored")
        if not form.restored:
            new = NewRegister(data.text("name"), groups_typed(data), data.text("serial_number") or None)
            try:
                added = await screen.call(RegistersRpc.add_register, new)
            except FORM_REFUSALS as refusal:
                show_refusal(form, refusal, screen)
            else:
                screen.go(f"/registers/{added.id}/card", screen.text(N_("Saved: the register has its ID")))
                return
        await self._show(screen, form, None, falcon.HTTP_422 if form.has_errors else falcon.HTTP_200)


class EditRegister(RegisterForm):
    """`/admin/registers/{register}/edit`."""

    async def on_get(self, req: falcon.asgi.Request, resp: falcon.asgi.Response, register: str) -> None:
        screen = self.screen(req, resp)
        view = await screen.call(RegistersRpc.get_register, RegisterId(register))
        await self._show(screen, form_of(view), view)

    async def on_post(self, req: falcon.asgi.Request, resp: falcon.asgi.Response, register: str) -> None:
        screen, data = self.screen(req, resp), await read_form(req)
        form = FormView.typed(data)
        form.restored = data.has("restored")
        if not form.restored:
            changes = RegisterChanges(name=data.text("name"), groups=groups_typed(data), disabled=data.flag("disabled"))
            try:
                await screen.call(
                    RegistersRpc.change_register,
                    RegisterId(register),
                    changes,
                    number_typed(data.text("version")),
                )
            except FORM_REFUSALS as refusal:
                show_refusal(form, refusal, screen)
            else:
                screen.go(LIST, screen.text(N_("Saved")))
                return
        view = await screen.call(RegistersRpc.get_register, RegisterId(register))
        if form.stale:
            form.changed_meanwhile(form_of(view))
        await self._show(screen, form, view, falcon.HTTP_422 if form.has_errors else falcon.HTTP_200)


def form_of(register: RegisterView) -> FormView:
    return FormView(
        {
            "name": register.name,
            "groups": register.groups,
            "disabled": "1" if register.state is RegisterState.DISABLED else "",
            "version": str(register.version),
        }
    )


class DeleteRegister(AdminPage):
    """`/admin/registers/{register}/delete`: says what will be deleted, then does it."""

    async def on_get(self, req: falcon.asgi.Request, resp: falcon.asgi.Response, register: str) -> None:
        screen = self.screen(req, resp)
        view = await screen.call(RegistersRpc.get_register, RegisterId(register))
        screen.show("pages/register_delete.html", register=view, action=req.path, list_url=LIST)

    async def on_post(self, req: falcon.asgi.Request, resp: falcon.asgi.Response, register: str) -> None:
        screen, data = self.screen(req, resp), await read_form(req)
        if data.has("restored"):
            await self.on_get(req, resp, register)
            return
        await screen.call(RegistersRpc.remove_register, RegisterId(register))
        screen.go(LIST, screen.text(N_("The register was deleted")))


class GroupForm(AdminPage):
    """`/admin/groups/new` and `/admin/groups/{group}/edit`."""

    async def on_get(self, req: falcon.asgi.Request, resp: falcon.asgi.Response, group: str | None = None) -> None:
        screen = self.screen(req, resp)
        form = FormView()
        if group is not None:
            form = await self._form_of(screen, group)
        screen.show("pages/group_form.html", form=form, group=group, action=req.path, list_url=LIST)

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
                screen.go(LIST, screen.text(N_("Saved")))
                return
        if form.stale and group is not None:
            form.changed_meanwhile(await self._form_of(screen, group))
        screen.show(
            "pages/group_form.html",
            falcon.HTTP_422 if form.has_errors else falcon.HTTP_200,
            form=form,
            group=group,
            action=req.path,
            list_url=LIST,
        )

    async def _save(self, screen: Screen, data: FormData, group: str | None) -> None:
        if group is None:
            await screen.call(RegistersRpc.add_group, data.text("name"))
        else:
            await screen.call(
                RegistersRpc.rename_group,
                RegisterGroupId(group),
                data.text("name"),
                number_typed(data.text("version")),
            )

    async def _form_of(self, screen: Screen, group: str) -> FormView:
        for known in await screen.call(RegistersRpc.list_groups):
            if known.id == group:
                return FormView({"name": known.name, "version": str(known.version)})
        raise NotFound


class DeleteGroup(AdminPage):
    """`/admin/groups/{group}/delete`: its registers stay."""

    async def on_get(self, req: falcon.asgi.Request, resp: falcon.asgi.Response, group: str) -> None:
        screen = self.screen(req, resp)
        for known in await screen.call(RegistersRpc.list_groups):
            if known.id == group:
                screen.show("pages/group_delete.html", group=known, action=req.path, list_url=LIST)
                return
        raise NotFound

    async def on_post(self, req: falcon.asgi.Request, resp: falcon.asgi.Response, group: str) -> None:
        screen, data = self.screen(req, resp), await read_form(req)
        if data.has("restored"):
            await self.on_get(req, resp, group)
            return
        await screen.call(RegistersRpc.remove_group, RegisterGroupId(group))
        screen.go(LIST, screen.text(N_("The group was deleted, its registers stayed")))
