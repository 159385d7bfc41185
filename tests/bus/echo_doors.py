"""The doors of the echo room."""

import os

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.chassis.consumer import EventConsumer
from services.chassis.database import after_commit
from services.chassis.event_log import EventLogDoor, record
from services.chassis.rpc import client_of, serves
from services.contracts.events import EventLogRpc, EventRecord
from services.contracts.values import SystemActor, UserActor
from tests.bus.echo_contract import EchoRpc, NoSuchThing, Thing, ThingKept, ThingNoticed


def hear(session: Session, record: EventRecord, event: ThingKept) -> None:
    antidote = sa.text("SELECT 1 FROM echo.thing WHERE name = 'antidote to ' || :name")
    if event.name.startswith("poison") and session.execute(antidote, {"name": event.name}).first() is None:
        raise ValueError(event.name)
    session.execute(
        sa.text("INSERT INTO echo.heard (account_id, name) VALUES (:account, :name)"),
        {"account": record.account, "name": event.name},
    )


@serves(EchoRpc, EventLogRpc)
class EchoService(EventLogDoor):
    name = "echo"
    session: Session
    myself: EchoRpc = client_of(EchoRpc)  # type: ignore[type-abstract]
    facts = EventConsumer(source="echo", handlers={ThingKept: hear})

    def echo(self, actor: SystemActor, text: str) -> str:
        return text

    def pause(self, actor: SystemActor, seconds: float) -> int:
        self.session.execute(sa.text("SELECT pg_sleep(:seconds)"), {"seconds": seconds})
        return 1

    def find(self, actor: UserActor, name: str) -> Thing:
        row = self.session.execute(
            sa.text("SELECT name, price FROM echo.thing WHERE name = :name"), {"name": name}
        ).first()
        if row is None:
            raise NoSuchThing(name=name)
        return Thing(name=row.name, price=row.price)

    def keep(self, actor: UserActor, thing: Thing, then: str) -> int:
        self.session.execute(
            sa.text("INSERT INTO echo.thing (account_id, name, price) VALUES (:account, :name, :price)"),
            {"account": actor.account, "name": thing.name, "price": thing.price},
        )
        record(self.session, actor.account, ThingKept(name=thing.name))
        record(self.session, actor.account, ThingNoticed(name=thing.name))
        if then == "crash":
            after_commit(self.session, lambda: os._exit(9))
        return self.session.execute(sa.text("SELECT count(*) FROM echo.thing")).scalar_one()

    def kept(self, actor: UserActor) -> tuple[str, ...]:
        return tuple(self.session.execute(sa.text("SELECT name FROM echo.thing ORDER BY id")).scalars())

    def heard(self, actor: UserActor) -> tuple[str, ...]:
        return tuple(self.session.execute(sa.text("SELECT name FROM echo.heard ORDER BY id")).scalars())

    def whoami(self, actor: UserActor) -> tuple[str, str]:
        row = self.session.execute(sa.text("SELECT current_user, current_setting('kkt.account')")).one()
        return (row[0], row[1])

    def wait_behind(self, actor: UserActor, lock: int) -> int:
        self.session.execute(sa.text("SELECT pg_advisory_xact_lock_shared(:lock)"), {"lock": lock})
        return lock

    def ask_oneself(self, actor: UserActor) -> tuple[str, str]:
        return self.myself.whoami(actor)

    def break_down(self, actor: SystemActor) -> None:
        raise RuntimeError("this is a bug")
