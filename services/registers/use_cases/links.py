"""Links: who is let in, which link is the newest, what is heard on it."""

from datetime import datetime, timedelta
from typing import NoReturn

from sqlalchemy.orm import Session

from services.chassis.account_terms import lock_in_account, terms_of
from services.chassis.rpc import CommitAndRefuse
from services.contracts.links import (
    HEARTBEAT_SECONDS,
    MAX_BATCH,
    Beat,
    BoundToAnother,
    Hello,
    KeyWrong,
    LinkDisabled,
    LinkOpened,
    LinkRefused,
    TooManyAttempts,
    TooManyLinks,
    UnknownId,
)
from services.contracts.refusals import FieldError, Invalid
from services.contracts.registers import RegisterMode
from services.contracts.values import RegisterActor, RegisterId
from services.contracts.work import ProgressNote, Work
from services.registers import system_repository
from services.registers.domain.ids import is_id
from services.registers.domain.kkt_ids import Binding
from services.registers.domain.link_rules import ATTEMPTS_WINDOW, KnownId, Verdict, judge, throttle
from services.registers.models import OpenedLink, Register
from services.registers.repository import registers
from services.registers.use_cases.binding import admit
from services.registers.use_cases.liveness import go_off, mode_is
from services.registers.use_cases.turn import Turn, find_turn, find_turns, take_turn_of_link
from services.registers.use_cases.work import next_work

ALARM_TOLD_EVERY = timedelta(minutes=1)
PROGRESS_STORED_EVERY = timedelta(seconds=5)
COUNTED_APART = 100  # links below the limit, up to which hellos of one account need not wait for each other
LINKS_RETRY_SECONDS = 60  # a register that came above the limit comes back after so long

_REFUSALS: dict[Verdict, type[LinkRefused]] = {
    Verdict.UNKNOWN: UnknownId,
    Verdict.DISABLED: LinkDisabled,
    Verdict.ANOTHER: BoundToAnother,
    Verdict.KEY_WRONG: KeyWrong,
}


def open_link(
    session: Session,
    hello: Hello,
    link: str,
    gateway: str,
    address: str,
    now: datetime,
    heartbeat_seconds: int = HEARTBEAT_SECONDS,
) -> LinkOpened:
    """Let a register in, under the next epoch; it is told to beat so often. The session is a system one.

    The same link again gets the same epoch. Raises CommitAndRefuse with a LinkRefused: alarms and counters stay.
    """
    if not is_id(link):
        raise Invalid((FieldError("link", "malformed"),))
    turn, namesakes = _turn_of_hello(session, hello, now)
    if turn is not None:
        opened = system_repository.opened_link(session, turn.account, turn.id, link)
        if opened is not None:
            return _told_again(turn, opened)
    verdict = judge(None if turn is None else _known(turn.register), hello.serial_number, hello.key_hash, now)
    verdict = throttle(verdict, _count_attempts(session, hello, address, verdict, now))
    if turn is None or not verdict.lets_in:
        _refuse(turn, verdict, now)
    _check_limit(turn)
    turn.link.epoch += 1
    turn.link.link_id, turn.link.gateway, turn.link.silent = link, gateway, False
    turn.link.heartbeat_seconds = heartbeat_seconds
    first_contact = admit(turn, hello, verdict, namesakes)
    session.add(
        OpenedLink(
            account_id=turn.account,
            register_id=turn.id,
            link_id=link,
            epoch=turn.link.epoch,
            first_contact=first_contact,
            opened_at=now,
        )
    )
    return LinkOpened(_actor(turn, turn.link.epoch), heartbeat_seconds, first_contact, next_work(turn))


def close_link(session: Session, actor: RegisterActor, link: str, now: datetime) -> None:
    """The link is gone. Changes nothing if a newer one is open."""
    turn = find_turn(session, actor.account, actor.register, now)
    if turn is not None and turn.link.link_id == link:
        go_off(turn)


def hear_beats(session: Session, beats: tuple[Beat, ...], now: datetime) -> tuple[RegisterId, ...]:
    """Note heartbeats; returns the registers whose link is over. The session is a system one."""
    _check_batch(len(beats))
    well_formed = [beat for beat in beats if is_id(beat.register) and is_id(beat.account)]
    open_ones = system_repository.store_beats(session, well_formed, now) if well_formed else frozenset()
    return tuple(sorted({beat.register for beat in beats} - open_ones))


def note_progress(session: Session, notes: tuple[ProgressNote, ...], now: datetime) -> None:
    """Note how far loads are, for the screen. The session is a system one."""
    _check_batch(len(notes))
    well_formed = [note for note in notes if is_id(note.exchange)]
    if well_formed:
        system_repository.store_progress(session, well_formed, PROGRESS_STORED_EVERY, now)


def change_mode(session: Session, actor: RegisterActor, mode: RegisterMode, now: datetime) -> Work | None:
    """The register is in another mode now; returns what is to be done. Raises EpochOver."""
    turn = take_turn_of_link(session, actor, now)
    mode_is(turn, mode, now)
    return next_work(turn)


def _turn_of_hello(session: Session, hello: Hello, now: datetime) -> tuple[Turn | None, tuple[Turn, ...]]:
    """The turn at the register of this ID, and at those that were bound to the same serial number before."""
    found = system_repository.register_of_kkt_id(session, hello.kkt_id)
    if found is None:
        return None, ()
    account, register = found
    if terms_of(session, account).gone:
        return None, ()
    namesakes = [one for one in registers.bound_to_serial(session, account, hello.serial_number) if one != register]
    turns = find_turns(session, account, [register, *namesakes], now)
    turn = turns.pop(register, None)
    if turn is None or turn.register.kkt_id != hello.kkt_id:  # removed or renewed meanwhile
        return None, ()
    return turn, tuple(turns.values())


def _check_limit(turn: Turn) -> None:
    """Raises TooManyLinks when as many other registers of the account are connected as may be.

    Near the limit hellos of the account are counted one after the other. Farther below it they are not held up: there
    are fewer workers in this room than would be needed to come over it at once.
    """
    limit = terms_of(turn.session, turn.account).limits.links
    connected = registers.count_links(turn.session, turn.account, but=turn.id)
    if connected + COUNTED_APART > limit:
        lock_in_account(turn.session, turn.account, "links")
        connected = registers.count_links(turn.session, turn.account, but=turn.id)
    if connected >= limit:
        raise TooManyLinks(limit=limit, retry_after=LINKS_RETRY_SECONDS)


def _known(register: Register) -> KnownId:
    return KnownId(
        binding=Binding(register.binding),
        disabled=register.disabled,
        expires_at=register.kkt_id_expires_at,
        serial_number=register.serial_number,
        key_hash=register.key_hash,
        rebinding_until=register.rebinding_until,
    )


def _count_attempts(session: Session, hello: Hello, address: str, verdict: Verdict, now: datetime) -> int:
    if verdict is Verdict.IN:
        return 0
    since = now - ATTEMPTS_WINDOW
    count = system_repository.count_attempts(session, address, since)
    if verdict is Verdict.UNKNOWN and throttle(verdict, count) is not Verdict.THROTTLED:
        # Above the limit nothing is written: the table holds a bounded number of rows per address and window.
        system_repository.note_attempt(session, address, hello.kkt_id, now)
        count = system_repository.count_attempts(session, address, since)
    return count


def _refuse(turn: Turn | None, verdict: Verdict, now: datetime) -> NoReturn:
    """Raise the refusal; what was written, and the alarm, stays."""
    if turn is not None and verdict.alarms:
        register = turn.register
        told = register.alarm_at is not None and register.alarm_at > now - ALARM_TOLD_EVERY
        if register.alarm != verdict.value or not told:
            turn.raise_alarm(verdict.value)
        register.alarm, register.alarm_at = verdict.value, now
    if verdict is Verdict.THROTTLED:
        raise CommitAndRefuse(TooManyAttempts(retry_after=int(ATTEMPTS_WINDOW.total_seconds())))
    raise CommitAndRefuse(_REFUSALS[verdict]())


def _told_again(turn: Turn, opened: OpenedLink) -> LinkOpened:
    newest = opened.link_id == turn.link.link_id
    work = next_work(turn) if newest else None
    return LinkOpened(_actor(turn, opened.epoch), turn.link.heartbeat_seconds, opened.first_contact, work)


def _actor(turn: Turn, epoch: int) -> RegisterActor:
    return RegisterActor(account=turn.account, register=turn.id, epoch=epoch)


def _check_batch(size: int) -> None:
    if size > MAX_BATCH:
        raise Invalid((FieldError("", "too_many", {"max": MAX_BATCH}),))
