"""Login names of users."""

import unicodedata

LOGIN_MAX = 64  # characters
_ALLOWED_SIGNS = frozenset(" .,_-+@")


def clean_login(text: str) -> str:
    """The login as it is kept and shown: trimmed, single spaces, one form of each letter."""
    return " ".join(unicodedata.normalize("NFKC", text).split())


def login_key(text: str) -> str:
    """What of a login counts: two logins of an account differ in more than case."""
    return "".join(char for char in clean_login(text).casefold() if char.isprintable())


def has_bad_characters(login: str) -> bool:
    """Whether a cleaned login holds anything but letters, digits, spaces and . , _ - + @"""
    return any(not (char.isalnum() or char in _ALLOWED_SIGNS) for char in login)
