"""Doors of the identity room: ApiKeysRpc."""

from sqlalchemy.orm import Session

from services.chassis import clock
from services.chassis.permit import permit
from services.chassis.sweeper import Sweeper
from services.contracts.api_keys import ApiKeyMade, ApiKeyView, NewApiKey
from services.contracts.permissions import Right
from services.contracts.values import ApiKeyId, UserActor
from services.identity.use_cases import api_keys

FORGET_EVERY = 600.0  # seconds


def forget_revoked_keys(session: Session) -> None:
    """Forget keys that were revoked long ago."""
    api_keys.forget_revoked(session, clock.now())


class ApiKeysDoor:
    """The doors for ApiKeysRpc; the service class inherits it."""

    session: Session

    forgetting_keys = Sweeper(every=FORGET_EVERY, chore=forget_revoked_keys)

    def list_api_keys(self, actor: UserActor) -> tuple[ApiKeyView, ...]:
        """See ApiKeysRpc."""
        permit(actor, Right.ADMINISTER)
        return api_keys.list_api_keys(actor, self.session, clock.now())

    def make_api_key(self, actor: UserActor, new: NewApiKey) -> ApiKeyMade:
        """See ApiKeysRpc."""
        permit(actor, Right.ADMINISTER)
        return api_keys.make_api_key(actor, self.session, new, clock.now())

    def revoke_api_key(self, actor: UserActor, key: ApiKeyId) -> None:
        """See ApiKeysRpc."""
        permit(actor, Right.ADMINISTER)
        api_keys.revoke_api_key(actor, self.session, key, clock.now())
