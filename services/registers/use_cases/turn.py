"""A turn at one register: its row is locked to commit, so everything done in the turn is serial."""

from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from services.chassis import event_log
from services.chassis.journal import acting_as, changed
from services.contracts.links import EpochOver
from services.contracts.refusals import NotFound
from services.contracts.registers import RegisterChangedEvent
from services.contracts.values import AccountId, RegisterActor, RegisterId
from services.registers.domain.ids import is_id
from services.registers.models import Exchange, Link, Register
from services.registers.repository import exchanges, registers


@dataclass
class Turn:
    """One register, locked, with the moment of the turn."""

    session: Session
    register: Register
    link: Link
    now: datetime

    @property
    def account(self) -> AccountId:
        """Whose register it is."""
        return AccountId(self.register.account_id)

    @property
    def id(self) -> RegisterId:
        """The register's id."""
        return RegisterId(self.register.register_id)

    @property
    def online(self) -> bool:
        """Whether its link is open and was heard of lately."""
        return self.link.is_on(self.now)

    def live_exchanges(self) -> list[Exchange]:
        """Its exchanges that are not over or still to be aborted, oldest first."""
        self.session.flush()
        return exchanges.live_of(self.session, self.account, self.id)

    def tell(self, what: str) -> None:
        """Tell the fact that something about the register changed."""
        event_log.record(self.session, self.account, RegisterChangedEvent(register=self.id, what=what))

    def raise_alarm(self, alarm: str) -> None:
        """Tell the fact that something is wrong with the register: an alarm of RegisterView."""
        event = RegisterChangedEvent(register=self.id, what="alarm", alarm=alarm, name=self.register.name)
        event_log.record(self.session, self.account, event)
        with self.at_its_word("register_alarm"):
            self.changed({"alarm": self.register.alarm}, {"alarm": alarm})

    def changed(self, before: Mapping[str, Any] | None, after: Mapping[str, Any] | None) -> None:
        """Tell the journal what is different about the register."""
        changed(self.session, self.account, "register", self.id, self.register.name, before, after)

    def at_its_word(self, doing: str) -> AbstractContextManager[None]:
        """What is told to the journal meanwhile was done by the register itself."""
        actor = RegisterActor(account=self.account, register=self.id, epoch=self.link.epoch)
        return acting_as(self.session, actor, doing)


def find_turns(
    session: Session, account: AccountId, ids: Iterable[RegisterId], now: datetime
) -> dict[RegisterId, Turn]:
    """Wait for the turns at those of the registers that exist; their rows are locked in the order of their ids."""
    locked = registers.lock_registers(session, account, ids)
    links = registers.links_of(session, account, locked)
    return {one: Turn(session, register, links[one], now) for one, register in locked.items()}


def find_turn(session: Session, account: AccountId, register: RegisterId, now: datetime) -> Turn | None:
    """Wait for the turn at a register; None when there is no such register in the account."""
    return find_turns(session, account, [register], now).get(register) if is_id(register) else None


def take_turn(session: Session, account: AccountId, register: RegisterId, now: datetime) -> Turn:
    """Wait for the turn at a register. Raises NotFound."""
    turn = find_turn(session, account, register, now)
    if turn is None:
        raise NotFound()
    return turn


def take_turn_of_link(session: Session, actor: RegisterActor, now: datetime) -> Turn:
    """Wait for the turn of a register that speaks on its open link. Raises EpochOver unless that is its newest one."""
    turn = take_turn_of_epoch(session, actor, now)
    if turn.link.link_id is None:
        raise EpochOver()
    return turn


def take_turn_of_epoch(session: Session, actor: RegisterActor, now: datetime) -> Turn:
    """As `take_turn_of_link`, but the link may have closed since: what was said on it before still counts."""
    turn = find_turn(session, actor.account, actor.register, now)
    if turn is None or turn.link.epoch != actor.epoch:
        raise EpochOver()
    return turn
