"""The questions of the registers room that have no account yet. They need a system session.

Every function is listed with its reason in tests/services/registers/test_system_repository.py.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, insert
from sqlalchemy.orm import Session

from services.chassis.account_terms import is_inactive
from services.contracts.links import Beat
from services.contracts.registers import ExchangeKind, ExchangeState
from services.contracts.values import AccountId, RegisterId
from services.contracts.work import ProgressNote
from services.registers.models import LIVE_STATES, Exchange, Link, OpenedLink, Register, UnknownIdAttempt, heard_lately

Found = tuple[AccountId, RegisterId]


def register_of_kkt_id(session: Session, kkt_id: str) -> Found | None:
    """Whose register an ID is."""
    row = session.execute(sa.select(Register.account_id, Register.register_id).where(Register.kkt_id == kkt_id)).first()
    return None if row is None else (AccountId(row.account_id), RegisterId(row.register_id))


def opened_link(session: Session, account: AccountId, register: RegisterId, link: str) -> OpenedLink | None:
    """A link of the last day, if this one was opened before."""
    return session.get(OpenedLink, {"account_id": account, "register_id": register, "link_id": link})


def note_attempt(session: Session, address: str, kkt_id: str, now: datetime) -> None:
    """An unknown ID was tried from this address."""
    statement = insert(UnknownIdAttempt).values(address=address, kkt_id=kkt_id, at=now)
    session.execute(
        statement.on_conflict_do_update(
            index_elements=[UnknownIdAttempt.address, UnknownIdAttempt.kkt_id], set_={"at": now}
        )
    )


def count_attempts(session: Session, address: str, since: datetime) -> int:
    """How many distinct unknown IDs were tried from this address since then."""
    return (
        session.scalar(
            sa.select(sa.func.count()).where(UnknownIdAttempt.address == address, UnknownIdAttempt.at > since)
        )
        or 0
    )


def store_beats(session: Session, beats: Iterable[Beat], now: datetime) -> frozenset[RegisterId]:
    """Note heartbeats of open links, received now; returns the registers whose link they are of is still open.

    The clocks of gateways only order the beats of one batch: a wrong one must not keep a register online.
    Rows are locked in order, so that two batches never wait for each other in a circle.
    """
    newest = {(beat.register, beat.epoch): beat for beat in sorted(beats, key=lambda beat: beat.at)}
    told = list(newest.values())
    b = _unnested(
        "b",
        register_id=(sa.Uuid(as_uuid=False), [beat.register for beat in told]),
        account_id=(sa.Uuid(as_uuid=False), [beat.account for beat in told]),
        epoch=(sa.BigInteger(), [beat.epoch for beat in told]),
        base_hash=(sa.Text(), [beat.base_hash for beat in told]),
    )
    same = (
        (Link.register_id == b.c.register_id)
        & (Link.account_id == b.c.account_id)
        & (Link.epoch == b.c.epoch)
        & Link.link_id.is_not(None)
    )
    locked = (
        sa.select(Link.account_id, Link.register_id, b.c.base_hash)
        .join(b, same)
        .order_by(Link.register_id)
        .with_for_update(of=Link)
        .cte("locked")
    )
    updated = session.execute(
        sa.update(Link)
        .where(Link.account_id == locked.c.account_id, Link.register_id == locked.c.register_id)
        .values(
            last_seen=sa.func.greatest(Link.last_seen, now),
            held_base_hash=locked.c.base_hash,
            held_at=now,
        )
        .returning(Link.register_id)
        .execution_options(synchronize_session=False)
    )
    return frozenset(RegisterId(str(row.register_id)) for row in updated)


def store_progress(session: Session, notes: Iterable[ProgressNote], pause: timedelta, now: datetime) -> None:
    """Note how far loads are, for the screen; at most once in `pause` for one exchange. May miss some (lossy).

    As with heartbeats, the clocks of gateways only order the notes of one batch.
    """
    newest = {note.exchange: note for note in sorted(notes, key=lambda note: note.at)}
    told = list(newest.values())
    n = _unnested(
        "n",
        exchange_id=(sa.Uuid(as_uuid=False), [note.exchange for note in told]),
        epoch=(sa.BigInteger(), [note.epoch for note in told]),
        done=(sa.BigInteger(), [note.done for note in told]),
        total=(sa.BigInteger(), [note.total for note in told]),
    )
    ripe = (
        (Exchange.exchange_id == n.c.exchange_id)
        & (Exchange.begun_in == n.c.epoch)
        & (Exchange.state == ExchangeState.SENDING.value)
        & (Exchange.progress_at.is_(None) | (Exchange.progress_at <= now - pause))
    )
    locked = (
        sa.select(Exchange.account_id, Exchange.exchange_id, n.c.done, n.c.total)
        .join(n, ripe)
        .with_for_update(of=Exchange, skip_locked=True)
        .cte("locked")
    )
    session.execute(
        sa.update(Exchange)
        .where(Exchange.account_id == locked.c.account_id, Exchange.exchange_id == locked.c.exchange_id)
        .values(done=locked.c.done, total=locked.c.total, progress_at=now)
        .execution_options(synchronize_session=False)
    )


def links_to_judge(session: Session, now: datetime, limit: int) -> tuple[Found, ...]:
    """Registers whose open link was not heard of lately and is not called silent, or the other way round."""
    return _found(
        session,
        sa.select(Link.account_id, Link.register_id)
        .where(Link.link_id.is_not(None), heard_lately(now) == Link.silent)
        .order_by(Link.register_id)
        .limit(limit),
    )


def strange_bases(session: Session, told_since_confirmed: timedelta, limit: int) -> tuple[Found, ...]:
    """Online registers whose heartbeats tell another base than what they confirmed, for that long at least.

    Also those that drifted and hold again what they should.
    """
    told_other = Link.held_base_hash.is_distinct_from(Register.confirmed_base_hash)
    known = Register.confirmed_base_hash.is_not(None) | (Link.held_base_hash == Register.desired_base_hash)
    drifts = Register.drift_since.is_(None) & told_other & known
    mended = Register.drift_since.is_not(None) & (Link.held_base_hash == Register.desired_base_hash)
    return _found(
        session,
        sa.select(Link.account_id, Link.register_id)
        .join(Register, (Register.account_id == Link.account_id) & (Register.register_id == Link.register_id))
        .where(
            Link.link_id.is_not(None),
            Register.desired_base_hash.is_not(None),
            Link.held_at > sa.func.coalesce(Register.confirmed_at, Register.first_contact_at) + told_since_confirmed,
            drifts | mended,
        )
        .order_by(Link.register_id)
        .limit(limit),
    )


def due_to_load(session: Session, now: datetime, limit: int) -> tuple[Found, ...]:
    """Registers of active accounts that are to load by themselves now."""
    return _found(
        session,
        sa.select(Register.account_id, Register.register_id)
        .where(Register.auto_due_at <= now, ~is_inactive("registers", Register.account_id.expression))
        .order_by(Register.register_id)
        .limit(limit),
    )


def with_waiting_exchanges(
    session: Session, unbuilt_since: datetime, loads_before: datetime, tests_before: datetime, limit: int
) -> tuple[Found, ...]:
    """Registers with exchanges that wait too long: for a price list, or for the register itself."""
    is_test = Exchange.kind == ExchangeKind.TEST.value
    unbuilt = Exchange.target.is_(None) & (Exchange.wanted_at < unbuilt_since)
    return _found(
        session,
        sa.select(Exchange.account_id, Exchange.register_id)
        .where(
            Exchange.state.in_(LIVE_STATES),
            unbuilt | (Exchange.created_at < loads_before) | (is_test & (Exchange.created_at < tests_before)),
        )
        .distinct()
        .order_by(Exchange.register_id)
        .limit(limit),
    )


def end_alarms(session: Session, before: datetime, limit: int) -> tuple[Found, ...]:
    """Take away alarms about strange registers that came last before then; returns whose they were."""
    old = (
        sa.select(Register.account_id, Register.register_id)
        .where(Register.alarm_at < before)
        .order_by(Register.register_id)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .cte("old")
    )
    return _found(
        session,
        sa.update(Register)
        .where(Register.account_id == old.c.account_id, Register.register_id == old.c.register_id)
        .values(alarm=None, alarm_at=None)
        .returning(Register.account_id, Register.register_id)
        .execution_options(synchronize_session=False),
    )


def forget_old(
    session: Session, attempts: datetime, links: datetime, exchanges: datetime, limit: int, rounds: int
) -> None:
    """Delete attempts, opened links and finished exchanges from before these times.

    Of each at most `limit` in one statement, and so again until fewer are left, for at most so many rounds.
    """
    for key, old in (
        ((UnknownIdAttempt.address, UnknownIdAttempt.kkt_id), UnknownIdAttempt.at < attempts),
        ((OpenedLink.account_id, OpenedLink.register_id, OpenedLink.link_id), OpenedLink.opened_at < links),
        ((Exchange.account_id, Exchange.exchange_id), Exchange.finished_at < exchanges),
    ):
        chosen = sa.select(*key).where(old).limit(limit)
        forget = sa.delete(key[0].class_).where(sa.tuple_(*key).in_(chosen))
        for _ in range(rounds):
            gone = session.execute(forget.execution_options(synchronize_session=False))
            if int(getattr(gone, "rowcount", 0)) < limit:
                break


def _found(session: Session, statement: sa.Executable) -> tuple[Found, ...]:
    rows = session.execute(statement)
    return tuple((AccountId(str(account)), RegisterId(str(register))) for account, register in rows)


def _unnested(name: str, **columns: tuple[sa.types.TypeEngine[Any], Sequence[Any]]) -> sa.TableValuedAlias:
    """Lists side by side as a table."""
    arrays = [sa.cast(sa.literal(list(values), ARRAY(kind)), ARRAY(kind)) for kind, values in columns.values()]
    shape = [sa.column(column, kind) for column, (kind, _) in columns.items()]
    return sa.func.unnest(*arrays).table_valued(*shape, name=name).render_derived()
