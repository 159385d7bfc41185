"""Names of goods: the full one (FFD tag 1030) and the short one in the register's own alphabet."""

import re
import unicodedata
from collections.abc import Sequence

from services.catalog.domain.cells import CellError, clean_or_refuse, clean_text
from services.contracts.catalog import NAME_MAX, SHORT_NAME_MAX
from services.contracts.import_codes import RowCode

# «Меркурий» shows ASCII, Russian letters and № (docs/register-link.md, «Goods record»); a register refuses the whole
# load for any other sign. Quotes and dashes of typographers become plain ones, neighbours' letters their likenesses.
_SIGNS = "А-Яа-яЁё№"
_IN_ALPHABET = re.compile(f"[ -~{_SIGNS}]*")
_FOREIGN = re.compile(f"[^ -~{_SIGNS}]")
_PLAIN_FORMS = str.maketrans(
    {
        "«": '"', "»": '"', "“": '"', "”": '"', "„": '"', "‟": '"', "″": '"', "‘": "'", "’": "'", "‚": "'", "′": "'",
        "–": "-", "—": "-", "‒": "-", "―": "-", "−": "-", "‐": "-", "‑": "-", "•": "-", "·": "-",
        "×": "x", "÷": "/", "⁄": "/", "°": "'", "₽": "р", "…": "...", "\u00a0": " ",
        "І": "I", "і": "i", "Ї": "I", "ї": "i", "Є": "Е", "є": "е", "Ґ": "Г", "ґ": "г", "Ў": "У", "ў": "у",
    }
)  # fmt: skip

ARTICLE_MAX = 64  # characters; the longest seen in real exports is 25


def parse_name(text: str) -> str:
    """A name on one line, 1 … NAME_MAX characters. Raises CellError."""
    name = clean_or_refuse("name", text)
    if not name:
        raise CellError("name", RowCode.NAME_REQUIRED)
    if len(name) > NAME_MAX:
        raise CellError("name", RowCode.NAME_TOO_LONG, limit=NAME_MAX, length=len(name))
    return name


def parse_article(text: str) -> str:
    """An article on one line, up to ARTICLE_MAX characters. Raises CellError."""
    article = clean_or_refuse("article", text)
    if len(article) > ARTICLE_MAX:
        raise CellError("article", RowCode.ARTICLE_TOO_LONG, limit=ARTICLE_MAX, length=len(article))
    return article


def parse_short_name(text: str) -> str | None:
    """A short name as somebody chose it, projected to the alphabet; None: make it from the name. Raises CellError."""
    short = in_register_alphabet(clean_text(text))
    if len(short) > SHORT_NAME_MAX:
        raise CellError("short_name", RowCode.SHORT_NAME_TOO_LONG, limit=SHORT_NAME_MAX, length=len(short))
    return short or None


def short_name_of(name: str) -> str:
    """The short name that a name gets by itself: in the register's alphabet, cut to SHORT_NAME_MAX."""
    return in_register_alphabet(name)[:SHORT_NAME_MAX].rstrip()


def short_names_of(names: Sequence[str]) -> Sequence[str]:
    """The short name of each of many names."""
    if _IN_ALPHABET.fullmatch("|".join(names)) and max(map(len, names), default=0) <= SHORT_NAME_MAX:
        return names
    return list(map(short_name_of, names))


def in_register_alphabet(text: str) -> str:
    """The text in the register's alphabet. What has no likeness there becomes «?»."""
    if _IN_ALPHABET.fullmatch(text):
        return text
    plain = text.translate(_PLAIN_FORMS)
    if _IN_ALPHABET.fullmatch(plain):
        return plain
    return _FOREIGN.sub(_likeness, unicodedata.normalize("NFC", plain))


def _likeness(match: re.Match[str]) -> str:
    """ "é" → "e", "½" → "1/2", "™" → "TM"; combining marks left alone disappear."""
    decomposed = unicodedata.normalize("NFKD", match[0]).translate(_PLAIN_FORMS)
    kept = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    if not kept:
        return ""
    return _FOREIGN.sub("?", kept)


def folded(text: str) -> str:
    """What two names or articles are compared by: case and ё/е aside."""
    return text.lower().replace("ё", "е")
