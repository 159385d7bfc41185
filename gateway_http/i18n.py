"""Languages: gettext catalogs compiled in memory at boot, and which of them a request gets.

The msgids in code and templates are English; `locale/<language>/messages.po` holds the texts of both languages.
"""

import gettext
import io
from pathlib import Path

import msgspec
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

LANGUAGES = ("ru", "en")
DEFAULT_LANGUAGE = "ru"
LANGUAGE_NAMES = {"ru": "Русский", "en": "English"}
LANGUAGE_COOKIE = "kkt_language"
LOCALE_DIR = Path(__file__).parent / "locale"
MAX_ACCEPTED = 20  # entries of Accept-Language that are looked at


def N_(message: str) -> str:
    """Mark a msgid that is translated later, where it is shown."""
    return message


class Language(msgspec.Struct, frozen=True):
    """One language of the screens."""

    code: str
    catalog: gettext.NullTranslations

    def gettext(self, message: str) -> str:
        return self.catalog.gettext(message) if message else ""  # the text of "" is the catalog's own head

    def ngettext(self, one: str, many: str, count: int) -> str:
        return self.catalog.ngettext(one, many, count)

    def text(self, message: str, **params: str | int) -> str:
        """The text of a msgid with its `%(name)s` placeholders filled; a missing one stays visible as its name."""
        return fill(self.gettext(message), params)

    def count(self, one: str, many: str, count: int, **params: str | int) -> str:
        """The plural form for `count`, which also fills `%(count)s`."""
        return fill(self.catalog.ngettext(one, many, count), {"count": count, **params})


class _Named(dict[str, str | int]):
    """Placeholders by name; one that nobody filled shows its own name rather than failing the page."""

    def __missing__(self, key: str) -> str:
        return f"‹{key}›"


def fill(text: str, params: dict[str, str | int]) -> str:
    """Fill `%(name)s` placeholders."""
    return text % _Named(params)


def load_catalog(path: Path) -> gettext.GNUTranslations:
    """Compile one .po file in memory."""
    with path.open("rb") as source:
        catalog = read_po(source)
    compiled = io.BytesIO()
    write_mo(compiled, catalog)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def load_languages(folder: Path = LOCALE_DIR) -> dict[str, Language]:
    """All languages by code. About 50 ms a language: once at boot."""
    return {code: Language(code, load_catalog(folder / code / "messages.po")) for code in LANGUAGES}


def accepted_languages(header: str) -> list[str]:
    """Languages of an Accept-Language header, the best liked first; only two-letter codes, wrong parts left out."""
    found: list[tuple[float, int, str]] = []
    for place, part in enumerate(header.split(",")[:MAX_ACCEPTED]):
        name, _, quality = part.strip().partition(";q=")
        try:
            weight = float(quality) if quality else 1.0
        except ValueError:
            continue
        if weight > 0:
            found.append((-weight, place, name.strip().lower()[:2]))
    return [name for _, _, name in sorted(found)]


def choose_language(asked: str | None, cookie: str | None, user: str | None, accept: str) -> str:
    """`?lang=` first, then the cookie, the user's own setting, Accept-Language, and Russian."""
    for candidate in (asked, cookie, user, *accepted_languages(accept)):
        if candidate in LANGUAGES:
            return str(candidate)
    return DEFAULT_LANGUAGE
