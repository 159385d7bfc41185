"""What a person does with a house: bring it up here or in the background, ask how it is, stop it."""

from __future__ import annotations

import asyncio
import ctypes
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict

from deploy.local.logs import open_log
from deploy.local.place import CHECKOUT, HousePlace
from deploy.local.settings import HouseSettings
from deploy.local.state import HouseState, living_state, wait_for_phase
from deploy.local.supervisor import START_SECONDS, Supervisor
from deploy.refusal import CommandRefusedError

_PR_SET_PDEATHSIG = 1
#: Longer than the slowest clean stop of every piece one after the other.
_STOP_SECONDS = 120.0


def bring_up(place: HousePlace, settings: HouseSettings, *, with_parent: bool) -> int:
    """Supervise in this process until told to stop; returns the exit code.

    Refuses: CommandRefusedError when a supervisor runs in this folder already, or when something cannot start.
    """
    if with_parent:
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, int(signal.SIGTERM), 0, 0, 0)
    place.create()
    if not place.take_lock():
        state = living_state(place)
        where = f" ({state.http_url})" if state is not None and state.http_url else ""
        raise CommandRefusedError(
            f"KKT Server is already running from {place.folder}{where}. See 'kkt status'; stop it with 'kkt down'."
        )
    os.environ.pop("KKT_HOUSE", None)  # the mark is for children of a house, and this is its head
    return asyncio.run(_supervise(place, settings))


async def _supervise(place: HousePlace, settings: HouseSettings) -> int:
    supervisor = Supervisor(
        place, settings, say=lambda text: print(text, flush=True), when_ready=lambda: print_banner(place)
    )
    await supervisor.run()
    if supervisor.reason:
        raise CommandRefusedError(supervisor.reason)
    return 0


def detach(place: HousePlace, arguments: Sequence[str]) -> subprocess.Popen[bytes]:
    """Start `kkt ARGUMENTS` as a supervisor in the background and return when it is ready.

    It belongs to nobody: a caller that lives on may wait for it, one that ends just leaves it running.

    Refuses: CommandRefusedError with the supervisor's own sentence when it cannot start.
    """
    running = living_state(place)
    if running is not None:
        raise CommandRefusedError(
            f"KKT Server is already running from {place.folder} ({running.http_url}). Stop it with 'kkt down'."
        )
    place.create()
    log_file = place.logs / "supervisor.log"
    with open_log(log_file) as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "deploy.cli", *arguments],
            cwd=CHECKOUT,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    state = wait_for_phase(place, {"ready", "failed", "stopped"}, START_SECONDS + 30, process)
    if state is None or state.phase != "ready":
        reason = state.reason if state is not None else f"The supervisor ended without a word. See {log_file}."
        raise CommandRefusedError(reason or f"It was stopped while starting. See {log_file}.")
    return process


def stop(place: HousePlace) -> bool:
    """Stop the running house in order and wait for its end; False when none runs in this folder."""
    supervisor = place.running_supervisor()
    if supervisor is None:
        return False
    os.kill(supervisor, signal.SIGTERM)
    deadline = time.monotonic() + _STOP_SECONDS
    while place.running_supervisor() == supervisor:
        if time.monotonic() > deadline:
            raise CommandRefusedError(
                f"The supervisor (pid {supervisor}) did not end within {_STOP_SECONDS:.0f} s. "
                f"End it with: kill -9 {supervisor}; the next start heals what is left."
            )
        time.sleep(0.05)
    return True


def print_banner(place: HousePlace) -> None:
    """Say where the product is and how to sign in, once everything is ready."""
    state = living_state(place)
    if state is None or not any(row.name == "gateway-http" for row in state.processes):
        return
    print(f"\nKKT Server is ready.\n  Pages and API:  {state.http_url}\n  Register link:  {state.link_url}")
    if place.first_sign_in_file.exists():
        told = json.loads(place.first_sign_in_file.read_text(encoding="utf-8"))
        for title, keys in (("Sign in with:  ", told), ("As operator:   ", told.get("operator", {}))):
            if "client_number" in keys:
                who = f"client {keys['client_number']} («{keys['client']}»), user {keys['user']}"
                print(f"  {title} {who}, password {keys['password']}")
        print(f"                  (also in {place.first_sign_in_file})")
    print("  Logs: kkt logs -f    State: kkt status    Stop: kkt down, or Ctrl-C where it runs", flush=True)


def print_status(place: HousePlace, *, as_json: bool) -> int:
    """Print every process of the house; the exit code is 0 when all are ready, 1 otherwise, 3 when none runs."""
    state = living_state(place)
    if as_json:
        print(json.dumps(_as_json(state), ensure_ascii=False))
    elif state is None:
        print(f"Nothing is running from {place.folder}. Start it with 'make up'.")
    else:
        print(f"{state.phase}    {state.http_url}    {state.link_url}")
        print(f"{'process':<18}{'pid':>8}{'port':>7}{'restarts':>10}  ready")
        for row in state.processes:
            word = "yes" if row.ready else "NO"
            print(f"{row.name:<18}{row.pid or '-':>8}{row.port or '-':>7}{row.restarts:>10}  {word}")
    if state is None:
        return 3
    return 0 if state.phase == "ready" and all(row.ready for row in state.processes) else 1


def _as_json(state: HouseState | None) -> dict[str, object]:
    """Without the addresses of the database and the broker: they hold passwords, and status gets pasted around."""
    if state is None:
        return {"phase": "stopped", "processes": []}
    return {
        "phase": state.phase,
        "supervisor": state.supervisor,
        "http_url": state.http_url,
        "link_url": state.link_url,
        "processes": [asdict(row) for row in state.processes],
    }
