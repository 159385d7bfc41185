"""Bringing the searchable copy of an account's items up to date after a large change set.

The copy stands under the trigram index, whose upkeep would double the time of an import; until it is right again the
account's items are searched one by one. Edits in between do not touch a copy that is behind (see BaseChange).
"""

import sqlalchemy as sa

from services.catalog.repository.items import renew_search
from services.chassis.database import Database
from services.contracts.values import AccountId, SystemActor

WORKER = SystemActor(name="catalog worker")


def refresh_search(database: Database, account: AccountId) -> bool:
    """Bring it up to the base's present revision; False if another worker is at it."""
    with database.account(account, WORKER) as session:
        mine = session.execute(
            sa.text("SELECT pg_try_advisory_xact_lock(hashtext('catalog search'), hashtext(:account))"),
            {"account": account},
        ).scalar_one()
        if mine:
            renew_search(account, session)
        return bool(mine)
