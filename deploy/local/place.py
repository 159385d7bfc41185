"""Where one house keeps its things on disk, and under which system users its pieces run."""

from __future__ import annotations

import fcntl
import json
import os
import pwd
import secrets
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from deploy.refusal import CommandRefusedError

CHECKOUT = Path(__file__).resolve().parents[2]

#: For root when the checkout is in a folder that service users cannot enter (such as /root).
SHARED_DATA_PARENT = Path("/var/lib/kkt-server")


@dataclass(frozen=True)
class RunAs:
    """A system user to run a process as; both None: the user who started the house."""

    user: int | None = None
    group: int | None = None

    @property
    def extra_groups(self) -> tuple[int, ...] | None:
        """No supplementary groups of root's go along; None: leave them as they are."""
        return None if self.user is None else ()

    def own(self, path: Path) -> None:
        """Give a file or folder to this user."""
        if self.user is not None:
            os.chown(path, self.user, -1 if self.group is None else self.group)


def run_as_service(user_name: str) -> RunAs:
    """The user a server must run as: PostgreSQL and RabbitMQ refuse or dislike root, a plain user just runs them.

    Refuses: CommandRefusedError when we are root and the package's user does not exist.
    """
    if os.geteuid() != 0:
        return RunAs()
    try:
        entry = pwd.getpwnam(user_name)
    except KeyError as missing:
        raise CommandRefusedError(
            f"The system user '{user_name}' does not exist, though its package is installed. "
            f"Create it with: useradd --system {user_name}"
        ) from missing
    return RunAs(entry.pw_uid, entry.pw_gid)


def may_enter(folder: Path, run_as: RunAs) -> bool:
    """Whether that user can reach this folder through all its parents (asked of the kernel, not guessed from modes)."""
    if run_as.user is None:
        return True
    answer = subprocess.run(
        ["/usr/bin/test", "-x", str(folder)],
        user=run_as.user,
        group=run_as.group,
        extra_groups=run_as.extra_groups,
        cwd="/",
        check=False,
    )
    return answer.returncode == 0


def _user_name(user: int) -> str:
    try:
        return pwd.getpwuid(user).pw_name
    except KeyError:
        return str(user)


class HousePlace:
    """The folder of one house: paths, lock, remembered ports and passwords."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()
        self.logs = self.folder / "logs"
        self.state_file = self.folder / "state.json"
        self.first_sign_in_file = self.folder / "first-sign-in.json"
        self._lock_file = self.folder / "supervisor.lock"
        self._lock_fd: int | None = None

    @property
    def mark(self) -> str:
        """What every process of this house carries in KKT_HOUSE, so that leftovers can be told from strangers."""
        return str(self.folder)

    def create(self) -> None:
        """Make the folder and its logs; only the owner reads them (logs name accounts, files hold passwords).

        Refuses: CommandRefusedError when the folder belongs to another user, whose servers own the data in it.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        owner = self.folder.stat().st_uid
        if owner != os.geteuid():
            raise CommandRefusedError(
                f"{self.folder} belongs to the user {_user_name(owner)}. Run this as that user, or use another "
                "folder: KKT_DIR=<folder> make up"
            )
        # Service users must pass through to their own data folder below; they cannot list anything here.
        self.folder.chmod(0o711 if os.geteuid() == 0 else 0o700)
        self.logs.mkdir(mode=0o700, exist_ok=True)

    def data_folder(self, name: str, run_as: RunAs) -> Path:
        """The data folder of one server, created and owned by the user it runs as.

        Normally inside the house's folder. When we are root and that folder cannot be entered by the service user
        (a checkout under /root, say), a folder of this house's own under /var/lib/kkt-server, remembered in the file
        `data-place`; the modes of parent folders are never changed.
        """
        parent = self._data_parent(run_as)
        folder = parent / name
        folder.mkdir(mode=0o700, exist_ok=True)
        run_as.own(folder)
        return folder

    def _data_parent(self, run_as: RunAs) -> Path:
        remembered = self.folder / "data-place"
        if remembered.exists():
            parent = Path(remembered.read_text(encoding="utf-8").strip())
        elif may_enter(self.folder, run_as):
            return self.folder
        else:
            parent = SHARED_DATA_PARENT / f"{self.folder.parent.name}-{secrets.token_hex(4)}"
            remembered.write_text(f"{parent}\n", encoding="utf-8")
        parent.mkdir(parents=True, exist_ok=True)
        return parent

    def elsewhere(self) -> Path | None:
        """The folder outside the house's own that holds its data, if there is one."""
        remembered = self.folder / "data-place"
        return Path(remembered.read_text(encoding="utf-8").strip()) if remembered.exists() else None

    def take_lock(self) -> bool:
        """Become the only supervisor of this folder; False when another one is. The kernel frees it when we die."""
        fd = os.open(self._lock_file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        for attempt in range(20):  # a `kkt status` that looks at the lock holds it for a moment
            try:
                fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if attempt == 19:
                    os.close(fd)
                    return False
                time.sleep(0.01)
        os.ftruncate(fd, 0)
        os.write(fd, f"{os.getpid()}\n".encode())
        self._lock_fd = fd
        return True

    def running_supervisor(self) -> int | None:
        """The pid of the supervisor that holds this folder's lock, or None when nobody does."""
        try:
            fd = os.open(self._lock_file, os.O_RDWR | os.O_CLOEXEC)
        except FileNotFoundError:
            return None
        try:
            fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            text = os.read(fd, 20).decode().strip()
            return int(text) if text.isdigit() else None
        finally:
            os.close(fd)
        return None

    def secret(self, name: str) -> str:
        """A password of this house, made once and remembered with mode 0600."""
        known = self._read("secrets.json")
        if name not in known:
            known[name] = secrets.token_hex(16)
            self.write_json("secrets.json", known)
        return known[name]

    def remember_port(self, name: str, port: int) -> None:
        """Keep a port for the next start, so that addresses stay the same from one day to the next."""
        known = self._read("ports.json")
        known[name] = str(port)
        self.write_json("ports.json", known)

    def remembered_port(self, name: str) -> int | None:
        """The port this name had last time."""
        text = self._read("ports.json").get(name, "")
        return int(text) if text.isdigit() else None

    def remembered_ports(self) -> set[int]:
        """Every port that a name of this house has."""
        return {int(text) for text in self._read("ports.json").values() if text.isdigit()}

    def write_json(self, name: str, value: object) -> None:
        """Replace a small private file in one step: a reader sees the old text or the new one, never a half."""
        scratch = self.folder / f"{name}.new"
        fd = os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(fd, "w", encoding="utf-8") as stream:
            json.dump(value, stream, ensure_ascii=False, indent=1)
            stream.write("\n")
        scratch.replace(self.folder / name)

    def _read(self, name: str) -> dict[str, str]:
        path = self.folder / name
        if not path.exists():
            return {}
        value = json.loads(path.read_text(encoding="utf-8"))
        return {str(key): str(text) for key, text in value.items()}
