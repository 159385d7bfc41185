"""docs/errors.md tells every code that a program or a person can meet, and no other."""

import ast
import re
from pathlib import Path

import pytest

from gateway_http.problems import status_of
from gateway_http.refusal_texts import FIELD_TEXTS, REFUSAL_TEXTS
from gateway_http.words.failure_words import FAILURES
from services.contracts.exchange_words import WaitReason
from services.contracts.import_codes import ImportFailure, PriceListFailure, RecordCode, RowCode
from services.contracts.refusals import Refusal, refusal_by_code
from tests.contracts.protocols import contract_modules

ROOT = Path(__file__).parents[2]
PRODUCT = ("services", "gateway_http", "devices", "deploy")

contract_modules()


def sections() -> dict[str, dict[str, list[str]]]:
    """The cells behind each code, by section and code."""
    told: dict[str, dict[str, list[str]]] = {}
    rows: dict[str, list[str]] = {}
    for line in (ROOT / "docs" / "errors.md").read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            rows = told.setdefault(line.removeprefix("## "), {})
        elif line.startswith("| `"):
            first, *others = [cell.strip() for cell in line.strip("|").split("|")]
            code = first.strip("`")
            assert code not in rows, f"{code} stands twice"
            assert others[-1] or others[0], f"{code} is not explained"
            rows[code] = others
    return told


SECTIONS = sections()


def product_refusals() -> dict[str, type[Refusal]]:
    return {code: cls for code, cls in refusal_by_code().items() if cls.__module__.split(".")[0] in PRODUCT}


def field_codes_in_code() -> set[str]:
    """Every literal code of a FieldError in the product."""
    found: set[str] = set()
    for file in (file for room in PRODUCT for file in (ROOT / room).rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"), str(file))):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "FieldError"):
                continue
            codes = node.args[1:2] + [keyword.value for keyword in node.keywords if keyword.arg == "code"]
            found |= {
                inner.value
                for code in codes
                for inner in ast.walk(code)
                if isinstance(inner, ast.Constant) and isinstance(inner.value, str)
            }
    return found


def test_every_refusal_is_told_with_its_status() -> None:
    told = SECTIONS["Refusals"]
    refusals = product_refusals()
    assert told.keys() == refusals.keys()
    for code, cells in told.items():
        assert cells[0] in (str(status_of(refusals[code]())), "–"), code


def test_every_refusal_has_words_for_people() -> None:
    assert product_refusals().keys() - REFUSAL_TEXTS.keys() == set()


def test_every_field_code_is_told_and_has_words() -> None:
    assert SECTIONS["Fields"].keys() == FIELD_TEXTS.keys()
    # Fields of an item are refused by the words for rows of an import.
    assert field_codes_in_code() - FIELD_TEXTS.keys() - set(RowCode) == set()


@pytest.mark.parametrize(
    ("section", "codes"),
    [
        ("Rows of an import", RowCode),
        ("Files of an import", ImportFailure),
        ("What a register does not get", RecordCode),
        ("Why a price list was not built", PriceListFailure),
        ("Why an exchange waits", WaitReason),
    ],
)
def test_every_word_of_a_list_is_told(section: str, codes: type[RowCode]) -> None:
    assert SECTIONS[section].keys() == {code.value for code in codes}


def test_every_failure_of_an_exchange_is_told_and_has_words() -> None:
    told = SECTIONS["Why an exchange failed"].keys()
    assert told == FAILURES.keys()
    assert register_codes() | set(PriceListFailure) <= told


def register_codes() -> set[str]:
    """The codes by which a register refuses, in the description of the link."""
    text = (ROOT / "docs" / "register-link.md").read_text(encoding="utf-8")
    rows = [
        line.split("|")
        for line in text.splitlines()
        if line.startswith("| `") and line.split("|")[2].strip() == "register"
    ]
    return {code for row in rows for code in re.findall(r"`([a-z_]+)`", row[1])}


def test_the_link_document_was_understood() -> None:
    assert {"base_mismatch", "load_unknown", "load_incomplete"} <= register_codes()
