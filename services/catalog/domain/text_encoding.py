"""Which of the encodings of Russian goods files a text is in, told by its content."""

import codecs
import re

UTF8, CP1251, CP866, UTF16 = "utf-8", "windows-1251", "cp866", "utf-16"
ENCODINGS = (UTF8, CP1251, CP866)  # what a person may choose

# Letters per thousand of running Russian text; what is not here (pseudographics, foreign letters) counts against.
_FREQUENCY = dict(
    zip(
        "оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфъё",
        (110, 85, 80, 74, 67, 63, 55, 47, 45, 44, 35, 32, 30, 28, 26, 20, 19, 17, 17, 16, 16, 14, 12, 10, 9, 7, 6, 5,
         4, 3, 3, 1, 1),
        strict=True,
    )
)  # fmt: skip
_HARMLESS = frozenset("«»№–—“”„…°\u00a0·±§€™®©₽•")
_VOWELS = frozenset("аеёиоуыэюя")

# Words of goods files that settle the matter where nothing else is Russian.
_GOODS_WORDS = frozenset(
    {
        "шт",
        "кг",
        "г",
        "л",
        "мл",
        "м",
        "уп",
        "упак",
        "пач",
        "код",
        "цена",
        "ндс",
        "товар",
        "да",
        "нет",
        "без",
        "руб",
        "шк",
    }
)
_WORD = re.compile(r"[^\W\d_]+")
_KNOWN_WORD = 300

SAMPLE_BYTES = 128 * 1024  # of a file that recognition looks at
_WEIGHED_BYTES = 16 * 1024  # of it that are weighed letter by letter; one word is nearly always enough


class Utf8Watch:
    """Tells whether a file, given in parts, is UTF-8 to its end."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("strict")
        self.broken = False

    def feed(self, part: bytes, final: bool = False) -> None:
        """Look at the next part."""
        if self.broken:
            return
        try:
            self._decoder.decode(part, final)
        except UnicodeDecodeError:
            self.broken = True


def recognise_encoding(sample: bytes, is_utf8: bool) -> str:
    """The encoding's name. `sample`: the start of the file; `is_utf8`: what Utf8Watch says of all of it."""
    if sample.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return UTF16
    if is_utf8 or sample.startswith(codecs.BOM_UTF8) or _mostly_utf8(sample):
        return UTF8
    lines = [line for line in sample.splitlines() if not line.isascii()]
    weighed = b"\n".join(lines)[:_WEIGHED_BYTES]
    return max((CP1251, CP866), key=lambda encoding: _likelihood(weighed.decode(encoding, "replace")))


def contradicts(said: str, found: str, sample: bytes) -> bool:
    """Whether what a person said cannot be. UTF-8 and UTF-16 are told for certain, the others only by weighing."""
    return said != found and not sample.isascii() and bool({said, found} & {UTF8, UTF16})


def _mostly_utf8(sample: bytes) -> bool:
    """A UTF-8 file with a damaged letter or two is still UTF-8; the damaged rows are named.

    Cyrillic text in another encoding has next to nothing that UTF-8 would take for Cyrillic letters.
    """
    text = sample.decode("utf-8", "replace")
    broken = text.count("\ufffd")
    cyrillic = sum("а" <= letter <= "я" for letter in text.lower())
    return cyrillic > 4 * broken


def _likelihood(text: str) -> int:
    """How much a text is like Russian: frequent letters for it, impossible neighbours and odd signs against."""
    score = 0
    before = " "
    for letter in text:
        if letter < "\x80":
            before = letter
            continue
        small = letter.lower()
        weight = _FREQUENCY.get(small)
        if weight is None:
            score += 0 if letter in _HARMLESS else -400
        else:
            score += weight - 30
            if before.islower() and letter.isupper():
                score -= 150
            if small in "ьъы" and (not before.isalpha() or before.lower() in _VOWELS):
                score -= 400
        before = letter
    return score + sum(_KNOWN_WORD for word in _WORD.findall(text.lower()) if word in _GOODS_WORDS)
