"""The limits of an account as they are kept: only what the operator set, the rest is the default."""

from collections.abc import Mapping

import msgspec

from services.contracts.limits import DEFAULT_LIMITS, LIMIT_BOUNDS, AccountLimits


def limits_of(stored: Mapping[str, int]) -> AccountLimits:
    """The limits in force; names that are no limit (any more) are passed over."""
    return msgspec.structs.replace(DEFAULT_LIMITS, **{name: stored[name] for name in LIMIT_BOUNDS if name in stored})
