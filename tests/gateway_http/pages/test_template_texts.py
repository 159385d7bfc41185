"""No words for people stand in templates and scripts as they are: all of them go through the catalogs."""

import re
from collections.abc import Iterator
from pathlib import Path

import jinja2
import pytest

from gateway_http.i18n import LANGUAGE_NAMES
from gateway_http.render import TEMPLATE_DIR

TEMPLATES = sorted(TEMPLATE_DIR.rglob("*.html"))
SCRIPT = TEMPLATE_DIR.parent / "static" / "site.js"
LETTERS = re.compile(r"[^\W\d_]{2,}")
TAG = re.compile(r"<[^<>]*>")
ENTITY = re.compile(r"&\w+;")
ATTRIBUTE = re.compile(r"[\w-]+=\"[^\"]*\"")  # of a macro that makes a piece of a tag
SPOKEN = re.compile(r"(?:title|aria-label|placeholder|alt)=\"([^\"]*)\"")
# What a browser reads: nobody else sees it.
MACHINE_WORDS = re.compile(r"\{\"allowEval\".*\}|<!doctype html>", re.IGNORECASE | re.DOTALL)
LEFT_OUT = {"Esc", *LANGUAGE_NAMES.values()}  # a key, and what languages call themselves


def text_of(template: Path) -> str:
    """The template with a hole for each expression and statement of Jinja."""
    source = template.read_text()
    environment = jinja2.Environment(extensions=["jinja2.ext.i18n", "jinja2.ext.do"], autoescape=True)
    return "".join(
        value if kind == "data" else "\0" if kind.endswith("_end") else "" for _, kind, value in environment.lex(source)
    )


def bare_words(template: Path) -> Iterator[str]:
    html = MACHINE_WORDS.sub("", text_of(template))
    for attribute in SPOKEN.findall(html):
        yield from LETTERS.findall(attribute)
    for text in TAG.split(html):
        yield from LETTERS.findall(ATTRIBUTE.sub("", ENTITY.sub("", text)))


def test_there_are_templates() -> None:
    assert len(TEMPLATES) > 40


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_every_word_of_a_template_can_be_translated(template: Path) -> None:
    assert set(bare_words(template)) - LEFT_OUT == set()


def test_the_test_would_see_a_bare_word(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text('<p title="Hint" class="{{ "a" }}">{{ _("Kept") }} Bare &nbsp;{% if x %}слово{% endif %}</p>')
    assert set(bare_words(page)) == {"Hint", "Bare", "слово"}


def test_the_script_brings_no_words_of_its_own() -> None:
    code = re.sub(r"//[^\n]*|/\*.*?\*/", "", SCRIPT.read_text(), flags=re.DOTALL)
    assert not re.search("[А-Яа-яЁё]", code)
    shown = re.findall(r"(?:textContent|confirm|alert|say)\s*(?:=|\()\s*[\"'`]([^\"'`$]+)[\"'`]", code)
    assert [text for text in shown if LETTERS.search(text)] == []
