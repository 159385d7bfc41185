"""`make lint`: style, types, the walls between rooms, and the house rules that no tool of others checks."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from deploy.local.place import CHECKOUT

MAX_FILE_LINES = 400
MAX_FUNCTION_LINES = 50

_TOOLS: tuple[tuple[str, ...], ...] = (
    ("ruff", "check", "."),
    ("ruff", "format", "--check", "."),
    ("mypy",),
    ("lint-imports",),
)
#: Paths of somebody's machine and addresses of package indexes have no place in a file that others clone.
_FORBIDDEN = re.compile(r"/(?:work|root|home)/[a-z]|pypi\.org|pythonhosted\.org|registry\.npmjs|deb\.debian\.org")


def main() -> int:
    """Run every check, then say which ones found something; 0 when none did."""
    failed = [" ".join(tool) for tool in _TOOLS if not _passes(tool)]
    complaints = [*_house_rules(_tracked_files())]
    for complaint in complaints:
        print(complaint)
    if complaints:
        failed.append("house rules")
    print(f"lint: {', '.join(failed)} found something to mend" if failed else "lint: nothing to mend")
    return 1 if failed else 0


def _passes(tool: tuple[str, ...]) -> bool:
    program = Path(sys.executable).with_name(tool[0])
    return subprocess.run([str(program), *tool[1:]], cwd=CHECKOUT, check=False).returncode == 0


def _tracked_files() -> list[Path]:
    listing = subprocess.run(
        ["git", "-c", "safe.directory=*", "ls-files", "-z"], cwd=CHECKOUT, capture_output=True, check=True
    ).stdout
    return [CHECKOUT / name.decode() for name in listing.split(b"\0") if name]


def _house_rules(files: list[Path]) -> Iterator[str]:
    for file in files:
        if not file.is_file() or "vendor" in file.parts:
            continue
        try:
            text = file.read_text(encoding="utf-8")
        except UnicodeDecodeError:  # pictures, and samples in other encodings
            continue
        name = file.relative_to(CHECKOUT)
        for number, line in enumerate(text.splitlines(), 1):
            if _FORBIDDEN.search(line):
                yield f"{name}:{number}: a path of one machine or the address of a package index"
        if file.suffix == ".lock" and "://" in text:
            yield f"{name}: a lock holds an address"
        if file.suffix == ".py":
            yield from _sizes(name, text)


def _sizes(name: Path, text: str) -> Iterator[str]:
    """A file or function past its bound is usually two."""
    lines = text.count("\n")
    if lines > MAX_FILE_LINES:
        yield f"{name}: {lines} lines, more than {MAX_FILE_LINES}"
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1 - _docstring_lines(node)
            if length > MAX_FUNCTION_LINES:
                yield f"{name}:{node.lineno}: {node.name} has {length} lines, more than {MAX_FUNCTION_LINES}"


def _docstring_lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    first = node.body[0]
    if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str):
        return (first.end_lineno or first.lineno) - first.lineno + 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
