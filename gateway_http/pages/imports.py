"""Import of goods files: upload and history; one import with what was recognised, its problems, its rows, apply."""

import asyncio

import falcon
import falcon.asgi

from gateway_http import formats, import_rows_file
from gateway_http.all_pages import all_pages
from gateway_http.deps import Deps
from gateway_http.forms import FormData, FormView, read_form
from gateway_http.i18n import N_
from gateway_http.import_errors import csv_file
from gateway_http.import_original import answer_original
from gateway_http.pages.form_refusals import show_refusal
from gateway_http.pages.goods import GoodsPage
from gateway_http.pages.import_upload import take_file
from gateway_http.pages.register_goods import number_typed
from gateway_http.refusal_texts import field_text, refusal_text
from gateway_http.render import Renderer
from gateway_http.screen import Screen
from gateway_http.tables import Column
from gateway_http.words.goods_words import tax_options, tax_text
from gateway_http.words.import_words import (
    DELIMITERS,
    ENCODINGS,
    FIELDS,
    FORMATS,
    KINDS,
    UNDER_WAY,
    field_name,
    import_told,
)
from gateway_http.words.journal_values import Reader
from services.contracts.identity import AccountChanges, IdentityRpc
from services.contracts.imports import (
    UPLOAD_MAX_BYTES,
    ImportProblem,
    ImportsRpc,
    ImportState,
    ImportView,
    NewImport,
)
from services.contracts.refusals import Conflict, FieldError, Forbidden, Invalid, NotFound, Refusal, TooLarge, TooMany
from services.contracts.values import DEFAULT_PAGE, MAX_PAGE, Cursor, ImportId, Page

URL = "/goods/imports"
ROW_FIELDS = ("code", "name", "price", "barcodes", "tax_code", "groups")  # shown of a previewed row
MAX_COLUMNS = 200  # of a table file that can be mapped on the page


class Imports(GoodsPage):
    """`/goods/imports`: the file to load, and what was loaded before."""

    csrf_in_body = True  # the body of the upload is a stream
    max_body_bytes = None  # bounded by UPLOAD_MAX_BYTES while it is read

    async def on_get(self, req: falcon.asgi.Request, resp: falcon.asgi.Response) -> None:
        await self._show(self.screen(req, resp), FormView())

    async def on_post(self, req: falcon.asgi.Request, resp: falcon.asgi.Response) -> None:
        screen = self.screen(req, resp)
        try:
            file, fields = await take_file(screen)
            new = NewImport(
                upload=file.upload,
                parts=file.parts,
                size=file.size,
                sha256=file.sha256,
                filename=file.filename,
                format=fields.get("format") or "auto",
                mode="replace" if fields.get("replace") else "merge",
                dry_run=True,
            )
            view = await screen.call(ImportsRpc.start_import, new)
        except (Invalid, Conflict, TooLarge, TooMany) as refusal:
            form = FormView()
            show_refusal(form, refusal, screen)
            form.settle()
            if screen.target is None:
                await self._show(screen, form, falcon.HTTP_422)
            else:
                screen.show("pages/import_refused.html", falcon.HTTP_422, form=form)
            return
        screen.go(f"{URL}/{view.id}")

    async def _show(self, screen: Screen, form: FormView, status: str = falcon.HTTP_200) -> None:
        after = screen.req.get_param("after")
        account, page = await asyncio.gather(
            screen.call(IdentityRpc.get_account),
            screen.call(ImportsRpc.page_imports, Cursor(after) if after else None, DEFAULT_PAGE),
        )
        screen.show(
            "pages/imports.html",
            status,
            form=form,
            rows=[(view, import_told(view, screen.words), view.state in UNDER_WAY) for view in page.items],
            next=page.next,
            after=after,
            tax_missing=account.default_tax_code is None,
            tax=None if account.default_tax_code is None else tax_text(account.default_tax_code, screen.words),
            taxes=[("", screen.text(N_("— not chosen —"))), *tax_options(screen.words)],
            limit=formats.size(UPLOAD_MAX_BYTES, screen.language),
            formats=[("auto", screen.text(N_("recognise by the content"))), *known_formats(screen)],
        )


class DefaultTax(GoodsPage):
    """`/goods/vat`: «НДС по умолчанию», asked before the first import."""

    async def on_post(self, req: falcon.asgi.Request, resp: falcon.asgi.Response) -> None:
        screen, data = self.screen(req, resp), await read_form(req)
        tax = number_typed(data.text("default_tax_code"))
        if tax is None or data.has("restored"):
            screen.go(URL, screen.text(N_("Choose the default VAT first.")), "attention")
            return
        try:
            await screen.call(IdentityRpc.change_account, AccountChanges(default_tax_code=tax), None)
        except (Invalid, Forbidden) as refusal:
            screen.go(URL, refusal_text(refusal, screen.words), "failed")
            return
        screen.go(URL, screen.text(N_("Default VAT: %(tax)s"), tax=tax_text(tax, screen.words)))


def problem_words(problem: ImportProblem, screen: Screen) -> str:
    return field_text(FieldError(problem.field or "", problem.code, problem.params), screen.words)


class ImportPage(GoodsPage):
    """`/goods/imports/{import_id}`."""

    async def on_get(self, req: falcon.asgi.Request, resp: falcon.asgi.Response, import_id: str) -> None:
        screen = self.screen(req, resp)
        view = await screen.call(ImportsRpc.get_import, ImportId(import_id))
        show = req.get_param("show") or ("problems" if view.failed or view.warnings else "rows")
        after = Cursor(req.get_param("after") or "") or None
        what = req.get_param("what") if req.get_param("what") in KINDS else None
        problems, rows = await self._page(screen, view, show, what, after)
        screen.show(
            "pages/import.html",
            form=FormView(),
            view=view,
            told=import_told(view, screen.words),
            under_way=view.state in UNDER_WAY,
            previewed=view.state is ImportState.PREVIEWED,
            format=screen.text(FORMATS[view.format]) if view.format in FORMATS else view.format,
            delimiter=screen.text(DELIMITERS.get(view.delimiter or "", view.delimiter or "")),
            formats=[("auto", screen.text(N_("recognise by the content"))), *known_formats(screen)],
            encodings=[("", screen.text(N_("as recognised"))), *((name, name) for name in ENCODINGS)],
            fields=[("", screen.text(N_("— not used —"))), *unique_fields(screen)],
            columns=view.columns[:MAX_COLUMNS],
            show=show,
            what=what,
            kinds={kind: (tone, screen.text(text)) for kind, (tone, text) in KINDS.items()},
            problems=[
                (problem, field_name(problem.field, screen.words), problem_words(problem, screen))
                for problem in (problems.items if problems else ())
            ],
            rows=rows.items if rows else (),
            row_fields=[(field, field_name(field, screen.words)) for field in ROW_FIELDS],
            row_heads=[Column(field_name(field, screen.words)) for field in ROW_FIELDS],
            cell=lambda item, field: row_cell(item, field, screen),
            after=after,
            next=(problems or rows or Page(())).next,
        )

    async def _page(
        self, screen: Screen, view: ImportView, show: str, what: str | None, after: Cursor | None
    ) -> tuple[Page[ImportProblem] | None, Page[object] | None]:
        """Problems or rows, whichever is looked at; rows are kept only while the preview is."""
        if view.state in UNDER_WAY:
            return None, None
        if show == "problems":
            return await screen.call(ImportsRpc.page_problems, view.id, after, DEFAULT_PAGE), None
        if view.state is not ImportState.PREVIEWED:
            return None, None
        rows = await screen.call(ImportsRpc.page_rows, view.id, what, after, DEFAULT_PAGE)
        return None, Page(tuple(rows.items), rows.next)


def known_formats(screen: Screen) -> list[tuple[str, str]]:
    """Formats that a file can be said to have."""
    return [(name, screen.text(text)) for name, text in FORMATS.items()]


def unique_fields(screen: Screen) -> list[tuple[str, str]]:
    """Fields that a column can be taken for, each once."""
    return [(field, screen.text(name)) for field, name in FIELDS.items() if field not in {"barcodes", "groups"}]


def row_cell(item: dict[str, object], field: str, screen: Screen) -> str:
    """One field of a previewed row as people read it."""
    value = item.get(field)
    if value is None or value == [] or value == "":
        return ""
    if field == "price" and isinstance(value, int):
        return formats.rubles_bare(value, screen.language)
    if field == "tax_code" and isinstance(value, int):
        return tax_text(value, screen.words)
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


class ImportAction(GoodsPage):
    """`/goods/imports/{import_id}/apply`, `…/cancel`."""

    def __init__(self, deps: Deps, renderer: Renderer, action: str) -> None:
        super().__init__(deps, renderer)
        self.action = action

    async def on_post(self, req: falcon.asgi.Request, resp: falcon.asgi.Response, import_id: str) -> None:
        screen, data = self.screen(req, resp), await read_form(req)
        url = f"{URL}/{import_id}"
        if data.has("restored"):
            screen.go(url)
            return
        try:
            if self.action == "cancel":
                await screen.call(ImportsRpc.cancel_import, ImportId(import_id))
            elif not await self._removals_meant(screen, data, import_id):
                screen.go(url, screen.text(N_("Say first that the items may be deleted.")), "attention")
                return
            else:
                await screen.call(ImportsRpc.apply_import, ImportId(import_id), data.flag("confirm_removals"))
        except (Conflict, TooMany, Invalid) as refusal:
            screen.go(url, refusal_text(refusal, screen.words), "failed")
            return
        screen.go(url)

    async def _removals_meant(self, screen: Screen, data: FormData, import_id: str) -> bool:
        view = await screen.call(ImportsRpc.get_import, ImportId(import_id))
        return not view.removed or data.flag("confirm_removals")


class ReadAgain(GoodsPage):
    """`/goods/imports/{import_id}/again`: the same file, with another encoding or other columns."""

    async def on_post(self, req: falcon.asgi.Request, resp: falcon.asgi.Response, import_id: str) -> None:
        screen, data = self.screen(req, resp), await read_form(req)
        view = await screen.call(ImportsRpc.get_import, ImportId(import_id))
        url = f"{URL}/{import_id}"
        if data.has("restored"):
            screen.go(url)
            return
        try:
            again = await screen.call(ImportsRpc.start_import, read_again(view, data))
        except Refusal as refusal:
            if isinstance(refusal, NotFound):
                raise
            screen.go(url, refusal_text(refusal, screen.words), "failed")
            return
        screen.go(f"{URL}/{again.id}")


def read_again(view: ImportView, data: FormData) -> NewImport:
    """The same upload with what the person chose instead of what was recognised."""
    columns = {
        str(column.index): data.text(f"column_{column.index}")
        for column in view.columns[:MAX_COLUMNS]
        if data.has(f"column_{column.index}")
    }
    encoding = data.text("encoding")
    return NewImport(
        upload=view.upload,
        parts=view.parts,
        size=view.size,
        sha256=view.sha256,
        filename=view.filename,
        format=data.text("format") if data.text("format") in FORMATS else "auto",
        mode="replace" if data.flag("replace") else "merge",
        dry_run=True,
        encoding=encoding if encoding in ENCODINGS else None,
        columns={index: field for index, field in columns.items() if field} or None,
        save_columns=data.flag("save_columns"),
    )


class OriginalFile(GoodsPage):
    """`/goods/imports/{import_id}/file`: the file as it was sent; with `?processed=1` marked for 1C as loaded."""

    async def on_get(self, req: falcon.asgi.Request, resp: falcon.asgi.Response, import_id: str) -> None:
        screen = self.screen(req, resp)
        view = await screen.call(ImportsRpc.get_import, ImportId(import_id))
        processed = req.get_param("processed") == "1"

        async def read_part(number: int) -> bytes:
            return await screen.call(ImportsRpc.read_original, view.id, number, processed)

        await answer_original(resp, view, read_part)


class ProblemsFile(GoodsPage):
    """`/goods/imports/{import_id}/problems.csv`: every bad row with its reason, for a spreadsheet."""

    async def on_get(self, req: falcon.asgi.Request, resp: falcon.asgi.Response, import_id: str) -> None:
        screen = self.screen(req, resp)
        view = await screen.call(ImportsRpc.get_import, ImportId(import_id))
        # They end with the list, which is bounded by PROBLEMS_KEPT.
        pages = all_pages(lambda after: screen.call(ImportsRpc.page_problems, view.id, after, MAX_PAGE))
        resp.content_type = "text/csv; charset=utf-8"
        resp.downloadable_as = f"{view.filename.rsplit('.', 1)[0]}-problems.csv"
        resp.stream = csv_file(pages, screen.words, lambda problem: problem_words(problem, screen))


class RowsFile(GoodsPage):
    """`/goods/imports/{import_id}/rows.csv?what=`: what a preview would do, row by row, for a spreadsheet."""

    async def on_get(self, req: falcon.asgi.Request, resp: falcon.asgi.Response, import_id: str) -> None:
        screen = self.screen(req, resp)
        view = await screen.call(ImportsRpc.get_import, ImportId(import_id))
        what = req.get_param("what") if req.get_param("what") in KINDS else None
        # They end with the rows, which are bounded by IMPORT_ROWS_MAX.
        pages = all_pages(lambda after: screen.call(ImportsRpc.page_rows, view.id, what, after, MAX_PAGE))
        resp.content_type = "text/csv; charset=utf-8"
        resp.downloadable_as = f"{view.filename.rsplit('.', 1)[0]}-preview.csv"
        resp.stream = import_rows_file.csv_file(pages, Reader(screen.words, screen.zone))
