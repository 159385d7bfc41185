"""Doors of the identity room: ApiKeysRpc."""

from sqlalchemy.orm import Session

from services.contracts.api_keys import ApiKeyMade, ApiKeyView, NewApiKey
from services.contracts.values import ApiKeyId, UserActor


class ApiKeysDoor:
    """The doors for ApiKeysRpc; the service class inherits it."""

    session: Session

    def list_api_keys(self, actor: UserActor) -> tuple[ApiKeyView, ...]:
        """See ApiKeysRpc."""
        raise NotImplementedError

    def make_api_key(self, actor: UserActor, new: NewApiKey) -> ApiKeyMade:
        """See ApiKeysRpc."""
        raise NotImplementedError

    def revoke_api_key(self, actor: UserActor, key: ApiKeyId) -> None:
        """See ApiKeysRpc."""
        raise NotImplementedError
