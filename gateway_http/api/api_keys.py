"""`/api-keys`: keys for programs, made and revoked by administrators."""

from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct

from gateway_http.api.call import Call
from gateway_http.api.endpoint import Endpoint
from gateway_http.api.wire import Name, Roles, Whole
from services.contracts.api_keys import (
    API_KEY_DAYS_DEFAULT,
    API_KEY_DAYS_MAX,
    ApiKeyNameTaken,
    ApiKeysRpc,
    ApiKeyView,
    NewApiKey,
    TooManyApiKeys,
)
from services.contracts.own_sign_in import KeyNotAllowed
from services.contracts.permissions import Role
from services.contracts.refusals import Forbidden, Invalid, NotFound
from services.contracts.values import ApiKeyId

Days = Annotated[int, Meta(ge=1, le=API_KEY_DAYS_MAX)]


class ApiKeyOut(Struct, frozen=True):
    """`hint` is the beginning of the key, to tell keys apart."""

    id: str
    name: str
    hint: str
    roles: tuple[Role, ...]
    created_at: datetime
    created_by: str
    expires_at: datetime
    expired: bool
    last_used_at: datetime | None
    last_address: str


class ApiKeyMadeOut(ApiKeyOut, frozen=True):
    """`token` is told this once and is empty in the answer to a repeated request: send it as a bearer token."""

    token: str = ""


class NewApiKeyBody(Struct, frozen=True, forbid_unknown_fields=True):
    """`roles` scope the key as they would a user; it expires after so many `days`."""

    name: Name
    roles: Roles
    days: Days = API_KEY_DAYS_DEFAULT


def key_out(view: ApiKeyView) -> ApiKeyOut:
    return ApiKeyOut(
        id=view.id,
        name=view.name,
        hint=view.hint,
        roles=view.roles,
        created_at=view.created_at,
        created_by=view.created_by,
        expires_at=view.expires_at,
        expired=view.expired,
        last_used_at=view.last_used_at,
        last_address=view.last_address,
    )


async def list_keys(call: Call) -> None:
    call.answer(Whole(tuple(key_out(view) for view in await call.ask(ApiKeysRpc.list_api_keys))))


async def make_key(call: Call) -> None:
    body = await call.json(NewApiKeyBody)
    made = await call.ask(ApiKeysRpc.make_api_key, NewApiKey(body.name, body.roles, body.days))
    key = key_out(made.key)
    told = {name: getattr(key, name) for name in ApiKeyOut.__struct_fields__}
    call.answer(ApiKeyMadeOut(**told, token=made.token), location=f"/api-keys/{key.id}")


async def get_key(call: Call) -> None:
    wanted = call.path_id()
    for view in await call.ask(ApiKeysRpc.list_api_keys):  # at most API_KEYS_MAX
        if view.id == wanted:
            call.answer(key_out(view))
            return
    raise NotFound


async def revoke_key(call: Call) -> None:
    await call.ask(ApiKeysRpc.revoke_api_key, ApiKeyId(call.path_id()))
    call.no_content()


ENDPOINTS = (
    Endpoint(
        method="GET",
        path="/api-keys",
        handler=list_keys,
        summary="All API keys by name",
        answer=Whole[ApiKeyOut],
        refusals=(Forbidden, KeyNotAllowed),
    ),
    Endpoint(
        method="POST",
        path="/api-keys",
        handler=make_key,
        summary="Make an API key; its token is told this once and is empty in the answer to a repeated request",
        body=NewApiKeyBody,
        answer=ApiKeyMadeOut,
        status=201,
        refusals=(Invalid, Forbidden, KeyNotAllowed, ApiKeyNameTaken, TooManyApiKeys),
    ),
    Endpoint(
        method="GET",
        path="/api-keys/{id}",
        handler=get_key,
        summary="One API key",
        answer=ApiKeyOut,
        refusals=(NotFound, Forbidden, KeyNotAllowed),
    ),
    Endpoint(
        method="DELETE",
        path="/api-keys/{id}",
        handler=revoke_key,
        summary="Revoke an API key: from the next request on it is nobody's",
        status=204,
        refusals=(NotFound, Forbidden, KeyNotAllowed),
    ),
)
