"""Rows of a bulk change: read one by one, sent in batches, reported in order."""

import msgspec
import pytest

from gateway_http.api.items_bulk import BATCH_BYTES, LINE_MAX, ROWS_MAX, batches, read_rows
from services.contracts.bulk import MAX_BULK, ItemChange
from services.contracts.catalog import ItemDraft
from services.contracts.refusals import TooLarge


def test_rows_that_cannot_be_read_stop_no_other() -> None:
    body = "\n".join(
        [
            '{"code":1,"name":"Чай","price":9990}',
            "",
            "{",
            '{"code":2,"deleted":true}\r',
            '{"deleted":true}',
            '{"code":0,"name":"Н"}',
            '{"name":"' + "x" * LINE_MAX + '"}',
            '{"name":"Без кода"}',
        ]
    ).encode()
    changes, refused = read_rows(body)
    assert [(one.row, one.code, one.removed) for one in changes] == [(1, 1, False), (4, 2, True), (8, None, False)]
    assert changes[0].draft == ItemDraft(name="Чай", price=9990)
    assert [(one.row, one.refusal) for one in refused] == [
        (3, "malformed_json"),
        (5, "invalid"),
        (6, "invalid"),
        (7, "too_large"),
    ]


def test_one_row_too_many_refuses_all() -> None:
    row = b'{"code":1,"deleted":true}\n'
    assert len(read_rows(row * ROWS_MAX)[0]) == ROWS_MAX
    with pytest.raises(TooLarge):
        read_rows(row * (ROWS_MAX + 1))


@pytest.mark.parametrize("name", ["Чай", "Ч" * 128])
def test_batches_fit_the_bus_and_keep_the_order(name: str) -> None:
    barcodes = tuple(str(10**12 + number) for number in range(20))
    changes = [ItemChange(row, draft=ItemDraft(name=name, barcodes=barcodes)) for row in range(1200)]
    cut = list(batches(changes))
    assert [change for batch in cut for change in batch] == changes
    assert all(len(batch) <= MAX_BULK for batch in cut)
    assert all(len(msgspec.json.encode(batch)) < BATCH_BYTES * 1.1 for batch in cut)
    assert list(batches([])) == []
