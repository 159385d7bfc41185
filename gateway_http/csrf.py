"""CSRF tokens without a store and without a secret of the server.

A token is an HMAC keyed with the session's own token, which the browser keeps in an HttpOnly cookie and no other site
can read; so every replica can check it. It is masked anew on each page, because pages travel compressed.
"""

import base64
import binascii
import hashlib
import hmac
import secrets

_DOMAIN = b"kkt csrf v1"
_BYTES = 32


def _plain(secret: str) -> bytes:
    return hmac.new(secret.encode(), _DOMAIN, hashlib.sha256).digest()


def _mix(left: bytes, right: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(left, right, strict=True))


def csrf_token(secret: str) -> str:
    """A token to be sent back with a write; different on every call, all of them good."""
    pad = secrets.token_bytes(_BYTES)
    return base64.urlsafe_b64encode(pad + _mix(pad, _plain(secret))).decode()


def csrf_right(secret: str, token: str | None) -> bool:
    """Whether `token` was made for `secret`."""
    if not secret or not token or len(token) > 4 * _BYTES:
        return False
    try:
        raw = base64.b64decode(token.encode(), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return False
    if len(raw) != 2 * _BYTES:
        return False
    return hmac.compare_digest(_mix(raw[:_BYTES], raw[_BYTES:]), _plain(secret))
