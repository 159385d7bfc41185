"""The register's own settings: told by it, never made up (G5)."""

from typing import Final

import msgspec
from sqlalchemy.orm import Session

from services.contracts.refusals import NotFound
from services.contracts.registers import NotReported, SettingsView
from services.contracts.values import AccountId, Json, RegisterId
from services.registers.domain.foreign_json import storable
from services.registers.domain.ids import must_be_id
from services.registers.repository import register_rows, settings
from services.registers.use_cases.turn import Turn

SETTINGS_BYTES_MAX: Final = 64 * 1024  # of one register's settings as JSON


def get_settings(session: Session, account: AccountId, register: RegisterId) -> SettingsView:
    """What the register told last. Raises NotFound, NotReported."""
    must_be_id(register)
    found = settings.get_settings(session, account, register)
    if found is not None:
        return found
    if register_rows.register_row(session, account, register) is None:
        raise NotFound()
    raise NotReported()


def store_told(turn: Turn, told: dict[str, Json]) -> bool:
    """Keep what the register told. False, and nothing is kept, above SETTINGS_BYTES_MAX."""
    if len(msgspec.json.encode(told)) > SETTINGS_BYTES_MAX:
        return False
    settings.store_settings(turn.session, turn.account, turn.id, storable(told), turn.now)
    turn.tell("settings")
    return True
