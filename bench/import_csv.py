"""`python -m bench.import_csv [--rows 100000] [--rounds 3]`: a CSV of goods into the base, against a plain COPY.

The floor is what PostgreSQL needs for the same rows when nobody reads, checks or matches anything: `COPY` of a ready
file into an unlogged table and one `INSERT … ON CONFLICT`. It is taken twice: into a table with the columns and keys of
ours, and into a bare one with six columns and one key. Both floors and the import run in turn, in the same database.

The import is the real one: the worker process, from the moment the file is queued to the moment it is applied, into
an empty base; then the same file again, which changes nothing. Memory is the most that the worker and its children held
at one time.
"""

import argparse
import hashlib
import os
import random
import statistics
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from bench.figures import PeakMemory
from services.chassis import clock
from services.chassis.database import Database, plain_url
from services.contracts.imports import UPLOAD_PART_BYTES, ImportView, NewImport
from services.contracts.permissions import Role
from services.contracts.values import AccountId, SessionId, UploadId, UserActor, UserId
from tests.house.servers import scratch_place, start_servers, stop_servers

# The use cases are called as the service's doors call them; the bus has a bench of its own.
from services.catalog.repository.base import get_base  # isort: skip
from services.catalog.use_cases import imports, uploads  # isort: skip

WORDS = tuple("молоко хлеб сыр сок вода чай кофе масло колбаса шоколад печенье яблоко пирог творог кефир".split())  # noqa: SIM905
RATIO, MEGABYTES = 3, 300  # goals: times the floor, and the most memory
LOOK_SECONDS = 0.05  # a look costs some milliseconds of the cores that the import needs
BLOCK = 256 * 1024  # bytes that the floor's COPY sends at once

_FLOOR_IN = "CREATE UNLOGGED TABLE floor_in (code int, name text, article text, barcode text, price bigint, tax int)"
_BARE = "CREATE TABLE floor_bare (code int PRIMARY KEY, name text, article text, barcode text, price bigint, tax int)"
_BARE_MERGE = """
INSERT INTO floor_bare SELECT * FROM floor_in
ON CONFLICT (code) DO UPDATE SET name = excluded.name, price = excluded.price
"""
_LIKE_MERGE = """
WITH items AS (
  INSERT INTO floor_like (account_id, code, name, short_name, short_name_edited, price, barcodes, groups, article,
    tax_code, type_code, measure_unit, section, marked, undivided, blocked, changed_revision, version, changed_at)
  SELECT %(account)s, code, name, name, false, price, barcode, ARRAY[%(account)s]::uuid[], article,
    tax, 1, 0, 1, false, true, false, 1, 1, now() FROM floor_in
  ON CONFLICT (account_id, code) DO UPDATE SET name = excluded.name, price = excluded.price)
INSERT INTO floor_barcode SELECT %(account)s, barcode, code FROM floor_in
ON CONFLICT (account_id, key) DO UPDATE SET code = excluded.code
"""


def ean13(number: int) -> str:
    """A right EAN-13."""
    digits = f"460{number:09d}"
    total = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(digits))
    return f"{digits}{-total % 10}"


def make_files(rows: int) -> tuple[bytes, bytes]:
    """The goods file as a shop's program writes it (windows-1251), and the same rows ready for COPY (UTF-8)."""
    chance = random.Random(1)
    table = ["Код;Наименование;Артикул;Штрихкод;Цена;НДС;Группа;Ед. изм."]
    ready = []
    for code in range(1, rows + 1):
        name = f"{' '.join(chance.sample(WORDS, 3)).capitalize()} {chance.randint(100, 900)} г"
        kopecks = chance.randint(1000, 9_999_999)
        price = f"{kopecks // 100},{kopecks % 100:02d}"
        table.append(f"{code};{name};А-{code:06d};{ean13(code)};{price};22%;Группа {code % 40};шт")
        ready.append(f"{code}\t{name}\tА-{code:06d}\t{ean13(code)}\t{kopecks}\t11")
    return "\r\n".join(table).encode("windows-1251"), ("\n".join(ready) + "\n").encode()


def floor(url: str, ready: bytes, like_ours: bool) -> float:
    """Seconds of one COPY and one INSERT … ON CONFLICT."""
    account = str(uuid.uuid4())
    with psycopg.connect(plain_url(url), autocommit=True) as connection:
        connection.execute(_FLOOR_IN)
        connection.execute(_BARE)
        connection.execute("CREATE TABLE floor_like (LIKE catalog.item INCLUDING ALL)")
        connection.execute("CREATE TABLE floor_barcode (LIKE catalog.barcode INCLUDING ALL)")
        started = time.perf_counter()
        with connection.cursor().copy("COPY floor_in FROM STDIN") as copy:
            for place in range(0, len(ready), BLOCK):
                copy.write(ready[place : place + BLOCK])
        if like_ours:
            connection.execute(_LIKE_MERGE, {"account": account})
        else:
            connection.execute(_BARE_MERGE)
        seconds = time.perf_counter() - started
        # Else they would be vacuumed beside the next import.
        connection.execute("DROP TABLE floor_in, floor_bare, floor_like, floor_barcode")
        return seconds


def run_import(database: Database, actor: UserActor, body: bytes) -> tuple[float, ImportView]:
    """Seconds from queueing an uploaded file to its end, and what it came to."""
    upload = UploadId(str(uuid.uuid4()))
    for number, place in enumerate(range(0, len(body), UPLOAD_PART_BYTES)):
        with database.account(actor.account, actor) as session:
            part = body[place : place + UPLOAD_PART_BYTES]
            uploads.upload_part(actor.account, session, upload, number, part, clock.now())
    parts = -(-len(body) // UPLOAD_PART_BYTES)
    new = NewImport(upload, parts, len(body), hashlib.sha256(body).hexdigest(), "goods.csv")
    started = time.perf_counter()
    with database.account(actor.account, actor) as session:
        view = imports.start_import(actor, session, new, 11, clock.now())
    while view.finished_at is None:
        time.sleep(LOOK_SECONDS)
        with database.account(actor.account, actor) as session:
            view = imports.get_import(actor.account, session, view.id)
    return time.perf_counter() - started, view


def settle(url: str, database: Database, actor: UserActor) -> None:
    """Wait until the worker has brought the search up to date, and do what autovacuum does within a minute.

    Both would else go on beside the next import, or not, as it happens.
    """
    while True:
        with database.account(actor.account, actor) as session:
            base = get_base(actor.account, session)
            if base is None or base.search_revision == base.revision:
                break
        time.sleep(LOOK_SECONDS)
    with psycopg.connect(plain_url(url), autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")


def new_actor() -> UserActor:
    """Somebody in an account of his own."""
    ids = [str(uuid.uuid4()) for _ in range(3)]
    return UserActor(AccountId(ids[0]), UserId(ids[1]), "bench", (Role.ADMINISTRATOR,), SessionId(ids[2]))


@contextmanager
def running_worker(url: str, database: Database) -> Iterator[PeakMemory]:
    """A worker that has done its first import; what it and its children hold in memory is watched until the end."""
    environ = {**os.environ, "KKT_DATABASE_URL": url, "KKT_AMQP_URL": "amqp://unused.invalid"}
    worker = subprocess.Popen([sys.executable, "-m", "services.catalog.worker"], env=environ, stderr=subprocess.DEVNULL)
    try:
        run_import(database, new_actor(), "Код;Наименование\n1;Сыр\n".encode())
        with PeakMemory(worker.pid) as memory:
            yield memory
    finally:
        worker.terminate()
        worker.wait(20)
        database.close()


def run(url: str, rows: int, rounds: int) -> bool:
    """Measure and print; whether the goals are met."""
    body, ready = make_files(rows)
    print(f"{rows} rows, {len(body) / 1e6:.1f} MB, {rounds} rounds, {os.cpu_count()} cores; seconds")
    database = Database(url, "catalog", 2, 300_000)
    ratios, bare_ratios = [], []
    with running_worker(url, database) as memory:
        for number in range(1, rounds + 1):
            bare, like = floor(url, ready, like_ours=False), floor(url, ready, like_ours=True)
            actor = new_actor()
            first, view = run_import(database, actor, body)
            settle(url, database, actor)
            again, same = run_import(database, actor, body)
            if (view.created, same.unchanged, view.failed) != (rows, rows, 0):
                raise RuntimeError(f"not what was to be measured: {view} {same}")
            ratios.append(first / like)
            bare_ratios.append(first / bare)
            print(
                f"round {number}: floor {like:.2f} (bare table {bare:.2f}), import {first:.2f} = {ratios[-1]:.1f}x"
                f" (bare {bare_ratios[-1]:.1f}x), same file again {again:.2f}"
            )
    ratio = statistics.median(ratios)
    bare_ratio = statistics.median(bare_ratios)
    print(f"median: {ratio:.1f}x of the floor (goal: at most {RATIO}), {bare_ratio:.1f}x of a bare table")
    print(f"peak memory of the worker and its children: {memory.megabytes:.0f} MB (goal: at most {MEGABYTES})")
    return ratio <= RATIO and memory.megabytes <= MEGABYTES


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=3)
    wanted = parser.parse_args()
    servers = start_servers(scratch_place("bench-import"))
    try:
        sys.exit(0 if run(servers.create_database(), wanted.rows, wanted.rounds) else 1)
    finally:
        stop_servers(servers)


if __name__ == "__main__":
    main()
