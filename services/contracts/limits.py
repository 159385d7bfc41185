"""What an account may use of the server, and how the rooms learn of it.

The operator sets the limits in the identity room; the other rooms keep a copy by AccountTermsEvent and enforce their
own part. A room that has heard nothing of an account goes by DEFAULT_LIMITS.
"""

from enum import StrEnum

import msgspec

from services.contracts.refusals import Conflict
from services.contracts.values import AccountId


class AccountLimits(msgspec.Struct, frozen=True):
    """The most of each that one account may have."""

    users: int = 100
    registers: int = 1000
    items: int = 500_000
    imports: int = 500  # begun in 24 hours
    links: int = 1000  # registers connected at a time
    api_per_minute: int = 1200  # requests, of programs and pages together


DEFAULT_LIMITS = AccountLimits()

LIMIT_BOUNDS: dict[str, tuple[int, int]] = {
    "users": (1, 10_000),
    "registers": (0, 10_000),
    "items": (0, 1_000_000),
    "imports": (0, 10_000),
    "links": (0, 10_000),
    "api_per_minute": (60, 100_000),
}
"""The least and the most that the operator may set of each."""


class AccountState(StrEnum):
    """The life of an account."""

    ACTIVE = "active"
    SUSPENDED = "suspended"  # nobody signs in, registers keep their prices and get no loads
    DELETING = "deleting"  # announced; reversible until `delete_at`; registers keep their prices and get no loads


class AccountTermsEvent(msgspec.Struct, frozen=True, tag="account_terms"):
    """The account's state and limits now; `version` counts up, an older one heard later changes nothing."""

    account: AccountId
    version: int
    state: AccountState
    limits: AccountLimits


class AccountForgottenEvent(msgspec.Struct, frozen=True, tag="account_forgotten"):
    """Final: every room deletes whatever it keeps of the account. (`number` is never given out again.)"""

    account: AccountId
    number: int


class AccountNotActive(Conflict):
    """The account is suspended or about to be deleted: its registers get no loads."""

    code = "account_not_active"
