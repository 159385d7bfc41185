"""Login names of users."""

import unicodedata

LOGIN_MAX = 64  # characters
# Letters and digits that look the same in most fonts, small as login_key leaves them.
_LOOK_ALIKES: dict[int, str] = str.maketrans(
    {
        **dict(zip("аеёорсухкмтвні", "aeeopcyxkmtbhi", strict=True)),
        **dict(zip("ѕјһԁԛԝ", "sjhdqw", strict=True)),
        **dict(zip("0з1l", "o3ii", strict=True)),
    }
)
_ALLOWED_SIGNS = frozenset(" .,_-+@")


def clean_login(text: str) -> str:
    """The login as it is kept and shown: trimmed, single spaces, one form of each letter."""
    return " ".join(unicodedata.normalize("NFKC", text).split())


def login_key(text: str) -> str:
    """What of a login counts: two logins of an account differ in more than case."""
    return "".join(char for char in clean_login(text).casefold() if char.isprintable())


def look_key(login: str) -> str:
    """Equal for logins of which people could take one for the other: «Аnna» (Cyrillic А) is «Anna»."""
    return login_key(login).translate(_LOOK_ALIKES)


def has_bad_characters(login: str) -> bool:
    """Whether a cleaned login holds anything but letters, digits, spaces and . , _ - + @"""
    return any(not (char.isalnum() or char in _ALLOWED_SIGNS) for char in login)
