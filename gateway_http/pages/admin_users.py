"""«Администрирование» → «Пользователи»: who works in the account, what each may do, and how each signs in."""

import falcon
import falcon.asgi

from gateway_http.forms import FormData, FormView, read_form
from gateway_http.i18n import N_
from gateway_http.pages.admin_registers import AdminPage, admin_tabs
from gateway_http.pages.form_refusals import show_refusal
from gateway_http.pages.register_goods import number_typed
from gateway_http.pages.registers import MAX_QUERY
from gateway_http.screen import Screen
from gateway_http.words.account_words import ROLES, role_help, role_texts
from services.contracts.identity import UserView
from services.contracts.permissions import Role
from services.contracts.refusals import Conflict, Forbidden, Invalid, Stale, TooMany
from services.contracts.users import ONE_TIME_PASSWORD_HOURS, NewUser, UserChanges, UserQuery, UsersRpc
from services.contracts.values import DEFAULT_PAGE, Cursor, UserId

LIST = "/admin/users"
FORM_REFUSALS = (Invalid, Conflict, Stale, TooMany)


def require_administrator(screen: Screen) -> None:
    """For pages that show a form before they ask a room. Raises Forbidden."""
    if not screen.may("administer"):
        raise Forbidden


class Users(AdminPage):
    """`/admin/users`."""

    async def on_get(self, req: falcon.asgi.Request, resp: falcon.asgi.Response) -> None:
        screen = self.screen(req, resp)
        q, after = (req.get_param("q") or "").strip()[:MAX_QUERY], req.get_param("after")
        query = UserQuery(q=q, after=Cursor(after) if after else None, limit=DEFAULT_PAGE)
        page = await screen.call(UsersRpc.page_users, query)
        screen.show(
            "pages/admin_users.html",
            tabs=admin_tabs(screen, LIST),
            q=q,
            after=after,
            next=page.next,
            rows=[(user, role_texts(user.roles, screen.words)) for user in page.items],
        )


class UserForm(AdminPage):
    """What adding and editing a user share."""

    def _show(self, screen: Screen, form: FormView, user: UserView | None, status: str = falcon.HTTP_200) -> None:
        operator = screen.state.require_session().account.operator
        shown = [role for role in ROLES if role != Role.OPERATOR or operator]
        screen.show(
            "pages/admin_user_form.html",
            status,
            form=form,
            user=user,
            roles=[(str(role), screen.text(ROLES[role])) for role in shown],
            helps=[(screen.text(ROLES[role]), role_help(Role(role), screen.words)) for role in shown],
            action=screen.req.path,
        )


class AddUser(UserForm):
    """`/admin/users/new`: saving makes a one-time password, which stands in the answer and nowhere else."""

    async def on_get(self, req: falcon.asgi.Request, resp: falcon.asgi.Response) -> None:
        screen = self.screen(req, resp)
        require_administrator(screen)
        self._show(screen, FormView({"roles": (Role.VIEWER.value,)}), None)

    async def on_post(self, req: falcon.asgi.Request, resp: falcon.asgi.Response) -> None:
        screen, data = self.screen(req, resp), await read_form(req)
        form = FormView.typed(data)
        form.restored = data.has("restored")
        if not form.restored:
            new = NewUser(
                login=data.text("login"),
                name=data.text("name"),
                email=data.text("email") or None,
                roles=roles_typed(data),
                dealer=data.flag("dealer"),
            )
            try:
                made = await screen.call(UsersRpc.add_user, new)
            except FORM_REFUSALS as refusal:
                show_refusal(form, refusal, screen)
            else:
                screen.show("pages/admin_user_password.html", issued=made, added=True)
                return
        require_administrator(screen)
        self._show(screen, form, None, falcon.HTTP_422 if form.has_errors else falcon.HTTP_200)


class EditUser(UserForm):
    """`/admin/users/{user}/edit`."""

    async def on_get(self, req: falcon.asgi.Request, resp: falcon.asgi.Response, user: str) -> None:
        screen = self.screen(req, resp)
        view = await screen.call(UsersRpc.get_user, UserId(user))
        self._show(screen, form_of(view), view)

    async def on_post(self, req: falcon.asgi.Request, resp: falcon.asgi.Response, user: str) -> None:
        screen, data = self.screen(req, resp), await read_form(req)
        form = FormView.typed(data)
        form.restored = data.has("restored")
        if not form.restored:
            changes = UserChanges(
                login=data.text("login"),
                name=data.text("name"),
                email=data.text("email") or None,
                roles=roles_typed(data),
                dealer=data.flag("dealer"),
                disabled=data.flag("disabled"),
            )
            version = number_typed(data.text("version"))
            try:
                await screen.call(UsersRpc.change_user, UserId(user), changes, version)
            except FORM_REFUSALS as refusal:
                show_refusal(form, refusal, screen)
            else:
                screen.go(LIST, screen.text(N_("Saved")))
                return
        view = await screen.call(UsersRpc.get_user, UserId(user))
        if form.stale:
            form.changed_meanwhile(form_of(view))
        self._show(screen, form, view, falcon.HTTP_422 if form.has_errors else falcon.HTTP_200)


class UserQuestion(AdminPage):
    """A page that asks before it does something to a user."""

    template = ""

    async def do(self, screen: Screen, user: UserId, data: FormData) -> None:
        """What is done; answers the request."""
        raise NotImplementedError

    async def on_get(self, req: falcon.asgi.Request, resp: falcon.asgi.Response, user: str) -> None:
        await self._show(self.screen(req, resp), user, FormView())

    async def on_post(self, req: falcon.asgi.Request, resp: falcon.asgi.Response, user: str) -> None:
        screen, data = self.screen(req, resp), await read_form(req)
        form = FormView.typed(data)
        form.restored = data.has("restored")
        if not form.restored:
            try:
                await self.do(screen, UserId(user), data)
            except FORM_REFUSALS as refusal:
                show_refusal(form, refusal, screen)
            else:
                return
        await self._show(screen, user, form)

    async def _show(self, screen: Screen, user: str, form: FormView) -> None:
        screen.show(
            self.template,
            falcon.HTTP_422 if form.has_errors else falcon.HTTP_200,
            user=await screen.call(UsersRpc.get_user, UserId(user)),
            form=form,
            hours=ONE_TIME_PASSWORD_HOURS,
        )


class DeleteUser(UserQuestion):
    """`/admin/users/{user}/delete`."""

    template = "pages/admin_user_delete.html"

    async def do(self, screen: Screen, user: UserId, data: FormData) -> None:
        await screen.call(UsersRpc.remove_user, user, number_typed(data.text("version")))
        screen.go(LIST, screen.text(N_("The user is deleted")))


class IssueOneTimePassword(UserQuestion):
    """`/admin/users/{user}/password`: «Выдать одноразовый пароль». It stands in the answer and nowhere else."""

    template = "pages/admin_user_issue.html"

    async def do(self, screen: Screen, user: UserId, data: FormData) -> None:
        issued = await screen.call(UsersRpc.issue_one_time_password, user)
        screen.show("pages/admin_user_password.html", issued=issued, added=False)


class TakeSecondFactorAway(UserQuestion):
    """`/admin/users/{user}/second-factor`: for somebody whose device is lost."""

    template = "pages/admin_user_second_factor.html"

    async def do(self, screen: Screen, user: UserId, data: FormData) -> None:
        await screen.call(UsersRpc.remove_second_factor, user)
        screen.go(LIST, screen.text(N_("The user signs in by password alone from now on")))


class EndSessionsOf(AdminPage):
    """`/admin/users/{user}/end-sessions`: nothing is lost by it but the signing in, so nothing is asked."""

    async def on_get(self, req: falcon.asgi.Request, resp: falcon.asgi.Response, user: str) -> None:
        self.screen(req, resp).go(LIST)

    async def on_post(self, req: falcon.asgi.Request, resp: falcon.asgi.Response, user: str) -> None:
        screen, data = self.screen(req, resp), await read_form(req)
        if data.has("restored"):
            screen.go(LIST)
            return
        ended = await screen.call(UsersRpc.end_sessions_of, UserId(user))
        told = screen.words.ngettext("%(num)s session was ended", "%(num)s sessions were ended", ended)
        screen.go(LIST, told % {"num": ended})


def roles_typed(data: FormData) -> tuple[Role, ...]:
    """The ticked ones; what is none of ours is left out."""
    return tuple(Role(role) for role in data.all("roles") if role in set(Role))


def form_of(user: UserView) -> FormView:
    return FormView(
        {
            "login": user.login,
            "name": user.name,
            "email": user.email or "",
            "roles": tuple(role.value for role in user.roles),
            "dealer": "1" if user.dealer else "",
            "disabled": "1" if user.disabled else "",
            "version": str(user.version),
        }
    )
