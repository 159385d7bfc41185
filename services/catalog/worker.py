"""`python -m services.catalog.worker`: the process that reads imports and builds price lists.

Nothing here answers RPC, so a large file keeps nobody waiting. Several such processes may run.
"""

import gc
import os
import signal
import threading

from services.catalog.work_places import WorkPlaces
from services.chassis import clock
from services.chassis.database import Database
from services.chassis.health import serve_health
from services.chassis.logs import configure_logs, get_logger
from services.chassis.settings import load_settings

POOL_SIZE = 8  # connections: an import takes up to four at a time, the other loops one each
STATEMENT_TIMEOUT_MS = 300_000  # merging half a million rows is one statement
GC_THRESHOLD = 100_000  # new objects between two looks for unreachable cycles
STOP_SECONDS = 8.0  # for what is under way when the process is told to stop


def seldom_look_for_cycles() -> None:
    """Rows of files and lists make no cycles; to look for some after every 700 of them took a quarter of the time."""
    gc.freeze()
    gc.set_threshold(GC_THRESHOLD)


def main() -> None:
    """Run until told to stop."""
    configure_logs("catalog-worker")
    seldom_look_for_cycles()
    settings = load_settings(os.environ)
    database = Database(settings.database_url, "catalog", POOL_SIZE, STATEMENT_TIMEOUT_MS)
    places = WorkPlaces(database, clock.now)
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: stopping.set())
    places.start()
    serve_health(
        settings.health_host, settings.health_port, {"database": database.alive, "loops": lambda: places.alive}
    )
    get_logger(__name__).info("serving", service="catalog-worker")
    stopping.wait()
    places.stop(STOP_SECONDS)
    database.close()


if __name__ == "__main__":
    main()
