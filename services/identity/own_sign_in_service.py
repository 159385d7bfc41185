"""Doors of the identity room: OwnSignInRpc."""

from sqlalchemy.orm import Session

from services.contracts.identity import SessionView, SignedIn
from services.contracts.own_sign_in import OwnSession, RecoveryCodes, SecondFactorOffer, SecondFactorView
from services.contracts.values import UserActor


class OwnSignInDoor:
    """The doors for OwnSignInRpc; the service class inherits it."""

    session: Session

    def list_own_sessions(self, actor: UserActor) -> tuple[OwnSession, ...]:
        """See OwnSignInRpc."""
        raise NotImplementedError

    def end_other_sessions(self, actor: UserActor) -> int:
        """See OwnSignInRpc."""
        raise NotImplementedError

    def renew_session(self, actor: UserActor) -> SessionView:
        """See OwnSignInRpc."""
        raise NotImplementedError

    def change_own_password(self, actor: UserActor, present: str, new: str) -> SignedIn:
        """See OwnSignInRpc."""
        raise NotImplementedError

    def get_second_factor(self, actor: UserActor) -> SecondFactorView:
        """See OwnSignInRpc."""
        raise NotImplementedError

    def offer_second_factor(self, actor: UserActor, password: str) -> SecondFactorOffer:
        """See OwnSignInRpc."""
        raise NotImplementedError

    def confirm_second_factor(self, actor: UserActor, code: str) -> RecoveryCodes:
        """See OwnSignInRpc."""
        raise NotImplementedError

    def renew_recovery_codes(self, actor: UserActor, password: str) -> RecoveryCodes:
        """See OwnSignInRpc."""
        raise NotImplementedError

    def give_up_second_factor(self, actor: UserActor, password: str) -> SecondFactorView:
        """See OwnSignInRpc."""
        raise NotImplementedError
