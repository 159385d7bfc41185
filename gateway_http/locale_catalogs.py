"""The texts of both languages: extract msgids from code and templates, and bring the .po files up to date.

`python -m gateway_http.locale_catalogs` renews the files and names what has no translation yet; the tests do the same
in memory and fail on a difference.
"""

import io
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_python
from babel.messages.pofile import read_po, write_po
from jinja2.ext import babel_extract

from gateway_http.i18n import LANGUAGE_NAMES, LANGUAGES, LOCALE_DIR

ROOT = Path(__file__).parent
SOURCE_LANGUAGE = "en"  # of the msgids: its texts are the msgids themselves
KEYWORDS = ("N_", "_", "gettext", "ngettext")
TEMPLATE_OPTIONS = {"silent": "false", "newstyle_gettext": "true", "trimmed": "true"}
WIDTH = 118
# Lines of the head that change without a change of the texts, or say nothing.
_UNSTEADY = (b'"POT-Creation', b'"PO-Revision', b'"Generated-By', b'"Last-Translator', b'"Language-Team', b'"Report-')

Found = str | tuple[str, ...]


def found_in(path: Path) -> Iterator[Found]:
    """The msgids in one file."""
    code = path.read_bytes()
    if b"_(" not in code and b"gettext" not in code and path.suffix == ".py":  # to take it apart takes long
        return
    body = io.BytesIO(code)
    messages: Iterable[tuple[Any, ...]]
    if path.suffix == ".py":
        messages = extract_python(body, dict.fromkeys(KEYWORDS), (), {"encoding": "utf-8"})
    else:
        messages = babel_extract(body, list(KEYWORDS), (), TEMPLATE_OPTIONS)
    for _line, function, message, _comments in messages:
        if function == "ngettext":
            if isinstance(message, tuple) and all(isinstance(part, str) for part in message[:2]):
                yield (str(message[0]), str(message[1]))
        elif isinstance(message, str):
            yield message
        elif isinstance(message, tuple) and isinstance(message[0], str):
            yield message[0]


def extracted() -> Catalog:
    """All msgids of the gateway, with the files they stand in."""
    catalog = Catalog(charset="utf-8")
    places = sorted([*ROOT.rglob("*.py"), *(ROOT / "templates").rglob("*.html")])
    for path in places:
        for message in found_in(path):
            if message and message[0]:
                catalog.add(message, locations=[(str(path.relative_to(ROOT)), 0)])
    return catalog


def brought_up_to_date(language: str, template: Catalog) -> Catalog:
    """The catalog of a language with exactly the msgids of the template; known translations are kept."""
    path = LOCALE_DIR / language / "messages.po"
    catalog = Catalog(locale=language, charset="utf-8")
    if path.exists():
        with path.open("rb") as source:
            catalog = read_po(source, locale=language)
    catalog.update(template, no_fuzzy_matching=True)
    catalog.obsolete.clear()
    catalog.fuzzy = False
    catalog.project, catalog.version = "KKT Server", "1"
    catalog.header_comment = f"# Texts of the screens and of refusals, {LANGUAGE_NAMES[language]}."
    if language == SOURCE_LANGUAGE:
        for message in catalog:
            if message.id:
                message.string = message.id
    return catalog


def written(catalog: Catalog) -> bytes:
    """The bytes of a .po file; the same catalog always gives the same bytes."""
    body = io.BytesIO()
    write_po(body, catalog, width=WIDTH, omit_header=False, sort_output=True, include_lineno=False)
    return b"\n".join(line for line in body.getvalue().split(b"\n") if not line.startswith(_UNSTEADY))


def untranslated(catalog: Catalog) -> list[str]:
    """Msgids without a (whole) translation."""
    return [str(message.id) for message in catalog if message.id and not _whole(message)]


def _whole(message: Message) -> bool:
    texts = message.string if isinstance(message.string, tuple | list) else (message.string,)
    return all(texts)


def main() -> int:
    """Renew the files; 1 if something has no translation."""
    template = extracted()
    missing = 0
    for language in LANGUAGES:
        catalog = brought_up_to_date(language, template)
        path = LOCALE_DIR / language / "messages.po"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(written(catalog))
        for text in untranslated(catalog):
            missing += 1
            sys.stdout.write(f"{language}: {text}\n")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
