"""`kkt dead-letters`: facts that a room could not handle, for the operator to look at, try again or drop."""

from deploy.refusal import CommandRefusedError
from services.chassis.bus_client import BusClient
from services.chassis.database import Database
from services.chassis.dead_letters import DeadLetter, ask_again, drop_letter, list_letters
from services.chassis.exchanges import FACTS_EXCHANGE
from services.chassis.migrations import ROOMS
from services.contracts.refusals import NotFound

CONSUMERS = tuple(room for room in ROOMS if room in ("registers", "catalog"))  # rooms that listen to others
BUS_SECONDS = 5.0  # to wait for the broker; without it the room looks by itself within half a minute


def letters(database_url: str) -> list[tuple[str, DeadLetter]]:
    """All letters, with the room that could not handle each."""
    found: list[tuple[str, DeadLetter]] = []
    for room in CONSUMERS:
        database = Database(database_url, room, 1)
        with database.system() as session:
            found += [(room, letter) for letter in list_letters(session)]
        database.close()
    return found


def retry(database_url: str, amqp_url: str, room: str, source: str, number: int) -> None:
    """Have one tried again, soon. Raises CommandRefusedError if there is no such letter."""
    _answer(database_url, room, source, number, drop=False)
    bus = BusClient(amqp_url)
    bus.start()
    if bus.wait_ready(BUS_SECONDS):
        bus.publish(FACTS_EXCHANGE, source, b"{}")
    bus.stop()


def drop(database_url: str, room: str, source: str, number: int) -> None:
    """Give one up. Raises CommandRefusedError if there is no such letter."""
    _answer(database_url, room, source, number, drop=True)


def _answer(database_url: str, room: str, source: str, number: int, *, drop: bool) -> None:
    database = Database(database_url, room, 1)
    try:
        with database.system() as session:
            (drop_letter if drop else ask_again)(session, source, number)
    except NotFound:
        raise CommandRefusedError(f"The room {room} has no dead letter {number} of {source}.") from None
    finally:
        database.close()
