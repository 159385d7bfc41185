"""One supervised process: started, watched, restarted when it dies, stopped when asked."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import os
import signal
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from deploy.local.logs import open_log
from deploy.local.place import CHECKOUT, RunAs
from deploy.local.ports import listens

#: Pauses before a restart, seconds; the last one repeats for as long as the process keeps dying.
BACK_OFF = (0.2, 0.5, 1.0, 2.0, 5.0)
#: A process that lived this long is considered healthy again and its back-off starts anew, seconds.
HEALTHY_AFTER = 30.0

_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True)
class Launch:
    """What to execute this time: it may differ between starts (a port was taken meanwhile)."""

    argv: tuple[str, ...]
    env: Mapping[str, str]
    port: int | None = None


@dataclass(frozen=True)
class ChildSpec:
    """How one process of the house is started, probed and stopped."""

    name: str
    prepare: Callable[[], Launch]
    """Called before each start, in the supervisor: heals what a crash left, chooses ports. May block briefly."""
    is_ready: Callable[[Launch], Awaitable[bool]]
    """Asked again and again; must answer within a few seconds and never raise."""
    still_ready: Callable[[Launch], Awaitable[bool]] | None = None
    """A cheaper or quieter question for when it has said yes once in this life; None: the same one."""
    listens_itself: bool = False
    """Ready only while the started process itself listens on its port: where a stranger took that port first, the
    answer is the stranger's."""
    run_as: RunAs = field(default_factory=RunAs)
    folder: Path = CHECKOUT
    stop_signal: signal.Signals = signal.SIGTERM
    orphan_signal: signal.Signals = signal.SIGKILL
    """Sent by the kernel when the supervisor dies without stopping us."""
    stop_seconds: float = 10.0
    """How long a clean stop may take before the process is killed."""


class Child:
    """Keeps one process running until told to stop."""

    def __init__(self, spec: ChildSpec, logs: Path, changed: Callable[[], None]) -> None:
        self.spec = spec
        self.restarts = 0
        self.ready = False
        self.launch: Launch | None = None
        self.log_file = logs / f"{spec.name}.log"
        self._changed = changed
        self._process: asyncio.subprocess.Process | None = None
        self._task: asyncio.Task[None] | None = None
        self._stopping = asyncio.Event()

    @property
    def pid(self) -> int | None:
        """The running process, or None between two lives."""
        return self._process.pid if self._process is not None else None

    @property
    def port(self) -> int | None:
        """Where it listens: its health page, or its service port for the database and the broker."""
        return self.launch.port if self.launch is not None else None

    def start(self) -> None:
        """Begin keeping it alive (returns at once)."""
        self._task = asyncio.create_task(self._keep_alive(), name=f"child {self.spec.name}")

    async def probe(self) -> None:
        """Ask it once whether it is ready and remember the answer."""
        asked = self._process
        answer = False
        if asked is not None and self.launch is not None:
            question = self.spec.still_ready if self.ready else None
            answer = await (question or self.spec.is_ready)(self.launch)
            if answer and self.spec.listens_itself and not self.ready:  # a port it holds nobody else can take
                answer = listens(asked.pid, self.launch.port or 0)
        if self._process is not asked:  # it died while we asked: the answer was about another life
            answer = False
        if answer != self.ready:
            self.ready = answer
            self._changed()

    async def stop(self) -> None:
        """End it: its stop signal first, SIGKILL when it takes longer than it may. Safe to call twice."""
        self._stopping.set()
        process = self._process
        if process is not None:
            _signal(process.pid, self.spec.stop_signal)
        if self._task is None:
            return
        try:
            await asyncio.wait_for(asyncio.shield(self._task), self.spec.stop_seconds)
        except TimeoutError:
            if process is not None:
                _signal_group(process.pid)
            await self._task

    async def _keep_alive(self) -> None:
        failures = 0
        while not self._stopping.is_set():
            started = time.monotonic()
            await self._live_once()
            if self._stopping.is_set():
                return
            self.restarts += 1
            self._changed()
            failures = 0 if time.monotonic() - started > HEALTHY_AFTER else failures + 1
            pause = BACK_OFF[min(failures, len(BACK_OFF)) - 1] if failures else BACK_OFF[0]
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), pause)

    async def _live_once(self) -> None:
        launch = self.spec.prepare()
        with open_log(self.log_file) as log:
            process = await asyncio.create_subprocess_exec(
                *launch.argv,
                env=dict(launch.env),
                cwd=self.spec.folder,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=_die_with_parent(self.spec.orphan_signal),
                user=self.spec.run_as.user,
                group=self.spec.run_as.group,
                extra_groups=self.spec.run_as.extra_groups,
            )
        self.launch = launch
        self._process = process
        self._changed()
        if self._stopping.is_set():  # told to stop while it was being started
            _signal(process.pid, self.spec.stop_signal)
        await process.wait()
        # Workers of a killed leader would keep its listening socket: nothing of this life may outlive it.
        _signal_group(process.pid)
        self._process = None
        self.ready = False
        self._changed()


def _die_with_parent(orphan_signal: signal.Signals) -> Callable[[], None]:
    """Runs in the child after its user was set (a change of user would clear the wish) and before its program."""
    parent = os.getpid()

    def ask_the_kernel() -> None:
        _LIBC.prctl(_PR_SET_PDEATHSIG, int(orphan_signal), 0, 0, 0)
        if os.getppid() != parent:  # the supervisor died between fork and here
            os._exit(1)

    return ask_the_kernel


def _signal(pid: int, which: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, which)


def _signal_group(leader: int) -> None:
    """Kill what is left of the process group that this child led (it was started in a session of its own)."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, signal.SIGKILL)
