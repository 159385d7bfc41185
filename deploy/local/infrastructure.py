"""The servers of a house: which it must run itself, and that their programs are installed."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from urllib.parse import urlsplit

from deploy.local import postgres, rabbitmq
from deploy.local.packages import ensure_packages
from deploy.local.place import HousePlace
from deploy.local.settings import HouseSettings
from deploy.refusal import CommandRefusedError

#: A server started at the same moment as we (by a machine that boots) may take a while: ten tries, seconds.
_TRIES, _TRY_SECONDS, _TRY_PAUSE = 10, 3.0, 0.5


@dataclass(frozen=True)
class Infrastructure:
    """The private servers; None where an address was given and the house starts nothing."""

    database: postgres.PrivatePostgres | None
    broker: rabbitmq.PrivateRabbitmq | None


def prepare_infrastructure(place: HousePlace, settings: HouseSettings) -> Infrastructure:
    """Install what is missing (see `ensure_packages`) and lay out the servers' folders; starts nothing.

    Refuses: CommandRefusedError with the cure when a program is missing and may not be installed.
    """
    wants_database, wants_broker = settings.database_url is None, settings.amqp_url is None
    missing = {}
    if wants_database and postgres.find_programs() is None:
        missing["postgresql"] = "PostgreSQL 15 or newer"
    if wants_broker and rabbitmq.find_programs() is None:
        missing["rabbitmq-server"] = "RabbitMQ"
    if missing:
        ensure_packages(tuple(missing), " and ".join(missing.values()))
    database = broker = None
    if wants_broker:
        broker_programs = rabbitmq.find_programs()
        if broker_programs is None:
            raise CommandRefusedError("RabbitMQ was installed but its programs are not in /usr/lib/rabbitmq/bin.")
        broker = rabbitmq.PrivateRabbitmq(place, broker_programs)
    if wants_database:
        database_programs = postgres.find_programs()
        if database_programs is None:
            raise CommandRefusedError(
                f"The installed PostgreSQL is older than {postgres.OLDEST_MAJOR}. Install postgresql-15, or set "
                "KKT_DATABASE_URL to a server that is new enough."
            )
        database = postgres.PrivatePostgres(place, database_programs, durable=settings.durable)
    return Infrastructure(database, broker)


async def demand_given_servers(settings: HouseSettings) -> None:
    """Refuse, naming the variable, when a server whose address was given takes no connections."""
    for url, variable, default_port in (
        (settings.database_url, "KKT_DATABASE_URL", 5432),
        (settings.amqp_url, "KKT_AMQP_URL", 5672),
    ):
        if url is None:
            continue
        try:
            parts = urlsplit(url)
            host, port = parts.hostname or "localhost", parts.port or default_port
        except ValueError as wrong:
            raise CommandRefusedError(f"{variable} is not an address: {wrong}.") from None
        if not await _answers(host, port):
            raise CommandRefusedError(
                f"Nothing answers at {host}:{port}, which {variable} names. Start that server, or unset {variable} "
                "to use a private one."
            )


async def _answers(host: str, port: int) -> bool:
    for _ in range(_TRIES):
        try:
            _, writer = await asyncio.wait_for(asyncio.open_connection(host, port), _TRY_SECONDS)
        except (OSError, TimeoutError):
            await asyncio.sleep(_TRY_PAUSE)
            continue
        writer.close()
        return True
    return False
