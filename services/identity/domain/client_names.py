"""What people type into «Клиент»: a client number or a sign-in name, and how a sign-in name is made from a name.

Two names are the same for signing in when they differ only in case, quotes, white space, kinds of dashes or ё/е.
A typed text of digits alone always means a client number, so a sign-in name is never digits alone.
"""

import unicodedata
from collections.abc import Collection, Iterator

SIGN_IN_NAME_MAX = 100  # characters
CLIENT_NUMBER_MAX = 2**31 - 1  # the column is a 32-bit integer
SUGGESTIONS_MAX = 9  # «Ромашка», «Ромашка 2» … «Ромашка 9»; the next namesake gets its client number behind the name

_BASE_MAX = 80  # of a suggestion: leaves room for what goes before and behind it
_QUOTES = frozenset("\"'`´«»‹›„“”‟‘’‚‛′″＂＇")
_DASHES = dict.fromkeys(map(ord, "‐‑‒–—―−"), "-")


def sign_in_key(text: str) -> str:
    """What of a name counts at sign-in: equal keys mean the same client. May be empty."""
    # Some quotes would fall apart into a space and an accent, so they go before anything else.
    bare = "".join(char for char in text if char not in _QUOTES)
    folded = unicodedata.normalize("NFKC", bare).casefold().replace("ё", "е").translate(_DASHES)
    # Full-width quotes are ordinary ones by now; invisible characters (Cc, Cf, Cs) and all white space go as well.
    return "".join(
        char
        for char in folded
        if char not in _QUOTES and not char.isspace() and unicodedata.category(char) not in ("Cc", "Cf", "Cs")
    )


def search_key(*texts: str) -> str:
    """What a search looks through: the texts in one line, without case, ё as е."""
    return " ".join(" ".join(texts).casefold().replace("ё", "е").split())


def client_number(text: str) -> int | None:
    """The client number that was typed («100001», «№ 100 001»), or None when the text is a name."""
    key = sign_in_key(text).removeprefix("no").removeprefix("#")  # NFKC writes «№» as «No»
    if not (key.isascii() and key.isdigit()) or len(key) > 10:
        return None
    number = int(key)
    return number if number <= CLIENT_NUMBER_MAX else None


def is_digits_only(text: str) -> bool:
    """Whether a name would be taken for a number when typed at sign-in."""
    key = sign_in_key(text)
    return key.isdecimal() or client_number(text) is not None


def suggestions(name: str, number: int) -> Iterator[str]:
    """Sign-in names for an organisation of that name, best first; the last one ends in its client number."""
    base = _plain(name)
    yield base
    for count in range(2, SUGGESTIONS_MAX + 1):
        yield f"{base} {count}"
    yield f"{base} {number}"


def first_free(candidates: Collection[str], taken_keys: Collection[str]) -> str | None:
    """The first of the candidates whose key nobody has."""
    return next((name for name in candidates if sign_in_key(name) not in taken_keys), None)


def _plain(name: str) -> str:
    """The name without quotes, with single spaces, short enough for a number behind it, never digits alone."""
    text = " ".join("".join(char for char in name if char not in _QUOTES).split())
    text = text[:_BASE_MAX].rstrip()
    # «2000» is a number by itself, «№» would become one with a count behind it.
    return f"Клиент {text}" if is_digits_only(text) or is_digits_only(f"{text} 2") else text
