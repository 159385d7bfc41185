"""What the filters and counts say in SQL is what the views say in Python."""

import random
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from services.chassis.database import Database, sqlalchemy_url
from services.contracts.registers import RegisterQuery
from services.contracts.values import UserActor
from services.registers.models import Exchange, Link, Register
from services.registers.repository.register_rows import page_registers
from services.registers.use_cases import registers
from services.registers.use_cases.views import register_view
from tests.services.registers.registers_house import Device, RegistersHouse, hash_of

REGISTERS = 60  # enough for every corner to be met, few enough to stay fast


def test_filters_counts_and_views_agree(room: RegistersHouse, alice: UserActor) -> None:
    dice = random.Random(20260302)
    room.base_is(alice, 5)
    for number in range(REGISTERS):
        register, _ = room.connect(alice, Device(f"04{number:06}", str(number)), f"Касса {number}")
        for _ in range(dice.randrange(3)):
            room.start(alice, register)
    _scramble(room.db, dice, room.now)
    now = room.now
    with room.db.account(alice.account) as session:
        rows = page_registers(session, alice.account, RegisterQuery(limit=500), now)
        views = [register_view(row, now) for row in rows]
        summary = registers.fleet_summary(session, alice.account, now)

        def found(**filters: Any) -> set[str]:
            query = RegisterQuery(limit=500, **filters)
            page = registers.page_registers(session, alice.account, query, now)
            return {view.id for view in page.items}

        assert found(sync="in_sync") == {view.id for view in views if view.goods.in_sync}
        assert found(sync="stale") == {view.id for view in views if not view.goods.in_sync}
        assert found(online=True) == {view.id for view in views if view.online}
        assert found(online=False) == {view.id for view in views if not view.online}
    assert len(views) == summary.registers == REGISTERS
    assert summary.online == sum(view.online for view in views)
    assert summary.in_sync == sum(view.goods.in_sync for view in views)
    assert summary.unsent == sum(view.goods.unsent for view in views)
    assert summary.alarms == sum(view.alarm is not None for view in views)
    assert summary.never_contacted == sum(view.first_contact_at is None for view in views)
    live = [view for view in views if view.exchange is not None and view.exchange.finished_at is None]
    assert summary.under_way == len(live)
    for count in (summary.online, summary.in_sync, summary.unsent, summary.alarms, summary.under_way, summary.failed):
        assert 0 < count < REGISTERS  # each corner was met


def _scramble(database: Database, dice: random.Random, now: Any) -> None:
    """Give registers and loads random facts, as the owner of the tables."""
    engine = sa.create_engine(sqlalchemy_url(database.url), poolclass=sa.NullPool)
    hashes = [hash_of("a"), hash_of("b")]
    with engine.begin() as connection:
        for register_id, recipe in connection.execute(sa.select(Register.register_id, Register.recipe_id)).all():
            mine = Register.register_id == register_id
            desired, confirmed = dice.choice([None, *hashes]), dice.choice([None, *hashes])
            values = {
                "desired_base_hash": desired,
                "desired_revision": dice.choice([4, 5]) if desired else None,
                "desired_recipe_id": dice.choice([recipe, "another"]) if desired else None,
                "confirmed_base_hash": confirmed,
                "drift_since": dice.choice([None, None, None, now]),
                "first_contact_at": dice.choice([None, now, now]),
            }
            connection.execute(sa.update(Register).where(mine).values(values))
            seen = now - timedelta(seconds=dice.choice([1, 74, 76]))
            every = dice.choice([30, 60])
            link = sa.update(Link).where(Link.register_id == register_id)
            connection.execute(link.values(last_seen=seen, heartbeat_seconds=every))
            _scramble_loads(connection, dice, register_id, hashes, now)
    engine.dispose()


def _scramble_loads(connection: sa.Connection, dice: random.Random, register: str, hashes: list[str], now: Any) -> None:
    loads = sa.select(Exchange.exchange_id).where(Exchange.register_id == register, Exchange.kind == "load_goods")
    for exchange_id in connection.scalars(loads.order_by(Exchange.created_at)).all():
        state = dice.choice(["queued", "waiting", "sending", "buffered", "applied", "failed", "superseded"])
        live = state in ("queued", "waiting", "sending", "buffered")
        values = {
            "state": state,
            "reason": dice.choice([None, "offline", "sales_mode"]),
            "finished_at": None if live else now,
            "target_base_hash": dice.choice([None, *hashes]),
            "recipe_id": dice.choice([Exchange.recipe_id, "another"]),
        }
        connection.execute(sa.update(Exchange).where(Exchange.exchange_id == exchange_id).values(values))
