"""Which passwords are refused. Length decides most; nothing is demanded of the kinds of characters.

Common passwords are those of zxcvbn's list of 30,000, also when typed in the Russian layout, and our own list: words
and keyboard walks that people of our users' kind type first. Words about the user and its organisation are refused too.
"""

import functools
import unicodedata
from collections.abc import Collection

from zxcvbn.frequency_lists import FREQUENCY_LISTS

from services.identity.domain.logins import login_key

PASSWORD_MIN = 8  # characters
PASSWORD_MAX = 128  # characters; also bounds what is given to the hash

_WALKS = (
    "01234567890123456789",
    "qwertyuiopasdfghjklzxcvbnm",
    "qazwsxedcrfvtgbyhnujmikolp",
    "1qaz2wsx3edc4rfv5tgb6yhn",
    "1q2w3e4r5t6y7u8i9o0p",
    "1234qwerasdfzxcv",
    "zaq12wsxcde34rfv",
    "abcdefghijklmnopqrstuvwxyz",
    "йцукенгшщзхъфывапролджэячсмитьбю",
    "1й2ц3у4к5е6н7г8ш9щ0з",
    "абвгдеёжзийклмнопрстуфхцчшщъыьэюя",
)

_STEMS = (
    *("password", "passw0rd", "parol", "пароль", "gfhjkm", "admin", "administrator", "админ", "администратор"),
    *("qwerty", "йцукен", "zxcvbnm", "welcome", "letmein", "kassa", "касса", "kassir", "кассир", "magazin", "магазин"),
    *("merkur", "mercury", "меркурий", "incotex", "инкотекс", "shop", "user", "client", "клиент", "test", "demo"),
    *("dragon", "monkey", "football", "iloveyou", "sunshine", "princess", "superman", "master", "changeme"),
    *("secret", "секрет", "spartak", "zenit", "lokomotiv", "marina", "natasha", "наташа", "любовь", "россия"),
    *("russia", "moscow", "москва", "server", "сервер", "kktserver", "serverkkt", "торговля", "trade", "market"),
)

# The keys of Russian letters, by what they type in the Latin layout.
_KEYS = str.maketrans("йцукенгшщзхъфывапролджэячсмитьбюё", "qwertyuiop[]asdfghjkl;'zxcvbnm,.`")

_WORD_MIN = 4  # letters and digits of a piece of a name that counts as a word about somebody

# What people put behind a common word to reach a length.
_TAILS = frozenset(("", "0", "1", "2", "7", "01", "11", "12", "00", "77", "007", "111", "123", "321", "777", "000"))


def normalise(password: str) -> str:
    """One form of each character, so that a password typed on another system is the same password."""
    return unicodedata.normalize("NFKC", password)


def is_common(password: str) -> bool:
    """Whether the (normalised) password is among those that are tried first."""
    text = password.casefold()
    return _is_repetition(text) or _is_walk(text) or _is_common_word(text) or _is_frequent(text)


def equals_login(password: str, login: str) -> bool:
    """Whether the password is the login, forwards or backwards."""
    key = login_key(login)
    return login_key(password) in (key, key[::-1])


def is_about(password: str, names: Collection[str]) -> bool:
    """Whether the password is nothing but names (of the user, its e-mail address, its organisation), or one of them
    backwards, with or without the usual tail: «Romashka2026» at «ООО Romashka»."""
    bare = _bare(password)
    words = {word for name in names for word in _words(name)}
    if bare in {word[::-1] for word in words}:
        return True
    return any(bare.startswith(word) and (_is_tail(bare[len(word) :]) or bare[len(word) :] in words) for word in words)


def _words(name: str) -> set[str]:
    """The name as one word, and those of its pieces that are long enough to mean something."""
    pieces = {_bare(piece) for piece in "".join(char if char.isalnum() else " " for char in name).split()}
    return {word for word in {_bare(name), *pieces} if len(word) >= _WORD_MIN}


def _bare(text: str) -> str:
    """Letters and digits alone, without case, ё as е."""
    folded = unicodedata.normalize("NFKC", text).casefold().replace("ё", "е")
    return "".join(char for char in folded if char.isalnum())


@functools.cache
def _frequent() -> frozenset[str]:
    """The passwords of zxcvbn's list that are long enough to be tried here."""
    return frozenset(word for word in FREQUENCY_LISTS["passwords"] if len(word) >= PASSWORD_MIN)


def _is_frequent(text: str) -> bool:
    """«trustno1», «Trustno1!», and «екгыетщ1», which is the same keys in the Russian layout."""
    return any(typed.translate(_KEYS) in _frequent() for typed in (text, text.rstrip("!.?*#_-")))


def _is_repetition(text: str) -> bool:
    """«aaaaaaaa», «12341234»: a piece of at most four characters over and over."""
    return any(text == (text[:period] * len(text))[: len(text)] for period in range(1, 5))


def _is_walk(text: str) -> bool:
    """«12345678», «87654321», «qwertyui»: a stretch of keys or of the alphabet."""
    return any(text in walk or text[::-1] in walk for walk in _WALKS)


def _is_common_word(text: str) -> bool:
    """«password1», «Касса2026!»: a common word with the usual tail."""
    bare = text.rstrip("!.?*#_-")
    return any(bare.startswith(stem) and _is_tail(bare[len(stem) :]) for stem in _STEMS)


def _is_tail(tail: str) -> bool:
    is_year = len(tail) == 4 and tail.isdigit() and tail[:2] in ("19", "20")
    is_count = len(tail) >= 3 and tail.isdigit() and tail in "12345678901234567890"
    return tail in _TAILS or is_year or is_count or tail in _STEMS
