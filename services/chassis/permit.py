"""The check that stands first in every door."""

from services.contracts.permissions import Right, may
from services.contracts.refusals import Forbidden
from services.contracts.values import UserActor


def permit(actor: UserActor, right: Right) -> None:
    """Raise Forbidden unless the actor's roles give that right."""
    if not may(actor.roles, right):
        raise Forbidden(right=right.value)
