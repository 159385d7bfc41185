"""A sample request for every verb of every route."""

import uuid
from typing import Any

from services.contracts.permissions import Right
from tests.contracts.tenancy.world import PASSWORD, Ids
from tests.gateway_http.walls.sample import Fields, Need, Sample

SEE, GOODS, REGISTERS = Right.SEE, Right.CHANGE_GOODS, Right.CHANGE_REGISTERS
EXCHANGE, ADMINISTER, OPERATE = Right.EXCHANGE, Right.ADMINISTER, Right.OPERATE
ITEM: Fields = {"name": "Сыр", "price": "10", "tax_code": "11", "version": "1"}
WRONG = "не тот пароль 77"


def named(ids: Ids) -> Fields:
    return {"name": f"Имя {uuid.uuid4().hex[:8]}", "version": "1"}


def only_name(ids: Ids) -> Fields:
    return {"name": f"Имя {uuid.uuid4().hex[:8]}"}


def user_form(ids: Ids) -> Fields:
    return {"login": f"u{uuid.uuid4().hex[:10]}", "name": "Имя", "roles": "viewer", "version": "1"}


def user_body(ids: Ids) -> Fields:
    return {"login": f"u{uuid.uuid4().hex[:10]}", "name": "Имя", "roles": ["viewer"]}


def told(**fields: Any) -> Any:
    return lambda ids: fields


def thing(need: Right | Need, fields: Any = lambda ids: {}, query: Any = lambda ids: {}) -> Sample:
    """A request whose address names a thing."""
    return Sample(need, fields, query, foreign=404)


def operated(fields: Any = lambda ids: {}) -> Sample:
    """Accounts are the operator's: everybody else is refused before anything is looked up."""
    return Sample(OPERATE, fields, foreign=403)


def still_typed(need: Right | Need) -> Sample:
    """A form of a thing that is gone is shown again with what was typed in it, and says so."""
    return Sample(need, named, foreign=422)


# What is only ever posted: whoever comes by an address of it is led back to the list or page that has its button.
LEADS_BACK = Sample(Need.NOTHING, foreign=303)
PAGES: dict[str, Sample] = {
    "GET /": Sample(Need.NOTHING),
    "GET /registers": Sample(SEE, query=lambda i: {"group": i.group}, foreign=200),
    "GET /registers/{register}": thing(SEE),
    "GET /registers/{register}/card": thing(SEE),
    "GET /registers/{register}/goods": thing(SEE),
    "POST /registers/{register}/goods": thing(REGISTERS, told(price_percent="100", price_rounding="1", version="1")),
    "GET /registers/{register}/goods/{code}": thing(SEE),
    "GET /registers/{register}/settings": thing(SEE),
    "GET /registers/{register}/history": thing(SEE),
    "POST /registers/{register}/exchanges": thing(EXCHANGE, told(kind="test")),
    "POST /registers/{register}/renew": thing(REGISTERS),
    "POST /registers/{register}/rebinding": thing(REGISTERS),
    "GET /goods": Sample(SEE, query=lambda i: {"group": i.item_group}, foreign=404),
    "POST /goods/bulk": Sample(GOODS, lambda i: {"action": "delete", "pick": str(i.item), "sure": "1"}, foreign=303),
    **{
        f"GET /goods/export.{kind}": Sample(SEE, query=lambda i: {"group": i.item_group}, foreign=404)
        for kind in ("csv", "xlsx", "json", "xml")
    },
    "GET /goods/change": Sample(SEE, query=lambda i: {"kind": "block", "pick": str(i.item)}, foreign=200),
    "POST /goods/change": Sample(GOODS, lambda i: {"kind": "block", "step": "apply", "pick": str(i.item)}, foreign=303),
    "GET /goods/vat-rates": Sample(SEE),
    "GET /goods/columns": Sample(SEE),
    "POST /goods/columns": Sample(SEE, told(column="tax_code")),
    "GET /goods/{code}/fields/{field}": thing(SEE),
    "GET /goods/{code}/registers": thing(SEE),
    "POST /goods/{code}/fields/{field}": thing(GOODS, told(price="5", version="1")),
    "POST /goods/vat": Sample(ADMINISTER, told(default_tax_code="11"), refused=303),
    "GET /goods/new": Sample(SEE),
    "POST /goods/new": Sample(GOODS, lambda i: {**ITEM, "groups": i.item_group}, foreign=422),
    "GET /goods/{code}": thing(SEE),
    "POST /goods/{code}": thing(GOODS, told(**ITEM)),
    "GET /goods/{code}/delete": thing(SEE),
    "POST /goods/{code}/delete": Sample(GOODS, foreign=303),
    "GET /goods/groups/new": Sample(SEE),
    "POST /goods/groups/new": Sample(GOODS, lambda i: {**named(i), "parent": i.item_group}, foreign=422),
    "GET /goods/groups/{group}/edit": thing(SEE),
    "POST /goods/groups/{group}/edit": still_typed(GOODS),
    "GET /goods/groups/{group}/delete": thing(SEE),
    "POST /goods/groups/{group}/delete": thing(GOODS),
    "GET /goods/imports": Sample(SEE),
    "POST /goods/imports": Sample(GOODS, browsers_only=True),
    "GET /goods/imports/{import_id}": thing(SEE),
    "POST /goods/imports/{import_id}/apply": thing(GOODS),
    "POST /goods/imports/{import_id}/cancel": thing(GOODS),
    "POST /goods/imports/{import_id}/again": Sample(GOODS, told(encoding="utf-8"), foreign=404, refused=303),
    "GET /goods/imports/{import_id}/problems.csv": thing(SEE),
    "GET /goods/imports/{import_id}/rows.csv": thing(SEE),
    "GET /goods/imports/{import_id}/file": thing(SEE),
    "POST /goods/imports/{import_id}/schedule": thing(GOODS, told(due_at="2027-06-01T10:00")),
    "GET /goods/schedules": Sample(SEE),
    "GET /goods/schedules/{schedule}": thing(SEE),
    "POST /goods/schedules/{schedule}/cancel": thing(GOODS),
    "GET /goods/revisions": Sample(SEE),
    "GET /goods/revisions/compare": Sample(SEE, query=lambda i: {"from": "0", "to": str(i.item)}, foreign=404),
    "GET /goods/revisions/{revision}": thing(SEE),
    "GET /goods/revisions/{revision}/undo": thing(SEE),
    "POST /goods/revisions/{revision}/undo": thing(GOODS, told(force="1")),
    "GET /goods/removed": Sample(SEE),
    "POST /goods/removed": Sample(GOODS, lambda i: {"pick": str(i.item)}, foreign=303),
    "GET /exchanges": Sample(SEE),
    "GET /exchanges/{exchange}": thing(SEE),
    "POST /exchanges/{exchange}/cancel": thing(EXCHANGE),
    "GET /admin": Sample(SEE),
    "GET /admin/registers": Sample(SEE),
    "GET /admin/registers/new": Sample(SEE),
    "POST /admin/registers/new": Sample(REGISTERS, lambda i: {**named(i), "groups": i.group}, foreign=422),
    "GET /admin/registers/{register}/edit": thing(SEE),
    "POST /admin/registers/{register}/edit": thing(REGISTERS, named),
    "GET /admin/registers/{register}/delete": thing(SEE),
    "POST /admin/registers/{register}/delete": thing(REGISTERS),
    "GET /admin/groups/new": Sample(SEE),
    "POST /admin/groups/new": Sample(REGISTERS, named),
    "GET /admin/groups/{group}/edit": thing(SEE),
    "POST /admin/groups/{group}/edit": still_typed(REGISTERS),
    "GET /admin/groups/{group}/delete": thing(SEE),
    "POST /admin/groups/{group}/delete": thing(REGISTERS),
    "GET /admin/account": Sample(SEE),
    "POST /admin/account": Sample(ADMINISTER, told(name="Имя", sign_in_name="", idle_minutes="60", version="1")),
    "GET /admin/users": Sample(ADMINISTER),
    "GET /admin/users/new": Sample(ADMINISTER),
    "POST /admin/users/new": Sample(ADMINISTER, user_form),
    "GET /admin/users/{user}/edit": thing(ADMINISTER),
    "POST /admin/users/{user}/edit": thing(ADMINISTER, user_form),
    "GET /admin/users/{user}/delete": thing(ADMINISTER),
    "POST /admin/users/{user}/delete": thing(ADMINISTER, told(version="1")),
    "GET /admin/users/{user}/password": thing(ADMINISTER),
    "POST /admin/users/{user}/password": thing(ADMINISTER),
    "GET /admin/users/{user}/second-factor": thing(ADMINISTER),
    "POST /admin/users/{user}/second-factor": thing(ADMINISTER),
    "GET /admin/users/{user}/end-sessions": LEADS_BACK,
    "POST /admin/users/{user}/end-sessions": thing(ADMINISTER),
    "GET /admin/keys": Sample(Need.ADMINISTERING_PERSON),
    "GET /admin/keys/new": Sample(ADMINISTER),
    "POST /admin/keys/new": Sample(Need.ADMINISTERING_PERSON, lambda i: {**named(i), "roles": "viewer", "days": "30"}),
    "GET /admin/keys/{key}/revoke": thing(Need.ADMINISTERING_PERSON),
    "POST /admin/keys/{key}/revoke": thing(Need.ADMINISTERING_PERSON),
    "GET /admin/journal": Sample(ADMINISTER, query=lambda i: {"who_id": i.user}, foreign=200),
    "GET /admin/journal/export.csv": Sample(
        ADMINISTER, query=lambda i: {"thing": "register", "thing_id": i.register}, foreign=200
    ),
    "GET /admin/journal/{entry}": thing(ADMINISTER, query=told(at="2026-11-26T00:00:00+00:00")),
    "GET /patterns": Sample(Need.NOTHING),
    "GET /me": Sample(Need.SESSION),
    "POST /me": Sample(Need.PERSON, told(name="Имя", language="ru")),
    "GET /me/email": Sample(Need.SESSION),
    "POST /me/email": Sample(Need.PERSON, told(email="a@shop.ru", password=WRONG)),
    "GET /me/password": Sample(Need.SESSION),
    "POST /me/password": Sample(
        Need.PERSON, told(password=WRONG, new_password=PASSWORD, new_password_again=PASSWORD), refused=422
    ),
    "GET /me/second-factor": Sample(Need.PERSON),
    "GET /me/second-factor/offer": Sample(Need.SESSION),
    "POST /me/second-factor/offer": Sample(Need.PERSON, told(password=WRONG)),
    "GET /me/second-factor/confirm": Sample(Need.SESSION),
    "POST /me/second-factor/confirm": Sample(Need.PERSON, told(otp="000000")),
    "GET /me/second-factor/codes": Sample(Need.SESSION),
    "POST /me/second-factor/codes": Sample(Need.PERSON, told(password=WRONG)),
    "GET /me/second-factor/off": Sample(Need.SESSION),
    "POST /me/second-factor/off": Sample(Need.PERSON, told(password=WRONG)),
    "GET /me/session": Sample(Need.NOTHING),
    "POST /me/session": Sample(Need.NOTHING),
    "GET /me/sessions": Sample(Need.PERSON),
    "POST /me/sessions/end-others": Sample(Need.PERSON),
    "POST /me/sessions/{session}/end": Sample(Need.PERSON, foreign=303),
    "GET /me/notifications": Sample(Need.PERSON),
    "POST /me/notifications": Sample(Need.PERSON),
    "GET /notifications": Sample(Need.SESSION),
    "GET /notifications/bell": Sample(Need.SESSION),
    "POST /notifications/seen": Sample(Need.SESSION, lambda i: {"pick": i.upload}, foreign=303),
    "GET /operator/sign-in-name": Sample(OPERATE, query=told(name="ООО")),
    "GET /operator/accounts": Sample(OPERATE),
    "GET /operator/accounts/new": Sample(OPERATE),
    "POST /operator/accounts/new": Sample(
        OPERATE, lambda i: {**named(i), "login": "boss", "time_zone": "Europe/Moscow"}
    ),
    "GET /operator/accounts/{account}": operated(),
    "GET /operator/accounts/{account}/edit": operated(),
    "POST /operator/accounts/{account}/edit": operated(named),
    "GET /operator/accounts/{account}/limits": operated(),
    "POST /operator/accounts/{account}/limits": operated(told(users="5")),
    "GET /operator/accounts/{account}/suspend": operated(),
    "POST /operator/accounts/{account}/suspend": operated(told(reason="-")),
    "GET /operator/accounts/{account}/resume": LEADS_BACK,
    "POST /operator/accounts/{account}/resume": operated(),
    "GET /operator/accounts/{account}/delete": operated(),
    "POST /operator/accounts/{account}/delete": operated(told(number="1", reason="-")),
    "GET /operator/accounts/{account}/restore": LEADS_BACK,
    "POST /operator/accounts/{account}/restore": operated(),
    "GET /operator/accounts/{account}/password": operated(),
    "POST /operator/accounts/{account}/password": operated(told(login="alice")),
    "GET /sign-in": Sample(Need.NOTHING),
    "POST /sign-in": Sample(Need.NOTHING, told(client="1", user="nobody", password=WRONG)),
    "GET /sign-in/code": Sample(Need.NOTHING),
    "POST /sign-in/code": Sample(Need.NOTHING, told(ticket="none", otp="000000")),
    "POST /sign-out": Sample(Need.NOTHING, ends_session=True),
    "GET /healthz": Sample(Need.NOTHING),
    "GET /readyz": Sample(Need.NOTHING),
    "GET /metrics": Sample(Need.NOTHING),
    "GET /static/{digest}/{name}": Sample(Need.NOTHING),
}
