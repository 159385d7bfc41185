"""What the identity room promises to each user: one's own sessions, password and second factor."""

from datetime import datetime
from typing import Protocol

import msgspec

from services.contracts.identity import SessionView, SignedIn, UserView
from services.contracts.refusals import Conflict, Forbidden
from services.contracts.rpc import writes
from services.contracts.values import SessionId, UserActor

RECOVERY_CODES = 10  # one-time codes for a lost device


class OwnSession(msgspec.Struct, frozen=True):
    """One of the user's live sessions."""

    id: SessionId
    current: bool
    address: str
    agent: str
    created_at: datetime
    last_seen_at: datetime  # to within a minute
    expires_at: datetime


class SecondFactorView(msgspec.Struct, frozen=True):
    """How the user's second factor stands."""

    enabled: bool
    enabled_at: datetime | None
    recovery_codes_left: int
    required: bool  # by the policy of the account


class SecondFactorOffer(msgspec.Struct, frozen=True):
    """What goes into an authenticator program; becomes the second factor when a code of it was told back."""

    secret: str  # base32, to be typed
    uri: str  # otpauth://, to be shown as a QR code


class RecoveryCodes(msgspec.Struct, frozen=True):
    """Shown this once; each is good for one sign-in."""

    codes: tuple[str, ...]


class PasswordWrong(Forbidden):
    """The present password was told wrong."""

    code = "password_wrong"


class CodeWrong(Forbidden):
    """The code of the authenticator program is not right (any more)."""

    code = "code_wrong"


class SecondFactorRequired(Conflict):
    """The policy of the account does not let this user do without a second factor."""

    code = "second_factor_required"


class SecondFactorState(Conflict):
    """There is no second factor to take away, no offer to confirm, or one is there already."""

    code = "second_factor_state"


class KeyNotAllowed(Forbidden):
    """Programs with an API key may not do what belongs to people: passwords, sessions, keys."""

    code = "key_not_allowed"


class OwnSignInRpc(Protocol):
    """Doors for every user, whatever its roles; also in a session that is restricted (SessionView.restriction)."""

    def list_own_sessions(self, actor: UserActor) -> tuple[OwnSession, ...]:
        """Live ones, the one used last first (at most 100)."""
        ...

    @writes
    def end_other_sessions(self, actor: UserActor) -> int:
        """End all of the actor's sessions but this one; returns how many."""
        ...

    def renew_session(self, actor: UserActor) -> SessionView:
        """Move the idle limit on by the person's own click. Refuses with SessionExpired, Unauthenticated."""
        ...

    def change_own_password(self, actor: UserActor, present: str, new: str) -> SignedIn:
        """Ends the other sessions and gives this one a new token. Refuses with PasswordWrong, Invalid (too weak),
        TooManySignIns, KeyNotAllowed."""
        ...

    @writes
    def change_own_email(self, actor: UserActor, email: str, password: str) -> UserView:
        """Where one-time passwords and notifications are mailed to; "" takes the address away. Refuses with Invalid,
        PasswordWrong, TooManySignIns, KeyNotAllowed, and with Forbidden a session that is restricted."""
        ...

    def get_second_factor(self, actor: UserActor) -> SecondFactorView: ...

    def offer_second_factor(self, actor: UserActor, password: str) -> SecondFactorOffer:
        """A new secret, not yet in force; takes the place of an earlier offer. Refuses with PasswordWrong,
        SecondFactorState, KeyNotAllowed, TooManySignIns."""
        ...

    def confirm_second_factor(self, actor: UserActor, code: str) -> RecoveryCodes:
        """Put the offered one in force. Ends the other sessions. Refuses with CodeWrong, SecondFactorState,
        TooManySignIns."""
        ...

    def renew_recovery_codes(self, actor: UserActor, password: str) -> RecoveryCodes:
        """The old ones are void. Refuses with PasswordWrong, SecondFactorState, TooManySignIns."""
        ...

    def give_up_second_factor(self, actor: UserActor, password: str) -> SecondFactorView:
        """Refuses with PasswordWrong, SecondFactorRequired, SecondFactorState, TooManySignIns."""
        ...
