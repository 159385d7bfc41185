"""What the identity room promises to integrators: API keys of an account."""

from datetime import datetime
from typing import Protocol

import msgspec

from services.contracts.permissions import Role
from services.contracts.refusals import Conflict, TooMany
from services.contracts.rpc import writes
from services.contracts.values import ApiKeyId, UserActor

API_KEY_PREFIX = "kkt_"  # so that a key in a log or a repository is recognised (by scanners, too)
API_KEYS_MAX = 50  # live ones of one account
API_KEY_DAYS_MAX = 730
API_KEY_DAYS_DEFAULT = 365


class ApiKeyView(msgspec.Struct, frozen=True):
    """`hint` is the beginning of the key, to tell keys apart; the key itself is nowhere kept."""

    id: ApiKeyId
    name: str
    hint: str
    roles: tuple[Role, ...]
    created_at: datetime
    created_by: str
    expires_at: datetime
    expired: bool
    last_used_at: datetime | None  # to within a minute
    last_address: str


class NewApiKey(msgspec.Struct, frozen=True):
    """`roles` scope it as they would a user; never that of an operator."""

    name: str
    roles: tuple[Role, ...]
    days: int = API_KEY_DAYS_DEFAULT


class ApiKeyMade(msgspec.Struct, frozen=True):
    """`token` is shown this once; only its hash is kept."""

    key: ApiKeyView
    token: str


class ApiKeyNameTaken(Conflict):
    code = "api_key_name_taken"


class TooManyApiKeys(TooMany):
    """The limit of keys, in `limit`."""

    code = "too_many_api_keys"


class ApiKeysRpc(Protocol):
    """Doors for administrators (Right.ADMINISTER), not for programs with a key themselves (KeyNotAllowed)."""

    def list_api_keys(self, actor: UserActor) -> tuple[ApiKeyView, ...]:
        """All that were not revoked, by name (at most API_KEYS_MAX)."""
        ...

    @writes
    def make_api_key(self, actor: UserActor, new: NewApiKey) -> ApiKeyMade:
        """Refuses with Invalid, ApiKeyNameTaken, TooManyApiKeys, KeyNotAllowed."""
        ...

    @writes
    def revoke_api_key(self, actor: UserActor, key: ApiKeyId) -> None:
        """From the next request on it is nobody's. Refuses with NotFound, KeyNotAllowed."""
        ...
