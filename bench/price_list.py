"""`python -m bench.price_list [--rows 10000] [--rounds 15]`: making a register's price list with its hashes.

Measured is all that a worker does for one wish: it takes the wish, reads the items of one moment, makes the canonical
lines, the base hash and the chunks with their hashes, keeps them and takes the wish away, both commits included. The
floor is the same columns fetched from PostgreSQL, and for each row one `json.dumps` and one SHA-256. In turn.
"""

import argparse
import hashlib
import json
import statistics
import sys
import time

import psycopg

from bench.import_csv import make_files, new_actor
from bench.undo import bring
from services.chassis import clock
from services.chassis.database import Database, plain_url
from services.contracts.recipe import Recipe
from tests.house.servers import scratch_place, start_servers, stop_servers

# The use cases are called as the service's doors call them; the bus has a bench of its own.
from services.catalog.use_cases import price_lists  # isort: skip
from services.catalog.work_places import WorkPlaces  # isort: skip
from services.catalog.worker import seldom_look_for_cycles  # isort: skip

GOAL = 0.1  # seconds for 10,000 records


def floor(connection: psycopg.Connection, account: str) -> tuple[float, int]:
    """Seconds of fetching, one dumps and one hash for each row; and how many rows."""
    started = time.perf_counter()
    rows = connection.execute(
        "SELECT code, short_name, price, barcodes, tax_code, type_code, measure_unit, section, marked, undivided,"
        " tax_system, blocked FROM catalog.item WHERE account_id = %s ORDER BY code",
        (account,),
    ).fetchall()
    for row in rows:
        hashlib.sha256(json.dumps(row, ensure_ascii=False).encode()).digest()
    return time.perf_counter() - started, len(rows)


def run(url: str, rows: int, rounds: int) -> bool:
    """Measure and print; whether the goal is met."""
    database, actor = Database(url, "catalog", 4, 300_000), new_actor()
    bring(database, actor, make_files(rows)[0])
    places = WorkPlaces(database, clock.now)
    seldom_look_for_cycles()  # as a worker process does
    times, ratios, floors = [], [], []
    with psycopg.connect(plain_url(url), autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE catalog.item")
        for number in range(rounds + 1):
            recipe = Recipe((), 100 + number, 10, "mercury-185f", "0.4", "1.2", 0)
            with database.account(actor.account, actor) as session:
                price_lists.want_preview(actor.account, session, recipe, clock.now())
            least, fetched = floor(connection, actor.account)
            started = time.perf_counter()
            done = places.do_price_list()
            taken = time.perf_counter() - started
            with database.account(actor.account, actor) as session:
                built = price_lists.built_now(actor.account, session, recipe)
            if not done or fetched != rows or built is None or built.records != rows:
                raise RuntimeError(f"not what was to be measured: {done} {fetched} {built and built.records}")
            if number:  # the first one warms everything up
                times.append(taken)
                floors.append(least)
                ratios.append(taken / least)
    database.close()
    middle, ratio = statistics.median(times), statistics.median(ratios)
    print(
        f"{rows} records, {rounds} rounds: {middle * 1e3:.0f} ms ({min(times) * 1e3:.0f} to {max(times) * 1e3:.0f}),"
        f" goal {GOAL * 1e3:.0f}; floor {statistics.median(floors) * 1e3:.0f} ms, {ratio:.1f}x of it"
    )
    return middle <= GOAL


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=15)
    wanted = parser.parse_args()
    servers = start_servers(scratch_place("bench-price-list"))
    try:
        sys.exit(0 if run(servers.create_database(), wanted.rows, wanted.rounds) else 1)
    finally:
        stop_servers(servers)


if __name__ == "__main__":
    main()
