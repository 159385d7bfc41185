"""The limits of an account as they are kept: only what the operator set, the rest is the default."""

from collections.abc import Mapping

import msgspec

from services.contracts.limits import DEFAULT_LIMITS, LIMIT_BOUNDS, AccountLimits
from services.contracts.refusals import FieldError


def limits_of(stored: Mapping[str, int]) -> AccountLimits:
    """The limits in force; names that are no limit (any more) are passed over."""
    return msgspec.structs.replace(DEFAULT_LIMITS, **{name: stored[name] for name in LIMIT_BOUNDS if name in stored})


def stored(limits: AccountLimits) -> dict[str, int]:
    """What is kept of them: a limit that is the default stays the default, also when that becomes another one."""
    return {
        name: getattr(limits, name) for name in LIMIT_BOUNDS if getattr(limits, name) != getattr(DEFAULT_LIMITS, name)
    }


def check(limits: AccountLimits) -> list[FieldError]:
    """The limits that are out of their bounds."""
    return [
        FieldError(f"limits.{name}", "out_of_range", {"min": least, "max": most})
        for name, (least, most) in LIMIT_BOUNDS.items()
        if not least <= getattr(limits, name) <= most
    ]
