"""What a room told the journal so far."""

import msgspec
import sqlalchemy as sa

from services.chassis.database import Database
from services.chassis.event_log import record_of
from services.chassis.tables import room_tables
from services.contracts.events import EventRecord
from services.contracts.journal import Change, WrittenEvent
from services.contracts.values import AccountId


class Written(msgspec.Struct, frozen=True):
    """One write."""

    record: EventRecord
    event: WrittenEvent

    @property
    def what(self) -> str:
        return self.event.what

    @property
    def changes(self) -> tuple[Change, ...]:
        return self.event.changes

    @property
    def only(self) -> Change:
        """The one thing that changed."""
        assert len(self.event.changes) == 1, self.event
        return self.event.changes[0]


def written(database: Database, account: AccountId) -> list[Written]:
    """The facts for the journal of one account, oldest first; none of another account is among them."""
    log = room_tables(database.room).event_log
    with database.system() as session:
        rows = session.execute(
            sa.select(log).where(log.c.type == "written", log.c.account_id == account).order_by(log.c.id)
        ).all()
    records = [record_of(row) for row in rows]
    return [Written(record, msgspec.convert(record.body, WrittenEvent)) for record in records]
