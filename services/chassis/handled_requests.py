"""A write runs once per request id, however often its message is delivered.

The row is inserted first in the transaction of the write: a second delivery waits on it, then finds the stored reply.
Rows serve redelivery by the broker and the HTTP `Idempotency-Key` alike and are kept REQUESTS_KEPT.
"""

import hashlib
from datetime import timedelta
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from services.chassis.tables import NO_ACCOUNT, room_tables
from services.contracts.refusals import RequestIdReused
from services.contracts.values import AccountId

SECRET_FIELDS = frozenset({"password", "token", "codes"})
REQUESTS_KEPT = timedelta(hours=24)
FORGET_BATCH = 5000  # rows in one transaction


def body_hash(method: str, arguments: dict[str, Any]) -> str:
    """What tells one write from another: the method and its arguments, but not who sent them, and no secret."""
    told = {name: _without_secrets(value) for name, value in arguments.items() if name != "actor"}
    return hashlib.sha256(method.encode() + b"\n" + msgspec.json.encode(told, order="deterministic")).hexdigest()


def _without_secrets(value: Any) -> Any:
    """A plain hash of a password, kept for a day, could be guessed at leisure."""
    if isinstance(value, dict):
        return {name: None if name in SECRET_FIELDS else _without_secrets(inner) for name, inner in value.items()}
    return value


def _with_empty_secrets(value: Any) -> Any:
    if isinstance(value, list):
        return [_with_empty_secrets(inner) for inner in value]
    if not isinstance(value, dict):
        return value
    return {
        name: type(inner)() if name in SECRET_FIELDS and isinstance(inner, str | list) else _with_empty_secrets(inner)
        for name, inner in value.items()
    }


def begin_request(session: Session, account: AccountId | None, key: str, digest: str) -> dict[str, Any] | None:
    """Claim the request in this transaction. Returns the stored reply if it was handled before, else None.

    Raises RequestIdReused if it was handled with another body.
    """
    table = room_tables(session.info["room"]).handled_request
    owner = account or NO_ACCOUNT
    claimed = session.execute(
        insert(table)
        .values(account_id=owner, request_key=key, body_hash=digest)
        .on_conflict_do_nothing()
        .returning(table.c.request_key)
    ).first()
    if claimed is not None:
        return None
    row = session.execute(
        sa.select(table.c.body_hash, table.c.reply).where(table.c.account_id == owner, table.c.request_key == key)
    ).one()
    if row.body_hash != digest:
        raise RequestIdReused()
    reply: dict[str, Any] = row.reply
    return reply


def store_reply(session: Session, account: AccountId | None, key: str, reply: dict[str, Any]) -> None:
    """Keep the reply in the transaction of the write; secrets in it are told once and not kept."""
    table = room_tables(session.info["room"]).handled_request
    reply = _with_empty_secrets(reply)
    session.execute(
        table.update()
        .where(table.c.account_id == (account or NO_ACCOUNT), table.c.request_key == key)
        .values(reply=reply)
    )


def forget_requests(session: Session) -> int:
    """Forget up to FORGET_BATCH requests older than REQUESTS_KEPT; returns how many went."""
    table = room_tables(session.info["room"]).handled_request
    old = (
        sa.select(table.c.account_id, table.c.request_key)
        .where(table.c.at < sa.func.now() - REQUESTS_KEPT)
        .limit(FORGET_BATCH)
        .subquery()
    )
    gone = session.execute(
        table.delete().where(
            sa.tuple_(table.c.account_id, table.c.request_key).in_(sa.select(old.c.account_id, old.c.request_key))
        )
    )
    return int(getattr(gone, "rowcount", 0))
