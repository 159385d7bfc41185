"""`/items/bulk`: many upserts and removals in one call, as JSON Lines, with a report row by row.

The whole body is read and counted before the first row is sent on, so a call that is too long changes nothing. Rows
then travel in batches of their own; a row that cannot be read, or is refused, stops no other.
"""

from collections.abc import Iterator

import msgspec
from msgspec import Struct

from gateway_http.api.call import Call, decode_json
from gateway_http.api.endpoint import Endpoint
from gateway_http.api.items import NewItemBody, draft_of
from gateway_http.i18n import Language
from gateway_http.problems import FieldProblem, MalformedJson, UnsupportedMediaType, field_problem
from gateway_http.refusal_texts import refusal_text
from services.chassis.request import request_context
from services.contracts.bulk import MAX_BULK, BulkItemsRpc, ItemChange, ItemOutcome
from services.contracts.catalog import DefaultTaxCodeMissing
from services.contracts.refusals import FieldError, Forbidden, Invalid, Refusal, TooLarge, refusal_by_code
from services.contracts.values import ItemCode

ROWS_MAX = 10_000  # of one call
BODY_MAX = 16 * 1024 * 1024  # bytes: held in memory while the call lasts
LINE_MAX = 16 * 1024  # bytes of one row
BATCH_BYTES = 128 * 1024  # of encoded rows in one message of the bus
JSON_LINES = ("application/jsonl", "application/x-ndjson", "application/x-jsonlines", "application/json-lines")


class BulkRow(NewItemBody, frozen=True, forbid_unknown_fields=True):
    """One line: an upsert, or with `deleted` a removal by code."""

    deleted: bool = False


class RowOut(Struct, frozen=True, omit_defaults=True):
    """`row` counts lines from 1. `what`: created, changed, unchanged, removed, absent or refused."""

    row: int
    what: str
    code: int | None = None
    problem: str | None = None
    message: str | None = None
    errors: tuple[FieldProblem, ...] = ()


class BulkOut(Struct, frozen=True):
    rows: int
    created: int
    changed: int
    unchanged: int
    removed: int
    absent: int
    refused: int
    results: tuple[RowOut, ...]


def read_rows(body: bytes) -> tuple[list[ItemChange], list[ItemOutcome]]:
    """The rows that can be read and, as refused, those that cannot. Empty lines are no rows. Raises TooLarge."""
    changes: list[ItemChange] = []
    refused: list[ItemOutcome] = []
    for row, line in enumerate(body.split(b"\n"), start=1):
        if not line.strip():
            continue
        if len(changes) + len(refused) == ROWS_MAX:
            raise TooLarge(limit=ROWS_MAX)
        try:
            changes.append(_change(row, line))
        except Refusal as refusal:
            refused.append(ItemOutcome(row, "refused", None, refusal.code, refusal.params, refusal.errors))
    return changes, refused


def _change(row: int, line: bytes) -> ItemChange:
    if len(line) > LINE_MAX:
        raise TooLarge(limit=LINE_MAX)
    told = decode_json(line, BulkRow)
    code = None if told.code is None else ItemCode(told.code)
    if told.deleted and code is None:
        raise Invalid(errors=(FieldError("code", "required"),))
    return ItemChange(row=row, code=code, removed=told.deleted, draft=draft_of(told))


def batches(changes: list[ItemChange]) -> Iterator[tuple[ItemChange, ...]]:
    """The rows in order, as many in one message as the bus carries."""
    batch: list[ItemChange] = []
    size = 0
    for change in changes:
        weight = len(msgspec.json.encode(change))
        if batch and (len(batch) == MAX_BULK or size + weight > BATCH_BYTES):
            yield tuple(batch)
            batch, size = [], 0
        batch.append(change)
        size += weight
    if batch:
        yield tuple(batch)


async def change_items(call: Call) -> None:
    content_type = (call.req.content_type or "").partition(";")[0].strip().lower()
    if content_type and content_type not in JSON_LINES:
        raise UnsupportedMediaType(expected=JSON_LINES[0])
    changes, outcomes = read_rows(await call.bounded_body(BODY_MAX))
    if not changes and not outcomes:
        raise Invalid(errors=(FieldError("", "required"),))
    for number, batch in enumerate(batches(changes)):
        # Each batch is a write of its own: repeated under the caller's key, each is answered from memory.
        key = call.idempotency_key and f"{call.idempotency_key}/{number}"
        with request_context(request_id=call.request_id, idempotency_key=key):
            outcomes += await call.ask(BulkItemsRpc.change_items, batch)
    call.answer(report(sorted(outcomes, key=lambda outcome: outcome.row), call.language))


def report(outcomes: list[ItemOutcome], language: Language) -> BulkOut:
    """The rows' outcomes with words and sums."""
    counts = dict.fromkeys(("created", "changed", "unchanged", "removed", "absent", "refused"), 0)
    for outcome in outcomes:
        counts[outcome.what] += 1
    return BulkOut(rows=len(outcomes), results=tuple(_row_out(one, language) for one in outcomes), **counts)


def _row_out(outcome: ItemOutcome, language: Language) -> RowOut:
    message = None
    if outcome.refusal is not None:
        refusal = refusal_by_code().get(outcome.refusal, Refusal)
        message = refusal_text(refusal(outcome.errors, **outcome.params), language)
    errors = tuple(field_problem(error, language) for error in outcome.errors)
    return RowOut(outcome.row, outcome.what, outcome.code, outcome.refusal, message, errors)


ENDPOINTS = (
    Endpoint(
        method="POST",
        path="/items/bulk",
        handler=change_items,
        summary="Up to 10,000 upserts and removals as JSON Lines",
        streamed=JSON_LINES,
        streamed_row=BulkRow,
        answer=BulkOut,
        refusals=(Invalid, MalformedJson, UnsupportedMediaType, Forbidden, TooLarge, DefaultTaxCodeMissing),
    ),
)
