"""What people type into the search field → LIKE patterns, all of which an item must fit."""

from services.catalog.domain.cells import clean_text
from services.catalog.domain.names import folded

QUERY_MAX = 200  # characters that are looked at
WORDS_MAX = 8  # further words are not looked at

_WILDCARDS = str.maketrans({"\\": "\\\\", "%": "\\%", "_": "\\_"})


def search_patterns(query: str) -> list[str]:
    """One pattern for each word; none for an empty query. Words may stand in any order in the item."""
    words = clean_text(folded(query[:QUERY_MAX])).encode(errors="ignore").decode().split()
    return [f"%{word.translate(_WILDCARDS)}%" for word in dict.fromkeys(words[:WORDS_MAX])]
