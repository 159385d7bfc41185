"""`make test`: every test, in several runs of pytest, three at a time, against servers of their own.

Several runs, because green threads, asyncio and Playwright do not share a process, and because a folder that breaks its
interpreter must not hide the rest. Three at a time on two cores, because most tests wait for a process more than they
compute; each run makes databases and virtual hosts of its own. It may run beside a running `make up`: folders, ports
and data are its own.

    python -m tests.house.run_all            everything
    python -m tests.house.run_all unit bus   only these folders of tests/
"""

import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from deploy.local.packages import ensure_packages
from deploy.local.place import CHECKOUT, HousePlace
from deploy.refusal import CommandRefusedError
from tests.house.servers import SHARED_FOLDER, discard, start_servers, stop_servers

SCRATCH = CHECKOUT / ".kkt-test"

#: What runs together in one process; a folder is run without those within it that are named themselves. Folders that
#: are not named run alone, at the end. The longest first, so that the last to end are short.
GROUPS: tuple[tuple[str, ...], ...] = (
    ("services/catalog", "services/device_gateway"),
    ("services",),
    ("gateway_http/pages", "gateway_http/attacks"),
    ("gateway_http",),
    ("devices", "link_client", "end_to_end"),
    ("browser",),
    ("deploy",),
    ("contracts",),
    ("bus",),
    ("unit",),
)
#: Runs of pytest at one time.
LANES = 3
_PRINTING = threading.Lock()
#: pytest's exit code when it found no test.
NO_TESTS = 5
#: Failed tests that are named at the very end, and the length of such a line.
FAILED_SHOWN = 15
LINE_LENGTH = 240


@dataclass(frozen=True)
class Run:
    """What one run of pytest came to: its exit code, its length, a line per failed test, and its last line."""

    code: int
    seconds: float
    failed: tuple[str, ...]
    last_line: str

    @property
    def passed(self) -> bool:
        """Whether nothing failed; a folder may have no tests yet."""
        return self.code in (0, NO_TESTS)


def main(wanted: Sequence[str]) -> int:
    """Run the groups; 0 when every test passed."""
    _sweep()
    groups = _groups(wanted)
    try:
        if any("browser" in folders for folders, _ in groups):
            _ensure_browser()
        servers = start_servers(HousePlace(SCRATCH / f"servers-{os.getpid()}"))
    except CommandRefusedError as refusal:
        print(refusal, file=sys.stderr)
        return 1
    environment = {name: value for name, value in os.environ.items() if not name.startswith("KKT_")}
    environment[SHARED_FOLDER] = str(servers.place.folder)
    environment["COLUMNS"] = str(LINE_LENGTH)
    try:
        with ThreadPoolExecutor(LANES) as lanes:
            results = list(lanes.map(lambda group: (group[0], _run(group[0], group[1], environment)), groups))
    finally:
        stop_servers(servers)
    print("\nAll tests by folder:")
    for folders, run in results:
        word = {0: "passed", NO_TESTS: "no tests yet"}.get(run.code, f"FAILED ({run.code})")
        print(f"  {' '.join(folders):<48}{run.seconds:>6.0f} s  {word}")
    _tell_failed([(folders, run) for folders, run in results if not run.passed])
    return 0 if all(run.passed for _, run in results) else 1


def _tell_failed(runs: list[tuple[tuple[str, ...], Run]]) -> None:
    """A line per test that failed, last of all: often only the end of a long output is kept."""
    lines = [line for folders, run in runs for line in run.failed or (f"{' '.join(folders)}: {run.last_line}",)]
    if not lines:
        return
    print("\nFailed:")
    for line in lines[:FAILED_SHOWN]:
        print(f"  {line[:LINE_LENGTH]}")
    if len(lines) > FAILED_SHOWN:
        print(f"  and {len(lines) - FAILED_SHOWN} more, named in the summaries above")


def _groups(wanted: Sequence[str]) -> list[tuple[tuple[str, ...], tuple[str, ...]]]:
    """Groups with the folders that exist, and pytest's options; a folder of tests that nobody named is run too."""
    there = {file.relative_to(CHECKOUT / "tests").parts[0] for file in CHECKOUT.glob("tests/*/**/test_*.py")}
    if wanted:
        there &= set(wanted)
    named = [folder for folders in GROUPS for folder in folders]
    groups = [*GROUPS, *((folder,) for folder in sorted(there.difference(named)))]
    present = [tuple(folder for folder in folders if folder.split("/")[0] in there) for folders in groups]
    return [(folders, tuple(_ignored(folders, named))) for folders in present if folders]


def _ignored(folders: tuple[str, ...], named: Sequence[str]) -> Iterator[str]:
    """Folders within these that are run elsewhere."""
    for other in named:
        if any(other.startswith(f"{folder}/") for folder in folders):
            yield f"--ignore={Path('tests') / other}"


def _run(folders: tuple[str, ...], options: tuple[str, ...], environment: dict[str, str]) -> Run:
    """One run of pytest; its output is shown when it has ended, not mixed with another's."""
    started = time.monotonic()
    paths = [str(Path("tests") / folder) for folder in folders]
    command = [sys.executable, "-m", "pytest", "-q", *options, *paths]
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as output:
        ended = subprocess.run(
            command, cwd=CHECKOUT, env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=output, check=False
        )
        output.seek(0)
        with _PRINTING:
            print(f"\n=== {' '.join(folders)}", flush=True)
            shutil.copyfileobj(output, sys.stdout)
            sys.stdout.flush()
        output.seek(0)
        lines = [line.rstrip() for line in output]
    return Run(
        code=ended.returncode,
        seconds=time.monotonic() - started,
        failed=tuple(line for line in lines if line.startswith(("FAILED tests/", "ERROR tests/"))),
        last_line=next((line for line in reversed(lines) if line), "no output"),
    )


def _ensure_browser() -> None:
    if shutil.which("chromium") is None:
        ensure_packages(["chromium"], "Chromium for the browser tests")


def _sweep() -> None:
    """Remove what earlier runs that were killed left behind; folders in use are left alone."""
    if not SCRATCH.exists():
        return
    for folder in SCRATCH.iterdir():
        place = HousePlace(folder)
        if folder.is_dir() and place.running_supervisor() is None:
            discard(place)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
