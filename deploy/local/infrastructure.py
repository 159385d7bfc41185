"""The servers of a house: which it must run itself, and that their programs are installed."""

from __future__ import annotations

from dataclasses import dataclass

from deploy.local import postgres, rabbitmq
from deploy.local.packages import ensure_packages
from deploy.local.place import HousePlace
from deploy.local.settings import HouseSettings
from deploy.refusal import CommandRefusedError


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
