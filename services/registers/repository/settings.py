"""The settings that registers told."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from services.contracts.registers import SettingsView
from services.contracts.values import AccountId, Json, RegisterId
from services.registers.models import RegisterSettings


def get_settings(session: Session, account: AccountId, register: RegisterId) -> SettingsView | None:
    """What the register told last; None if it never did."""
    row = session.scalars(
        sa.select(RegisterSettings).where(
            RegisterSettings.account_id == account, RegisterSettings.register_id == register
        )
    ).one_or_none()
    return None if row is None else SettingsView(reported_at=row.reported_at, settings=row.settings)


def store_settings(
    session: Session, account: AccountId, register: RegisterId, settings: dict[str, Json], now: datetime
) -> None:
    """Keep what the register told."""
    statement = insert(RegisterSettings).values(
        account_id=account, register_id=register, reported_at=now, settings=settings
    )
    session.execute(
        statement.on_conflict_do_update(
            index_elements=[RegisterSettings.account_id, RegisterSettings.register_id],
            set_={"reported_at": statement.excluded.reported_at, "settings": statement.excluded.settings},
        )
    )
