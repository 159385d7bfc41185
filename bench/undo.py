"""`python -m bench.undo [--rows 100000] [--rounds 3]`: as many new prices taken back, against a plain UPDATE.

The floor is what PostgreSQL needs to set the same prices when nobody compares, keeps history or looks for conflicts:
one `UPDATE … FROM` over a table with the columns, keys and generated text of ours. Both run in turn in one database.

What is measured is the use case behind «Отменить», from its first statement to the end of its commit, and the preview
that is shown before. The base is made by an import, the prices are changed by a second one, both as the worker does it.
"""

import argparse
import hashlib
import os
import random
import statistics
import sys
import time
import uuid

import psycopg

from services.chassis import clock
from services.chassis.database import Database, plain_url
from services.contracts.imports import UPLOAD_PART_BYTES, NewImport
from services.contracts.permissions import Role
from services.contracts.values import AccountId, SessionId, UploadId, UserActor, UserId
from tests.house.servers import scratch_place, start_servers, stop_servers

# The use cases are called as the service's doors call them; the bus has a bench of its own.
from services.catalog.use_cases import imports, revisions, uploads  # isort: skip
from services.catalog.use_cases.price_list_preview import PreviewSeats  # isort: skip
from services.catalog.work_places import WorkPlaces  # isort: skip

GOAL = 5.0  # seconds for 100,000 prices


def goods(rows: int, seed: int) -> bytes:
    """A price list; another seed gives the same goods other prices."""
    chance = random.Random(seed)
    lines = ["Код;Наименование;Артикул;Цена"]
    for code in range(1, rows + 1):
        kopecks = chance.randint(1000, 9_999_999)
        lines.append(f"{code};Товар из каталога номер {code};А-{code};{kopecks // 100},{kopecks % 100:02d}")
    return "\n".join(lines).encode()


def bring(database: Database, actor: UserActor, body: bytes) -> int:
    """Import a file; returns the revision that it made."""
    upload = UploadId(str(uuid.uuid4()))
    for number, place in enumerate(range(0, len(body), UPLOAD_PART_BYTES)):
        with database.account(actor.account, actor) as session:
            part = body[place : place + UPLOAD_PART_BYTES]
            uploads.upload_part(actor.account, session, upload, number, part, clock.now())
    parts = -(-len(body) // UPLOAD_PART_BYTES)
    new = NewImport(upload, parts, len(body), hashlib.sha256(body).hexdigest(), "goods.csv")
    with database.account(actor.account, actor) as session:
        view = imports.start_import(actor, session, new, 11, clock.now())
    worker = WorkPlaces(database, clock.now)
    while worker.do_import():
        pass
    with database.account(actor.account, actor) as session:
        done = imports.get_import(actor.account, session, view.id).revision
    if done is None:
        raise RuntimeError("the import changed nothing")
    return done


def floor(url: str, account: str, rows: int) -> float:
    """Seconds of one UPDATE of all prices."""
    with psycopg.connect(plain_url(url), autocommit=True) as connection:
        connection.execute("DROP TABLE IF EXISTS floor_item, floor_price")
        connection.execute("CREATE TABLE floor_item (LIKE catalog.item INCLUDING ALL)")
        columns = connection.execute(
            "SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) FROM pg_attribute"
            " WHERE attrelid = 'catalog.item'::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''"
        ).fetchone()
        names = columns[0] if columns else ""
        connection.execute(
            f"INSERT INTO floor_item ({names}) SELECT {names} FROM catalog.item WHERE account_id = %s", (account,)
        )
        connection.execute("CREATE TABLE floor_price AS SELECT code, price + 100 AS price FROM floor_item")
        connection.execute("ANALYZE floor_item, floor_price")
        started = time.perf_counter()
        done = connection.execute(
            "UPDATE floor_item i SET price = p.price, changed_revision = 9, version = i.version + 1, changed_at = now()"
            " FROM floor_price p WHERE i.account_id = %s AND i.code = p.code",
            (account,),
        )
        taken = time.perf_counter() - started
        if done.rowcount != rows:
            raise RuntimeError(f"not what was to be measured: {done.rowcount}")
        return taken


def run(url: str, rows: int, rounds: int) -> bool:
    """Measure and print; whether the goal is met."""
    print(f"{rows} rows, {rounds} rounds, {os.cpu_count()} cores; seconds")
    database = Database(url, "catalog", 8, 300_000)
    times, ratios = [], []
    for number in range(1, rounds + 1):
        ids = [str(uuid.uuid4()) for _ in range(3)]
        actor = UserActor(AccountId(ids[0]), UserId(ids[1]), "bench", (Role.ADMINISTRATOR,), SessionId(ids[2]))
        bring(database, actor, goods(rows, 1))
        revision = bring(database, actor, goods(rows, 2))
        least = floor(url, actor.account, rows)
        started = time.perf_counter()
        with database.account(actor.account, actor) as session:
            shown = revisions.preview_undo(actor.account, session, PreviewSeats(), revision, "skip")
        previewed = time.perf_counter()
        with database.account(actor.account, actor) as session:
            done = revisions.undo_revision(
                actor.account, session, "bench", revision, "skip", shown.base_revision, clock.now()
            )
        ended = time.perf_counter()
        if (shown.changed, done.changed, done.conflicts) != (done.changed, shown.changed, 0) or done.changed < rows - 9:
            raise RuntimeError(f"not what was to be measured: {shown} {done}")
        times.append(ended - previewed)
        ratios.append(times[-1] / least)
        print(
            f"round {number}: plain UPDATE {least:.2f}, preview {previewed - started:.2f},"
            f" undo {times[-1]:.2f} = {ratios[-1]:.1f}x"
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
    servers = start_servers(scratch_place("bench-undo"))
    try:
        sys.exit(0 if run(servers.create_database(), wanted.rows, wanted.rounds) else 1)
    finally:
        stop_servers(servers)


if __name__ == "__main__":
    main()
