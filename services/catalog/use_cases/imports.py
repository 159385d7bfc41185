"""Imports as people see them: begin one, look at it, put a preview into effect, cancel."""

import contextlib
import uuid
from datetime import datetime, timedelta

import msgspec
from sqlalchemy.orm import Session

from services.catalog.domain.columns import map_errors
from services.catalog.domain.cursors import decode_cursor, encode_cursor
from services.catalog.domain.formats.known import ONE_C
from services.catalog.domain.formats.one_c_mark import mark_processed
from services.catalog.domain.import_states import may_become
from services.catalog.domain.text_encoding import ENCODINGS
from services.catalog.models import GoodsImport
from services.catalog.repository import imports as rows
from services.catalog.repository.base import get_base
from services.catalog.repository.groups import all_groups
from services.catalog.repository.previews import drop_preview, page_preview
from services.catalog.repository.uploads import digest, kept_uploads, read_part
from services.catalog.use_cases.import_views import import_view, preview_row
from services.catalog.use_cases.uploads import check_uuid
from services.chassis.account_terms import lock_in_account, standing_terms
from services.chassis.event_log import record
from services.chassis.journal import changed
from services.contracts.catalog import ImportChangedEvent
from services.contracts.imports import (
    FORMATS,
    UPLOAD_MAX_BYTES,
    CannotCancelImport,
    FileGone,
    FileTooLarge,
    ImportBaseMoved,
    ImportNotReady,
    ImportProblem,
    ImportRow,
    ImportState,
    ImportView,
    NewImport,
    TooManyImports,
    TooManyImportsToday,
    UploadIncomplete,
)
from services.contracts.refusals import FieldError, Invalid, NotFound
from services.contracts.values import MAX_PAGE, AccountId, Cursor, ImportId, Page, UserActor

OPEN_IMPORTS_MAX = 10  # of one account
DAY = timedelta(hours=24)  # in which an account may begin so many imports as its limit says
MODES = ("merge", "replace")
FILENAME_MAX = 255  # characters that are kept


def start_import(
    actor: UserActor, session: Session, new: NewImport, default_tax_code: int, now: datetime
) -> ImportView:
    """Queue an uploaded file.

    Refuses with Invalid, FileTooLarge, UploadIncomplete, TooManyImports, TooManyImportsToday.
    """
    account = actor.account
    _check_request(new)
    upload = check_uuid(new.upload, "upload")
    if new.size > UPLOAD_MAX_BYTES:
        raise FileTooLarge(limit=UPLOAD_MAX_BYTES)
    parts, size, sha256 = digest(account, session, upload)
    if (parts, size, sha256) != (new.parts, new.size, new.sha256.lower()):
        raise UploadIncomplete(parts=parts, size=size)
    _check_limits(account, session, now)
    request = msgspec.structs.replace(new, filename=new.filename[:FILENAME_MAX])
    row = GoodsImport(
        account_id=account,
        import_id=str(uuid.uuid4()),
        state=ImportState.QUEUED,
        request=msgspec.to_builtins(request),
        default_tax_code=default_tax_code,
        author=msgspec.to_builtins(actor),
        by_name=actor.name,
        created_at=now,
        columns=[],
        progress_done=0,
        progress_total=new.size,
        counts={},
        reason_params={},
        attempts=0,
    )
    session.add(row)
    session.flush()
    rows.wake_workers(account, session)
    _tell(account, session, row)
    told = {"size": new.size, "format": new.format, "dry_run": new.dry_run, "encoding": new.encoding}
    changed(session, account, "import", row.import_id, request.filename, None, told)
    return import_view(row)


def _check_limits(account: AccountId, session: Session, now: datetime) -> None:
    """Raises TooManyImports, TooManyImportsToday; until the transaction ends nobody else of the account begins one."""
    lock_in_account(session, account, "imports")
    limit = standing_terms(session, account).limits.imports
    if rows.count_open(account, session) >= OPEN_IMPORTS_MAX:
        raise TooManyImports(limit=OPEN_IMPORTS_MAX, retry_after=30)
    begun, oldest = rows.begun_since(account, session, now - DAY, limit)
    if begun >= limit:
        wait = DAY if oldest is None else oldest + DAY - now
        raise TooManyImportsToday(limit=limit, retry_after=max(1, int(wait.total_seconds())))


def _check_request(new: NewImport) -> None:
    errors = []
    if new.format not in FORMATS:
        errors.append(FieldError("format", "unknown"))
    if new.mode not in MODES:
        errors.append(FieldError("mode", "unknown"))
    if new.encoding is not None and new.encoding not in ENCODINGS:
        errors.append(FieldError("encoding", "unknown"))
    if new.parts < 0 or new.size < 0:
        errors.append(FieldError("size", "out_of_range"))
    for index in map_errors(new.columns or {}):
        errors.append(FieldError(f"columns/{index[:8]}", "unknown"))
    if errors:
        raise Invalid(tuple(errors))


def get_import(account: AccountId, session: Session, import_id: ImportId) -> ImportView:
    """One import. Refuses with NotFound."""
    row = _existing(account, session, import_id)
    return import_view(row, _upload_of(row) in kept_uploads(account, session, [_upload_of(row)]))


def page_imports(account: AccountId, session: Session, after: Cursor | None, limit: int) -> Page[ImportView]:
    """Newest first."""
    _check_limit(limit)
    last = decode_cursor(after, datetime, str)
    found = rows.page_imports(
        account, session, None if last is None else (last[0], check_uuid(last[1], "after")), limit
    )
    following = None
    if len(found) > limit:
        found.pop()
        following = encode_cursor(found[-1].created_at.isoformat(), found[-1].import_id)
    kept = kept_uploads(account, session, [_upload_of(row) for row in found])
    return Page(tuple(import_view(row, _upload_of(row) in kept) for row in found), following)


def read_original(account: AccountId, session: Session, import_id: ImportId, number: int, processed: bool) -> bytes:
    """A part of the file that was sent. Refuses with NotFound, FileGone, Invalid."""
    row = _existing(account, session, import_id)
    parts = row.request["parts"]
    if not 0 <= number < max(parts, 1):
        raise Invalid((FieldError("number", "out_of_range", {"min": 0, "max": max(parts - 1, 0)}),))
    body = read_part(account, session, _upload_of(row), number)
    if body is None:
        raise FileGone
    if processed and number == 0 and row.format == ONE_C:
        return mark_processed(body, row.finished_at or row.created_at)
    return body


def _upload_of(row: GoodsImport) -> str:
    upload: str = row.request["upload"]
    return upload


def page_problems(
    account: AccountId, session: Session, import_id: ImportId, after: Cursor | None, limit: int
) -> Page[ImportProblem]:
    """Refused and doubtful rows, in the order of the file."""
    _check_limit(limit)
    _existing(account, session, import_id)
    last = decode_cursor(after, int)
    found = rows.page_problems(account, session, check_uuid(import_id, "import_id"), last[0] if last else -1, limit)
    following = None
    if len(found) > limit:
        found.pop()
        following = encode_cursor(found[-1].number)
    problems = (ImportProblem(row.line, row.field, row.code, row.params, row.severity, row.text) for row in found)
    return Page(tuple(problems), following)


def page_rows(
    account: AccountId, session: Session, import_id: ImportId, what: str | None, after: Cursor | None, limit: int
) -> Page[ImportRow]:
    """Rows of a preview, in the order of the file, while it is kept."""
    _check_limit(limit)
    if what not in (None, "created", "changed", "unchanged", "removed", "jump"):
        raise Invalid((FieldError("what", "unknown"),))
    row = _existing(account, session, import_id)
    last = decode_cursor(after, int)
    found = page_preview(account, session, row.import_id, what, last[0] if last else 0, limit)
    following = None
    if len(found) > limit:
        found.pop()
        following = encode_cursor(found[-1].line)
    groups = {group.group_id: group for group in all_groups(account, session)}
    return Page(tuple(preview_row(line, groups) for line in found), following)


def apply_import(actor: UserActor, session: Session, import_id: ImportId, confirm_removals: bool) -> ImportView:
    """Let a worker put a preview into effect, as the work of whoever asks now, whoever had the file read.

    Refuses with NotFound, ImportNotReady, ImportBaseMoved.
    """
    account = actor.account
    row = _existing(account, session, import_id, lock=True)
    if row.state != ImportState.PREVIEWED:
        raise ImportNotReady(state=row.state)
    base = get_base(account, session)
    if row.base_revision != (0 if base is None else base.revision):
        raise ImportBaseMoved()
    _move(account, session, row, ImportState.APPLYING)
    if confirm_removals:
        row.request = {**row.request, "confirm_removals": True}
    row.author = msgspec.to_builtins(actor)
    row.worker = row.lease_until = None
    row.attempts = 0
    session.flush()
    rows.wake_workers(account, session)
    _tell(account, session, row)
    return import_view(row)


def cancel_import(account: AccountId, session: Session, import_id: ImportId, now: datetime) -> ImportView:
    """Cancel before rows go in. Refuses with NotFound, CannotCancelImport."""
    row = _existing(account, session, import_id, lock=True)
    if not may_become(ImportState(row.state), ImportState.CANCELLED):
        raise CannotCancelImport(state=row.state)
    _move(account, session, row, ImportState.CANCELLED)
    row.finished_at = now
    row.worker = row.lease_until = None
    session.flush()
    drop_preview(account, session, row.import_id)
    _tell(account, session, row)
    return import_view(row)


def _move(account: AccountId, session: Session, row: GoodsImport, state: ImportState) -> None:
    if not may_become(ImportState(row.state), state):
        raise RuntimeError(f"an import cannot go from {row.state} to {state}")
    before, row.state = {"state": row.state}, state
    changed(session, account, "import", row.import_id, row.request["filename"], before, {"state": state})


def _existing(account: AccountId, session: Session, import_id: str, *, lock: bool = False) -> GoodsImport:
    row: GoodsImport | None = None
    with contextlib.suppress(ValueError):
        row = rows.get_import(account, session, str(uuid.UUID(import_id)), lock=lock)
    if row is None:
        raise NotFound(what="import")
    return row


def _check_limit(limit: int) -> None:
    if not 1 <= limit <= MAX_PAGE:
        raise Invalid((FieldError("limit", "out_of_range", {"min": 1, "max": MAX_PAGE}),))


def _tell(account: AccountId, session: Session, row: GoodsImport) -> None:
    record(session, account, ImportChangedEvent(import_id=row.import_id, state=row.state))
