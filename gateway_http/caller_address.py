"""The address of a caller, for limits and the journal: one rule for pages and API."""

import falcon.asgi

MAX_ADDRESS = 45  # characters of an IP address


def address_of(req: falcon.asgi.Request, trusted_proxies: int) -> str:
    """The caller's IP address. Of X-Forwarded-For only what our own proxies added is believed."""
    if trusted_proxies > 0:
        told = [part.strip() for part in (req.get_header("X-Forwarded-For") or "").split(",") if part.strip()]
        if told:
            return told[max(0, len(told) - trusted_proxies)][:MAX_ADDRESS]
    return (req.remote_addr or "")[:MAX_ADDRESS]
