"""`python -m bench.find_items [--samples 200]`: looking for goods among 1,000,000 items of 1,000 accounts.

One account has 100,000 of them, 999 have some 900 each. What is measured is the typed call that the page and the API
make, over the bus, from a running service inside the walls of row security. The floor is the same SQL: the statements
of the very same question, caught on their way to PostgreSQL, with the same values, on a bare connection of a superuser
to whom row security does not apply. Both are asked in turn. Goal: the p99 of all is at most twice the floor's.
"""

import argparse
import itertools
import os
import random
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import sqlalchemy as sa

from bench.figures import milliseconds, percentile
from bench.import_csv import make_files, new_actor
from bench.undo import bring
from deploy.local.ports import free_port
from services.chassis import clock
from services.chassis.database import Database, plain_url
from services.chassis.sync_bridge import SyncBridge
from services.contracts.catalog import CatalogRpc, ItemQuery
from services.contracts.permissions import Role
from services.contracts.values import AccountId, SessionId, UserActor, UserId
from tests.house.servers import scratch_place, start_servers, stop_servers
from tests.waiting import wait_for

# The statements are caught from the use case that the service's door calls.
from services.catalog.use_cases import items  # isort: skip
from services.catalog.work_places import WorkPlaces  # isort: skip

GOAL = 2.0
LARGE = 100_000  # items of the one account
SMALL, OTHERS = 901, 999  # items of each of the others, and how many there are
WORDS = ("молоко", "сыр", "чай", "творог", "печенье", "кефир")

Times = tuple[list[float], list[float]]  # seconds of calls, and of the floor
Question = Callable[[random.Random], ItemQuery]


def _word(chance: random.Random) -> str:
    return chance.choice(WORDS)


QUESTIONS: dict[str, Question] = {
    "first page": lambda _chance: ItemQuery(),
    "by name": lambda _chance: ItemQuery(sort="name"),
    "by price, falling": lambda _chance: ItemQuery(sort="-price"),
    "a code": lambda chance: ItemQuery(q=str(chance.randint(10_000, 99_999))),
    "an article": lambda chance: ItemQuery(q=f"А-{chance.randint(1, LARGE):06d}"),
    "part of a barcode": lambda chance: ItemQuery(q=f"460{chance.randint(1, LARGE):09d}"),
    "two words": lambda chance: ItemQuery(q=f"{_word(chance)} {chance.randint(100, 900)}"),
    "two words, by name": lambda chance: ItemQuery(q=f"{chance.randint(100, 900)} {_word(chance)}", sort="name"),
    "a word": lambda chance: ItemQuery(q=_word(chance)),
    "without price": lambda _chance: ItemQuery(no_price=True),
}


def fill(url: str, database: Database) -> list[UserActor]:
    """The accounts with their goods; the large one is the first."""
    large = new_actor()
    bring(database, large, make_files(LARGE)[0])
    places = WorkPlaces(database, clock.now)
    with psycopg.connect(plain_url(url), autocommit=True) as connection:
        while not _searchable(connection):
            places.do_chores()
        connection.execute(
            f"CREATE TABLE small AS SELECT n, gen_random_uuid() AS id FROM generate_series(1, {OTHERS}) AS n"
        )
        for table in ("goods_base", "item_group"):
            names = _columns(connection, table)
            connection.execute(
                f"INSERT INTO catalog.{table} (account_id, {names}) SELECT s.id, {names} FROM catalog.{table}, small s"
            )
        for table in ("item", "item_search", "barcode"):
            names = _columns(connection, table)
            connection.execute(
                f"INSERT INTO catalog.{table} (account_id, {names}) SELECT s.id, {names}"
                f" FROM catalog.{table} t, small s"
                f" WHERE t.account_id = %s AND t.code BETWEEN s.n * 97 AND s.n * 97 + {SMALL - 1}",
                (large.account,),
            )
        connection.execute(
            "UPDATE catalog.goods_base b"
            " SET items = (SELECT count(*) FROM catalog.item i WHERE i.account_id = b.account_id)"
        )
        connection.execute("VACUUM ANALYZE catalog.item, catalog.item_search, catalog.barcode, catalog.goods_base")
        count = connection.execute("SELECT count(*), count(DISTINCT account_id) FROM catalog.item").fetchone()
        print(f"{count[0] if count else 0} items in {count[1] if count else 0} accounts", flush=True)
        small = [str(row[0]) for row in connection.execute("SELECT id FROM small ORDER BY n")]
    return [large, *(_actor(account) for account in small)]


def _searchable(connection: psycopg.Connection) -> bool:
    row = connection.execute("SELECT count(*) FROM catalog.goods_base WHERE search_revision < revision").fetchone()
    return row == (0,)


def _columns(connection: psycopg.Connection, table: str) -> str:
    row = connection.execute(
        "SELECT string_agg(quote_ident(attname), ', ') FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0"
        " AND NOT attisdropped AND attgenerated = '' AND attname <> 'account_id'",
        (f"catalog.{table}",),
    ).fetchone()
    return str(row[0]) if row else ""


def _actor(account: str) -> UserActor:
    user, session = str(uuid.uuid4()), str(uuid.uuid4())
    return UserActor(AccountId(account), UserId(user), "bench", (Role.ADMINISTRATOR,), SessionId(session))


class Floor:
    """The same statements without walls and bus."""

    def __init__(self, url: str, database: Database) -> None:
        self._database = database
        self._bare = psycopg.connect(plain_url(url), autocommit=True)
        self._caught: list[tuple[str, Any]] = []
        sa.event.listen(database.engine, "before_cursor_execute", self._catch)

    def _catch(self, _connection: Any, _cursor: Any, statement: str, values: Any, _context: Any, _many: bool) -> None:
        if "set_config" not in statement:
            self._caught.append((statement, values))

    def seconds(self, actor: UserActor, query: ItemQuery) -> float:
        """Of all statements of that question, rows fetched."""
        self._caught.clear()
        with self._database.account(actor.account, actor) as session:
            items.page(actor.account, session, query)
        self._bare.execute("SELECT set_config('kkt.account', %s, false)", (actor.account,))  # the search reads it
        started = time.perf_counter()
        for statement, values in self._caught:
            self._bare.execute(statement.encode(), values).fetchall()
        return time.perf_counter() - started


def ask(bridge: SyncBridge, floor: Floor, actors: Iterator[UserActor], samples: int) -> dict[str, Times]:
    """For each kind of question the seconds of the calls and of the floor, taken in turn."""
    told: dict[str, Times] = {}
    chance = random.Random(2)
    for kind, question in QUESTIONS.items():
        calls, bare = told.setdefault(kind, ([], []))
        for number in range(samples + 10):
            actor, query = next(actors), question(chance)
            started = time.perf_counter()
            bridge.call(CatalogRpc.page_items, actor, query)
            call = time.perf_counter() - started
            least = floor.seconds(actor, query)
            if number >= 10:  # the first ones warm both up
                calls.append(call)
                bare.append(least)
    return told


def report(title: str, told: dict[str, Times]) -> float:
    """A line for each kind of question; the ratio of the p99 of all."""
    print(title)
    pairs = list(told.values())
    told["all"] = ([one for calls, _ in pairs for one in calls], [one for _, bare in pairs for one in bare])
    ratio = 0.0
    for kind, (calls, bare) in told.items():
        ratio = percentile(calls, 0.99) / percentile(bare, 0.99)
        print(f"  {kind:<20} call {milliseconds(calls)}   floor {milliseconds(bare)}   p99 {ratio:.2f}x", flush=True)
    return ratio


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--samples", type=int, default=200, help="of each kind of question")
    wanted = parser.parse_args()
    servers = start_servers(scratch_place("bench-find"))
    url, amqp = servers.create_database(), servers.create_vhost()
    environ = {**os.environ, "KKT_DATABASE_URL": url, "KKT_AMQP_URL": amqp, "KKT_HEALTH_PORT": str(free_port())}
    room = subprocess.Popen(
        [sys.executable, "-m", "services.chassis.boot", "catalog"], env=environ, stderr=subprocess.DEVNULL
    )
    database, bridge = Database(url, "catalog", 4, 300_000), SyncBridge(amqp)
    try:
        actors = fill(url, database)
        floor = Floor(url, database)
        wait_for(lambda: bridge.client.ready and _answers(bridge, actors[0]), 60, "the service")
        large = report("the account of 100,000 items", ask(bridge, floor, itertools.repeat(actors[0]), wanted.samples))
        small = report("accounts of 901 items", ask(bridge, floor, itertools.cycle(actors[1:]), wanted.samples))
    finally:
        room.terminate()
        room.wait(20)
        bridge.close()
        database.close()
        stop_servers(servers)
    print(f"p99 of all: {large:.2f}x and {small:.2f}x of the same SQL (goal: at most {GOAL:.0f}x)")
    sys.exit(0 if max(large, small) <= GOAL else 1)


def _answers(bridge: SyncBridge, actor: UserActor) -> bool:
    try:
        return bridge.call(CatalogRpc.page_items, actor, ItemQuery(limit=1)).found > 0
    except Exception:
        return False


if __name__ == "__main__":
    main()
