"""The house rules that `make lint` checks itself."""

from pathlib import Path

import pytest

from deploy import lint


def _complaints(monkeypatch: pytest.MonkeyPatch, folder: Path, name: str, text: str) -> list[str]:
    monkeypatch.setattr(lint, "CHECKOUT", folder)
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return list(lint._house_rules([file]))


def test_long_files_and_functions_are_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    long_function = "def f() -> None:\n" + "    print()\n" * 50
    documented = 'def f() -> None:\n    """One.\n\n    Two.\n    """\n' + "    print()\n" * 49
    assert _complaints(monkeypatch, tmp_path, "a.py", long_function) == ["a.py:1: f has 51 lines, more than 50"]
    assert _complaints(monkeypatch, tmp_path, "b.py", documented) == []
    assert _complaints(monkeypatch, tmp_path, "c.py", "x = 1\n" * 401) == ["c.py: 401 lines, more than 400"]


def test_paths_of_a_machine_and_addresses_of_indexes(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    private = "see /" + "home/anna/kkt\n"
    index = "https://py" + "pi.org/simple\n"
    assert len(_complaints(monkeypatch, tmp_path, "a.md", private + "fine\n" + index)) == 2
    assert len(_complaints(monkeypatch, tmp_path, "a.lock", "source = https://example.org\n")) == 1
    assert _complaints(monkeypatch, tmp_path, "b.md", "https://example.org /usr/bin\n") == []
