"""Login names of users."""

import unicodedata

LOGIN_MAX = 64  # characters
# Letters and digits that look the same in most fonts, small as login_key leaves them.
_LOOK_ALIKES: dict[int, str] = str.maketrans(
    {
        **dict(zip("аеёорсухкмтвні", "aeeopcyxkmtbhi", strict=True)),
        **dict(zip("ѕјһԁԛԝӏѵү", "sjhdqwivy", strict=True)),
        **dict(zip("0з1l", "o3ii", strict=True)),
    }
)
# Latin and Cyrillic letters and plain digits: other scripts are full of letters that look like these.
_ALLOWED_BLOCKS = ((0x30, 0x39), (0x41, 0x5A), (0x61, 0x7A), (0xC0, 0x17F), (0x400, 0x52F))
_ALLOWED_SIGNS = frozenset(" .,_-+@")
_DOTLESS = frozenset("İı")  # one without its dot, one with a second: «ı» is taken for «i»


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
    """Whether a cleaned login holds anything but Latin and Cyrillic letters, digits, spaces and . , _ - + @"""
    return not all(char in _ALLOWED_SIGNS or _is_allowed(char) for char in login)


def _is_allowed(char: str) -> bool:
    in_blocks = any(first <= ord(char) <= last for first, last in _ALLOWED_BLOCKS)
    return in_blocks and char.isalnum() and char not in _DOTLESS
