"""Whom a register ID lets in: binding, keys, rebinding, throttling. Pure decisions over what is known.

Sources: the user guide (one ID, one register: the first one that comes with it), product.md's «Decided» for the rest:
an unbound ID takes any serial number and any key; the same serial number with a newer ID makes the older record
«ID заменён»; only distinct unknown IDs are throttled, per address, and never a register with its right key.
"""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

import msgspec

from services.contracts.links import SILENT_BEATS
from services.registers.domain.kkt_ids import Binding

REBINDING_LASTS: Final = timedelta(hours=1)  # «Разрешить повторную привязку»
ATTEMPTS_WINDOW: Final = timedelta(minutes=10)
UNKNOWN_IDS_ALLOWED: Final = 20  # distinct ones from one address within the window
ALARM_LASTS: Final = timedelta(hours=24)  # a strange register's try is shown that long after the last one


def silent_after(heartbeat_seconds: int) -> timedelta:
    """A register that beats so often is off when nothing was heard of it for so long."""
    return timedelta(seconds=heartbeat_seconds * SILENT_BEATS)


class KnownId(msgspec.Struct, frozen=True):
    """What is known about a register ID."""

    binding: Binding
    disabled: bool
    expires_at: datetime | None  # of an unbound ID
    serial_number: str | None  # bound to it, or told beforehand
    key_hash: str | None
    rebinding_until: datetime | None


class Verdict(StrEnum):
    """What becomes of a hello."""

    IN = "in"  # the bound register with its key
    BIND = "bind"  # first contact
    REBIND = "rebind"  # another register or another key, and a person allowed it
    UNKNOWN = "unknown_id"
    DISABLED = "disabled"
    ANOTHER = "bound_to_another"
    KEY_WRONG = "key_wrong"
    THROTTLED = "too_many_attempts"

    @property
    def lets_in(self) -> bool:
        """Whether a link is opened."""
        return self in (Verdict.IN, Verdict.BIND, Verdict.REBIND)

    @property
    def alarms(self) -> bool:
        """Whether people are told: somebody came with an ID that is not its own."""
        return self in (Verdict.ANOTHER, Verdict.KEY_WRONG)


def judge(known: KnownId | None, serial_number: str, key_hash: str, now: datetime) -> Verdict:
    """The verdict on a hello, apart from throttling."""
    if known is None:
        return Verdict.UNKNOWN
    if known.binding is Binding.UNBOUND and known.expires_at is not None and known.expires_at <= now:
        return Verdict.UNKNOWN
    if known.disabled:
        return Verdict.DISABLED
    if known.binding is Binding.UNBOUND:
        told = known.serial_number
        return Verdict.BIND if told is None or told == serial_number else Verdict.ANOTHER
    if known.serial_number == serial_number and known.key_hash == key_hash:
        return Verdict.IN
    if known.rebinding_until is not None and known.rebinding_until > now:
        return Verdict.REBIND
    return Verdict.KEY_WRONG if known.serial_number == serial_number else Verdict.ANOTHER


def throttle(verdict: Verdict, distinct_unknown: int) -> Verdict:
    """The verdict for an address that tried so many distinct unknown IDs lately.

    A register with its right key is never held up: addresses are shared behind carriers' NAT. Everybody else is, even
    with an ID that exists: else one could go on guessing until an unbound one is hit.
    """
    if verdict is Verdict.IN or distinct_unknown <= UNKNOWN_IDS_ALLOWED:
        return verdict
    return Verdict.THROTTLED
