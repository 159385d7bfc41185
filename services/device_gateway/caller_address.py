"""Where a register calls from, for limits: its own address also behind proxies."""

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address


def caller_address(peer: str, forwarded_for: Sequence[str], trusted_proxies: int) -> str:
    """The address of whoever stands before our own proxies; `forwarded_for`: the values of X-Forwarded-For, in order.

    Each proxy adds whom it heard at the right; what stands further left anybody may have written. A request that did
    not come through all our proxies, or with an entry that is no address, counts as its peer's.
    """
    if trusted_proxies > 0:
        told = [part.strip() for value in forwarded_for for part in value.split(",") if part.strip()]
        if len(told) >= trusted_proxies:
            heard = _address(told[-trusted_proxies])
            if heard is not None:
                return str(heard)
    return peer


def neighbourhood(address: str) -> str:
    """What is counted as one caller: an IPv4 address, or the /64 network that one IPv6 customer has for himself."""
    heard = _address(address)
    if isinstance(heard, IPv6Address):
        return str(IPv6Network((heard, 64), strict=False))
    return str(heard) if heard is not None else address


def _address(text: str) -> IPv4Address | IPv6Address | None:
    """Also with a port, as some proxies write it: `192.0.2.7:1234`, `[2001:db8::7]:1234`."""
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        found = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return (found.ipv4_mapped or found) if isinstance(found, IPv6Address) else found
