"""The pages: every address on one screen."""

from typing import Any

import falcon.asgi

from gateway_http.deps import Deps
from gateway_http.pages.admin_account import Account
from gateway_http.pages.admin_registers import (
    AddRegister,
    AdminHome,
    DeleteGroup,
    DeleteRegister,
    EditRegister,
    GroupForm,
    GroupsAndRegisters,
)
from gateway_http.pages.exchanges import CancelExchange, Exchange, Exchanges
from gateway_http.pages.goods import Goods, GoodsBulk
from gateway_http.pages.goods_export import GoodsExport
from gateway_http.pages.imports import DefaultTax, ImportAction, ImportPage, Imports, ProblemsFile, ReadAgain
from gateway_http.pages.item_form import AddItem, DeleteItem, EditItem
from gateway_http.pages.item_groups import DeleteItemGroup, ItemGroupForm
from gateway_http.pages.patterns import Patterns
from gateway_http.pages.register_goods import RegisterGoods
from gateway_http.pages.register_overview import RegisterAction, RegisterCard, RegisterOverview, StartExchange
from gateway_http.pages.register_settings import RegisterHistory, RegisterSettings
from gateway_http.pages.registers import Home, Registers
from gateway_http.pages.sign_in import SignIn, SignOut
from gateway_http.render import Renderer


def add_page_routes(app: "falcon.asgi.App[Any, Any]", deps: Deps, renderer: Renderer) -> None:
    """Serve the screens on `app`."""
    tools = (deps, renderer)
    pages: dict[str, object] = {
        "/": Home(*tools),
        "/sign-in": SignIn(*tools),
        "/sign-out": SignOut(*tools),
        "/registers": Registers(*tools),
        "/registers/{register}": RegisterOverview(*tools),
        "/registers/{register}/goods": RegisterGoods(*tools),
        "/registers/{register}/settings": RegisterSettings(*tools),
        "/registers/{register}/history": RegisterHistory(*tools),
        "/registers/{register}/card": RegisterCard(*tools),
        "/registers/{register}/exchanges": StartExchange(*tools),
        "/registers/{register}/renew": RegisterAction(*tools, "renew"),
        "/registers/{register}/rebinding": RegisterAction(*tools, "rebinding"),
        "/goods": Goods(*tools),
        "/goods/new": AddItem(*tools),
        "/goods/bulk": GoodsBulk(*tools),
        "/goods/export.csv": GoodsExport(*tools),
        "/goods/vat": DefaultTax(*tools),
        "/goods/groups/new": ItemGroupForm(*tools),
        "/goods/groups/{group}/edit": ItemGroupForm(*tools),
        "/goods/groups/{group}/delete": DeleteItemGroup(*tools),
        "/goods/imports": Imports(*tools),
        "/goods/imports/{import_id}": ImportPage(*tools),
        "/goods/imports/{import_id}/apply": ImportAction(*tools, "apply"),
        "/goods/imports/{import_id}/cancel": ImportAction(*tools, "cancel"),
        "/goods/imports/{import_id}/again": ReadAgain(*tools),
        "/goods/imports/{import_id}/problems.csv": ProblemsFile(*tools),
        "/goods/{code}": EditItem(*tools),
        "/goods/{code}/delete": DeleteItem(*tools),
        "/exchanges": Exchanges(*tools),
        "/exchanges/{exchange}": Exchange(*tools),
        "/exchanges/{exchange}/cancel": CancelExchange(*tools),
        "/admin": AdminHome(*tools),
        "/admin/registers": GroupsAndRegisters(*tools),
        "/admin/registers/new": AddRegister(*tools),
        "/admin/registers/{register}/edit": EditRegister(*tools),
        "/admin/registers/{register}/delete": DeleteRegister(*tools),
        "/admin/groups/new": GroupForm(*tools),
        "/admin/groups/{group}/edit": GroupForm(*tools),
        "/admin/groups/{group}/delete": DeleteGroup(*tools),
        "/admin/account": Account(*tools),
        "/patterns": Patterns(*tools),
    }
    for path, page in pages.items():
        app.add_route(path, page)
