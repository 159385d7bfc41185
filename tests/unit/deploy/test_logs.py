"""Logs are bounded, private, and can be followed across a rotation."""

import stat
import threading
from pathlib import Path

import pytest

from deploy.local import logs


def test_rotation_keeps_the_writer_going(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "LOG_BYTES", 100)
    path = tmp_path / "thing.log"
    with logs.open_log(path) as stream:
        stream.write(b"old\n" * 30)
        logs.rotate(path)
        stream.write(b"new\n")
        logs.rotate(path)
    assert path.read_text() == "new\n"
    assert (tmp_path / "thing.log.1").read_text() == "old\n" * 30
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_tail(tmp_path: Path) -> None:
    path = tmp_path / "thing.log"
    assert logs.tail(path, 3) == []
    path.write_bytes("".join(f"строка {n}\n" for n in range(50_000)).encode())
    assert logs.tail(path, 2) == ["строка 49998", "строка 49999"]


def test_follow_yields_whole_lines_and_survives_rotation(tmp_path: Path) -> None:
    path = tmp_path / "thing.log"
    path.write_text("before\n")
    following = logs.follow([path])

    def later(text: str) -> None:
        def write() -> None:
            with logs.open_log(path) as stream:
                stream.write(text.encode())

        threading.Timer(0.1, write).start()

    later("one\ntw")
    assert next(following) == ("thing", "one")
    later("o\n")
    assert next(following) == ("thing", "two")
    path.write_text("")
    later("three\n")
    assert next(following) == ("thing", "three")
