"""Debian packages the house needs: installed when we may, named in one sentence when we may not."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

from deploy.refusal import CommandRefusedError

_POLICY = Path("/usr/sbin/policy-rc.d")
_NO_CLUSTER = Path("/etc/postgresql-common/createcluster.d/kkt-server-setup.conf")


def ensure_packages(packages: Sequence[str], needed_for: str) -> None:
    """Install Debian packages without starting or enabling what they bring.

    No default database cluster is made and no system service is left running or enabled: the house runs its own.

    Refuses: CommandRefusedError naming the packages and the command, when we are neither root nor have sudo without
    a password, when this is no Debian, or when apt itself fails.
    """
    names = " ".join(packages)
    cure = f"Install with: sudo apt-get install {names}"
    if shutil.which("apt-get") is None:
        raise CommandRefusedError(
            f"Missing: {needed_for}. There is no apt-get here; install what Debian calls {names}."
        )
    become_root = _way_to_root()
    if become_root is None:
        raise CommandRefusedError(
            f"Missing: {needed_for} (Debian: {names}). This user may not install packages. {cure}"
        )
    print(f"Installing {names} (for {needed_for}) …", flush=True)
    with _quiet_services(become_root):
        _apt(become_root, ["install", "--no-install-recommends", "-y", *packages], cure)
    _disable_units(become_root, packages)


def _way_to_root() -> list[str] | None:
    """The prefix that makes a command run as root: nothing, sudo, or None when there is no way."""
    if os.geteuid() == 0:
        return []
    if shutil.which("sudo") is None:
        return None
    asked = subprocess.run(["sudo", "-n", "true"], capture_output=True, check=False)
    return ["sudo", "-n"] if asked.returncode == 0 else None


def _apt(become_root: list[str], arguments: list[str], cure: str) -> None:
    command = [*become_root, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-q"]
    if _quietly([*command, *arguments]).returncode == 0:
        return
    # A fresh machine has no package lists yet, an old one has stale ones: refresh once and try again.
    _quietly([*command, "update"])
    again = _quietly([*command, *arguments])
    if again.returncode != 0:
        raise CommandRefusedError(f"apt-get could not install what is missing. {cure}\n{again.stderr[-2000:].strip()}")


def _quietly(argv: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(argv, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)


@contextlib.contextmanager
def _quiet_services(become_root: list[str]) -> Iterator[None]:
    """While packages are set up: no service starts (Debian's policy-rc.d) and PostgreSQL makes no default cluster."""
    made: list[Path] = []
    try:
        for path, text, mode in (
            (_POLICY, "#!/bin/sh\nexit 101\n", "755"),
            (_NO_CLUSTER, "create_main_cluster = false\n", "644"),
        ):
            if path.exists():
                continue
            subprocess.run([*become_root, "mkdir", "-p", str(path.parent)], check=True)
            subprocess.run(
                [*become_root, "tee", str(path)], input=text, text=True, stdout=subprocess.DEVNULL, check=True
            )
            made.append(path)
            subprocess.run([*become_root, "chmod", mode, str(path)], check=True)
        yield
    finally:
        for path in made:
            subprocess.run([*become_root, "rm", "-f", str(path)], check=False)


def _disable_units(become_root: list[str], packages: Sequence[str]) -> None:
    """A newly installed server must not start at the next boot beside the house's own."""
    if shutil.which("systemctl") is None:
        return
    units = {"postgresql": ["postgresql.service"], "rabbitmq-server": ["rabbitmq-server.service", "epmd.socket"]}
    for package in packages:
        for unit in units.get(package, []):
            subprocess.run([*become_root, "systemctl", "disable", unit], capture_output=True, check=False)
