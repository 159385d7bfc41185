"""Printing of measured figures."""

import statistics
import threading
from collections.abc import Sequence
from pathlib import Path


def percentile(samples: Sequence[float], share: float) -> float:
    """The value below which that share (0 to 1) of the samples lies."""
    ordered = sorted(samples)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def milliseconds(samples: Sequence[float]) -> str:
    """p50 and p99 of samples in seconds."""
    return f"p50 {statistics.median(samples) * 1e3:.2f} ms, p99 {percentile(samples, 0.99) * 1e3:.2f} ms"


def rss_kib(pid: int) -> int:
    """Resident memory of a process now, KiB."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1])
    return 0


class PeakMemory:
    """Within it, watches how much memory a process and its children hold together; looks every LOOK_SECONDS."""

    LOOK_SECONDS = 0.1

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self.kib = 0

    @property
    def megabytes(self) -> float:
        """The most that was seen, in MB of 2**20 bytes."""
        return self.kib / 1024

    def __enter__(self) -> "PeakMemory":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._over.wait(self.LOOK_SECONDS):
            self.kib = max(self.kib, sum(map(self._resident, [self._pid, *self._children()])))

    def _children(self) -> list[int]:
        told: list[int] = []
        for file in Path(f"/proc/{self._pid}/task").glob("*/children"):
            try:
                told += map(int, file.read_text().split())
            except OSError:  # the thread has just ended
                continue
        return told

    @staticmethod
    def _resident(pid: int) -> int:
        try:
            return rss_kib(pid)
        except OSError:  # it has just ended
            return 0


def cpu_seconds(pid: int) -> float:
    """User and system time of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / 100


def machine_cpu_seconds() -> float:
    """Seconds that all cores together have been busy so far, the kernel's own work and interrupts included."""
    names = ("user", "nice", "system", "idle", "iowait", "irq", "softirq")
    ticks = dict(zip(names, map(int, Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:]), strict=False))
    return sum(ticks[name] for name in names if name not in ("idle", "iowait")) / 100


def tree_cpu_seconds(pid: int) -> float:
    """User and system time of a process, of all that it started, and of those among them that have ended."""
    spent: dict[int, float] = {}
    children: dict[int, list[int]] = {}
    for file in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = file.read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):  # it has just ended
            continue
        child = int(file.parent.name)
        spent[child] = sum(map(int, fields[11:15])) / 100
        children.setdefault(int(fields[1]), []).append(child)
    total, left = 0.0, [pid]
    while left:
        one = left.pop()
        total += spent.get(one, 0.0)
        left += children.get(one, [])
    return total
