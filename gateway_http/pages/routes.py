"""The pages: every address on one screen."""

from typing import Any

import falcon.asgi

from gateway_http.deps import Deps
from gateway_http.pages.admin_account import Account
from gateway_http.pages.admin_journal import Entry, Journal
from gateway_http.pages.admin_journal_export import JournalExport
from gateway_http.pages.admin_keys import Keys, MakeKey, RevokeKey
from gateway_http.pages.admin_registers import (
    AddRegister,
    AdminHome,
    DeleteGroup,
    DeleteRegister,
    EditRegister,
    GroupForm,
    GroupsAndRegisters,
)
from gateway_http.pages.admin_users import (
    AddUser,
    DeleteUser,
    EditUser,
    EndSessionsOf,
    IssueOneTimePassword,
    TakeSecondFactorAway,
    Users,
)
from gateway_http.pages.exchanges import CancelExchange, Exchange, Exchanges
from gateway_http.pages.field_in_place import FieldInPlace
from gateway_http.pages.goods import Goods, GoodsBulk
from gateway_http.pages.goods_change import GoodsChange
from gateway_http.pages.goods_columns import GoodsColumns
from gateway_http.pages.goods_export import GoodsExport
from gateway_http.pages.goods_vat_rates import VatRates
from gateway_http.pages.imports import (
    DefaultTax,
    ImportAction,
    ImportPage,
    Imports,
    OriginalFile,
    ProblemsFile,
    ReadAgain,
    RowsFile,
)
from gateway_http.pages.item_form import AddItem, DeleteItem, EditItem
from gateway_http.pages.item_groups import DeleteItemGroup, ItemGroupForm
from gateway_http.pages.item_on_registers import ItemOnRegisters
from gateway_http.pages.me import MyEmail, MyProfile
from gateway_http.pages.me_notifications import MyNotificationChoices
from gateway_http.pages.me_password import MyPassword
from gateway_http.pages.me_second_factor import (
    ConfirmSecondFactor,
    GiveUpSecondFactor,
    MySecondFactor,
    OfferSecondFactor,
    RenewRecoveryCodes,
)
from gateway_http.pages.me_session import MySession
from gateway_http.pages.me_sessions import EndMySession, EndOtherSessions, MySessions
from gateway_http.pages.notifications import Bell, MarkSeen, Notifications
from gateway_http.pages.operator_account import AccountPage, EditAccount, EditLimits
from gateway_http.pages.operator_accounts import OpenAccount, OperatedAccounts, SuggestSignInName
from gateway_http.pages.operator_actions import BringBackAccount, DeleteAccount, IssuePasswordFor, SuspendAccount
from gateway_http.pages.patterns import Patterns
from gateway_http.pages.price_explanation import PriceExplained
from gateway_http.pages.register_goods import RegisterGoods
from gateway_http.pages.register_overview import RegisterAction, RegisterCard, RegisterOverview, StartExchange
from gateway_http.pages.register_settings import RegisterHistory, RegisterSettings
from gateway_http.pages.registers import Home, Registers
from gateway_http.pages.removed_items import RemovedItems
from gateway_http.pages.revisions import CompareRevisions, Revision, Revisions, UndoRevision
from gateway_http.pages.schedules import CancelSchedule, Schedule, ScheduleImportPrices, Schedules
from gateway_http.pages.sign_in import SignIn, SignInCode, SignOut
from gateway_http.render import Renderer


def add_page_routes(app: "falcon.asgi.App[Any, Any]", deps: Deps, renderer: Renderer) -> None:
    """Serve the screens on `app`."""
    tools = (deps, renderer)
    pages: dict[str, object] = {
        "/": Home(*tools),
        "/sign-in": SignIn(*tools),
        "/sign-in/code": SignInCode(*tools),
        "/sign-out": SignOut(*tools),
        "/registers": Registers(*tools),
        "/registers/{register}": RegisterOverview(*tools),
        "/registers/{register}/goods": RegisterGoods(*tools),
        "/registers/{register}/goods/{code}": PriceExplained(*tools),
        "/registers/{register}/settings": RegisterSettings(*tools),
        "/registers/{register}/history": RegisterHistory(*tools),
        "/registers/{register}/card": RegisterCard(*tools),
        "/registers/{register}/exchanges": StartExchange(*tools),
        "/registers/{register}/renew": RegisterAction(*tools, "renew"),
        "/registers/{register}/rebinding": RegisterAction(*tools, "rebinding"),
        "/goods": Goods(*tools),
        "/goods/new": AddItem(*tools),
        "/goods/bulk": GoodsBulk(*tools),
        "/goods/change": GoodsChange(*tools),
        "/goods/vat-rates": VatRates(*tools),
        **goods_files(deps, renderer),
        **schedule_pages(deps, renderer),
        "/goods/vat": DefaultTax(*tools),
        "/goods/groups/new": ItemGroupForm(*tools),
        "/goods/groups/{group}/edit": ItemGroupForm(*tools),
        "/goods/groups/{group}/delete": DeleteItemGroup(*tools),
        "/goods/imports": Imports(*tools),
        "/goods/imports/{import_id}": ImportPage(*tools),
        "/goods/imports/{import_id}/apply": ImportAction(*tools, "apply"),
        "/goods/imports/{import_id}/cancel": ImportAction(*tools, "cancel"),
        "/goods/imports/{import_id}/again": ReadAgain(*tools),
        **import_files(deps, renderer),
        **history_pages(deps, renderer),
        "/goods/{code}": EditItem(*tools),
        "/goods/{code}/delete": DeleteItem(*tools),
        "/exchanges": Exchanges(*tools),
        "/exchanges/{exchange}": Exchange(*tools),
        "/exchanges/{exchange}/cancel": CancelExchange(*tools),
        **register_admin_pages(deps, renderer),
        "/patterns": Patterns(*tools),
        **user_pages(deps, renderer),
        **own_pages(deps, renderer),
        **operator_pages(deps, renderer),
    }
    for path, page in pages.items():
        app.add_route(path, page)


def goods_files(deps: Deps, renderer: Renderer) -> dict[str, object]:
    """The goods base as a file, and how its table is looked at."""
    return {
        "/goods/columns": GoodsColumns(deps, renderer),
        "/goods/{code}/fields/{field}": FieldInPlace(deps, renderer),
        "/goods/{code}/registers": ItemOnRegisters(deps, renderer),
        "/goods/export.csv": GoodsExport(deps, renderer, "csv"),
        "/goods/export.xlsx": GoodsExport(deps, renderer, "xlsx"),
        "/goods/export.json": GoodsExport(deps, renderer, "mercury_json"),
        "/goods/export.xml": GoodsExport(deps, renderer, "one_c"),
    }


def schedule_pages(deps: Deps, renderer: Renderer) -> dict[str, object]:
    """What waits for its time."""
    return {
        "/goods/schedules": Schedules(deps, renderer),
        "/goods/schedules/{schedule}": Schedule(deps, renderer),
        "/goods/schedules/{schedule}/cancel": CancelSchedule(deps, renderer),
        "/goods/imports/{import_id}/schedule": ScheduleImportPrices(deps, renderer),
    }


def import_files(deps: Deps, renderer: Renderer) -> dict[str, object]:
    """What can be downloaded of an import."""
    page = "/goods/imports/{import_id}"
    return {
        f"{page}/problems.csv": ProblemsFile(deps, renderer),
        f"{page}/rows.csv": RowsFile(deps, renderer),
        f"{page}/file": OriginalFile(deps, renderer),
    }


def history_pages(deps: Deps, renderer: Renderer) -> dict[str, object]:
    """How the goods base was, and the way back."""
    tools = (deps, renderer)
    return {
        "/goods/revisions": Revisions(*tools),
        "/goods/revisions/compare": CompareRevisions(*tools),
        "/goods/revisions/{revision}": Revision(*tools),
        "/goods/revisions/{revision}/undo": UndoRevision(*tools),
        "/goods/removed": RemovedItems(*tools),
    }


def register_admin_pages(deps: Deps, renderer: Renderer) -> dict[str, object]:
    """«Группы и кассы»."""
    tools = (deps, renderer)
    return {
        "/admin": AdminHome(*tools),
        "/admin/registers": GroupsAndRegisters(*tools),
        "/admin/registers/new": AddRegister(*tools),
        "/admin/registers/{register}/edit": EditRegister(*tools),
        "/admin/registers/{register}/delete": DeleteRegister(*tools),
        "/admin/groups/new": GroupForm(*tools),
        "/admin/groups/{group}/edit": GroupForm(*tools),
        "/admin/groups/{group}/delete": DeleteGroup(*tools),
    }


def user_pages(deps: Deps, renderer: Renderer) -> dict[str, object]:
    """The account, its users, and the keys of its programs."""
    tools = (deps, renderer)
    user = "/admin/users/{user}"
    return {
        "/admin/users": Users(*tools),
        "/admin/users/new": AddUser(*tools),
        f"{user}/edit": EditUser(*tools),
        f"{user}/delete": DeleteUser(*tools),
        f"{user}/password": IssueOneTimePassword(*tools),
        f"{user}/second-factor": TakeSecondFactorAway(*tools),
        f"{user}/end-sessions": EndSessionsOf(*tools),
        "/admin/account": Account(*tools),
        "/admin/journal": Journal(*tools),
        "/admin/journal/export.csv": JournalExport(*tools),
        "/admin/journal/{entry}": Entry(*tools),
        "/admin/keys": Keys(*tools),
        "/admin/keys/new": MakeKey(*tools),
        "/admin/keys/{key}/revoke": RevokeKey(*tools),
    }


def own_pages(deps: Deps, renderer: Renderer) -> dict[str, object]:
    """What is the signed-in user's own."""
    tools = (deps, renderer)
    return {
        "/me": MyProfile(*tools),
        "/me/email": MyEmail(*tools),
        "/me/password": MyPassword(*tools),
        "/me/second-factor": MySecondFactor(*tools),
        "/me/second-factor/offer": OfferSecondFactor(*tools),
        "/me/second-factor/confirm": ConfirmSecondFactor(*tools),
        "/me/second-factor/codes": RenewRecoveryCodes(*tools),
        "/me/second-factor/off": GiveUpSecondFactor(*tools),
        "/me/session": MySession(*tools),
        "/me/sessions": MySessions(*tools),
        "/me/sessions/end-others": EndOtherSessions(*tools),
        "/me/sessions/{session}/end": EndMySession(*tools),
        "/me/notifications": MyNotificationChoices(*tools),
        "/notifications": Notifications(*tools),
        "/notifications/bell": Bell(*tools),
        "/notifications/seen": MarkSeen(*tools),
    }


def operator_pages(deps: Deps, renderer: Renderer) -> dict[str, object]:
    """The console of the server's operator."""
    tools = (deps, renderer)
    account = "/operator/accounts/{account}"
    return {
        "/operator/sign-in-name": SuggestSignInName(*tools),
        "/operator/accounts": OperatedAccounts(*tools),
        "/operator/accounts/new": OpenAccount(*tools),
        account: AccountPage(*tools),
        f"{account}/edit": EditAccount(*tools),
        f"{account}/limits": EditLimits(*tools),
        f"{account}/suspend": SuspendAccount(*tools),
        f"{account}/resume": BringBackAccount(*tools),
        f"{account}/delete": DeleteAccount(*tools),
        f"{account}/restore": BringBackAccount(*tools),
        f"{account}/password": IssuePasswordFor(*tools),
    }
