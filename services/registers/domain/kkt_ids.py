"""The life of a register ID: unbound for 30 days at most, then bound to one serial number, never given out again."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from services.contracts.registers import RegisterState

UNBOUND_LASTS: Final = timedelta(days=30)


class Binding(StrEnum):
    """Whether a register has come with the ID."""

    UNBOUND = "unbound"
    BOUND = "bound"
    REPLACED = "replaced"  # the same register came later with another ID of the account


def expiry_of_new_id(now: datetime) -> datetime:
    """Until when an ID made or renewed now waits for its register."""
    return now + UNBOUND_LASTS


def has_expired(binding: Binding, expires_at: datetime | None, now: datetime) -> bool:
    """Whether the ID waited too long for a register."""
    return binding is Binding.UNBOUND and expires_at is not None and expires_at <= now


def register_state(binding: Binding, disabled: bool, expires_at: datetime | None, now: datetime) -> RegisterState:
    """The one word that people see."""
    if disabled:
        return RegisterState.DISABLED
    if has_expired(binding, expires_at, now):
        return RegisterState.ID_EXPIRED
    return RegisterState(binding.value)


def digits_of(text: str) -> str:
    """What a search text says as a register ID or serial number: 1234 5678 9012 is found as 123456789012."""
    return "".join(text.split())
