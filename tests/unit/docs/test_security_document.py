"""docs/security.md says what is so: its tests exist, its rights are those that decide, nothing is left out."""

import re
from pathlib import Path

from services.contracts.permissions import RIGHTS, Right, Role

ROOT = Path(__file__).parents[3]
DOCUMENT = (ROOT / "docs/security.md").read_text(encoding="utf-8")
STANDARD = DOCUMENT.partition("## OWASP ASVS 5.0")[2]
LEVELS_1_AND_2 = 253  # requirements of OWASP ASVS 5.0.0 of both levels together
COLUMNS = (Right.SEE, Right.CHANGE_GOODS, Right.CHANGE_REGISTERS, Right.EXCHANGE, Right.ADMINISTER, Right.OPERATE)


def test_every_named_test_exists() -> None:
    written = set()
    for file in (ROOT / "tests").rglob("test_*.py"):
        written.update(re.findall(r"def (test_\w+)", file.read_text(encoding="utf-8")))
    named = set(re.findall(r"`(test_\w+)`", STANDARD))
    assert named and not named - written


def test_every_requirement_is_told_once() -> None:
    told: list[str] = []
    for line in STANDARD.splitlines():
        first = re.match(r"\| ((?:\d+\.\d+\.\d+(?:, )?)+) \|", line)
        told += first[1].split(", ") if first else []
    assert sorted(told) == sorted(set(told)) and len(told) == LEVELS_1_AND_2


def test_the_table_of_rights_is_the_one_that_decides() -> None:
    rows = {}
    for line in DOCUMENT.partition("## Rights")[2].partition("## Limits")[0].splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if cells[0] in set(Role):
            rows[cells[0]] = frozenset(right for right, cell in zip(COLUMNS, cells[1:], strict=True) if cell)
    assert rows == {role.value: frozenset(RIGHTS[role]) for role in Role}
