"""`/accounts`: all accounts of the server, for its operator."""

from datetime import datetime
from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType, structs

from gateway_http.api.accounts import IdleMinutes, Inn, ZoneName
from gateway_http.api.call import Call
from gateway_http.api.endpoint import Endpoint
from gateway_http.api.users import UserWithPasswordOut, with_password_out
from gateway_http.api.wire import Email, ListOf, ListQuery, LoginText, Name, PasswordText, Search, TaxCode, next_of
from services.contracts.identity import NewAccount, SignInNameTaken
from services.contracts.limits import LIMIT_BOUNDS, AccountLimits, AccountState
from services.contracts.operator import (
    OperatedAccount,
    OperatedChanges,
    OperatedQuery,
    OperatorRpc,
    OwnAccount,
    WrongState,
)
from services.contracts.refusals import FieldError, Forbidden, Invalid, NotFound, Stale
from services.contracts.values import AccountId

Reason = Annotated[str, Meta(max_length=500)]


def _limit(name: str) -> Meta:
    least, most = LIMIT_BOUNDS[name]
    return Meta(ge=least, le=most)


class OperatedAccountOut(Struct, frozen=True):
    """An account as the operator sees it: who it is and how it stands, nothing of its goods."""

    id: str
    number: int
    name: str
    sign_in_name: str
    inn: str | None
    inn_suspicious: bool
    time_zone: str
    default_tax_code: int | None
    idle_minutes: int
    second_factor_required: bool
    operator: bool
    state: AccountState
    reason: str
    delete_at: datetime | None
    users: int
    limits: AccountLimits
    created_at: datetime
    last_sign_in_at: datetime | None
    version: int


class AccountListQuery(ListQuery, frozen=True):
    """`q` finds by number, name, sign-in name and ИНН."""

    q: Search = ""
    state: AccountState | None = None


class NewAccountBody(Struct, frozen=True, forbid_unknown_fields=True):
    """An account with its first administrator. Without a `password` a one-time one is made, which the answer tells."""

    name: Name
    login: LoginText
    password: PasswordText = ""
    sign_in_name: Name | None = None
    inn: Inn | None = None
    time_zone: ZoneName | None = None
    default_tax_code: TaxCode | None = None
    email: Email | None = None


class AccountOpenedOut(Struct, frozen=True):
    """`one_time_password` is told this once: null where none was made, and in the answer to a repeated request."""

    id: str
    number: int
    sign_in_name: str
    login: str
    one_time_password: str | None
    valid_until: datetime | None


class LimitsBody(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What is left out stays."""

    users: Annotated[int, _limit("users")] | UnsetType = UNSET
    registers: Annotated[int, _limit("registers")] | UnsetType = UNSET
    items: Annotated[int, _limit("items")] | UnsetType = UNSET
    imports: Annotated[int, _limit("imports")] | UnsetType = UNSET
    links: Annotated[int, _limit("links")] | UnsetType = UNSET
    api_per_minute: Annotated[int, _limit("api_per_minute")] | UnsetType = UNSET


class OperatedBody(Struct, frozen=True, forbid_unknown_fields=True):
    """What is left out stays. `state` (with its `reason`) goes alone: one request changes the account or its state.

    `active` ends a suspension and takes an announced deletion back; DELETE announces one.
    """

    name: Name | UnsetType = UNSET
    sign_in_name: Name | UnsetType = UNSET
    inn: Inn | None | UnsetType = UNSET
    time_zone: ZoneName | UnsetType = UNSET
    default_tax_code: TaxCode | UnsetType = UNSET
    idle_minutes: IdleMinutes | UnsetType = UNSET
    second_factor_required: bool | UnsetType = UNSET
    limits: LimitsBody | UnsetType = UNSET
    state: Literal["active", "suspended"] | UnsetType = UNSET
    reason: Reason | UnsetType = UNSET


class DeletionQuery(Struct, frozen=True):
    """Why; the account's users are told."""

    reason: Reason = ""


class PasswordForBody(Struct, frozen=True, forbid_unknown_fields=True):
    """Whose password it is to be."""

    login: LoginText


def operated_out(view: OperatedAccount) -> OperatedAccountOut:
    return OperatedAccountOut(
        id=view.id,
        number=view.number,
        name=view.name,
        sign_in_name=view.sign_in_name,
        inn=view.inn,
        inn_suspicious=view.inn_suspicious,
        time_zone=view.time_zone,
        default_tax_code=view.default_tax_code,
        idle_minutes=view.idle_minutes,
        second_factor_required=view.second_factor_required,
        operator=view.operator,
        state=view.state,
        reason=view.reason,
        delete_at=view.delete_at,
        users=view.users,
        limits=view.limits,
        created_at=view.created_at,
        last_sign_in_at=view.last_sign_in_at,
        version=view.version,
    )


def _account(call: Call) -> AccountId:
    return AccountId(call.path_id())


def _answer(call: Call, view: OperatedAccount) -> None:
    # No 304 here: users and the last sign-in change without the version.
    call.answer_live(operated_out(view), version=view.version)


async def list_accounts(call: Call) -> None:
    asked = call.query(AccountListQuery)
    page = await call.ask(OperatorRpc.page_accounts, OperatedQuery(asked.q, asked.state, asked.cursor, asked.limit))
    call.answer(ListOf(tuple(operated_out(view) for view in page.items), next_of(page)))


async def open_account(call: Call) -> None:
    body = await call.json(NewAccountBody)
    new = NewAccount(
        name=body.name,
        login=body.login,
        password=body.password,
        sign_in_name=body.sign_in_name,
        inn=body.inn,
        time_zone=body.time_zone,
        default_tax_code=body.default_tax_code,
        email=body.email,
    )
    made = await call.ask(OperatorRpc.open_account, new)
    told = AccountOpenedOut(
        id=made.account,
        number=made.client_number,
        sign_in_name=made.sign_in_name,
        login=made.user,
        one_time_password=made.password or None,
        valid_until=made.valid_until,
    )
    call.answer(told, location=f"/accounts/{made.account}")


async def get_account(call: Call) -> None:
    _answer(call, await call.ask(OperatorRpc.get_operated_account, _account(call)))


async def change_account(call: Call) -> None:
    account = _account(call)
    body = await call.json(OperatedBody)
    if body.state is not UNSET or body.reason is not UNSET:
        _answer(call, await _change_state(call, account, body))
        return
    limits: AccountLimits | UnsetType = UNSET
    version = call.version_to_match()
    if isinstance(body.limits, LimitsBody):
        present = await call.ask(OperatorRpc.get_operated_account, account)
        limits = structs.replace(present.limits, **_given(body.limits))
        version = present.version if version is None else version  # what is left out stays as it was read
    changes = OperatedChanges(
        name=body.name,
        sign_in_name=body.sign_in_name,
        inn=body.inn,
        time_zone=body.time_zone,
        default_tax_code=body.default_tax_code,
        idle_minutes=body.idle_minutes,
        second_factor_required=body.second_factor_required,
        limits=limits,
    )
    _answer(call, await call.ask(OperatorRpc.change_operated_account, account, changes, version))


async def _change_state(call: Call, account: AccountId, body: OperatedBody) -> OperatedAccount:
    """Suspend, or make active again. Raises Invalid, Stale, NotFound, OwnAccount, WrongState."""
    for name in _given(body):
        if name not in {"state", "reason"}:
            raise Invalid(errors=(FieldError(name, "not_together", {"with": "state"}),))
    present = await _as_it_was_read(call, account)
    if body.state == present.state:
        return present
    if body.state == "suspended":
        reason = "" if isinstance(body.reason, UnsetType) else body.reason
        return await call.ask(OperatorRpc.suspend_account, account, reason)
    if body.state == "active":
        back = OperatorRpc.restore_account if present.state is AccountState.DELETING else OperatorRpc.resume_account
        return await call.ask(back, account)
    raise Invalid(errors=(FieldError("state", "required"),))


async def _as_it_was_read(call: Call, account: AccountId) -> OperatedAccount:
    """The account now. Raises Stale if the caller read another version of it."""
    version = call.version_to_match()
    present = await call.ask(OperatorRpc.get_operated_account, account)
    if version is not None and present.version != version:
        raise Stale
    return present


def _given(body: Struct) -> dict[str, int | str | bool | None]:
    """The fields that were sent."""
    return {name: value for name, value in structs.asdict(body).items() if value is not UNSET}


async def delete_account(call: Call) -> None:
    account = _account(call)
    asked = call.query(DeletionQuery)
    await _as_it_was_read(call, account)
    _answer(call, await call.ask(OperatorRpc.delete_account, account, asked.reason))


async def issue_password(call: Call) -> None:
    account = _account(call)
    body = await call.json(PasswordForBody)
    call.answer(with_password_out(await call.ask(OperatorRpc.issue_password_for, account, body.login)))


ENDPOINTS = (
    Endpoint(
        method="GET",
        path="/accounts",
        handler=list_accounts,
        summary="Accounts of the server by client number (operator)",
        query=AccountListQuery,
        answer=ListOf[OperatedAccountOut],
        refusals=(Forbidden,),
    ),
    Endpoint(
        method="POST",
        path="/accounts",
        handler=open_account,
        summary="Open an account (operator); its one-time password is null in the answer to a repeated request",
        body=NewAccountBody,
        answer=AccountOpenedOut,
        status=201,
        refusals=(Invalid, Forbidden, SignInNameTaken),
    ),
    Endpoint(
        method="GET",
        path="/accounts/{id}",
        handler=get_account,
        summary="One account (operator)",
        answer=OperatedAccountOut,
        conditional=True,
        refusals=(NotFound, Forbidden),
    ),
    Endpoint(
        method="PATCH",
        path="/accounts/{id}",
        handler=change_account,
        summary="Change an account, its limits or its state (operator)",
        body=OperatedBody,
        answer=OperatedAccountOut,
        conditional=True,
        refusals=(NotFound, Invalid, Forbidden, Stale, SignInNameTaken, OwnAccount, WrongState),
    ),
    Endpoint(
        method="DELETE",
        path="/accounts/{id}",
        handler=delete_account,
        summary="Announce the deletion of an account (operator): reversible until `delete_at`, then final",
        query=DeletionQuery,
        answer=OperatedAccountOut,
        conditional=True,
        refusals=(NotFound, Forbidden, Stale, OwnAccount, WrongState),
    ),
    Endpoint(
        method="POST",
        path="/accounts/{id}/one-time-password",
        handler=issue_password,
        summary="A one-time password for a user of any account (operator), told this once",
        body=PasswordForBody,
        answer=UserWithPasswordOut,
        refusals=(NotFound, Invalid, Forbidden),
    ),
)
