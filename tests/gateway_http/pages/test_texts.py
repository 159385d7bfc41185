"""Every word that a room may say has its words for people, in both languages, and the catalogs are whole."""

import ast
import functools
import importlib
import pkgutil
import re
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog

import gateway_http.problems
import services.contracts as contracts
from gateway_http import locale_catalogs
from gateway_http.i18n import LANGUAGES, LOCALE_DIR, choose_language, load_languages
from gateway_http.refusal_texts import FIELD_TEXTS, REFUSAL_TEXTS, field_text, refusal_text
from gateway_http.words import exchange_words, failure_words, goods_words, import_words
from services.contracts.exchange_words import Step, WaitReason
from services.contracts.imports import ImportState
from services.contracts.refusals import FieldError, Refusal, TooLarge, refusal_by_code
from services.contracts.registers import ExchangeKind, ExchangeState, RegisterMode

ROOT = Path(__file__).parents[3]
PLACEHOLDER = re.compile(r"%\((\w+)\)s")


def all_refusals() -> dict[str, type[Refusal]]:
    for module in pkgutil.iter_modules(contracts.__path__):
        importlib.import_module(f"services.contracts.{module.name}")
    importlib.import_module(gateway_http.problems.__name__)
    return refusal_by_code()


def test_every_refusal_has_words_in_both_languages() -> None:
    languages = load_languages()
    assert set(all_refusals()) - set(REFUSAL_TEXTS) == set()
    russian = {refusal_text(cls(), languages["ru"]) for cls in all_refusals().values()}
    assert all(re.search("[а-яё]", text) for text in russian)


def field_codes_in(path: Path) -> Iterator[str]:
    """Second arguments of FieldError(…) that stand in the source as they are."""
    code = path.read_text()
    for node in ast.walk(ast.parse(code)) if "FieldError(" in code else ():
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "FieldError":
            second = [*node.args[1:2], *(keyword.value for keyword in node.keywords if keyword.arg == "code")]
            for said in second:
                if isinstance(said, ast.Constant) and isinstance(said.value, str):
                    yield said.value


def test_every_field_error_has_words() -> None:
    said = {
        code
        for folder in ("services", "gateway_http")
        for path in (ROOT / folder).rglob("*.py")
        for code in field_codes_in(path)
    }
    assert said
    assert said - set(FIELD_TEXTS) - set(import_words.ROW_PROBLEMS) == set()


@pytest.mark.parametrize(
    ("words", "table"),
    [
        (ExchangeState, exchange_words._STATES),
        (ExchangeKind, exchange_words.KINDS),
        (RegisterMode, exchange_words.MODES),
        (Step, exchange_words._STEPS),
        (WaitReason, exchange_words.WAIT_TEXTS),
        (ImportState, import_words._STATES),
    ],
)
def test_every_state_has_words(words: type[StrEnum], table: dict[str, object]) -> None:
    assert set(words) == set(table)


def documented(section: str) -> set[str]:
    """Codes in one table of docs/errors.md."""
    text = (ROOT / "docs" / "errors.md").read_text()
    part = text.split(f"## {section}\n", 1)[1].split("\n## ", 1)[0]
    return set(re.findall(r"^\| `(\w+)` \|", part, re.MULTILINE))


@pytest.mark.parametrize(
    ("section", "table"),
    [
        ("Refusals", REFUSAL_TEXTS),
        ("Fields", FIELD_TEXTS),
        ("Rows of an import", FIELD_TEXTS | import_words.ROW_PROBLEMS),
        ("Files of an import", import_words.FILE_REASONS),
        ("What a register does not get", goods_words.PROBLEMS),
        ("Why an exchange waits", exchange_words.WAIT_TEXTS),
        ("Why an exchange failed", failure_words.FAILURES),
    ],
)
def test_every_documented_code_has_words(section: str, table: dict[str, str]) -> None:
    assert documented(section)
    assert documented(section) - set(table) == set()


def test_bounds_and_sizes_are_written_for_people() -> None:
    languages = load_languages()
    assert field_text(FieldError("name", "too_long", {"max": 1128}), languages["ru"]).endswith("1\u00a0128 знаков.")
    assert "64\u00a0МБ" in refusal_text(TooLarge(limit=64 * 1024 * 1024), languages["ru"])
    assert refusal_text(TooLarge(), languages["en"]) == "This is larger than the limit of ‹limit›."
    assert "odd" in field_text(FieldError("name", "odd"), languages["en"])


@functools.cache
def extracted() -> Catalog:
    """To look through all code takes seconds."""
    return locale_catalogs.extracted()


@pytest.mark.parametrize("language", LANGUAGES)
def test_catalogs_are_whole_and_current(language: str) -> None:
    catalog = locale_catalogs.brought_up_to_date(language, extracted())
    assert locale_catalogs.untranslated(catalog) == []
    kept = (LOCALE_DIR / language / "messages.po").read_bytes()
    assert kept == locale_catalogs.written(catalog), "renew with: python -m gateway_http.locale_catalogs"


@pytest.mark.parametrize("language", LANGUAGES)
def test_translations_keep_placeholders(language: str) -> None:
    catalog = locale_catalogs.brought_up_to_date(language, extracted())
    for message in catalog:
        if not message.id:
            continue
        ids = message.id if isinstance(message.id, tuple | list) else (message.id,)
        texts = message.string if isinstance(message.string, tuple | list) else (message.string,)
        asked = {name for text in ids for name in PLACEHOLDER.findall(str(text))}
        assert all(set(PLACEHOLDER.findall(str(text))) <= asked for text in texts), message.id
        if any("%%" in str(text) for text in ids):
            assert all("%%" in str(text) for text in texts), message.id


def test_plural_forms() -> None:
    russian = load_languages()["ru"]
    shown = [russian.ngettext("%(num)s record", "%(num)s records", n) % {"num": n} for n in (1, 3, 5, 11, 21)]
    assert shown == ["1 запись", "3 записи", "5 записей", "11 записей", "21 запись"]


@pytest.mark.parametrize(
    ("asked", "cookie", "user", "accept", "chosen"),
    [
        ("en", "ru", "ru", "ru", "en"),
        (None, "en", "ru", "ru", "en"),
        (None, None, "en", "ru", "en"),
        (None, None, None, "en-GB,en;q=0.9,ru;q=0.5", "en"),
        (None, None, None, "de-DE, fr;q=0.9", "ru"),
        ("xx", "yy", None, "ru;q=0.1, en;q=wrong", "ru"),
        (None, None, None, "", "ru"),
    ],
)
def test_language_chosen(asked: str | None, cookie: str | None, user: str | None, accept: str, chosen: str) -> None:
    assert choose_language(asked, cookie, user, accept) == chosen
