"""`/imports`: goods files into the goods base, with a preview when one is wanted."""

from collections.abc import AsyncIterator
from typing import Annotated, Literal

import falcon
from msgspec import Meta, Struct

from gateway_http.api.call import Call, decode_json
from gateway_http.api.endpoint import Endpoint
from gateway_http.api.import_bodies import (
    ImportErrorOut,
    ImportOut,
    ImportRowOut,
    import_out,
    problem_out,
    problem_words,
    row_out,
)
from gateway_http.api.wire import ListOf, ListQuery, next_of
from gateway_http.import_errors import csv_file
from gateway_http.import_original import answer_original
from gateway_http.import_upload import MAX_FILENAME, upload_body, upload_id
from gateway_http.problems import MalformedForm, MalformedJson
from services.contracts.catalog import DefaultTaxCodeMissing
from services.contracts.imports import (
    CannotCancelImport,
    FileGone,
    FileTooLarge,
    ImportBaseMoved,
    ImportNotReady,
    ImportProblem,
    ImportsRpc,
    NewImport,
    TooManyImports,
    TooManyImportsToday,
    UploadIncomplete,
)
from services.contracts.permissions import Right, may
from services.contracts.refusals import FieldError, Forbidden, Invalid, NotFound
from services.contracts.values import MAX_PAGE, ImportId, Page

CSV = "text/csv"
MAX_COLUMNS_TEXT = 8192  # characters of a column map in the query


GoodsFormat = Literal[
    "auto", "csv", "xlsx", "xls", "ods", "mercury_json", "one_c", "commerceml", "frontol", "shtrih", "pilot"
]


class ImportQuery(Struct, frozen=True):
    """How to read the file. `columns` is a JSON object of column index to field and overrides what is recognised.

    `mode=replace` removes the items that the file does not have; more than a tenth of the base only with
    `confirm_removals`.
    """

    filename: Annotated[str, Meta(max_length=MAX_FILENAME)] | None = None
    format: GoodsFormat = "auto"
    mode: Literal["merge", "replace"] = "merge"
    confirm_removals: bool = False
    dry_run: bool = False
    encoding: Literal["utf-8", "windows-1251", "cp866"] | None = None
    columns: Annotated[str, Meta(max_length=MAX_COLUMNS_TEXT)] | None = None
    save_columns: bool = False


class ColumnMap(Struct, frozen=True):
    """Wraps the map so that a wrong one is named as the parameter it came in."""

    columns: dict[str, str]


class RowsQuery(ListQuery, frozen=True):
    """`what=jump`: changed items whose price would change by more than half."""

    what: Literal["created", "changed", "unchanged", "removed", "jump"] | None = None


class ApplyQuery(Struct, frozen=True):
    """`confirm_removals`: that more than a tenth of the base may be removed."""

    confirm_removals: bool = False


class FileQuery(Struct, frozen=True):
    """`processed`: a file of 1C's exchange with offline registers has its mark of having been loaded."""

    processed: bool = False


class ErrorsQuery(ListQuery, frozen=True):
    """`format=csv` gives all of them as a file, as `Accept: text/csv` does."""

    format: Literal["json", "csv"] = "json"


def _columns(text: str | None) -> dict[str, str] | None:
    if text is None:
        return None
    try:
        return decode_json(b'{"columns":' + text.encode() + b"}", ColumnMap).columns
    except MalformedJson as refusal:
        raise Invalid(errors=(FieldError("columns", "malformed"),)) from refusal


async def start_import(call: Call) -> None:
    asked = call.query(ImportQuery)
    columns = _columns(asked.columns)
    if not may(call.actor.roles, Right.CHANGE_GOODS):
        raise Forbidden  # the room says so as well, but only once the whole file has come
    if call.session.account.default_tax_code is None:
        raise DefaultTaxCodeMissing
    upload = upload_id(call.actor, call.idempotency_key)
    file = await upload_body(call.req, call.deps.bus, call.actor, upload, asked.filename)
    new = NewImport(
        upload=file.upload,
        parts=file.parts,
        size=file.size,
        sha256=file.sha256,
        filename=file.filename,
        format=asked.format,
        mode=asked.mode,
        confirm_removals=asked.confirm_removals,
        dry_run=asked.dry_run,
        encoding=asked.encoding,
        columns=columns,
        save_columns=asked.save_columns,
    )
    view = await call.ask(ImportsRpc.start_import, new)
    call.answer(import_out(view, call.language), location=f"/imports/{view.id}")


async def list_imports(call: Call) -> None:
    asked = call.query(ListQuery)
    page = await call.ask(ImportsRpc.page_imports, asked.cursor, asked.limit)
    call.answer(ListOf(tuple(import_out(view, call.language) for view in page.items), next_of(page)))


async def get_import(call: Call) -> None:
    call.answer(import_out(await call.ask(ImportsRpc.get_import, ImportId(call.path_id())), call.language))


async def apply_import(call: Call) -> None:
    confirmed = call.query(ApplyQuery).confirm_removals
    view = await call.ask(ImportsRpc.apply_import, ImportId(call.path_id()), confirmed)
    call.answer(import_out(view, call.language), location=f"/imports/{view.id}")


async def get_file(call: Call) -> None:
    processed = call.query(FileQuery).processed
    view = await call.ask(ImportsRpc.get_import, ImportId(call.path_id()))

    async def read_part(number: int) -> bytes:
        return await call.ask(ImportsRpc.read_original, view.id, number, processed)

    await answer_original(call.resp, view, read_part)


async def cancel_import(call: Call) -> None:
    call.answer(import_out(await call.ask(ImportsRpc.cancel_import, ImportId(call.path_id())), call.language))


async def list_errors(call: Call) -> None:
    asked = call.query(ErrorsQuery)
    import_id = ImportId(call.path_id())
    if asked.format == "csv" or call.req.client_prefers((falcon.MEDIA_JSON, CSV)) == CSV:
        first = await call.ask(ImportsRpc.page_problems, import_id, None, MAX_PAGE)
        _answer_csv(call, import_id, first)
        return
    page = await call.ask(ImportsRpc.page_problems, import_id, asked.cursor, asked.limit)
    call.answer(ListOf(tuple(problem_out(one, call.language) for one in page.items), next_of(page)))


def _answer_csv(call: Call, import_id: ImportId, first: Page[ImportProblem]) -> None:
    async def pages() -> AsyncIterator[Page[ImportProblem]]:
        page = first
        yield page
        while page.next is not None:  # PROBLEMS_KEPT bounds the pages
            page = await call.ask(ImportsRpc.page_problems, import_id, page.next, MAX_PAGE)
            yield page

    call.resp.status = 200
    call.resp.content_type = f"{CSV}; charset=utf-8"
    call.resp.set_header("Content-Disposition", f'attachment; filename="import-errors-{import_id}.csv"')
    call.resp.set_header("Vary", "Accept, Accept-Language")
    call.resp.stream = csv_file(pages(), call.language, lambda problem: problem_words(problem, call.language))


async def list_rows(call: Call) -> None:
    asked = call.query(RowsQuery)
    import_id = ImportId(call.path_id())
    page = await call.ask(ImportsRpc.page_rows, import_id, asked.what, asked.cursor, asked.limit)
    call.answer(ListOf(tuple(row_out(row) for row in page.items), next_of(page)))


ENDPOINTS = (
    Endpoint(
        method="POST",
        path="/imports",
        handler=start_import,
        summary="Import a goods file: field `file` of a form, or the raw body",
        query=ImportQuery,
        streamed=("multipart/form-data", "application/octet-stream", CSV, "application/json", "text/plain"),
        answer=ImportOut,
        status=202,
        refusals=(
            Invalid,
            MalformedForm,
            Forbidden,
            DefaultTaxCodeMissing,
            UploadIncomplete,
            FileTooLarge,
            TooManyImports,
            TooManyImportsToday,
        ),
    ),
    Endpoint(
        method="GET",
        path="/imports",
        handler=list_imports,
        summary="Imports, newest first",
        query=ListQuery,
        answer=ListOf[ImportOut],
    ),
    Endpoint(
        method="GET",
        path="/imports/{id}",
        handler=get_import,
        summary="One import",
        answer=ImportOut,
        refusals=(NotFound,),
    ),
    Endpoint(
        method="DELETE",
        path="/imports/{id}",
        handler=cancel_import,
        summary="Cancel an import; answers what became of it",
        answer=ImportOut,
        refusals=(NotFound, Forbidden, CannotCancelImport),
    ),
    Endpoint(
        method="GET",
        path="/imports/{id}/errors",
        handler=list_errors,
        summary="Rows that were refused or are doubtful",
        query=ErrorsQuery,
        answer=ListOf[ImportErrorOut],
        other_answers=(CSV,),
        refusals=(NotFound,),
    ),
    Endpoint(
        method="GET",
        path="/imports/{id}/rows",
        handler=list_rows,
        summary="Rows of a preview, while it is kept",
        query=RowsQuery,
        answer=ListOf[ImportRowOut],
        refusals=(NotFound,),
    ),
    Endpoint(
        method="GET",
        path="/imports/{id}/file",
        handler=get_file,
        summary="The file as it was sent, while it is kept",
        query=FileQuery,
        other_answers=("application/octet-stream",),
        refusals=(NotFound, FileGone),
    ),
    Endpoint(
        method="POST",
        path="/imports/{id}/apply",
        handler=apply_import,
        summary="Put a preview into effect as it was shown",
        query=ApplyQuery,
        answer=ImportOut,
        status=202,
        refusals=(NotFound, Forbidden, ImportNotReady, ImportBaseMoved),
    ),
)
