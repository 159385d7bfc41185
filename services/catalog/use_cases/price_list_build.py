"""Building one price list, as a worker does it: one snapshot of the base, immutable bytes, one event."""

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

import msgspec
from sqlalchemy.orm import Session

from services.catalog.domain.group_tree import unknown_groups, with_descendants
from services.catalog.domain.model_profiles import profile_of
from services.catalog.domain.price_list import PriceListBuilder
from services.catalog.domain.register_record import RecordMaker
from services.catalog.models import PriceList, PriceListJob
from services.catalog.repository.base import get_base
from services.catalog.repository.groups import all_groups
from services.catalog.repository.price_lists import (
    add_list,
    codes_without_record,
    find_list,
    finish_job,
    has_chunks,
    list_items,
    store_chunks,
)
from services.catalog.use_cases.price_lists import list_ref
from services.chassis.database import Database
from services.chassis.event_log import record
from services.contracts.catalog import PriceListBuiltEvent, PriceListFailedEvent
from services.contracts.import_codes import PriceListFailure
from services.contracts.recipe import DeltaRef, Recipe
from services.contracts.registers import GoodsVersion
from services.contracts.values import AccountId, SystemActor

Clock = Callable[[], datetime]
WORKER = SystemActor(name="catalog worker")


class PriceListRun:
    """One worker's work on one wish."""

    def __init__(self, database: Database, job: PriceListJob, worker: str, clock: Clock) -> None:
        self._database = database
        self._account = AccountId(job.account_id)
        self._job_key = job.job_key
        self._recipe_id = job.recipe_id
        self._recipe = msgspec.convert(job.recipe, Recipe)
        self._announced = job.announced
        self._delta_from = None if job.delta_from is None else msgspec.convert(job.delta_from, GoodsVersion)
        self._wanted_revision = job.revision
        self._worker = worker
        self._clock = clock

    def run(self) -> None:
        """Build the list, or take the one that is there; tell the registers room if it waits.

        Reading and writing are two transactions: the first one sees one moment of the base and would be thrown out
        by any other writer of what the second one writes.
        """
        try:
            with self._database.new_session(self._account, WORKER, "") as session:
                # Before anything else is asked in this transaction: all of the list is of one moment.
                session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
                read = self._read(session)
        except _GroupUnknown as unknown:
            self.fail(PriceListFailure.UNKNOWN_ITEM_GROUP, {"group": unknown.group})
            return
        with self._database.account(self._account, WORKER) as session:
            built, delta = self._store(session, read) if isinstance(read, _Lines) else read
            if finish_job(self._account, session, self._job_key, self._worker) and self._announced:
                record(session, self._account, self._outcome(built, delta))

    def fail(
        self, code: PriceListFailure = PriceListFailure.INTERNAL_ERROR, params: dict[str, str | int] | None = None
    ) -> None:
        """Give a wish up; by itself for a fault of ours."""
        with self._database.account(self._account, WORKER) as session:
            if finish_job(self._account, session, self._job_key, self._worker) and self._announced:
                failed = PriceListFailedEvent(
                    self._account, self._recipe_id, self._wanted_revision, code.value, params or {}
                )
                record(session, self._account, failed)

    def _read(self, session: Session) -> "_Lines | tuple[PriceList, DeltaRef | None]":
        """The lines of the list and of the delta; or the list itself if it is there and no delta is asked for."""
        account = self._account
        groups = self._groups(session)  # first: a list that was built for a group that is no more must not be sent
        base = get_base(account, session)
        revision = base.revision if base is not None else 0
        profile = profile_of(self._recipe.model, self._recipe.base_version, self._recipe.ffd)
        since = self._known_delta(session, profile.version, revision)
        there = find_list(account, session, self._recipe_id, profile.version, revision)
        if there is not None and since is None and (not there.chunks or has_chunks(account, session, there.sha256)):
            return there, None
        maker = RecordMaker(profile, self._recipe.price_percent, self._recipe.price_rounding)
        builder = PriceListBuilder(maker, None if since is None else since.revision)
        for items in list_items(account, session, groups):
            builder.add_all(items)
        if since is not None:
            for code in codes_without_record(account, session, groups, since.revision):
                builder.add_absent(code)
        return _Lines(builder, profile.version, revision, since)

    def _groups(self, session: Session) -> list[str] | None:
        """The groups that pass the recipe's filter, with all that stand inside them; None: no filter.

        A group may be removed while a register is about to filter by it: then raises _GroupUnknown. Left out silently,
        the register would lose its goods; and without a filter left, it would get all of them.
        """
        if not self._recipe.item_groups:
            return None
        parents = {row.group_id: row.parent_id for row in all_groups(self._account, session)}
        for group in unknown_groups(parents, self._recipe.item_groups):
            raise _GroupUnknown(group)
        return sorted(with_descendants(parents, self._recipe.item_groups))

    def _known_delta(self, session: Session, profiles_version: int, revision: int) -> GoodsVersion | None:
        """Where a delta may begin: at a list of the same recipe and profiles that was built here."""
        wanted = self._delta_from
        if wanted is None or not 0 < wanted.revision < revision:
            return None
        known = find_list(self._account, session, self._recipe_id, profiles_version, wanted.revision)
        return wanted if known is not None and known.base_hash == wanted.base_hash else None

    def _store(self, session: Session, read: "_Lines") -> tuple[PriceList, DeltaRef | None]:
        lines, now = read.builder.list, self._clock()
        sha256 = lines.finish()
        if lines.chunks:
            store_chunks(self._account, session, sha256, lines.chunks, now)
        built = {
            "recipe_id": self._recipe_id,
            "profiles_version": read.profiles_version,
            "revision": read.revision,
            "sha256": sha256,
            "base_hash": read.builder.base_hash,
            "records": lines.lines,
            "bytes": lines.bytes,
            "chunks": len(lines.chunks),
            "problems_count": read.builder.problems_count,
            "problems": msgspec.to_builtins(read.builder.problems),
            "built_at": now,
        }
        add_list(self._account, session, built)
        return PriceList(account_id=self._account, **built), self._store_delta(session, read, lines.bytes)

    def _store_delta(self, session: Session, read: "_Lines", list_bytes: int) -> DeltaRef | None:
        """Keep the delta, if there is one and it is shorter than the list."""
        if read.since is None:
            return None
        lines = read.builder.delta()
        sha256 = lines.finish()
        if not lines.chunks or lines.bytes >= list_bytes:
            return None
        store_chunks(self._account, session, sha256, lines.chunks, self._clock())
        return DeltaRef(
            from_revision=read.since.revision,
            from_base_hash=read.since.base_hash,
            sha256=sha256,
            lines=lines.lines,
            bytes=lines.bytes,
            chunks=len(lines.chunks),
        )

    def _outcome(self, built: PriceList, delta: DeltaRef | None) -> PriceListBuiltEvent | PriceListFailedEvent:
        capacity = self._recipe.capacity
        params: dict[str, str | int]
        if built.records == 0:
            code, params = PriceListFailure.EMPTY_BASE, {"problems": built.problems_count}
        elif 0 < capacity < built.records:
            code, params = PriceListFailure.CAPACITY, {"records": built.records, "capacity": capacity}
        else:
            return PriceListBuiltEvent(self._account, self._recipe_id, list_ref(built), delta, built.problems_count)
        return PriceListFailedEvent(self._account, self._recipe_id, built.revision, code.value, params)


class _GroupUnknown(Exception):
    """The recipe filters by a group that is no more."""

    def __init__(self, group: str) -> None:
        super().__init__(group)
        self.group = group


class _Lines(NamedTuple):
    """What one snapshot of the base gave."""

    builder: PriceListBuilder
    profiles_version: int
    revision: int
    since: GoodsVersion | None
