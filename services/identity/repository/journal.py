"""Questions about the journal of one account. Each looks at a bounded number of entries, so its time is bounded."""

from collections.abc import Collection

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from services.contracts.journal import JournalQuery
from services.contracts.values import AccountId
from services.identity.domain.journal_cursors import Place
from services.identity.models import JournalRow

_NEWEST_FIRST = (JournalRow.at.desc(), JournalRow.room.desc(), JournalRow.number.desc())


def page_entries(
    account: AccountId,
    session: Session,
    query: JournalQuery,
    words: Collection[str],
    after: Place | None,
    looked_at: int,
    limit: int,
) -> list[JournalRow]:
    """Up to `limit` of the next `looked_at` entries that are what was asked for, newest first."""
    window = _window(account, query, after).limit(looked_at).subquery()
    entry = aliased(JournalRow, window)
    question = sa.select(entry)
    if query.who_id:
        question = question.where(entry.who_id == query.who_id)
    if query.what:
        question = question.where(entry.what == query.what)
    if query.thing:
        thing = f"{query.thing}:{query.thing_id}" if query.thing_id else query.thing
        question = question.where(entry.things.contains([thing]))
    for word in words:
        question = question.where(entry.search_key.contains(word, autoescape=True))
    newest = question.order_by(entry.at.desc(), entry.room.desc(), entry.number.desc())
    return list(session.scalars(newest.limit(limit)))


def last_looked_at(
    account: AccountId, session: Session, query: JournalQuery, after: Place | None, looked_at: int
) -> Place | None:
    """The place of the last of the next `looked_at` entries; None when there are fewer."""
    window = _window(account, query, after).with_only_columns(JournalRow.at, JournalRow.room, JournalRow.number)
    row = session.execute(window.offset(looked_at - 1).limit(1)).one_or_none()
    return None if row is None else Place(row.at, row.room, row.number)


def words_told(account: AccountId, session: Session, looked_at: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The `what`s and the `thing`s of the newest `looked_at` entries, in order."""
    newest = (
        sa.select(JournalRow.what, JournalRow.things)
        .where(JournalRow.account_id == account)
        .order_by(*_NEWEST_FIRST)
        .limit(looked_at)
        .subquery()
    )
    what = session.scalars(sa.select(newest.c.what).distinct().order_by(newest.c.what))
    words = sa.select(sa.func.unnest(newest.c.things).label("word")).distinct().subquery()
    things = session.scalars(sa.select(words.c.word).where(~words.c.word.contains(":")))
    return tuple(what), tuple(sorted(things))


def _window(account: AccountId, query: JournalQuery, after: Place | None) -> sa.Select[JournalRow]:
    window = sa.select(JournalRow).where(JournalRow.account_id == account).order_by(*_NEWEST_FIRST)
    if query.since is not None:
        window = window.where(JournalRow.at >= query.since)
    if query.until is not None:
        window = window.where(JournalRow.at < query.until)
    if after is not None:
        place = sa.tuple_(JournalRow.at, JournalRow.room, JournalRow.number)
        window = window.where(place < sa.tuple_(sa.literal(after.at), sa.literal(after.room), sa.literal(after.number)))
    return window
