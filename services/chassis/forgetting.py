"""How a room forgets an account: every row of it is deleted, in batches, whatever comes between.

`account_terms.hear_forgotten` marks the account. The chore here deletes table by table, each batch in a transaction
of its own, so no lock is held for long and a process that dies leaves nothing that the next one cannot go on with.
What was under way at the mark may still write for a while: the account is looked through until nothing is found.
"""

from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.chassis.account_terms import FORGETTING, FORGOTTEN, terms_table
from services.chassis.database import Database
from services.chassis.logs import get_logger
from services.contracts.values import AccountId, SystemActor

BATCH = 5_000  # rows deleted in one transaction; an account has fewer item groups, which refer to each other
BATCHES_MAX = 1_000  # full ones, of one account in one run; the rest goes in the next
ACCOUNTS_MAX = 20  # in one run
LOOKED_AGAIN = timedelta(minutes=1)  # between two looks at the same account
LATE = timedelta(minutes=15)  # what was under way when the account went is over after that
ROOM_TABLES = ("dead_letter", "handled_request", "event_log")  # those of the chassis; nobody misses facts of the gone

log = get_logger(__name__)


def forget_accounts(database: Database, tables: tuple[str, ...]) -> None:
    """Delete what is left of accounts that are gone. `tables` are the room's own, each before those it refers to.

    One replica does it at a time.
    """
    with database.system(SystemActor(name=f"{database.room} forgetting")) as session:
        due = _accounts_to_look_at(session)
    for account in due:
        if not _forget(database, account, (*tables, *ROOM_TABLES)):
            return


def _accounts_to_look_at(session: Session) -> list[AccountId]:
    table = terms_table(session.info["room"])
    question = (
        sa.select(table.c.account_id)
        .where(
            table.c.state == FORGETTING,
            table.c.looked_at.is_(None) | (table.c.looked_at < sa.func.clock_timestamp() - LOOKED_AGAIN),
        )
        .order_by(table.c.looked_at.nulls_first())
        .limit(ACCOUNTS_MAX)
    )
    return [AccountId(account) for account in session.scalars(question)]


def _forget(database: Database, account: AccountId, tables: tuple[str, ...]) -> bool:
    """Look through all tables once. False if another replica is at it, or too much is left for one run."""
    found = 0
    batches = 0
    for table in tables:
        went = BATCH
        while went == BATCH:
            if batches >= BATCHES_MAX:
                return False
            with database.system() as session:
                if not _is_mine(session):
                    return False
                went = _delete_batch(session, table, account)
            found += went
            batches += went == BATCH
    with database.system() as session:
        if not _is_mine(session):
            return False
        _note_look(session, account, found)
    log.info("account_looked_through", account=account, deleted=found)
    return True


def _is_mine(session: Session) -> bool:
    lock = sa.text("SELECT pg_try_advisory_xact_lock(hashtext('kkt forgetting'), hashtext(:room))")
    return bool(session.execute(lock, {"room": session.info["room"]}).scalar())


def _delete_batch(session: Session, table: str, account: AccountId) -> int:
    where = sa.table(table, sa.column("account_id", sa.Uuid(as_uuid=False)), schema=session.info["room"])
    place: sa.ColumnElement[str] = sa.literal_column("ctid")
    some = sa.select(place).select_from(where).where(where.c.account_id == account).limit(BATCH)
    gone = session.execute(sa.delete(where).where(place == sa.any_(sa.func.array(some.scalar_subquery()))))
    return int(getattr(gone, "rowcount", 0))


def _note_look(session: Session, account: AccountId, found: int) -> None:
    table = terms_table(session.info["room"])
    over = sa.literal(found == 0) & (table.c.heard_at < sa.func.clock_timestamp() - LATE)
    session.execute(
        table.update()
        .where(table.c.account_id == account, table.c.state == FORGETTING)
        .values(looked_at=sa.func.clock_timestamp(), state=sa.case((over, FORGOTTEN), else_=FORGETTING))
    )
