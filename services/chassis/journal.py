"""What a write changed, collected while it runs and told as one fact when its transaction ends.

A use case that changes a thing calls `changed`. The doors (for calls) and `Database.account` / `Database.system` (for
workers, consumers and sweeps) write what was collected as one WrittenEvent an account, in the same transaction. The
identity room turns these facts into the journal. Nothing collected, nothing written.
"""

from collections.abc import Mapping
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
_LISTED = 50  # members of one list that are told
_DEPTH = 3  # of values in one another

Values = Mapping[str, Any]


class _Collected(msgspec.Struct):
    changes: list[Change]
    more: int = 0


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
    was, now = _plain_values(before), _plain_values(after)
    if was is not None and now is not None:
        differing = [field for field in {**was, **now} if was.get(field) != now.get(field)]
        if not differing:
            return
        was = {field: was[field] for field in differing if field in was}
        now = {field: now[field] for field in differing if field in now}
    collected = session.info["changes"].setdefault(account, _Collected([]))
    if len(collected.changes) >= CHANGES_TOLD:
        collected.more += 1
        return
    collected.changes.append(Change(thing, str(id), _cut(name), _masked(was), _masked(now)))


def count_more(session: Session, account: AccountId, more: int) -> None:
    """So many things more were changed in this transaction than were told by `changed`."""
    session.info["changes"].setdefault(account, _Collected([])).more += more


def act_as(session: Session, actor: Actor) -> None:
    """Tell the facts of this transaction as this actor's: a call of a process has found out whom it is for."""
    session.info["actor"] = actor


def write_changes(session: Session, what: str) -> None:
    """Tell what was collected; called by the chassis just before a commit. `what` names the call or the chore."""
    collected: dict[AccountId, _Collected] = session.info["changes"]
    session.info["changes"] = {}
    for account, told in collected.items():
        if told.changes or told.more:
            record(session, account, WrittenEvent(what, tuple(told.changes), told.more))


def _plain_values(values: Values | None) -> dict[str, Json] | None:
    return None if values is None else {name: _plain(value, _DEPTH) for name, value in values.items()}


def _masked(values: dict[str, Json] | None) -> dict[str, Json] | None:
    if values is None:
        return None
    return {
        name: MASK if name in SECRET_NAMES and value is not None else _short(value) for name, value in values.items()
    }


def _plain(value: Any, depth: int) -> Json:
    if value is None or isinstance(value, bool | int | float | str):
        return value.value if isinstance(value, Enum) else value
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Enum):
        return _plain(value.value, depth)
    if isinstance(value, msgspec.Struct):
        value = msgspec.structs.asdict(value)
    if depth == 0:
        return str(value)
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
        return {name: MASK if name in SECRET_NAMES else _short(inner) for name, inner in list(value.items())[:_LISTED]}
    return value


def _cut(text: str) -> str:
    return text if len(text) <= TEXT_TOLD else f"{text[:TEXT_TOLD]}…"
