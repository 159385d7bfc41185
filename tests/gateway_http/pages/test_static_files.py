"""Vendored files are what VENDORED.toml says; nothing asks another server; a first visit is light."""

import gzip
import hashlib
import re
import tomllib
from pathlib import Path

from gateway_http.static_files import STATIC_DIR, StaticFiles

VENDOR = STATIC_DIR / "vendor"
TEMPLATES = STATIC_DIR.parent / "templates"
FIRST_VISIT_BYTES = 100 * 1024  # of styles, scripts and icons; with the page itself it stays below 150 KB
CLASS_ATTRIBUTE = re.compile(r"\bclass\s*=")
STYLE_OR_SCRIPT = re.compile(
    r"\bstyle\s*=|<script(?! src=\"\{\{ static)|\bon(click|change|submit|load)\s*=|javascript:"
)


def test_vendored_files_are_the_ones_named() -> None:
    named = {entry["name"]: entry for entry in tomllib.loads((VENDOR / "VENDORED.toml").read_text())["file"]}
    found = {path.name for path in VENDOR.iterdir()} - {"VENDORED.toml"}
    assert found == set(named)
    for name, entry in named.items():
        assert hashlib.sha256((VENDOR / name).read_bytes()).hexdigest() == entry["sha256"], name
        assert entry["licence"] and entry["version"] in name


def test_icons_asked_for_are_in_the_sprite() -> None:
    sprite = next(VENDOR.glob("bootstrap-icons-*.svg")).read_text()
    there = set(re.findall(r'<symbol id="([^"]+)"', sprite))
    asked = set()
    for path in [*TEMPLATES.rglob("*.html"), *STATIC_DIR.parent.rglob("*.py")]:
        asked |= set(re.findall(r'icon\("([a-z0-9-]+)"', path.read_text()))
    assert asked and not asked - there


def test_pages_use_macros_and_no_inline_code() -> None:
    for path in TEMPLATES.rglob("*.html"):
        text = path.read_text()
        assert not STYLE_OR_SCRIPT.search(text), path.name
        if path.parent.name == "pages":
            assert not CLASS_ATTRIBUTE.search(text), path.name


def test_nothing_is_fetched_from_elsewhere() -> None:
    for path in [*TEMPLATES.rglob("*.html"), *STATIC_DIR.glob("*.*")]:
        outside = re.findall(r"(?:src|href|url\()\s*=?\s*[\"']?(https?:)?//[\w.]+", path.read_text())
        assert not outside, path.name


def test_first_visit_is_light() -> None:
    files = StaticFiles().files
    weight = sum(len(file.packed or file.body) for file in files.values())
    assert weight < FIRST_VISIT_BYTES, f"{weight} bytes"


def test_names_change_with_the_bytes(tmp_path: Path) -> None:
    (tmp_path / "a.css").write_text("a { color: red }")
    before = StaticFiles(tmp_path).url("a.css")
    (tmp_path / "a.css").write_text("a { color: blue }" * 200)
    after = StaticFiles(tmp_path).files["a.css"]
    assert before != after.url and after.packed is not None
    assert gzip.decompress(after.packed) == after.body
