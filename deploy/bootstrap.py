"""Prepares `.venv`: exactly the packages of a lock file, and the commands `kkt` and `kkt-sim` run from the checkout.

Runs on the system's Python with nothing installed, before anything else of ours can; so it is one file and imports the
standard library only. Nothing is done when the stamp in `.venv` shows that the lock, the checkout's place and the
Python are what they were.

    python deploy/bootstrap.py           what running needs
    python deploy/bootstrap.py --dev     also what tests and lint need
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[1]
ENVIRONMENT = CHECKOUT / ".venv"
STAMP = ENVIRONMENT / "kkt-stamp"
_PYTHON = f"{sys.version_info[0]}.{sys.version_info[1]}"

# A shell line and not a Python script: the path of an interpreter on a first line may hold no spaces.
_COMMAND = """#!/bin/sh
# Made by deploy/bootstrap.py: runs the command from the checkout.
exec "{python}" -c 'from {module} import {function}; raise SystemExit({function}())' "$@"
"""


def main() -> int:
    """Make the environment what the lock says; returns the exit code."""
    # `make up` does not shrink what `make test` made.
    kind = "dev" if "--dev" in sys.argv[1:] or _read_stamp().startswith("dev\n") else "run"
    lock = CHECKOUT / ("requirements-dev.lock" if kind == "dev" else "requirements.lock")
    wanted = _stamp(kind, lock)
    if _read_stamp() == wanted:
        return 0
    try:
        _make_environment()
        _install(lock)
    except _RefusedError as refusal:
        print(refusal, file=sys.stderr)
        return 1
    _make_commands()
    STAMP.write_text(wanted, encoding="utf-8")
    return 0


class _RefusedError(Exception):
    """One sentence with the cure."""


def _stamp(kind: str, lock: Path) -> str:
    """Everything that makes an environment stale: its kind, Python, place, the commands' names and the lock."""
    digest = hashlib.sha256()
    for file in (Path(__file__), CHECKOUT / "pyproject.toml", lock):
        digest.update(file.read_bytes())
    return "\n".join((kind, _PYTHON, str(CHECKOUT), digest.hexdigest(), ""))


def _read_stamp() -> str:
    return STAMP.read_text(encoding="utf-8") if STAMP.exists() else ""


def _make_environment() -> None:
    """A virtual environment with pip, of this Python; made anew when it is another Python's or was moved."""
    stands = _read_stamp().split("\n")
    if stands[1:3] == [_PYTHON, str(CHECKOUT)] and (ENVIRONMENT / "bin/pip").exists():
        return
    shutil.rmtree(ENVIRONMENT, ignore_errors=True)
    print(f"Making .venv with Python {sys.version.split()[0]} …", flush=True)
    if not _can_make_environments():
        _install_venv_package()
    done = subprocess.run([sys.executable, "-m", "venv", str(ENVIRONMENT)], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise _RefusedError(f"The virtual environment could not be made: {(done.stdout + done.stderr).strip()}")


def _can_make_environments() -> bool:
    """Debian keeps the means to make environments in a package of its own."""
    return _succeeds([sys.executable, "-c", "import ensurepip, venv"])


def _succeeds(argv: list[str]) -> bool:
    return subprocess.run(argv, capture_output=True, stdin=subprocess.DEVNULL, check=False).returncode == 0


def _install_venv_package() -> None:
    package = f"python{_PYTHON}-venv"
    refusal = _RefusedError(f"This Python cannot make virtual environments. Install: sudo apt-get install {package}")
    if shutil.which("apt-get") is None:
        raise refusal
    become_root = [] if os.geteuid() == 0 else ["sudo", "-n"]
    if become_root and not (shutil.which("sudo") and _succeeds([*become_root, "true"])):
        raise refusal
    print(f"Installing {package} …", flush=True)
    command = [*become_root, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-q"]
    install = [*command, "install", "--no-install-recommends", "-y", package]
    # A fresh machine has no package lists yet: refresh them once and try again.
    if not (_succeeds(install) or (_succeeds([*command, "update"]) and _succeeds(install))):
        raise refusal


def _install(lock: Path) -> None:
    """Exactly what the lock names, checked against its hashes; where to fetch from is pip's own configuration."""
    print(f"Installing the packages of {lock.name} …", flush=True)
    STAMP.unlink(missing_ok=True)  # half an installation must not pass for a whole one
    pip = [str(ENVIRONMENT / "bin/python"), "-m", "pip", "--disable-pip-version-check", "--quiet"]
    done = subprocess.run(
        [*pip, "install", "--require-hashes", "--no-deps", "--requirement", str(lock)],
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        check=False,
    )
    if done.returncode != 0:
        raise _RefusedError(
            f"pip could not install the packages of {lock.name}: {(done.stdout + done.stderr).strip()[-3000:]}\n"
            "Check that this machine reaches a Python package index (pip config list), and run the command again."
        )


def _make_commands() -> None:
    """`kkt` and its sisters, and the checkout on the environment's path: nothing of ours is built or copied."""
    packages = ENVIRONMENT / f"lib/python{_PYTHON}/site-packages"
    (packages / "kkt_checkout.pth").write_text(f"{CHECKOUT}\n", encoding="utf-8")
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    for name, target in project["scripts"].items():
        module, function = target.split(":")
        script = ENVIRONMENT / "bin" / name
        script.write_text(
            _COMMAND.format(python=ENVIRONMENT / "bin/python", module=module, function=function), encoding="utf-8"
        )
        script.chmod(0o755)


if __name__ == "__main__":
    raise SystemExit(main())
