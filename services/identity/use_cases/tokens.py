"""Secrets that are told once: made here, kept as hashes. They are random enough for a plain hash."""

import hashlib
import secrets

from services.contracts.api_keys import API_KEY_PREFIX

TOKEN_BYTES = 32


def new_token() -> str:
    """A token of a session, or a ticket of a sign-in; never one that looks like an API key."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    while token.startswith(API_KEY_PREFIX):
        token = secrets.token_urlsafe(TOKEN_BYTES)
    return token


def new_api_key() -> str:
    """The token of an API key."""
    return f"{API_KEY_PREFIX}{secrets.token_urlsafe(TOKEN_BYTES)}"


def token_hash(token: str) -> bytes:
    """What is kept of a token."""
    return hashlib.sha256(token.encode(errors="replace")).digest()
