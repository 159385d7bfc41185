"""Rows that an import refused, as a file for a spreadsheet."""

from collections.abc import AsyncIterator, Callable

from gateway_http.i18n import N_, Language
from gateway_http.words.import_words import field_name
from services.contracts.imports import ImportProblem
from services.contracts.spreadsheets import FORMULA_STARTS, SHEET_ERRORS
from services.contracts.values import Page

BOM = "\ufeff"  # without it Excel takes UTF-8 for windows-1251
DELIMITER = ";"  # what a Russian Excel expects
_LINE_STARTS = ("\t", "\r", "\n")
COLUMNS = (N_("Line"), N_("Field"), N_("What is wrong"), N_("Code"), N_("Severity"), N_("The row itself"))

REFUSED, DOUBTFUL = N_("does not go in"), N_("goes in")


def cell(text: str) -> str:
    """One cell: quoted, and harmless when a spreadsheet opens it."""
    text = text.replace("\0", "")  # before the first character is looked at
    if text.startswith(_LINE_STARTS) or text.lstrip().startswith(FORMULA_STARTS) or text in SHEET_ERRORS:
        text = "'" + text
    return '"' + text.replace('"', '""') + '"'


def csv_line(cells: tuple[str, ...]) -> str:
    return DELIMITER.join(cell(text) for text in cells) + "\r\n"


def problem_line(problem: ImportProblem, message: str, language: Language) -> str:
    """One refused or doubtful row."""
    field = field_name(problem.field, language)
    effect = language.text(REFUSED if problem.severity == "error" else DOUBTFUL)
    return csv_line((str(problem.line), field, message, problem.code, effect, problem.text))


def header_line(language: Language) -> str:
    return csv_line(tuple(language.text(name) for name in COLUMNS))


async def csv_file(
    pages: AsyncIterator[Page[ImportProblem]], language: Language, words: Callable[[ImportProblem], str]
) -> AsyncIterator[bytes]:
    """The whole file, page by page: one page is in memory at a time."""
    yield (BOM + header_line(language)).encode()
    async for page in pages:
        yield "".join(problem_line(problem, words(problem), language) for problem in page.items).encode()
