"""Doors of the identity room: OwnSignInRpc.

No right is asked for: these serve every user, also in a session that may only mend its sign-in. No connection is held
while a password is checked.
"""

from sqlalchemy.orm import Session

from services.chassis import clock
from services.chassis.database import Database
from services.chassis.rpc import kept
from services.chassis.seal import Sealer
from services.contracts.identity import SessionView, SignedIn, UserView
from services.contracts.own_sign_in import OwnSession, RecoveryCodes, SecondFactorOffer, SecondFactorView
from services.contracts.values import UserActor
from services.identity.password_hashing import password_hasher
from services.identity.use_cases import own_passwords, second_factor, sessions, users


class OwnSignInDoor:
    """The doors for OwnSignInRpc; the service class inherits it."""

    session: Session
    db: Database
    sealer: Sealer

    def list_own_sessions(self, actor: UserActor) -> tuple[OwnSession, ...]:
        """See OwnSignInRpc."""
        return sessions.list_own_sessions(actor, self.session, clock.now())

    def end_other_sessions(self, actor: UserActor) -> int:
        """See OwnSignInRpc."""
        return sessions.end_other_sessions(actor, self.session, clock.now())

    def renew_session(self, actor: UserActor) -> SessionView:
        """See OwnSignInRpc."""
        return kept(sessions.renew_session(actor, self.session, clock.now()))

    def change_own_password(self, actor: UserActor, present: str, new: str) -> SignedIn:
        """See OwnSignInRpc."""
        now, hasher = clock.now(), password_hasher()
        return own_passwords.change_own_password(actor, self.session, self.db, hasher, present, new, now)

    def change_own_email(self, actor: UserActor, email: str, password: str) -> UserView:
        """See OwnSignInRpc."""
        proven = own_passwords.prove(self.db, password_hasher(), actor, password, clock.now())
        return users.change_own_email(actor, self.session, email, proven)

    def get_second_factor(self, actor: UserActor) -> SecondFactorView:
        """See OwnSignInRpc."""
        return second_factor.get_second_factor(actor, self.session)

    def offer_second_factor(self, actor: UserActor, password: str) -> SecondFactorOffer:
        """See OwnSignInRpc."""
        proven = own_passwords.prove(self.db, password_hasher(), actor, password, clock.now())
        return second_factor.offer_second_factor(actor, self.session, proven, self.sealer)

    def confirm_second_factor(self, actor: UserActor, code: str) -> RecoveryCodes:
        """See OwnSignInRpc."""
        return second_factor.confirm_second_factor(actor, self.session, self.db, code, self.sealer, clock.now())

    def renew_recovery_codes(self, actor: UserActor, password: str) -> RecoveryCodes:
        """See OwnSignInRpc."""
        proven = own_passwords.prove(self.db, password_hasher(), actor, password, clock.now())
        return second_factor.renew_recovery_codes(actor, self.session, proven)

    def give_up_second_factor(self, actor: UserActor, password: str) -> SecondFactorView:
        """See OwnSignInRpc."""
        proven = own_passwords.prove(self.db, password_hasher(), actor, password, clock.now())
        return second_factor.give_up_second_factor(actor, self.session, proven, clock.now())
