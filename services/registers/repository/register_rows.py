"""Registers with everything a list of them shows, in one query whatever their number."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, cast

import msgspec
import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from services.contracts.registers import ExchangeKind, ExchangeState, FleetSummary, RegisterQuery
from services.contracts.values import AccountId, RegisterId
from services.registers.domain.cursors import decode_name_cursor
from services.registers.domain.kkt_ids import digits_of
from services.registers.domain.register_rules import search_key
from services.registers.models import LIVE_STATES, AccountBase, Exchange, Link, Register, RegisterInGroup, heard_lately


class ExchangeFacts(msgspec.Struct, frozen=True):
    """The columns of an exchange that a list of registers needs."""

    exchange_id: str
    kind: str
    state: str
    done: int
    total: int
    reason: str | None
    created_at: datetime
    finished_at: datetime | None
    recipe_id: str | None
    target_base_hash: str | None
    target_revision: int | None


class RegisterRow(msgspec.Struct, frozen=True):
    """One register with its live side."""

    register: Register
    link: Link
    latest: int
    groups: tuple[str, ...]
    under_way: ExchangeFacts | None  # the oldest one, loads before others
    last: ExchangeFacts | None
    load: ExchangeFacts | None  # the newest live load; the newest of all when none is live


class _Around:
    """What stands around a register in the query: exchanges of three kinds, as lateral subqueries."""

    def __init__(self, account: AccountId) -> None:
        columns = [getattr(Exchange, name) for name in ExchangeFacts.__struct_fields__]
        mine = sa.select(*columns).where(Exchange.account_id == account, Exchange.register_id == Register.register_id)
        is_load = Exchange.kind == ExchangeKind.LOAD_GOODS.value
        newest = (Exchange.created_at.desc(), Exchange.exchange_id.desc())
        live = mine.where(Exchange.state.in_(LIVE_STATES))
        oldest = (is_load.desc(), Exchange.created_at, Exchange.exchange_id)
        self.under_way = live.order_by(*oldest).limit(1).lateral("under_way")
        self.last = mine.order_by(*newest).limit(1).lateral("last")
        other = aliased(Exchange)
        live_load = sa.exists().where(
            other.account_id == account,
            other.register_id == Register.register_id,
            other.kind == ExchangeKind.LOAD_GOODS.value,
            other.state.in_(LIVE_STATES),
        )
        none_live = ~live_load.correlate(Register)
        told = mine.where(is_load, Exchange.state.in_(LIVE_STATES) | none_live)
        self.load = told.order_by(*newest).limit(1).lateral("load")
        self.latest = sa.func.coalesce(
            sa.select(AccountBase.revision).where(AccountBase.account_id == account).scalar_subquery(), 0
        )
        self.groups = (
            sa.select(sa.func.array_agg(RegisterInGroup.group_id))
            .where(RegisterInGroup.account_id == account, RegisterInGroup.register_id == Register.register_id)
            .scalar_subquery()
        )

    def joined(self, statement: sa.Select[Any], *laterals: sa.FromClause) -> sa.Select[Any]:
        """The statement over registers, their links and these laterals."""
        whole: sa.FromClause = sa.join(
            Register,
            Link,
            (Link.account_id == Register.account_id) & (Link.register_id == Register.register_id),
        )
        for lateral in laterals:
            whole = whole.outerjoin(lateral, sa.true())
        return statement.select_from(whole)

    # The next two say in SQL what domain/truth.py says; a test holds them together.

    def in_sync(self) -> sa.ColumnElement[bool]:
        """Whether the register confirmed what was last asked for, and nothing newer is on its way."""
        load = self.load.c
        pending = load.state.in_(LIVE_STATES) & load.target_base_hash.is_distinct_from(Register.confirmed_base_hash)
        same = sa.func.coalesce(Register.desired_base_hash == Register.confirmed_base_hash, sa.false())
        return same & Register.drift_since.is_(None) & ~sa.func.coalesce(pending, sa.false())

    def unsent(self) -> sa.ColumnElement[bool]:
        """«Есть неотправленные изменения»."""
        load = self.load.c
        asked = load.state.in_(LIVE_STATES) & load.target_base_hash.is_(None) & (load.recipe_id == Register.recipe_id)
        newer = (self.latest > Register.desired_revision) | Register.desired_recipe_id.is_distinct_from(
            Register.recipe_id
        )
        never = Register.desired_base_hash.is_(None)
        return ~sa.func.coalesce(asked, sa.false()) & sa.case((never, self.latest > 0), else_=newer)


def is_online(now: datetime) -> sa.ColumnElement[bool]:
    """Whether a register's link is open and was heard of within the silent time."""
    return Link.link_id.is_not(None) & heard_lately(now)


def page_registers(session: Session, account: AccountId, query: RegisterQuery, now: datetime) -> list[RegisterRow]:
    """One more than a page of registers by name. Raises Invalid for a cursor that is none of ours."""
    around = _Around(account)
    statement = _rows(account, around)
    if query.q.strip():
        statement = statement.where(_matches(query.q))
    if query.group is not None:
        statement = statement.where(
            sa.exists().where(
                RegisterInGroup.account_id == account,
                RegisterInGroup.register_id == Register.register_id,
                RegisterInGroup.group_id == query.group,
            )
        )
    if query.online is not None:
        statement = statement.where(is_online(now) if query.online else ~is_online(now))
    if query.sync is not None:
        statement = statement.where(around.in_sync() if query.sync == "in_sync" else ~around.in_sync())
    if query.after is not None:
        after = decode_name_cursor(query.after)
        statement = statement.where(
            sa.tuple_(Register.sort_key, Register.register_id) > sa.tuple_(sa.literal(after.key), sa.literal(after.id))
        )
    statement = statement.order_by(Register.sort_key, Register.register_id).limit(query.limit + 1)
    return list(_read(session, statement))


def register_row(session: Session, account: AccountId, register: RegisterId) -> RegisterRow | None:
    """One register with everything around it."""
    statement = _rows(account, _Around(account)).where(Register.register_id == register)
    return next(_read(session, statement), None)


def fleet_summary(session: Session, account: AccountId, now: datetime) -> FleetSummary:
    """The counts over all registers of the account."""
    around = _Around(account)
    failed = around.load.c.state.in_((ExchangeState.FAILED.value, ExchangeState.EXPIRED.value))
    alarms = Register.alarm.is_not(None) | Register.drift_since.is_not(None)
    counted: dict[str, sa.ColumnElement[bool]] = {
        "registers": sa.true(),
        "online": is_online(now),
        "in_sync": around.in_sync(),
        "unsent": around.unsent(),
        "under_way": around.under_way.c.exchange_id.is_not(None),
        "failed": failed,
        "alarms": alarms,
        "never_contacted": Register.first_contact_at.is_(None),
    }
    columns = [sa.func.count().filter(condition).label(name) for name, condition in counted.items()]
    counts = cast(sa.Select[Any], sa.select(*columns))
    statement = around.joined(counts, around.under_way, around.load).where(Register.account_id == account)
    return FleetSummary(**session.execute(statement).one()._mapping)


def _rows(account: AccountId, around: _Around) -> sa.Select[Any]:
    laterals = (around.under_way, around.last, around.load)
    columns = [
        column.label(f"{lateral.name}_{column.key}") for lateral in laterals for column in lateral.c
    ]  # three exchanges side by side
    statement = sa.select(Register, Link, around.latest.label("latest"), around.groups.label("groups"), *columns)
    return around.joined(statement, *laterals).where(Register.account_id == account)


def _matches(q: str) -> sa.ColumnElement[bool]:
    words = search_key(q.replace("\0", ""))
    digits = digits_of(words)
    by_name = Register.search_key.contains(words, autoescape=True)
    by_serial = sa.func.lower(Register.serial_number).contains(digits, autoescape=True)
    return by_name | by_serial | Register.kkt_id.contains(digits, autoescape=True)


def _read(session: Session, statement: sa.Select[Any]) -> Iterator[RegisterRow]:
    for row in session.execute(statement.execution_options(populate_existing=True)):
        told = row._mapping
        yield RegisterRow(
            register=told[Register],
            link=told[Link],
            latest=told["latest"],
            groups=tuple(str(group) for group in told["groups"] or ()),
            under_way=_facts(told, "under_way"),
            last=_facts(told, "last"),
            load=_facts(told, "load"),
        )


def _facts(told: sa.RowMapping, name: str) -> ExchangeFacts | None:
    if told[f"{name}_exchange_id"] is None:
        return None
    return ExchangeFacts(**{field: told[f"{name}_{field}"] for field in ExchangeFacts.__struct_fields__})
