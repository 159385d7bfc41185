"""How imports look on the wire."""

from datetime import datetime

from msgspec import Struct

from gateway_http.api.wire import Progress
from gateway_http.i18n import Language
from gateway_http.refusal_texts import field_text
from gateway_http.words.import_words import file_reason
from services.contracts.imports import ImportProblem, ImportRow, ImportState, ImportView
from services.contracts.refusals import FieldError
from services.contracts.values import Json


class ColumnOut(Struct, frozen=True):
    """A column of a table file and the field it was taken for (null: unused)."""

    index: int
    header: str
    field: str | None
    samples: tuple[str, ...]


class ImportOut(Struct, frozen=True):
    """An import. `progress` is in bytes while it reads, in rows while it merges.

    `reason` is the code of why the file was refused, `message` the same for people; `jumps` counts the prices that a
    preview would change by more than half; `file_kept` tells whether the file itself can be had back.
    """

    id: str
    state: ImportState
    filename: str
    size: int
    format: str | None
    encoding: str | None
    delimiter: str | None
    columns: tuple[ColumnOut, ...]
    dry_run: bool
    progress: Progress
    rows: int
    created: int
    changed: int
    unchanged: int
    removed: int
    failed: int
    warnings: int
    groups_created: int
    legacy_tax_rows: int
    jumps: int
    mode: str
    file_kept: bool
    reason: str | None
    reason_params: dict[str, str | int]
    message: str | None
    revision: int | None
    by: str
    created_at: datetime
    finished_at: datetime | None


class ImportErrorOut(Struct, frozen=True):
    """A refused (`severity` error) or doubtful (warning) row, with its own text."""

    line: int
    field: str | None
    code: str
    message: str
    severity: str
    params: dict[str, str | int]
    text: str


class ImportRowOut(Struct, frozen=True):
    """A recognised row of a preview; `before` only where it changes an item."""

    line: int
    what: str
    item: dict[str, Json]
    before: dict[str, Json] | None


def import_out(view: ImportView, language: Language) -> ImportOut:
    return ImportOut(
        id=view.id,
        state=view.state,
        filename=view.filename,
        size=view.size,
        format=view.format,
        encoding=view.encoding,
        delimiter=view.delimiter,
        columns=tuple(ColumnOut(one.index, one.header, one.field, one.samples) for one in view.columns),
        dry_run=view.dry_run,
        progress=Progress(view.progress_done, view.progress_total),
        rows=view.rows,
        created=view.created,
        changed=view.changed,
        unchanged=view.unchanged,
        removed=view.removed,
        failed=view.failed,
        warnings=view.warnings,
        groups_created=view.groups_created,
        legacy_tax_rows=view.legacy_tax_rows,
        jumps=view.jumps,
        mode=view.mode,
        file_kept=view.kept,
        reason=view.reason,
        reason_params=view.reason_params,
        message=file_reason(view.reason, view.reason_params, language) if view.reason else None,
        revision=view.revision,
        by=view.by,
        created_at=view.created_at,
        finished_at=view.finished_at,
    )


def problem_words(problem: ImportProblem, language: Language) -> str:
    """What is wrong with a row, for people."""
    return field_text(FieldError(problem.field or "", problem.code, problem.params), language)


def problem_out(problem: ImportProblem, language: Language) -> ImportErrorOut:
    return ImportErrorOut(
        line=problem.line,
        field=problem.field,
        code=problem.code,
        message=problem_words(problem, language),
        severity=problem.severity,
        params=problem.params,
        text=problem.text,
    )


def row_out(row: ImportRow) -> ImportRowOut:
    return ImportRowOut(row.line, row.what, row.item, row.before)
