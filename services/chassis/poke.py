"""A poke to whichever device gateway holds a register: «ask what is due». It may be lost; nothing depends on it."""

from nameko import config
from sqlalchemy.orm import Session

from services.chassis.database import after_commit
from services.chassis.sync_bridge import SyncBridge
from services.contracts.live import POKE_EXCHANGE
from services.contracts.values import RegisterId


def poke_after_commit(session: Session, register: RegisterId) -> None:
    """Poke the register's gateway once this transaction is committed. Outside a service process it does nothing."""
    bridge: SyncBridge | None = config.get("KKT_BRIDGE")
    if bridge is not None:
        after_commit(session, lambda: bridge.client.publish(POKE_EXCHANGE, register, b"{}"))
