"""What a person may set about a house from outside, read once from the environment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from deploy.local.ports import LOOPBACK, free_port
from deploy.refusal import CommandRefusedError

DEFAULT_HTTP_PORT = 8000
DEFAULT_LINK_PORT = 8001


@dataclass(frozen=True)
class HouseSettings:
    """Addresses and choices of one house."""

    http_host: str
    http_port: int
    link_host: str
    link_port: int
    database_url: str | None
    """Given: that database is used and no PostgreSQL is started."""
    amqp_url: str | None
    """Given: that broker is used and no RabbitMQ is started."""
    left_out: frozenset[str] = frozenset()
    """Processes that somebody else runs, for work on one of them."""
    durable: bool = True
    """False for tests: PostgreSQL does not wait for the disk."""
    with_services: bool = True
    """False: the database and the broker only."""
    first_account: bool = True
    """Make a first account when there is none."""

    @property
    def http_url(self) -> str:
        """Where a browser on this machine finds the pages."""
        return f"http://localhost:{self.http_port}"

    @property
    def link_url(self) -> str:
        """Where a register or simulator on this machine connects."""
        return f"ws://localhost:{self.link_port}/link"


def read_settings(
    environment: Mapping[str, str],
    *,
    durable: bool = True,
    with_services: bool = True,
    first_account: bool = True,
) -> HouseSettings:
    """Read KKT_HTTP_HOST, KKT_HTTP_PORT, KKT_LINK_HOST, KKT_LINK_PORT, KKT_DATABASE_URL, KKT_AMQP_URL, KKT_LEAVE_OUT.

    Port 0 means any free port. Hosts are loopback unless set.
    Refuses: CommandRefusedError for a port that is no port.
    """
    return HouseSettings(
        http_host=environment.get("KKT_HTTP_HOST") or LOOPBACK,
        http_port=_port(environment, "KKT_HTTP_PORT", DEFAULT_HTTP_PORT),
        link_host=environment.get("KKT_LINK_HOST") or LOOPBACK,
        link_port=_port(environment, "KKT_LINK_PORT", DEFAULT_LINK_PORT),
        database_url=environment.get("KKT_DATABASE_URL") or None,
        amqp_url=environment.get("KKT_AMQP_URL") or None,
        left_out=frozenset(environment.get("KKT_LEAVE_OUT", "").replace(",", " ").split()),
        durable=durable,
        with_services=with_services,
        first_account=first_account,
    )


def _port(environment: Mapping[str, str], name: str, default: int) -> int:
    text = environment.get(name, "")
    if not text:
        return default
    if not text.isascii() or not text.isdigit() or int(text) > 65535:
        raise CommandRefusedError(f"{name} is '{text}', which is no port. Set it to a number from 1 to 65535.")
    return int(text) or free_port()
