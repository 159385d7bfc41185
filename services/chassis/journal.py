"""What a write changed, collected while it runs and told as one fact when its transaction ends.

A use case that changes a thing calls `changed`. The doors (for calls) and `Database.account` / `Database.system` (for
workers, consumers and sweeps) write what was collected as one WrittenEvent an account, in the same transaction. The
identity room turns these facts into the journal. Nothing collected, nothing written.
"""

import contextlib
from collections.abc import Iterator, Mapping
from datetime import datetime
from enum import Enum
from typing import Any

import msgspec
from sqlalchemy.orm import Session

from services.chassis.event_log import record
from services.contracts.journal import CHANGES_TOLD, TEXT_TOLD, Change, WrittenEvent
from services.contracts.values import AccountId, Actor, Json

MASK = "•••"
SECRET_NAMES = frozenset({"password", "password_hash", "token", "token_hash", "key_hash", "secret", "totp"})
CHANGES_BYTES = 32 * 1024  # of all changes of one fact as JSON; what does not fit is counted
CHANGE_BYTES = 8 * 1024  # of one change; a longer one has its values cut
_LISTED = 50  # members of one list, or fields of one thing, that are told
_DEPTH = 3  # of values in one another

Values = Mapping[str, Any]


class _By(msgspec.Struct, frozen=True):
    """Whose work it is, and its name, where that is another than the call's own."""

    actor: Actor
    doing: str


class _Collected(msgspec.Struct):
    changes: list[Change]
    more: int = 0


_Key = tuple[AccountId, _By | None]


def changed(
    session: Session,
    account: AccountId,
    thing: str,
    id: str,
    name: str,
    before: Values | None,
    after: Values | None,
) -> None:
    """One thing changed in this transaction. Of two states only the fields that differ are told.

    `before` None: it came into being; `after` None: it is gone; both equal: nothing is told. Secrets are masked by
    their names, long texts are cut; of more than CHANGES_TOLD things the rest is counted.
    """
    if before is not None and after is not None and dict(before) == dict(after):
        return
    collected = _collected(session, account)
    if len(collected.changes) >= CHANGES_TOLD:
        collected.more += 1
        return
    was, now = _plain_values(before), _plain_values(after)
    if was is not None and now is not None:
        differing = [field for field in {**was, **now} if was.get(field) != now.get(field)]
        if not differing:
            return
        was = {field: was[field] for field in differing if field in was}
        now = {field: now[field] for field in differing if field in now}
    collected.changes.append(Change(_cut(thing), _cut(str(id)), _cut(name), _masked(was), _masked(now)))


def count_more(session: Session, account: AccountId, more: int) -> None:
    """So many things more were changed in this transaction than were told by `changed`."""
    if more > 0:
        _collected(session, account).more += more


@contextlib.contextmanager
def acting_as(session: Session, actor: Actor, doing: str) -> Iterator[None]:
    """What is told inside the block is the work of `actor` and is called `doing`, whoever runs the transaction."""
    before, session.info["acting"] = session.info.get("acting"), _By(actor, doing)
    try:
        yield
    finally:
        session.info["acting"] = before


@contextlib.contextmanager
def told_if_done(session: Session) -> Iterator[None]:
    """What is told inside the block counts only if the block ends well; to be put around a savepoint."""
    outer: dict[_Key, _Collected] = session.info["changes"]
    inner: dict[_Key, _Collected] = {}
    session.info["changes"] = inner
    try:
        yield
    except BaseException:
        inner.clear()
        raise
    finally:
        session.info["changes"] = outer
        for key, told in inner.items():
            kept = outer.setdefault(key, _Collected([]))
            room = CHANGES_TOLD - len(kept.changes)
            kept.changes += told.changes[:room]
            kept.more += told.more + max(0, len(told.changes) - room)


def take_facts(session: Session, what: str) -> list[tuple[AccountId, Actor, WrittenEvent]]:
    """What was collected, as facts of each account and author; from now on it counts as told."""
    collected: dict[_Key, _Collected] = session.info["changes"]
    session.info["changes"] = {}
    facts: list[tuple[AccountId, Actor, WrittenEvent]] = []
    for (account, by), told in collected.items():
        changes = _fitting(told.changes)
        more = told.more + len(told.changes) - len(changes)
        if changes or more:
            event = WrittenEvent(by.doing if by else what, changes, more)
            facts.append((account, by.actor if by else session.info["actor"], event))
    return facts


def write_changes(session: Session, what: str) -> None:
    """Tell what was collected; called by the chassis just before a commit. `what` names the call or the chore."""
    whose = session.info["actor"]
    for account, actor, event in take_facts(session, what):
        session.info["actor"] = actor
        record(session, account, event)
    session.info["actor"] = whose


def _collected(session: Session, account: AccountId) -> _Collected:
    collected: dict[_Key, _Collected] = session.info["changes"]
    return collected.setdefault((account, session.info.get("acting")), _Collected([]))


def _fitting(changes: list[Change]) -> tuple[Change, ...]:
    """The first of the changes, as many as fit into CHANGES_BYTES; the very first always does."""
    fitting: list[Change] = []
    size = 0
    for change in changes:
        short = change if _size(change) <= CHANGE_BYTES else _shortened(change)
        size += _size(short)
        if size > CHANGES_BYTES:
            break
        fitting.append(short)
    return tuple(fitting)


def _shortened(change: Change) -> Change:
    """A change with so many or such long values that each gets its share of CHANGE_BYTES alone."""
    fields = len(change.before or ()) + len(change.after or ())
    share = CHANGE_BYTES // (2 * max(1, fields))  # half of it is for the names of the fields and the marks

    def short(values: dict[str, Json] | None) -> dict[str, Json] | None:
        if values is None:
            return None
        return {field: value if _size(value) <= share else _begun(value, share) for field, value in values.items()}

    return msgspec.structs.replace(change, before=short(change.before), after=short(change.after))


def _begun(value: Json, share: int) -> str:
    text = value if isinstance(value, str) else msgspec.json.encode(value).decode()
    # A character takes six bytes at most (a control character as JSON), and four in most alphabets.
    return f"{text[: share // 6]}…"


def _size(value: Any) -> int:
    return len(msgspec.json.encode(value))


def _plain_values(values: Values | None) -> dict[str, Json] | None:
    return None if values is None else {name: _plain(value, _DEPTH) for name, value in values.items()}


def _masked(values: dict[str, Json] | None) -> dict[str, Json] | None:
    """The first _LISTED fields, named shortly; their secrets masked, their values bounded."""
    if values is None:
        return None
    return {
        name[:_LISTED]: MASK if name in SECRET_NAMES and value is not None else _short(value)
        for name, value in list(values.items())[:_LISTED]
    }


def _plain(value: Any, depth: int) -> Json:
    if isinstance(value, Enum):
        return _plain(value.value, depth)
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, msgspec.Struct):
        value = msgspec.structs.asdict(value)
    if depth == 0 and isinstance(value, Mapping | set | frozenset | list | tuple):
        return "…"
    if isinstance(value, Mapping):
        return {str(name): _plain(inner, depth - 1) for name, inner in value.items()}
    if isinstance(value, set | frozenset):
        value = sorted(value, key=str)
    if isinstance(value, list | tuple):
        return [_plain(inner, depth - 1) for inner in value]
    return str(value)


def _short(value: Json) -> Json:
    if isinstance(value, str):
        return _cut(value)
    if isinstance(value, list):
        told = [_short(inner) for inner in value[:_LISTED]]
        return told if len(value) <= _LISTED else [*told, f"… {len(value) - _LISTED}"]
    if isinstance(value, dict):
        return _masked(value)
    return value


def _cut(text: str) -> str:
    """The beginning of it, without what JSON in PostgreSQL cannot hold."""
    text = text[: TEXT_TOLD + 1].replace("\0", "�")
    return text if len(text) <= TEXT_TOLD else f"{text[:TEXT_TOLD]}…"
