"""Exchanges. Whoever changes one has locked its register first."""

from collections.abc import Collection
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import Session, undefer

from services.contracts.registers import ExchangeKind, ExchangeQuery
from services.contracts.values import AccountId, ExchangeId, RegisterId
from services.registers.domain.cursors import decode_time_cursor
from services.registers.models import LIVE_STATES, Exchange, Link, Register

SelectT = TypeVar("SelectT", bound=sa.Select[Any])

LIVE_BOUND = 20  # exchanges of one register; the rules for starting them keep far below


def link_and_work(session: Session, account: AccountId, register: RegisterId) -> tuple[int, bool, bool] | None:
    """The epoch of the register's link, whether it is open, and whether there is any live exchange. Locks nothing."""
    live = sa.exists().where(
        Exchange.account_id == account,
        Exchange.register_id == register,
        Exchange.state.in_(LIVE_STATES) | Exchange.to_abort,
    )
    row = session.execute(
        sa.select(Link.epoch, Link.link_id, live.label("live")).where(
            Link.account_id == account, Link.register_id == register
        )
    ).one_or_none()
    return None if row is None else (row.epoch, row.link_id is not None, row.live)


def linked_with_work(session: Session, account: AccountId, limit: int) -> tuple[RegisterId, ...]:
    """Registers with an open link and a live exchange."""
    found = session.scalars(
        sa.select(Exchange.register_id)
        .join(Link, (Link.account_id == Exchange.account_id) & (Link.register_id == Exchange.register_id))
        .where(Exchange.account_id == account, Exchange.state.in_(LIVE_STATES), Link.link_id.is_not(None))
        .distinct()
        .order_by(Exchange.register_id)
        .limit(limit)
    )
    return tuple(RegisterId(one) for one in found)


def get_exchange(session: Session, account: AccountId, exchange: ExchangeId) -> Exchange | None:
    """One exchange with its timeline, as it is now."""
    return session.scalars(
        sa.select(Exchange)
        .where(Exchange.account_id == account, Exchange.exchange_id == exchange)
        .options(undefer(Exchange.timeline))
        .execution_options(populate_existing=True)
    ).one_or_none()


def live_of(session: Session, account: AccountId, register: RegisterId) -> list[Exchange]:
    """The register's exchanges that are not over or still to be aborted, oldest first, with their timelines."""
    return list(
        session.scalars(
            sa.select(Exchange)
            .where(
                Exchange.account_id == account,
                Exchange.register_id == register,
                Exchange.state.in_(LIVE_STATES) | Exchange.to_abort,
            )
            .order_by(Exchange.created_at, Exchange.exchange_id)
            .limit(LIVE_BOUND)
            .options(undefer(Exchange.timeline))
            .execution_options(populate_existing=True)
        )
    )


def waiting_for_list(
    session: Session, account: AccountId, recipe_id: str, with_delta: bool, limit: int
) -> tuple[RegisterId, ...]:
    """Registers with a live load of this recipe that has no price list yet, or (on wish) could still take a delta."""
    open_question: sa.ColumnElement[bool] = Exchange.target.is_(None)
    if with_delta:
        open_question = open_question | (Exchange.delta.is_(None) & Exchange.begun_in.is_(None))
    found = session.scalars(
        _loads_of_recipe(sa.select(Exchange.register_id), account, recipe_id)
        .where(open_question)
        .distinct()
        .order_by(Exchange.register_id)
        .limit(limit)
    )
    return tuple(RegisterId(one) for one in found)


def loads_of_recipe(
    session: Session, account: AccountId, recipe_id: str, registers: Collection[RegisterId]
) -> list[Exchange]:
    """The live loads of this recipe for these registers (locked before), with their timelines."""
    statement = _loads_of_recipe(sa.select(Exchange), account, recipe_id)
    return list(
        session.scalars(
            statement.where(Exchange.register_id.in_(registers))
            .order_by(Exchange.register_id)
            .options(undefer(Exchange.timeline))
            .execution_options(populate_existing=True)
        )
    )


def page_exchanges(session: Session, account: AccountId, query: ExchangeQuery) -> list[tuple[Exchange, str]]:
    """One more than a page of exchanges with the names of their registers, newest first. Refuses with Invalid."""
    found = (
        sa.select(Exchange, Register.name)
        .join(
            Register,
            (Register.account_id == Exchange.account_id) & (Register.register_id == Exchange.register_id),
        )
        .where(Exchange.account_id == account)
    )
    if query.register_id is not None:
        found = found.where(Exchange.register_id == query.register_id)
    if query.under_way is not None:
        live = Exchange.state.in_(LIVE_STATES)
        found = found.where(live if query.under_way else ~live)
    if query.after is not None:
        after = decode_time_cursor(query.after)
        found = found.where(
            sa.tuple_(Exchange.created_at, Exchange.exchange_id) < sa.tuple_(sa.literal(after.at), sa.literal(after.id))
        )
    found = found.order_by(Exchange.created_at.desc(), Exchange.exchange_id.desc()).limit(query.limit + 1)
    return [(exchange, name) for exchange, name in session.execute(found)]


def _loads_of_recipe(statement: SelectT, account: AccountId, recipe_id: str) -> SelectT:
    return statement.where(
        Exchange.account_id == account,
        Exchange.recipe_id == recipe_id,
        Exchange.kind == ExchangeKind.LOAD_GOODS.value,
        Exchange.state.in_(LIVE_STATES),
        Exchange.wanted_at.is_not(None),
    )
