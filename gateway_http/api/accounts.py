"""`/accounts/current`: the account that the caller works in."""

from datetime import datetime
from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from gateway_http.api.call import Call
from gateway_http.api.endpoint import Endpoint
from gateway_http.api.wire import Name, TaxCode
from services.contracts.catalog import CatalogRpc
from services.contracts.identity import (
    IDLE_MINUTES_MAX,
    IDLE_MINUTES_MIN,
    AccountChanges,
    AccountView,
    IdentityRpc,
    SignInNameTaken,
)
from services.contracts.limits import AccountLimits, AccountState
from services.contracts.refusals import Forbidden, Invalid, Stale
from services.contracts.registers import RegistersRpc

IdleMinutes = Annotated[int, Meta(ge=IDLE_MINUTES_MIN, le=IDLE_MINUTES_MAX)]
Inn = Annotated[str, Meta(max_length=20)]
ZoneName = Annotated[str, Meta(min_length=1, max_length=64)]


class AccountOut(Struct, frozen=True):
    """An account. `number` is the client number; `default_tax_code` (FFD tag 1199) is null until chosen.

    `second_factor_required` is of administrators and dealers. After `delete_at` the account is gone for good.
    """

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
    delete_at: datetime | None
    version: int


class UsedOut(Struct, frozen=True):
    """How much of the limits is used now."""

    users: int
    api_keys: int
    registers: int
    items: int


class LimitsOut(Struct, frozen=True):
    """What the account may have at most; the operator of the server sets it."""

    limits: AccountLimits
    used: UsedOut


class AccountBody(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What is left out stays."""

    name: Name | UnsetType = UNSET
    sign_in_name: Name | UnsetType = UNSET
    inn: Inn | None | UnsetType = UNSET
    time_zone: ZoneName | UnsetType = UNSET
    default_tax_code: TaxCode | UnsetType = UNSET
    idle_minutes: IdleMinutes | UnsetType = UNSET
    second_factor_required: bool | UnsetType = UNSET


def account_out(view: AccountView) -> AccountOut:
    return AccountOut(
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
        delete_at=view.delete_at,
        version=view.version,
    )


async def get_account(call: Call) -> None:
    view = await call.ask(IdentityRpc.get_account)
    call.answer(account_out(view), version=view.version)


async def get_limits(call: Call) -> None:
    usage = await call.ask(IdentityRpc.get_usage)
    fleet = await call.ask(RegistersRpc.fleet_summary)
    base = await call.ask(CatalogRpc.base_status)
    used = UsedOut(users=usage.users, api_keys=usage.api_keys, registers=fleet.registers, items=base.items)
    call.answer(LimitsOut(usage.limits, used))


async def change_account(call: Call) -> None:
    body = await call.json(AccountBody)
    changes = AccountChanges(
        name=body.name,
        sign_in_name=body.sign_in_name,
        inn=body.inn,
        time_zone=body.time_zone,
        default_tax_code=body.default_tax_code,
        idle_minutes=body.idle_minutes,
        second_factor_required=body.second_factor_required,
    )
    view = await call.ask(IdentityRpc.change_account, changes, call.version_to_match())
    call.answer(account_out(view), version=view.version)


ENDPOINTS = (
    Endpoint(
        method="GET",
        path="/accounts/current",
        handler=get_account,
        summary="The account that I work in",
        answer=AccountOut,
        conditional=True,
    ),
    Endpoint(
        method="PATCH",
        path="/accounts/current",
        handler=change_account,
        summary="Change the account",
        body=AccountBody,
        answer=AccountOut,
        conditional=True,
        refusals=(Invalid, Forbidden, Stale, SignInNameTaken),
    ),
    Endpoint(
        method="GET",
        path="/accounts/current/limits",
        handler=get_limits,
        summary="What the account may have, and how much of it is used",
        answer=LimitsOut,
        refusals=(Forbidden,),
    ),
)
