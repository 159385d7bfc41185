"""How items were before each revision: what undoing and comparing revisions need."""

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.catalog.models import ItemHistory
from services.contracts.values import AccountId

REVISIONS_LOOKED_AT = 1_000  # of one item, when the change of a field is sought
# All of an item that a revision may change, in the order of the table.
HISTORY_COLUMNS = (
    *("name", "short_name", "short_name_edited", "price", "barcodes", "groups", "article", "tax_code", "type_code"),
    *("measure_unit", "section", "marked", "undivided", "tax_system", "blocked", "payment_method", "agent", "excise"),
    *("country", "customs_declaration", "marking", "alcohol", "volume_ml", "note", "extra"),
)
# An item `i` as JSON. NULLs are left out: most items have few of the further fields. Those within `extra` stay.
_PLAIN = ", ".join(f"'{name}', i.{name}" for name in HISTORY_COLUMNS if name != "extra")
BEFORE = (
    f"CASE WHEN i.extra IS NULL THEN jsonb_strip_nulls(jsonb_build_object({_PLAIN}))"
    f" ELSE jsonb_strip_nulls(jsonb_build_object({_PLAIN})) || jsonb_build_object('extra', i.extra) END"
)


def add_history(account: AccountId, session: Session, revision: int, befores: dict[int, dict[str, Any] | None]) -> None:
    """Keep how these items were before a revision; None: it was not there."""
    rows = [
        {"account_id": account, "revision": revision, "code": code, "before": _plain(before)}
        for code, before in befores.items()
    ]
    if rows:
        session.execute(sa.insert(ItemHistory), rows)


def price_befores(account: AccountId, session: Session, code: int) -> Iterator[tuple[int, bool, int | None]]:
    """Of each revision that touched an item, the newest first: whether the item was there, and its price before."""
    question = (
        sa.select(ItemHistory.revision, ItemHistory.before.is_not(None), ItemHistory.before["price"].as_integer())
        .where(ItemHistory.account_id == account, ItemHistory.code == code)
        .order_by(ItemHistory.revision.desc())
        .limit(REVISIONS_LOOKED_AT)
    )
    for row in session.execute(question):
        yield row[0], row[1], row[2]


def _plain(before: dict[str, Any] | None) -> dict[str, Any] | None:
    if before is None:
        return None
    told = {name: value for name, value in before.items() if value is not None}
    return {**told, "groups": [str(group) for group in told["groups"]]}
