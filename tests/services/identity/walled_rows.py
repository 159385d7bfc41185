"""A row in every table behind the walls, whatever its columns are."""

import secrets
import uuid
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from services.identity.models import Base, RequestRate
from tests.services.identity.identity_house import IdentityHouse, Opened

# Every table with an account; the count of requests alone is hidden from the accounts altogether.
WALLED: tuple[Any, ...] = tuple(
    sorted(
        (one.class_ for one in Base.registry.mappers if "account_id" in one.columns and one.class_ is not RequestRate),
        key=lambda model: model.__name__,
    )
)
_FITTING = {"kind": "user", "language": "ru", "state": "active", "roles": ["viewer"], "inn": None, "end_reason": None}


def fill(identity: IdentityHouse, *owners: Opened) -> None:
    """Each of the owners has at least one row in every table of WALLED."""
    with identity.db.system() as session:
        for owner in owners:
            for model in WALLED:
                if session.scalar(sa.select(sa.func.count()).where(model.account_id == owner.actor.account)) == 0:
                    session.add(row_of(model, owner, identity.now))
                    session.flush()


def row_of(model: Any, owner: Opened, now: datetime) -> Any:
    """A new row of that account."""
    own = {"account_id": owner.actor.account, "user_id": owner.actor.user, **_FITTING}
    columns = sa.inspect(model).columns
    return model(**{column.key: own.get(column.key, _value(column, now)) for column in columns})


def _value(column: sa.Column[Any], now: datetime) -> Any:
    kind = column.type
    if column.nullable:
        return None
    if isinstance(kind, sa.Uuid):
        return str(uuid.uuid4())
    if isinstance(kind, sa.LargeBinary):
        return secrets.token_bytes(32)
    if isinstance(kind, sa.DateTime):
        return now
    if isinstance(kind, sa.Text):
        return "x"
    if isinstance(kind, sa.Boolean):
        return False
    return 1 if isinstance(kind, sa.Integer) else []
