"""The time zones that an account may have."""

import functools
import zoneinfo

# Names that time zone data lists beside the places.
_NOT_PLACES = frozenset(("Factory", "localtime", "posixrules"))


@functools.cache
def known_time_zones() -> frozenset[str]:
    """The IANA names in this machine's time zone data."""
    return frozenset(zoneinfo.available_timezones()) - _NOT_PLACES
