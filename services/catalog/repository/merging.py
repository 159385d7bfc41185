# ruff: noqa: S608  # the statements are put together from our own column names alone; values are always bound
"""Staged rows → the goods base, in a few statements over all rows. Whoever calls holds the base's lock."""

from collections.abc import Collection
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from services.catalog.repository.fresh_items import ITEM_COLUMNS, all_new
from services.catalog.repository.history import BEFORE
from services.catalog.repository.staging import STAGED_COLUMNS, execute
from services.contracts.values import AccountId

_ITEM = ", ".join(ITEM_COLUMNS)


class Merged(NamedTuple):
    """What a merge did."""

    created: int
    changed: int
    removed: int
    no_price_delta: int  # items without a price, more than before


def merge_staged(
    account: AccountId,
    session: Session,
    revision: int,
    default_tax: int,
    base_items: int,
    now: Any,
    said: Collection[str] = STAGED_COLUMNS,
) -> Merged:
    """Remove, change and add the items that staged rows remove, change and add.

    How each of them was goes into the history of items. In other columns than those `said` every staged row is NULL.
    If the base has items, `find_fresh` was done.
    """
    values = {"revision": revision, "default_tax": default_tax, "now": now}
    removed = _remove_items(account, session, revision) if "removed" in said else 0
    if not base_items:
        created = _add_items(account, session, all_new(said), values)
        priceless = execute(account, session, "SELECT count(*) FROM staged WHERE price IS NULL").scalar_one()
        return Merged(created, 0, removed, priceless)
    changed = _change_items(account, session, revision, now)
    new = execute(account, session, "SELECT EXISTS (SELECT FROM fresh WHERE is_new)").scalar_one()
    created = _add_items(account, session, "fresh", values) if new else 0
    return Merged(created, changed, removed, _no_price_delta(account, session, revision))


def _remove_items(account: AccountId, session: Session, revision: int) -> int:
    """Take out the items of rows that say so, and those rows with them."""
    leaving = execute(
        account,
        session,
        "INSERT INTO catalog.item_history (account_id, revision, code, before)"
        f" SELECT :account, :revision, i.code, {BEFORE} FROM catalog.item i"
        " JOIN staged s ON s.code = i.code WHERE i.account_id = :account AND s.removed",
        revision=revision,
    )
    if leaving.rowcount:
        for statement in (
            "DELETE FROM catalog.barcode b USING staged s"
            " WHERE b.account_id = :account AND b.code = s.code AND s.removed",
            "WITH gone AS (DELETE FROM catalog.item i USING staged s WHERE i.account_id = :account"
            " AND i.code = s.code AND s.removed RETURNING i.code)"
            " INSERT INTO catalog.removed_item (account_id, code, removed_revision)"
            " SELECT :account, code, :revision FROM gone",
        ):
            execute(account, session, statement, revision=revision)
    execute(account, session, "DELETE FROM staged WHERE removed")
    return leaving.rowcount


def _change_items(account: AccountId, session: Session, revision: int, now: Any) -> int:
    told = execute(
        account,
        session,
        "INSERT INTO catalog.item_history (account_id, revision, code, before)"
        f" SELECT :account, :revision, i.code, {BEFORE} FROM catalog.item i JOIN fresh f ON f.code = i.code"
        " WHERE i.account_id = :account AND NOT f.is_new",
        revision=revision,
    )
    if not told.rowcount:
        return 0
    execute(
        account,
        session,
        "DELETE FROM catalog.barcode b USING fresh f"
        " WHERE b.account_id = :account AND b.code = f.code AND f.new_barcodes AND NOT f.is_new",
    )
    settings = ", ".join(f"{column} = f.{column}" for column in ITEM_COLUMNS)
    changed = execute(
        account,
        session,
        f"UPDATE catalog.item i SET {settings}, changed_revision = :revision, version = i.version + 1,"
        " changed_at = :now FROM fresh f WHERE i.account_id = :account AND i.code = f.code AND NOT f.is_new",
        revision=revision,
        now=now,
    )
    execute(
        account,
        session,
        "INSERT INTO catalog.barcode (account_id, key, code) SELECT :account, k.key, f.code"
        " FROM fresh f, unnest(string_to_array(f.keys, ' ')) AS k(key) WHERE f.new_barcodes AND NOT f.is_new",
    )
    return changed.rowcount


def _add_items(account: AccountId, session: Session, fresh: str, values: dict[str, Any]) -> int:
    """Add the new ones among `fresh`: a table's name, or a question."""
    added = 0
    for statement in (
        # Most items have one barcode, and taking texts apart costs as much as putting them in.
        "INSERT INTO catalog.barcode (account_id, key, code) SELECT CAST(:account AS uuid), f.keys, f.code"
        f" FROM {fresh} f WHERE f.is_new AND f.keys <> '' AND strpos(f.keys, ' ') = 0 UNION ALL"
        f" SELECT :account, k.key, f.code FROM {fresh} f, unnest(string_to_array(f.keys, ' ')) AS k(key)"
        " WHERE f.is_new AND strpos(f.keys, ' ') > 0",
        f"DELETE FROM catalog.removed_item r USING {fresh} f"
        " WHERE r.account_id = :account AND r.code = f.code AND f.is_new",
        "INSERT INTO catalog.item_history (account_id, revision, code)"
        f" SELECT :account, :revision, f.code FROM {fresh} f WHERE f.is_new",
        f"INSERT INTO catalog.item (account_id, code, {_ITEM}, changed_revision, version, changed_at)"
        f" SELECT :account, f.code, {_ITEM}, :revision, 1, :now FROM {fresh} f WHERE f.is_new",
    ):
        added = execute(account, session, statement, **values).rowcount
    return added


def _no_price_delta(account: AccountId, session: Session, revision: int) -> int:
    """How many items more than before have no price: what a revision touched, as it is now and as it was."""
    delta: int = execute(
        account,
        session,
        "SELECT count(*) FILTER (WHERE i.code IS NOT NULL AND i.price IS NULL)"
        " - count(*) FILTER (WHERE h.before IS NOT NULL AND NOT jsonb_exists(h.before, 'price'))"
        " FROM catalog.item_history h LEFT JOIN catalog.item i ON i.account_id = h.account_id AND i.code = h.code"
        " WHERE h.account_id = :account AND h.revision = :revision",
        revision=revision,
    ).scalar_one()
    return delta
