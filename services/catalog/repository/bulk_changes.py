# ruff: noqa: S608  # the statements are put together from our own column names alone; values are always bound
"""One change of many items, in a few statements over all of them.

The table `bulk` is temporary. Of each selected item it has what the changed column holds (`was`), what it would hold
(`fresh`) and, for an item that cannot be changed, the `reason`. Whoever writes holds the base's lock.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from services.catalog.domain.group_paths import GROUPS_OF_ITEM_MAX
from services.catalog.domain.price_rules import WHOLE, PriceRule
from services.catalog.models import Item
from services.catalog.repository.history import BEFORE
from services.chassis.temporary_tables import plan_each_time
from services.contracts.catalog import PRICE_MAX
from services.contracts.imports import PRICE_JUMP_PERCENT
from services.contracts.values import AccountId

_ALL = "FROM selected s JOIN catalog.item i ON i.account_id = :account AND i.code = s.code"
_STAGE = (
    "CREATE TEMPORARY TABLE bulk ON COMMIT DROP AS SELECT i.code, i.changed_revision, i.price IS NULL AS no_price, "
)

# Follows services.catalog.domain.price_rules.price_after. Whole numbers are divided towards 0: below 0 stands only what
# becomes the lowest price.
_RECKONED = f"""
{_ALL}
CROSS JOIN LATERAL (SELECT (i.price * :factor + {WHOLE // 2}) / {WHOLE} + :added AS price) raw
CROSS JOIN LATERAL (
  SELECT greatest(:lowest + (raw.price - :lowest + :step / 2) / :step * :step, :lowest) AS price
) rounded
CROSS JOIN LATERAL (SELECT CASE WHEN i.price IS NULL THEN 'no_price' WHEN i.price = 0 THEN 'free_price'
  WHEN :added < 0 AND raw.price <= 0 THEN 'price_below_zero'
  WHEN rounded.price > {PRICE_MAX} THEN 'price_above_limit' END AS reason) r
"""
_JUMP = f"was > 0 AND abs(coalesce(fresh, 0) - was) * 100 > was * {PRICE_JUMP_PERCENT}"
_CHANGING = "reason IS NULL AND was IS DISTINCT FROM fresh"
_NO_REASON = "NULL::text AS reason"
_NUMBERS = ("factor", "added", "step", "lowest")


class Staged(NamedTuple):
    """What was put into `bulk`: a column of items, or None for items that leave the base."""

    column: str | None

    @property
    def changing(self) -> str:
        """Whether something becomes of a row of `bulk`."""
        return _CHANGING if self.column else "true"

    @property
    def jump(self) -> str:
        """Whether a price goes far up or down."""
        return _JUMP if self.column == "price" else "false"


class Counted(NamedTuple):
    """What would be done."""

    matched: int
    changed: int
    skipped: int
    jumps: int
    no_price: int  # items without a price, more than now
    newest: int  # the last revision that changed one of them


def select_codes(account: AccountId, session: Session, codes: set[int]) -> None:
    """These items, those that there are."""
    select_found(account, session, sa.select(Item).where(Item.account_id == account, Item.code.in_(codes)))


def select_found(account: AccountId, session: Session, question: sa.Select[Item]) -> None:
    """All that a question finds."""
    del account  # the question is asked of one account's items
    plan_each_time(session)
    session.execute(sa.text("CREATE TEMPORARY TABLE selected (code integer PRIMARY KEY) ON COMMIT DROP"))
    table = sa.table("selected", sa.column("code", sa.Integer))
    session.execute(sa.insert(table).from_select(["code"], question.with_only_columns(Item.code)))
    session.execute(sa.text("ANALYZE selected"))


def stage_prices(account: AccountId, session: Session, rule: PriceRule) -> Staged:
    """New prices, reckoned from the present ones."""
    values = {"factor": rule.factor, "added": rule.added, "step": rule.step, "lowest": rule.lowest}
    fresh = "CASE WHEN r.reason IS NULL THEN rounded.price ELSE i.price END AS fresh"
    return _stage(account, session, "price", f"{fresh}, r.reason {_RECKONED}", values)


def stage_value(account: AccountId, session: Session, column: str, value: int | bool) -> Staged:
    """One value for all."""
    kind = {"price": "bigint", "blocked": "boolean"}.get(column, "smallint")
    return _stage(account, session, column, f"CAST(:value AS {kind}) AS fresh, {_NO_REASON} {_ALL}", {"value": value})


def stage_taxes(account: AccountId, session: Session, moves: Mapping[int, int]) -> Staged:
    """Other VAT codes for those that have the old ones."""
    cases = " ".join(f"WHEN {old:d} THEN {new:d}" for old, new in moves.items())
    fresh = f"CAST(CASE i.tax_code {cases} ELSE i.tax_code END AS smallint) AS fresh"
    return _stage(account, session, "tax_code", f"{fresh}, {_NO_REASON} {_ALL}", {})


def stage_groups(account: AccountId, session: Session, put: list[str], take: list[str]) -> Staged:
    """Groups with some added and some taken away."""
    groups = (
        "ARRAY(SELECT DISTINCT g FROM unnest(i.groups || CAST(:put AS uuid[])) g"
        " WHERE g <> ALL(CAST(:take AS uuid[])) ORDER BY g)"
    )
    reason = (
        f"CASE WHEN cardinality(n.groups) > {GROUPS_OF_ITEM_MAX} AND NOT i.groups @> n.groups"
        " THEN 'too_many_item_groups' END"
    )
    rest = f"n.groups AS fresh, {reason} AS reason {_ALL} CROSS JOIN LATERAL (SELECT {groups} AS groups) n"
    return _stage(account, session, "groups", rest, {"put": put, "take": take})


def stage_removal(account: AccountId, session: Session) -> Staged:
    """The items leave the base."""
    session.execute(
        sa.text(f"{_STAGE} NULL::bigint AS was, NULL::bigint AS fresh, {_NO_REASON} {_ALL}"), {"account": account}
    )
    session.execute(sa.text("ANALYZE bulk"))
    return Staged(None)


def _stage(account: AccountId, session: Session, column: str, rest: str, values: dict[str, Any]) -> Staged:
    question = sa.text(f"{_STAGE} i.{column} AS was, {rest}")
    known: list[sa.BindParameter[Any]] = [
        sa.bindparam(name, type_=sa.BigInteger) for name in _NUMBERS if name in values
    ]
    known += [sa.bindparam(name, type_=ARRAY(sa.Uuid(as_uuid=False))) for name in ("put", "take") if name in values]
    session.execute(question.bindparams(*known), {"account": account, **values})
    session.execute(sa.text("ANALYZE bulk"))
    return Staged(column)


def count_bulk(account: AccountId, session: Session, staged: Staged) -> Counted:
    """What would be done."""
    del account  # the table is this transaction's own
    no_price = {
        "price": f"-count(*) FILTER (WHERE no_price AND {_CHANGING})",
        None: "-count(*) FILTER (WHERE no_price)",
    }.get(staged.column, "0")
    counts = session.execute(
        sa.text(
            f"SELECT count(*), count(*) FILTER (WHERE {staged.changing}), count(reason),"
            f" count(*) FILTER (WHERE {staged.jump}), {no_price}, coalesce(max(changed_revision), 0) FROM bulk"
        )
    ).one()
    return Counted(*(int(number) for number in counts))


def count_reasons(account: AccountId, session: Session, limit: int) -> list[sa.Row[str, int, list[int]]]:
    """Why items stay as they are: the reason, how many, and the first `limit` codes."""
    del account
    question = (
        "SELECT reason, count(*), (array_agg(code ORDER BY code))[1:CAST(:most AS integer)] FROM bulk"
        " WHERE reason IS NOT NULL GROUP BY reason ORDER BY reason"
    )
    return list(session.execute(sa.text(question), {"most": limit}))


def changes_of(
    account: AccountId, session: Session, staged: Staged, limit: int, *, jumps_first: bool = False
) -> list[tuple[Item, Any, bool]]:
    """The first items that change, with what the column would hold, and whether the price jumps."""
    order = "jump DESC, code" if jumps_first else "code"
    rows = session.execute(
        sa.text(
            f"SELECT code, fresh, {staged.jump} AS jump FROM bulk WHERE {staged.changing} ORDER BY {order} LIMIT :most"
        ),
        {"most": limit},
    ).all()
    found = session.scalars(
        sa.select(Item).where(Item.account_id == account, Item.code.in_([row.code for row in rows]))
    )
    items = {item.code: item for item in found}
    return [(items[row.code], row.fresh, row.jump) for row in rows if row.code in items]


def write_bulk(account: AccountId, session: Session, staged: Staged, revision: int, now: Any) -> None:
    """Put what was staged into the base; how the items were goes into their history."""
    values = {"account": account, "revision": revision, "now": now}
    session.execute(
        sa.text(
            "INSERT INTO catalog.item_history (account_id, revision, code, before)"
            f" SELECT :account, :revision, i.code, {BEFORE} FROM catalog.item i"
            f" JOIN bulk b ON b.code = i.code WHERE i.account_id = :account AND {staged.changing}"
        ),
        values,
    )
    if staged.column is None:
        _remove(session, values)
        return
    session.execute(
        sa.text(
            f"UPDATE catalog.item i SET {staged.column} = b.fresh, changed_revision = :revision,"
            f" version = i.version + 1, changed_at = :now FROM bulk b"
            f" WHERE i.account_id = :account AND i.code = b.code AND {staged.changing}"
        ),
        values,
    )


def _remove(session: Session, values: dict[str, Any]) -> None:
    for statement in (
        "DELETE FROM catalog.barcode c USING bulk b WHERE c.account_id = :account AND c.code = b.code",
        "WITH gone AS (DELETE FROM catalog.item i USING bulk b WHERE i.account_id = :account AND i.code = b.code"
        " RETURNING i.code) INSERT INTO catalog.removed_item (account_id, code, removed_revision)"
        " SELECT :account, code, :revision FROM gone",
    ):
        session.execute(sa.text(statement), values)


def all_codes(account: AccountId, session: Session) -> set[int]:
    """The codes of all selected items."""
    del account
    return set(session.scalars(sa.text("SELECT code FROM bulk")))


def count_taxes(account: AccountId, session: Session) -> list[sa.Row[int, int]]:
    """How many items have each VAT code, by code."""
    question = sa.select(Item.tax_code, sa.func.count()).where(Item.account_id == account)
    return list(session.execute(question.group_by(Item.tax_code).order_by(Item.tax_code)))
