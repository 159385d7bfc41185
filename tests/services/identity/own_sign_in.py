"""OwnSignInRpc as its doors do it, for the tests of each part."""

from collections.abc import Iterator
from contextlib import contextmanager

import pyotp
from sqlalchemy.orm import Session

from services.contracts.identity import SessionView, SignedIn, UserView
from services.contracts.own_sign_in import OwnSession, RecoveryCodes, SecondFactorOffer, SecondFactorView
from services.contracts.refusals import Refusal
from services.contracts.values import UserActor
from services.identity.use_cases import own_passwords, second_factor, sessions, users
from tests.services.identity.identity_house import IdentityHouse


class OwnSignIn:
    """One user's own door; `actor` acts."""

    def __init__(self, identity: IdentityHouse, actor: UserActor) -> None:
        self.identity = identity
        self.actor = actor

    @contextmanager
    def session(self) -> Iterator[Session]:
        with self.identity.db.account(self.actor.account, self.actor) as session:
            yield session

    def prove(self, password: str) -> own_passwords.Proven:
        return own_passwords.prove(self.identity.db, self.identity.hasher, self.actor, password, self.identity.now)

    def list(self) -> tuple[OwnSession, ...]:
        with self.session() as session:
            return sessions.list_own_sessions(self.actor, session, self.identity.now)

    def end_others(self) -> int:
        with self.session() as session:
            return sessions.end_other_sessions(self.actor, session, self.identity.now)

    def sign_out(self) -> None:
        with self.session() as session:
            sessions.sign_out(self.actor, session, self.identity.now)

    def renew(self) -> SessionView:
        with self.session() as session:
            outcome = sessions.renew_session(self.actor, session, self.identity.now)
        if isinstance(outcome, Refusal):
            raise outcome
        return outcome

    def change_password(self, present: str, new: str) -> SignedIn:
        house = self.identity
        with self.session() as session:
            return own_passwords.change_own_password(
                self.actor, session, house.db, house.hasher, present, new, house.now
            )

    def change_email(self, email: str, password: str) -> UserView:
        proven = self.prove(password)
        with self.session() as session:
            return users.change_own_email(self.actor, session, email, proven)

    def change_me(self, name: str | None = None, language: str | None = None) -> UserView:
        with self.session() as session:
            return users.change_me(self.actor, session, name, language)

    def second_factor(self) -> SecondFactorView:
        with self.session() as session:
            return second_factor.get_second_factor(self.actor, session)

    def offer(self, password: str) -> SecondFactorOffer:
        proven = self.prove(password)
        with self.session() as session:
            return second_factor.offer_second_factor(self.actor, session, proven, self.identity.sealer)

    def confirm(self, code: str) -> RecoveryCodes:
        house = self.identity
        with self.session() as session:
            return second_factor.confirm_second_factor(self.actor, session, house.db, code, house.sealer, house.now)

    def renew_codes(self, password: str) -> RecoveryCodes:
        proven = self.prove(password)
        with self.session() as session:
            return second_factor.renew_recovery_codes(self.actor, session, proven)

    def give_up(self, password: str) -> SecondFactorView:
        proven = self.prove(password)
        with self.session() as session:
            return second_factor.give_up_second_factor(self.actor, session, proven, self.identity.now)

    def set_up(self, password: str) -> tuple[str, RecoveryCodes]:
        """A second factor from the offer to its recovery codes; returns its secret as well."""
        secret = self.offer(password).secret
        return secret, self.confirm(self.code(secret))

    def code(self, secret: str, steps: int = 0) -> str:
        """What an authenticator program shows now, or so many steps of 30 s later."""
        return pyotp.TOTP(secret).at(self.identity.now, counter_offset=steps)
