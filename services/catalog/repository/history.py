"""How items were before each revision: what undoing and comparing revisions need."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.catalog.models import ItemHistory
from services.contracts.values import AccountId

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


def _plain(before: dict[str, Any] | None) -> dict[str, Any] | None:
    if before is None:
        return None
    told = {name: value for name, value in before.items() if value is not None}
    return {**told, "groups": [str(group) for group in told["groups"]]}
