"""What the catalog room promises about imports of goods files."""

from datetime import datetime
from enum import StrEnum
from typing import Protocol

import msgspec

from services.contracts.refusals import Conflict, NotFound, TooLarge, TooMany
from services.contracts.rpc import writes
from services.contracts.values import DEFAULT_PAGE, Cursor, ImportId, Json, Page, UploadId, UserActor

UPLOAD_PART_BYTES = 128 * 1024  # base64 in JSON makes 175 KiB of it, below the bus's 256 KiB
UPLOAD_MAX_BYTES = 64 * 1024 * 1024
IMPORT_ROWS_MAX = 500_000
PRICE_JUMP_PERCENT = 50  # a larger change of a price is shown apart before it is applied
PROBLEMS_KEPT = 100_000  # of one import; further ones are counted only


FORMATS = (*("auto", "csv", "xlsx", "xls", "ods", "mercury_json", "one_c", "commerceml", "frontol", "shtrih", "pilot"),)


class ImportState(StrEnum):
    QUEUED = "queued"
    READING = "reading"
    PREVIEWED = "previewed"  # a dry run: nothing in force yet
    APPLYING = "applying"
    APPLIED = "applied"
    FAILED = "failed"
    CANCELLED = "cancelled"


class ColumnFound(msgspec.Struct, frozen=True):
    """A column of a table file: its header (or number), first values, and the field it was taken for (None: unused)."""

    index: int  # from 0
    header: str
    field: str | None  # "code", "name", "short_name", "price", "barcode", "group", "article", "tax", …
    samples: tuple[str, ...]  # at most 5


class NewImport(msgspec.Struct, frozen=True):
    """Take an uploaded file. `columns` maps column index (as text) to a field and overrides what was recognised."""

    upload: UploadId
    parts: int
    size: int  # bytes, all parts
    sha256: str  # of the whole file
    filename: str
    format: str = "auto"  # one of FORMATS
    mode: str = "merge"  # "merge"; "replace": items that the file does not have are removed
    confirm_removals: bool = False  # that more than a tenth of the base may be removed
    dry_run: bool = False
    encoding: str | None = None  # overrides what was recognised: "utf-8", "windows-1251", "cp866"
    columns: dict[str, str] | None = None
    save_columns: bool = False  # remember the map for files with the same header in this account


class ImportView(msgspec.Struct, frozen=True):
    id: ImportId
    state: ImportState
    filename: str
    size: int
    format: str | None  # one of FORMATS, once recognised
    encoding: str | None
    delimiter: str | None
    columns: tuple[ColumnFound, ...]
    dry_run: bool
    progress_done: int  # bytes read or rows merged
    progress_total: int
    rows: int
    created: int
    changed: int
    unchanged: int
    removed: int
    failed: int  # rows refused
    warnings: int
    groups_created: int
    legacy_tax_rows: int  # rows with 18 or 20 %
    reason: str | None  # why failed: a stable code
    reason_params: dict[str, str | int]
    revision: int | None  # that it made
    by: str
    created_at: datetime
    finished_at: datetime | None
    # the upload that it was read from, so that the same file can be read again with another encoding or other columns
    upload: UploadId = UploadId("")
    parts: int = 0
    sha256: str = ""
    kept: bool = False  # whether the file itself is still there
    mode: str = "merge"
    confirm_removals: bool = False
    jumps: int = 0  # of a preview: items whose price would change by more than PRICE_JUMP_PERCENT


class ImportProblem(msgspec.Struct, frozen=True):
    """A refused (or doubtful) row. `line` as a text editor counts, from 1; for JSON the record's number, from 1."""

    line: int
    field: str | None
    code: str
    params: dict[str, str | int]
    severity: str  # "error": the row is refused; "warning": it goes in
    text: str  # the row's own text, cut to 200 characters


class ImportRow(msgspec.Struct, frozen=True):
    """One recognised row of a preview; `before` only where changed.

    `what`: "created", "changed", "unchanged", "removed". Asked for "jump": changed ones whose price jumps.
    """

    line: int
    what: str
    item: dict[str, Json]
    before: dict[str, Json] | None = None


class UploadIncomplete(Conflict):
    """Not all parts arrived, or their hash is another."""

    code = "upload_incomplete"


class FileTooLarge(TooLarge):
    code = "file_too_large"


class TooManyImports(TooMany):
    """So many imports of this account wait already."""

    code = "too_many_imports"


class TooManyImportsToday(TooMany):
    """The account's limit of imports begun in 24 hours, in `limit`; `retry_after` (seconds) until one more may be."""

    code = "too_many_imports_today"


class FileGone(NotFound):
    """The import is known, but its file is no longer kept."""

    code = "file_gone"


class ImportNotReady(Conflict):
    """Only a dry run that was previewed can be put into effect."""

    code = "import_not_ready"


class ImportBaseMoved(Conflict):
    """The goods base changed since the preview: what was shown would not be what happens. Preview again."""

    code = "import_base_moved"


class CannotCancelImport(Conflict):
    code = "cannot_cancel_import"


class ImportsRpc(Protocol):
    """Doors for imports; the service's name on the bus is that of the catalog room."""

    def upload_part(self, actor: UserActor, upload: UploadId, number: int, body: bytes) -> int:
        """Store part `number` (from 0, ≤ UPLOAD_PART_BYTES); the same part again changes nothing. Returns its size."""
        ...

    @writes
    def start_import(self, actor: UserActor, new: NewImport) -> ImportView:
        """Refuses with DefaultTaxCodeMissing, UploadIncomplete, FileTooLarge, TooManyImports, TooManyImportsToday,
        Invalid."""
        ...

    def get_import(self, actor: UserActor, import_id: ImportId) -> ImportView: ...

    def page_imports(self, actor: UserActor, after: Cursor | None, limit: int = DEFAULT_PAGE) -> Page[ImportView]:
        """Newest first."""
        ...

    def page_problems(
        self, actor: UserActor, import_id: ImportId, after: Cursor | None, limit: int
    ) -> Page[ImportProblem]: ...

    def page_rows(
        self, actor: UserActor, import_id: ImportId, what: str | None, after: Cursor | None, limit: int
    ) -> Page[ImportRow]:
        """Rows of a preview, while it is kept."""
        ...

    def read_original(self, actor: UserActor, import_id: ImportId, number: int, processed: bool) -> bytes:
        """Part `number` (from 0; ImportView.parts of them) of the file as it was sent.

        With `processed` a file of 1C's exchange with offline registers has its mark of having been loaded, without
        which 1C does not export again. Refuses with NotFound, FileGone, Invalid.
        """
        ...

    @writes
    def apply_import(self, actor: UserActor, import_id: ImportId, confirm_removals: bool) -> ImportView:
        """Put a preview into effect as it was shown; `confirm_removals` as in NewImport, if it was not said there.

        Refuses with ImportNotReady, ImportBaseMoved.
        """
        ...

    @writes
    def cancel_import(self, actor: UserActor, import_id: ImportId) -> ImportView:
        """Refuses with CannotCancelImport once its rows are going in."""
        ...
