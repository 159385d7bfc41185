"""The state file: what the supervisor tells the other commands about its house."""

from __future__ import annotations

import json
import subprocess
import time
from dataclasses import asdict, dataclass, field
from typing import Any

from deploy.local.place import HousePlace


@dataclass(frozen=True)
class ProcessState:
    """One row of `kkt status`."""

    name: str
    pid: int | None
    port: int | None
    restarts: int
    ready: bool


@dataclass(frozen=True)
class HouseState:
    """`phase` is starting, ready, stopping, stopped or failed; `reason` says why it failed, in a sentence."""

    phase: str
    supervisor: int
    http_url: str = ""
    link_url: str = ""
    database_url: str = ""
    amqp_url: str = ""
    rabbitmq_node: str = ""
    reason: str = ""
    processes: tuple[ProcessState, ...] = field(default_factory=tuple)


def write_state(place: HousePlace, state: HouseState) -> None:
    """Replace the state file in one step; it is private, because the addresses hold passwords."""
    place.write_json(place.state_file.name, asdict(state))


def read_state(place: HousePlace) -> HouseState | None:
    """The last state written, or None; whether that supervisor still lives is for the lock to say."""
    try:
        value: dict[str, Any] = json.loads(place.state_file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    rows = tuple(ProcessState(**row) for row in value.pop("processes", []))
    return HouseState(**value, processes=rows)


def living_state(place: HousePlace) -> HouseState | None:
    """The state of the running supervisor, or None when none runs in this folder."""
    supervisor = place.running_supervisor()
    if supervisor is None:
        return None
    state = read_state(place)
    # Between taking the lock and the first write the file is an earlier supervisor's.
    return state if state is not None and state.supervisor == supervisor else HouseState("starting", supervisor)


def wait_for_phase(
    place: HousePlace, phases: set[str], seconds: float, supervisor: subprocess.Popen[bytes]
) -> HouseState | None:
    """Wait until that supervisor says one of these phases; None when it did not in time or ended without."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        ended = supervisor.poll() is not None
        state = read_state(place)
        if state is not None and state.supervisor == supervisor.pid and state.phase in phases:
            return state
        if ended:
            return None
        time.sleep(0.05)
    return None
