"""Exchanges. Whoever changes one has locked its register first."""

import sqlalchemy as sa
from sqlalchemy.orm import Session, undefer

from services.contracts.registers import ExchangeKind, ExchangeQuery
from services.contracts.values import AccountId, ExchangeId, RegisterId
from services.registers.domain.cursors import decode_time_cursor
from services.registers.models import LIVE_STATES, Exchange, Register

LIVE_BOUND = 20  # exchanges of one register; the rules for starting them keep far below


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


def waiting_for_list(session: Session, account: AccountId, recipe_id: str, limit: int) -> tuple[RegisterId, ...]:
    """Registers with a live load of this recipe that has no price list yet, or could take a delta to it."""
    found = session.scalars(
        sa.select(Exchange.register_id)
        .where(
            Exchange.account_id == account,
            Exchange.recipe_id == recipe_id,
            Exchange.kind == ExchangeKind.LOAD_GOODS.value,
            Exchange.state.in_(LIVE_STATES),
            Exchange.wanted_at.is_not(None),
            Exchange.target.is_(None) | Exchange.delta.is_(None),
        )
        .distinct()
        .order_by(Exchange.register_id)
        .limit(limit)
    )
    return tuple(RegisterId(one) for one in found)


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
