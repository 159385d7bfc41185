# ruff: noqa: S608  # the statements are put together from our own column names alone; values are always bound
"""The revisions of a goods base, how items were before and after them, and items that were removed."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from services.catalog.models import ItemHistory, Revision
from services.catalog.repository.history import BEFORE
from services.catalog.repository.staging import FOLDED
from services.contracts.values import AccountId

# How an item `c` was left by the revision :newer: as it was before the next one that touched it, or as it is.
_LEFT_BY = f"""
LEFT JOIN LATERAL (
  SELECT l.code, l.before FROM catalog.item_history l
  WHERE l.account_id = :account AND l.code = c.code AND l.revision > :newer ORDER BY l.revision LIMIT 1
) later ON true
LEFT JOIN LATERAL (
  SELECT {BEFORE} AS now FROM catalog.item i WHERE i.account_id = :account AND i.code = c.code
) n ON later.code IS NULL
CROSS JOIN LATERAL (SELECT CASE WHEN later.code IS NULL THEN n.now ELSE later.before END AS after) a
"""
_OF_REVISION = f"""
SELECT c.code, c.before, a.after FROM (
  SELECT h.code, h.before FROM catalog.item_history h
  WHERE h.account_id = :account AND h.revision = :newer AND h.code > :after ORDER BY h.code LIMIT :limit
) c {_LEFT_BY} ORDER BY c.code
"""
_BETWEEN = f"""
SELECT c.code, c.before, a.after FROM (
  SELECT DISTINCT ON (h.code) h.code, h.before FROM catalog.item_history h
  WHERE h.account_id = :account AND h.revision > :older AND h.revision <= :newer AND h.code > :after
  ORDER BY h.code, h.revision
) c {_LEFT_BY} WHERE c.before IS DISTINCT FROM a.after ORDER BY c.code LIMIT :limit
"""

_TEXT = FOLDED.format("(concat_ws(' ', h.before ->> 'name', h.before ->> 'article', r.code, h.before ->> 'barcodes'))")
_REMOVED = """
SELECT r.code, r.removed_revision AS revision, h.before, v.source, v.author, v.at
FROM catalog.removed_item r
JOIN catalog.item_history h ON h.account_id = :account AND h.revision = r.removed_revision AND h.code = r.code
JOIN catalog.revision v ON v.account_id = :account AND v.revision = r.removed_revision
WHERE r.account_id = :account AND h.before IS NOT NULL
"""


class RevisionRow(NamedTuple):
    """A revision with what the others know of it."""

    revision: Revision
    undone_by: int | None
    known: bool


class States(NamedTuple):
    """An item in two states of the base; None where it is not there."""

    code: int
    before: dict[str, Any] | None
    after: dict[str, Any] | None


class RemovedRow(NamedTuple):
    """A removed item as it was last, and the revision that removed it."""

    code: int
    revision: int
    before: dict[str, Any]
    source: str
    author: str
    at: datetime


def page_revisions(account: AccountId, session: Session, below: int | None, limit: int) -> list[RevisionRow]:
    """The newest revisions, those below `below`; one row more than `limit` if there are more."""
    question = _revisions(account)
    if below is not None:
        question = question.where(Revision.revision < below)
    found = session.execute(question.order_by(Revision.revision.desc()).limit(limit + 1))
    return [RevisionRow(row[0], row[1], row[2]) for row in found]


def find_revision(account: AccountId, session: Session, revision: int) -> RevisionRow | None:
    """One revision; None if there is none."""
    row = session.execute(_revisions(account).where(Revision.revision == revision)).one_or_none()
    return None if row is None else RevisionRow(row[0], row[1], row[2])


def _revisions(account: AccountId) -> "sa.Select[Revision, int | None, bool]":
    by = aliased(Revision)
    undone_by = sa.select(sa.func.max(by.revision)).where(by.account_id == account, by.undoes == Revision.revision)
    kept = sa.select(ItemHistory.code).where(
        ItemHistory.account_id == account, ItemHistory.revision == Revision.revision
    )
    return sa.select(Revision, undone_by.scalar_subquery(), kept.exists()).where(Revision.account_id == account)


def states_of_revision(account: AccountId, session: Session, revision: int, after: int, limit: int) -> list[States]:
    """How items were before and after a revision, from the code `after` on; one more than `limit` if there are more."""
    words = {"account": account, "newer": revision, "after": after, "limit": limit + 1}
    return [States(*row) for row in session.execute(sa.text(_OF_REVISION), words)]


def states_between(
    account: AccountId, session: Session, older: int, newer: int, after: int, limit: int
) -> list[States]:
    """Items that are not the same as two revisions left them; one more than `limit` if there are more."""
    words = {"account": account, "older": older, "newer": newer, "after": after, "limit": limit + 1}
    return [States(*row) for row in session.execute(sa.text(_BETWEEN), words)]


def page_removed(
    account: AccountId, session: Session, patterns: Sequence[str], after: tuple[int, int] | None, limit: int
) -> list[RemovedRow]:
    """Items removed last, whose text fits all patterns; one row more than `limit` if there are more."""
    question, words = _REMOVED, dict[str, Any](account=account, limit=limit + 1)
    for number, pattern in enumerate(patterns):
        question += f" AND {_TEXT} LIKE :pattern_{number}"
        words[f"pattern_{number}"] = pattern
    if after is not None:
        question += " AND (r.removed_revision, r.code) < (:revision, :code)"
        words |= {"revision": after[0], "code": after[1]}
    question += " ORDER BY r.removed_revision DESC, r.code DESC LIMIT :limit"
    return [RemovedRow(*row) for row in session.execute(sa.text(question), words)]
