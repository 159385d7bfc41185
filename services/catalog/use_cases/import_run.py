"""One import from its file to the base, as a worker does it.

Rows are staged in a transaction of their own, in which nothing else happens; the base's lock is held for the merge
alone. A worker that dies leaves nothing behind: its transaction is gone, its lease runs out, another begins anew.
"""

import contextlib
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import AbstractContextManager
from datetime import datetime

import msgspec
from sqlalchemy.orm import Session

from services.catalog.domain.file_refused import FileRefused
from services.catalog.domain.goods_file import GoodsFile, read_goods, recognise_file, source_of, texts_of
from services.catalog.domain.goods_reader import ERROR, GoodsReader
from services.catalog.models import GoodsImport
from services.catalog.repository import imports as rows
from services.catalog.repository import staging
from services.catalog.repository.base import lock_base
from services.catalog.repository.fresh_items import find_fresh, refuse_taken_barcodes, set_group_ids
from services.catalog.repository.merging import Merged, merge_staged
from services.catalog.repository.previews import count_jumps, count_preview, drop_preview, stage_preview, write_preview
from services.catalog.repository.uploads import read_parts
from services.catalog.use_cases.base_changes import BaseChange
from services.catalog.use_cases.import_groups import GroupFinder
from services.catalog.use_cases.import_removals import REPLACE, check_removals, stage_missing
from services.catalog.use_cases.import_repeat import repeated
from services.catalog.use_cases.import_views import ImportCounts
from services.chassis.account_terms import standing_terms
from services.chassis.database import Database
from services.chassis.event_log import record
from services.chassis.journal import acting_as, changed
from services.contracts.catalog import ImportChangedEvent
from services.contracts.import_codes import ImportFailure
from services.contracts.imports import PROBLEMS_KEPT, ImportProblem, ImportState, NewImport
from services.contracts.limits import AccountLimits
from services.contracts.values import AccountId, UserActor

PROGRESS_SECONDS = 1.0  # between two words about progress
SAVED_COLUMNS_MAX = 100  # column maps of one account

# How the journal calls the work of a worker.
_ENDS = {ImportState.APPLIED: "import_applied", ImportState.FAILED: "import_failed"}

Clock = Callable[[], datetime]


class NotHeld(Exception):
    """The import is no longer this worker's: cancelled, or its lease ran out and another has it."""


class ImportRun:
    """One worker's work on one import."""

    def __init__(self, database: Database, row: GoodsImport, worker: str, clock: Clock) -> None:
        self._database = database
        self._account = AccountId(row.account_id)
        self._import_id = row.import_id
        self._state = ImportState(row.state)
        self._request = msgspec.convert(row.request, NewImport)
        self._default_tax = row.default_tax_code
        self._base_revision = row.base_revision
        self._format = row.format or ""
        self._counts = msgspec.convert(row.counts, ImportCounts)
        self._author = msgspec.convert(row.author, UserActor)
        self._worker = worker
        self._clock = clock
        self._told_at = 0.0
        self._done = 0  # bytes
        self._said: Collection[str] = staging.STAGED_COLUMNS

    def run(self) -> None:
        """Do it. Refusals of the file end as a failed import; NotHeld and faults are the caller's."""
        try:
            if self._state is ImportState.APPLYING and self._request.dry_run:
                self._apply_preview()
            else:
                self._read_and_merge()
        except FileRefused as refused:
            self.fail(refused.failure, refused.params)

    def fail(self, failure: ImportFailure, params: dict[str, str | int]) -> None:
        """End the import with a reason; nothing was changed."""
        with self._session() as session:
            self._update(
                session,
                (ImportState.READING, ImportState.APPLYING),
                state=ImportState.FAILED,
                reason=failure.value,
                reason_params=params,
                finished_at=self._clock(),
                worker=None,
                lease_until=None,
            )

    # ---- reading

    def _read_and_merge(self) -> None:
        with contextlib.closing(self._recognise()) as file:
            if file.layout is not None and not file.layout.is_usable:
                raise FileRefused(ImportFailure.COLUMNS_UNKNOWN)
            if not self._request.dry_run and self._repeat(file):
                return
            goods = GoodsReader()
            with self._session() as session:
                staging.create_staging(self._account, session)
                self._stage(session, file, goods)
                if goods.rows == 0:
                    raise FileRefused(ImportFailure.NO_ROWS)
                if self._request.dry_run:
                    self._preview(session, file, goods)
                else:
                    self._merge(session, file, goods)

    def _stage(self, session: Session, file: GoodsFile, goods: GoodsReader) -> None:
        """Read the file into the staging table."""
        if file.opened is not None:
            self._done = self._request.size
        with staging.copying_rows(self._account, session) as staged:
            for block in read_goods(file, self._counted_parts(goods), goods):
                staged.add(block)
                self._tell_progress(goods)
        self._said = staged.said

    def _repeat(self, file: GoodsFile) -> bool:
        """End at once if the same file went into the same base before."""
        with self._session() as session:
            account, tax = self._account, self._default_tax
            found = repeated(account, session, self._import_id, self._request, tax, file)
            if found is None:
                return False
            self._counts, revision = found
            states = (ImportState.READING, ImportState.APPLYING)
            self._finish(session, states, ImportState.APPLIED, base_revision=revision)
        return True

    def _recognise(self) -> GoodsFile:
        with self._session() as session:
            file = recognise_file(
                lambda: read_parts(self._account, session, self._request.upload, self._request.parts),
                self._request,
                lambda header: rows.saved_columns(self._account, session, header),
            )
            self._update(
                session,
                (ImportState.READING, ImportState.APPLYING),
                format=file.format,
                encoding=file.encoding,
                delimiter=file.delimiter,
                columns=msgspec.to_builtins(file.columns),
            )
            if self._request.save_columns and self._request.columns is not None and file.header is not None:
                header, columns = file.header, self._request.columns
                rows.save_columns(self._account, session, header, columns, self._clock(), SAVED_COLUMNS_MAX)
        return file

    def _counted_parts(self, goods: GoodsReader) -> Iterator[bytes]:
        """The file's parts."""
        with self._session() as session:
            for part in read_parts(self._account, session, self._request.upload, self._request.parts):
                yield part
                self._done += len(part)
                self._tell_progress(goods)

    def _tell_progress(self, goods: GoodsReader) -> None:
        """Say how far it is, at most once a PROGRESS_SECONDS. Raises NotHeld."""
        if time.monotonic() - self._told_at < PROGRESS_SECONDS:
            return
        self._told_at = time.monotonic()
        self._counts.rows, self._counts.failed = goods.rows, goods.failed
        with self._session() as session:
            self._update(
                session,
                (ImportState.READING, ImportState.APPLYING),
                progress_done=self._done,
                counts=msgspec.to_builtins(self._counts),
            )

    # ---- what the base says to the staged rows

    def _settle(self, session: Session, file: GoodsFile, goods: GoodsReader, items: int) -> list[staging.Refused]:
        """Give every staged row its code; take out what has none. The base is locked."""
        refused: list[staging.Refused] = []
        if items or goods.codeless:  # else nothing is sought by what is staged
            staging.analyze_staging(self._account, session)
        if goods.codeless:
            staging.index_codes(self._account, session)
            staging.match_by_origin(self._account, session, source_of(file.format))
            if items:
                refused += staging.match_by_barcode(self._account, session)
                refused += staging.match_by_name(self._account, session)
            refused += staging.refuse_same_items(self._account, session)
            staging.drop_absent(self._account, session)
            refused += staging.refuse_nameless(self._account, session)
            staging.give_free_codes(self._account, session, goods.rows)
        elif goods.nameless:
            refused += staging.refuse_nameless(self._account, session)
        if self._request.mode == REPLACE:
            stage_missing(self._account, session, file, goods, goods.failed + len(refused))
            self._said = {*self._said, "removed"}
        return refused

    def _problems(self, file: GoodsFile, goods: GoodsReader, refused: list[staging.Refused]) -> list[ImportProblem]:
        """All that is told, in the order of the file. Rows the base refused have their text looked up again."""
        kept = refused[:PROBLEMS_KEPT]
        texts: dict[int, str] = {}
        if kept:
            with self._session() as session:
                parts = read_parts(self._account, session, self._request.upload, self._request.parts)
                texts = texts_of(file, parts, {row.line for row in kept})
        told = [
            ImportProblem(row.line, row.field, row.code.value, row.params, ERROR, texts.get(row.line, ""))
            for row in kept
        ]
        return sorted([*goods.problems, *told], key=lambda problem: problem.line)[:PROBLEMS_KEPT]

    def _count(self, goods: GoodsReader, refused: list[staging.Refused]) -> None:
        self._counts.rows = goods.rows
        self._counts.failed = goods.failed + len(refused)
        self._counts.warnings = goods.warnings
        self._counts.legacy_tax_rows = goods.legacy_tax_rows

    def _meet_base(self, session: Session, items: int, refused: list[staging.Refused]) -> GroupFinder:
        """See what the settled rows make of the base; what cannot go in is added to `refused`.

        Returns who knows the groups of all staged rows, those that must be made too.
        """
        finder = GroupFinder(self._account, session)
        keys = staging.group_keys(self._account, session)
        set_group_ids(self._account, session, {key: finder.ids(key) for key in sorted(keys)})
        if items:
            find_fresh(self._account, session, self._default_tax, self._said)
            taken = refuse_taken_barcodes(self._account, session)
            if taken and finder.missing:
                finder.forget_all_but(staging.group_keys(self._account, session))
            refused += taken
        self._counts.groups_created = len(finder.missing)
        return finder

    # ---- a preview

    def _preview(self, session: Session, file: GoodsFile, goods: GoodsReader) -> None:
        base = lock_base(self._account, session)
        refused = self._settle(session, file, goods, base.items)
        self._meet_base(session, base.items, refused)
        drop_preview(self._account, session, self._import_id)
        write_preview(self._account, session, self._import_id, self._default_tax, self._said)
        whats = count_preview(self._account, session, self._import_id)
        limits = standing_terms(session, self._account).limits
        self._check_room(base.items, whats.get("created", 0), limits)
        self._counts.created = whats.get("created", 0)
        self._counts.changed = whats.get("changed", 0)
        self._counts.unchanged = whats.get("unchanged", 0)
        self._counts.removed = whats.get("removed", 0)
        self._counts.jumps = count_jumps(self._account, session, self._import_id)
        self._count(goods, refused)
        self._store_problems(session, self._problems(file, goods, refused))
        self._finish(session, (ImportState.READING,), ImportState.PREVIEWED, base_revision=base.revision)

    # ---- into the base

    def _merge(self, session: Session, file: GoodsFile, goods: GoodsReader) -> None:
        self._begin_applying()
        change = BaseChange(self._account, session, self._author.name, self._clock(), patient=True)
        refused = self._settle(session, file, goods, change.base.items)
        finder = self._meet_base(session, change.base.items, refused)
        if "removed" in self._said:
            check_removals(self._account, session, self._request, change.base.items)
        if "foreign_id" in self._said:
            staging.keep_origins(self._account, session, source_of(file.format))
        good = staging.count_staged(self._account, session)
        revision = self._put_in(session, change, finder, good)
        self._count(goods, refused)
        self._store_problems(session, self._problems(file, goods, refused))
        self._finish(
            session, (ImportState.APPLYING,), ImportState.APPLIED, base_revision=change.base.revision, revision=revision
        )

    def _begin_applying(self) -> None:
        """From here on it cannot be cancelled."""
        with self._session() as session:
            states = (ImportState.READING, ImportState.APPLYING)
            self._update(session, states, state=ImportState.APPLYING, progress_done=self._request.size)

    def _apply_preview(self) -> None:
        with self._session() as session:
            change = BaseChange(self._account, session, self._author.name, self._clock(), patient=True)
            if change.base.revision != self._base_revision:
                raise FileRefused(ImportFailure.BASE_MOVED)
            whats = count_preview(self._account, session, self._import_id)
            counts = self._counts
            if sum(whats.values()) != counts.created + counts.changed + counts.unchanged + counts.removed:
                raise FileRefused(ImportFailure.PREVIEW_LOST)
            staging.create_staging(self._account, session)
            stage_preview(self._account, session, self._import_id)
            finder = self._meet_base(session, change.base.items, [])
            check_removals(self._account, session, self._request, change.base.items)
            staging.keep_origins(self._account, session, source_of(self._format))
            revision = self._put_in(session, change, finder, sum(whats.values()))
            states, now_at = (ImportState.APPLYING,), change.base.revision
            self._finish(session, states, ImportState.APPLIED, base_revision=now_at, revision=revision)
            drop_preview(self._account, session, self._import_id)

    def _put_in(self, session: Session, change: BaseChange, finder: GroupFinder, good: int) -> int | None:
        """Merge what is staged; returns the new revision, None if every item was so already."""
        groups = finder.make_missing(session)
        before = change.base.items
        merged = merge_staged(
            self._account, session, change.revision, self._default_tax, before, change.now, self._said
        )
        self._check_room(before - merged.removed, merged.created, change.limits)
        self._counts.created, self._counts.changed = merged.created, merged.changed
        self._counts.removed = merged.removed
        self._counts.unchanged = good - merged.created - merged.changed - merged.removed
        self._counts.groups_created = groups
        if not (merged.created or merged.changed or merged.removed):
            return None
        return self._close(change, merged)

    def _close(self, change: BaseChange, merged: Merged) -> int:
        return change.close(
            "import",
            created=merged.created,
            changed=merged.changed,
            removed=merged.removed,
            no_price_delta=merged.no_price_delta,
            note=self._request.filename,
        )

    @staticmethod
    def _check_room(items: int, new: int, limits: AccountLimits) -> None:
        if new and items + new > limits.items:
            raise FileRefused(ImportFailure.TOO_MANY_ITEMS, limit=limits.items)

    # ---- telling

    def _store_problems(self, session: Session, problems: list[ImportProblem]) -> None:
        rows.drop_problems(self._account, session, self._import_id)
        staging.store_problems(self._account, session, self._import_id, problems)

    def _finish(
        self,
        session: Session,
        states: tuple[ImportState, ...],
        state: ImportState,
        *,
        base_revision: int | None = None,
        revision: int | None = None,
    ) -> None:
        self._update(
            session,
            states,
            state=state,
            counts=msgspec.to_builtins(self._counts),
            progress_done=self._request.size,
            base_revision=base_revision,
            revision=revision,
            finished_at=None if state is ImportState.PREVIEWED else self._clock(),
            worker=None,
            lease_until=None,
        )

    def _update(self, session: Session, states: tuple[ImportState, ...], **values: object) -> None:
        if not rows.update_held(self._account, session, self._import_id, self._worker, states, **values):
            raise NotHeld()
        before, self._state = self._state, ImportState(str(values.get("state", self._state)))
        record(session, self._account, self._news(values.get("reason")))
        if self._state in _ENDS:
            self._tell_end(session, before, values.get("reason"))

    def _tell_end(self, session: Session, before: ImportState, reason: object) -> None:
        """One entry of the journal for all that went in, under whoever asked for it."""
        after: dict[str, object] = {"state": self._state, "reason": reason}
        if self._state is ImportState.APPLIED:
            after = {"state": self._state, **msgspec.structs.asdict(self._counts)}
        with acting_as(session, self._author, _ENDS[self._state]):
            changed(session, self._account, "import", self._import_id, self._request.filename, {"state": before}, after)

    def _news(self, reason: object) -> ImportChangedEvent:
        """How it stands; of an end also whose import it is and what came of it."""
        event = ImportChangedEvent(import_id=self._import_id, state=self._state.value)
        if self._state not in (ImportState.APPLIED, ImportState.FAILED):
            return event
        return msgspec.structs.replace(
            event,
            by=self._author.user,
            filename=self._request.filename,
            created=self._counts.created,
            changed=self._counts.changed,
            failed=self._counts.failed,
            reason=None if reason is None else str(reason),
        )

    def _session(self) -> AbstractContextManager[Session]:
        return self._database.account(self._account, self._author)
