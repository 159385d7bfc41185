"""The loops of a worker process: one takes imports, one price lists, one does chores; another keeps their leases.

Work waits in PostgreSQL. A loop looks when it is told that there is some, and every POLL_SECONDS besides; what a dead
worker held is free again when its lease runs out.
"""

import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

import psycopg
import sqlalchemy.exc

from services.catalog.domain.turns import Turns
from services.catalog.repository.imports import WORK_CHANNEL
from services.catalog.system_repository import (
    ATTEMPTS_MAX,
    due_schedules,
    extend_leases,
    stale_searches,
    sweep,
    take_import,
    take_price_list_job,
)
from services.catalog.use_cases.import_run import ImportRun, NotHeld
from services.catalog.use_cases.price_list_build import PriceListRun
from services.catalog.use_cases.schedules import apply_schedule, fail_schedule
from services.catalog.use_cases.search_refresh import refresh_search
from services.chassis.database import Database, plain_url
from services.chassis.logs import get_logger
from services.contracts.import_codes import ImportFailure
from services.contracts.values import AccountId

LEASE = timedelta(seconds=10)
LEASE_RENEWED = 2.5  # seconds
POLL_SECONDS = 2.0
SWEEP_SECONDS = 600.0
SCHEDULES_AT_ONCE = 10
SEARCHES_AT_ONCE = 10  # accounts whose search is refreshed in one go
AWAY_SECONDS = 1.0  # before the next try when the database is away

Clock = Callable[[], datetime]

log = get_logger(__name__)


class WorkPlaces:
    """All loops of one worker process."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._stopping = threading.Event()
        self._wakes = {kind: threading.Event() for kind in ("imports", "price lists", "chores")}
        self._held: set[str] = set()
        self._held_lock = threading.Lock()
        self._threads: list[threading.Thread] = []
        self._swept_at = clock()
        self._import_turns, self._list_turns = Turns(), Turns()

    def start(self) -> None:
        """Begin; returns at once."""
        loops = {
            "imports": lambda: self._loop("imports", self.do_import),
            "price-lists": lambda: self._loop("price lists", self.do_price_list),
            "chores": lambda: self._loop("chores", self.do_chores),
            "leases": self._keep_leases,
            "listen": self._listen,
        }
        for name, loop in loops.items():
            thread = threading.Thread(target=loop, name=name, daemon=True)
            thread.start()
            self._threads.append(thread)

    @property
    def alive(self) -> bool:
        """Whether all loops run."""
        return bool(self._threads) and all(thread.is_alive() for thread in self._threads)

    def stop(self, seconds: float) -> None:
        """Take no new work, and wait so long for what is under way."""
        self._stopping.set()
        for wake in self._wakes.values():
            wake.set()
        deadline = time.monotonic() + seconds
        for thread in self._threads[: len(self._wakes)]:
            thread.join(max(0.0, deadline - time.monotonic()))

    # ---- the kinds of work

    def do_import(self) -> bool:
        """Take one import and finish it; False if there is none."""
        with self._holding() as worker:
            with self._database.system() as session:
                row = take_import(session, worker, LEASE, self._import_turns.longest_ago_first)
            if row is None:
                return False
            self._import_turns.serve(AccountId(row.account_id))
            run = ImportRun(self._database, row, worker, self._clock)
            try:
                if row.attempts > ATTEMPTS_MAX:
                    run.fail(ImportFailure.WORKER_LOST, {})
                else:
                    run.run()
                log.info("import_done", account=row.account_id, import_id=row.import_id)
            except NotHeld:
                log.info("import_not_held", account=row.account_id, import_id=row.import_id)
            except sqlalchemy.exc.OperationalError:
                raise  # the database is away: the lease runs out and the import begins anew
            except Exception:
                log.exception("import_failed", account=row.account_id, import_id=row.import_id)
                run.fail(ImportFailure.INTERNAL_ERROR, {})
        return True

    def do_price_list(self) -> bool:
        """Take one wish for a price list and fulfil it; False if there is none."""
        with self._holding() as worker:
            with self._database.system() as session:
                job = take_price_list_job(session, worker, LEASE, self._list_turns.longest_ago_first)
            if job is None:
                return False
            self._list_turns.serve(AccountId(job.account_id))
            run = PriceListRun(self._database, job, worker, self._clock)
            try:
                if job.attempts > ATTEMPTS_MAX:
                    run.fail()
                else:
                    run.run()
            except sqlalchemy.exc.OperationalError:
                raise
            except Exception:
                log.exception("price_list_failed", account=job.account_id, recipe=job.recipe_id)
                run.fail()
        return True

    def do_chores(self) -> bool:
        """Bring searches up to date, forget what ran out; True if there is more to do."""
        with self._database.system() as session:
            behind = stale_searches(session, SEARCHES_AT_ONCE)
        refreshed = [refresh_search(self._database, account) for account in behind]
        with self._database.system() as session:
            due = due_schedules(session, SCHEDULES_AT_ONCE)
        for account, schedule in due:
            self._apply_schedule(account, schedule)
        if (self._clock() - self._swept_at).total_seconds() >= SWEEP_SECONDS:
            self._swept_at = self._clock()
            with self._database.system() as session:
                sweep(session, self._clock())
        return any(refreshed)

    def _apply_schedule(self, account: AccountId, schedule: str) -> None:
        try:
            apply_schedule(self._database, account, schedule, self._clock())
            log.info("schedule_done", account=account, schedule=schedule)
        except sqlalchemy.exc.OperationalError as error:
            # Somebody holds the base, or the database is away: it is due the next time.
            log.warning("schedule_waits", account=account, schedule=schedule, error=repr(error)[:300])
        except Exception:
            log.exception("schedule_failed", account=account, schedule=schedule)
            fail_schedule(self._database, account, schedule, ImportFailure.INTERNAL_ERROR.value, self._clock())

    # ---- the loops

    def _loop(self, kind: str, work: Callable[[], bool]) -> None:
        wake = self._wakes[kind]
        while not self._stopping.is_set():
            wake.clear()
            try:
                while not self._stopping.is_set() and work():
                    pass
            except Exception as error:
                log.warning("worker_waits", kind=kind, error=repr(error)[:300])
                self._stopping.wait(AWAY_SECONDS)
            else:
                wake.wait(POLL_SECONDS)

    def _listen(self) -> None:
        while not self._stopping.is_set():
            try:
                with psycopg.connect(plain_url(self._database.url), autocommit=True, connect_timeout=5) as connection:
                    connection.execute(f"LISTEN {WORK_CHANNEL}")
                    while not self._stopping.is_set():
                        for _told in connection.notifies(timeout=POLL_SECONDS, stop_after=1):
                            for wake in self._wakes.values():
                                wake.set()
            except psycopg.Error as error:
                log.warning("worker_deaf", error=repr(error)[:300])
                self._stopping.wait(AWAY_SECONDS)

    def _keep_leases(self) -> None:
        while not self._stopping.wait(LEASE_RENEWED):
            with self._held_lock:
                held = sorted(self._held)
            if not held:
                continue
            try:
                with self._database.system() as session:
                    extend_leases(session, held, LEASE)
            except Exception as error:
                log.warning("leases_not_kept", error=repr(error)[:300])

    @contextmanager
    def _holding(self) -> Iterator[str]:
        """A name under which work is held; its lease is kept up until the end of the block."""
        worker = str(uuid.uuid4())
        with self._held_lock:
            self._held.add(worker)
        try:
            yield worker
        finally:
            with self._held_lock:
                self._held.discard(worker)
