"""One supervised process: restarted when it dies, stopped in order, killed when it must be, never left behind."""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import Callable
from pathlib import Path

from deploy.local.child import Child, ChildSpec, Launch
from deploy.local.ports import listens

_TIMEOUT = 10.0


async def _wait(fact: Callable[[], bool], what: str) -> None:
    try:
        async with asyncio.timeout(_TIMEOUT):
            while not fact():  # noqa: ASYNC110 the fact is another process's, nobody sets an event for it
                await asyncio.sleep(0.01)
    except TimeoutError:
        raise AssertionError(f"waited in vain for {what}") from None


def _python(program: str) -> Launch:
    return Launch((sys.executable, "-c", program), {"PATH": os.environ["PATH"]}, port=1234)


async def _always(_: Launch) -> bool:
    return True


def _spec(program: str, stop_seconds: float = 5) -> ChildSpec:
    return ChildSpec("thing", lambda: _python(program), _always, stop_seconds=stop_seconds)


def _gone(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"
    except OSError:
        return True


async def test_a_killed_process_is_started_again(tmp_path: Path) -> None:
    changes: list[int] = []
    child = Child(_spec("import time; time.sleep(60)"), tmp_path, lambda: changes.append(1))
    child.start()
    await _wait(lambda: child.pid is not None, "the first life")
    await child.probe()
    assert child.ready and child.port == 1234
    first = child.pid
    assert first is not None
    os.kill(first, signal.SIGKILL)
    await _wait(lambda: child.pid not in (None, first), "the second life")
    assert child.restarts == 1 and not child.ready and len(changes) >= 4
    await child.stop()
    assert child.pid is None and child.restarts == 1


async def test_a_stranger_on_its_port_does_not_make_it_ready(tmp_path: Path) -> None:
    program = (
        "import socket, sys, time; own = socket.create_server(('127.0.0.1', 0));"
        "print(own.getsockname()[1], flush=True); time.sleep(60)"
    )
    with socket.create_server(("127.0.0.1", 0)) as stranger:
        ports = [stranger.getsockname()[1]]
        spec = ChildSpec(
            "thing", lambda: Launch(_python(program).argv, {}, port=ports[-1]), _always, listens_itself=True
        )
        child = Child(spec, tmp_path, lambda: None)
        child.start()
        log = tmp_path / "thing.log"
        await _wait(lambda: log.exists() and log.read_text().strip().isdigit(), "its own port")
        await child.probe()
        assert not child.ready
        assert child.pid is not None and child.launch is not None
        own = int(log.read_text())
        assert listens(child.pid, own) and listens(os.getpid(), ports[0]) and not listens(os.getpid(), own)
        child.launch = Launch(child.launch.argv, {}, port=own)
        await child.probe()
        assert child.ready
        await child.stop()


async def test_a_process_that_keeps_dying_is_given_ever_longer_pauses(tmp_path: Path) -> None:
    child = Child(_spec("raise SystemExit('no')"), tmp_path, lambda: None)
    child.start()
    await _wait(lambda: child.restarts == 3, "three deaths")
    await child.stop()
    assert (tmp_path / "thing.log").read_text().count("no") >= 3


async def test_what_ignores_its_stop_signal_is_killed_with_its_own_children(tmp_path: Path) -> None:
    program = (
        "import signal, subprocess, sys, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
        "grandchild = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']);"
        "print(grandchild.pid, flush=True); time.sleep(60)"
    )
    child = Child(_spec(program, stop_seconds=0.2), tmp_path, lambda: None)
    child.start()
    log = tmp_path / "thing.log"
    await _wait(lambda: log.exists() and log.read_text().strip().isdigit(), "the grandchild")
    pid, grandchild = child.pid, int(log.read_text())
    assert pid is not None
    await child.stop()
    assert _gone(pid)
    await _wait(lambda: _gone(grandchild), "the grandchild's end")


async def test_stop_ends_the_wait_between_two_lives(tmp_path: Path) -> None:
    child = Child(_spec("pass"), tmp_path, lambda: None)
    child.start()
    await _wait(lambda: child.restarts >= 2, "a pause")
    await child.stop()
    await child.stop()
    assert child.pid is None
