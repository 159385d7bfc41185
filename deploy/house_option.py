"""Which house a command speaks of: its folder, and the addresses of what runs from there."""

from __future__ import annotations

import os
from pathlib import Path

import click

from deploy.local.place import CHECKOUT, HousePlace
from deploy.local.state import HouseState, living_state
from deploy.refusal import CommandRefusedError

dir_option = click.option(
    "--dir",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    default=lambda: Path(os.environ.get("KKT_DIR", CHECKOUT / ".kkt")),
    show_default=".kkt in the checkout",
    help="The folder of the house: data, logs, state. Also KKT_DIR.",
)


def address(folder: Path, variable: str, attribute: str) -> str:
    """An address from the environment, or of the house that runs in this folder. Refuses: CommandRefusedError."""
    given = os.environ.get(variable)
    if given:
        return given
    state: HouseState | None = living_state(HousePlace(folder))
    found = str(getattr(state, attribute)) if state is not None else ""
    if not found:
        raise CommandRefusedError(f"Nothing runs from {folder}. Start it with 'make up', or set {variable}.")
    return found


def broker_address(folder: Path) -> str:
    """Where the broker is. Refuses: CommandRefusedError."""
    return address(folder, "KKT_AMQP_URL", "amqp_url")
