"""Letters to users of one account that wait to be sent."""

from typing import Any

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from services.contracts.values import AccountId
from services.identity.models import Letter


def put_letter(account: AccountId, session: Session, values: dict[str, Any]) -> None:
    """Let a letter wait; it takes the place of one to the same user about the same `source`."""
    new = insert(Letter).values(account_id=account, **values)
    key = [Letter.account_id, Letter.user_id, Letter.source]
    renewed = {name: new.excluded[name] for name in ("letter_id", "sealed", "tries", "next_at", "good_until")}
    session.execute(new.on_conflict_do_update(index_elements=key, set_=renewed))
