"""The worker process itself: woken by work, killed in the middle of it, followed by another."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from services.chassis.database import plain_url
from tests.services.catalog.catalog_house import CatalogHouse
from tests.waiting import wait_for


@contextmanager
def worker_process(database_url: str) -> Iterator["subprocess.Popen[bytes]"]:
    """A worker as `kkt up` runs it."""
    environ = {**os.environ, "KKT_DATABASE_URL": database_url, "KKT_AMQP_URL": "amqp://unused.invalid"}
    process = subprocess.Popen([sys.executable, "-m", "services.catalog.worker"], env=environ)
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(5)


def test_a_killed_worker_is_followed_by_another(catalog: CatalogHouse, module_database: str) -> None:
    rows = "".join(f"{n};Товар номер {n} с именем;{n},50;;22%\n" for n in range(1, 40_001))
    body = ("Код;Наименование;Цена;Штрихкод;НДС\n" + rows).encode("cp1251")
    with worker_process(module_database) as first:
        started = catalog.start(body)
        wait_for(lambda: catalog.get(started.id).state != "queued", 30, "the worker takes it", every=0.01)
        first.kill()
        first.wait(10)
    assert catalog.get(started.id).state in ("reading", "applying")
    assert catalog.revision() == 0
    with psycopg.connect(plain_url(module_database)) as connection:  # its lease runs out
        connection.execute("UPDATE catalog.goods_import SET lease_until = now() WHERE state = 'reading'")
    with worker_process(module_database):
        wait_for(lambda: catalog.get(started.id).state == "applied", 60, "another worker finishes it")
        done = catalog.get(started.id)
        assert (done.created, done.failed, done.revision) == (40_000, 0, 1)
        small = catalog.start("Код;Наименование\n1;Сыр\n".encode())
        wait_for(lambda: catalog.get(small.id).state == "applied", 20, "a waiting worker is woken")
    assert catalog.revision() == 2
    assert catalog.item(40_000).price == 4_000_050
