"""`python -m bench.bulk_change [--rows 100000] [--rounds 3]`: as many prices changed together, against a plain UPDATE.

The floor is that of `bench.undo`: one `UPDATE … FROM` of the same prices over a table with the columns, keys and
generated text of ours, without history, reasons and counts. Both run in turn in one database.

What is measured is the use case behind «Применить», from its first statement to the end of its commit, and the preview
that is shown before: +5 % rounded to x.90, of all items and of those that a search finds (all of them, too).
"""

import argparse
import os
import statistics
import sys
import time
import uuid

from bench.undo import bring, floor, goods
from services.chassis import clock
from services.chassis.database import Database
from services.contracts.bulk_changes import (
    BulkDone,
    BulkPreview,
    PriceChange,
    PriceChangeKind,
    PriceRounding,
    Selection,
)
from services.contracts.catalog import ItemQuery
from services.contracts.permissions import Role
from services.contracts.values import AccountId, SessionId, UserActor, UserId
from tests.house.servers import scratch_place, start_servers, stop_servers

# The use cases are called as the service's doors call them; the bus has a bench of its own.
from services.catalog.use_cases import bulk_changes  # isort: skip

GOAL = 5.0  # seconds for 100,000 prices
DEARER = PriceChange(PriceChangeKind.PERCENT, 500, PriceRounding.NINETY)
SELECTIONS = {"all": ItemQuery(), "found": ItemQuery(q="товар каталога")}


def look(database: Database, actor: UserActor, selection: Selection) -> tuple[BulkPreview, float]:
    """A preview, and its seconds."""
    started = time.perf_counter()
    with database.account(actor.account, actor) as session:
        seen = bulk_changes.preview(actor.account, session, selection, DEARER)
    return seen, time.perf_counter() - started


def change(database: Database, actor: UserActor, selection: Selection, seen: BulkPreview) -> tuple[BulkDone, float]:
    """The change as it was looked at, and its seconds."""
    started = time.perf_counter()
    with database.account(actor.account, actor) as session:
        done = bulk_changes.apply(
            actor.account, session, "bench", selection, DEARER, seen.base_revision, seen.matched, clock.now()
        )
    return done, time.perf_counter() - started


def run(url: str, rows: int, rounds: int) -> bool:
    """Measure and print; whether the goal is met."""
    print(f"{rows} rows, {rounds} rounds, {os.cpu_count()} cores; seconds")
    database = Database(url, "catalog", 8, 300_000)
    times, ratios = [], []
    for number in range(1, rounds + 1):
        ids = [str(uuid.uuid4()) for _ in range(3)]
        actor = UserActor(AccountId(ids[0]), UserId(ids[1]), "bench", (Role.ADMINISTRATOR,), SessionId(ids[2]))
        bring(database, actor, goods(rows, 1))
        least = floor(url, actor.account, rows)
        for name, query in SELECTIONS.items():
            selection = Selection(matching=query)
            seen, looked = look(database, actor, selection)
            done, taken = change(database, actor, selection, seen)
            if (seen.matched, done.changed, done.skipped) != (
                rows,
                seen.changed,
                (),
            ) or done.changed < rows - rows // 50:
                raise RuntimeError(f"not what was to be measured: {done}")
            times.append(taken)
            ratios.append(taken / least)
            print(
                f"round {number}, {name}: plain UPDATE {least:.2f}, preview {looked:.2f},"
                f" change {taken:.2f} = {ratios[-1]:.1f}x"
            )
    database.close()
    middle = statistics.median(times)
    print(f"median: {middle:.2f} s (goal: at most {GOAL:.0f}), {statistics.median(ratios):.1f}x of a plain UPDATE")
    return middle <= GOAL


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=3)
    wanted = parser.parse_args()
    servers = start_servers(scratch_place("bench-bulk-change"))
    try:
        sys.exit(0 if run(servers.create_database(), wanted.rows, wanted.rounds) else 1)
    finally:
        stop_servers(servers)


if __name__ == "__main__":
    main()
