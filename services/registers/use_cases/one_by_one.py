"""A chore at many registers: what goes wrong at one of them is its own affair."""

from collections.abc import Callable, Iterable
from datetime import datetime

from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from services.chassis.journal import told_if_done
from services.chassis.logs import get_logger
from services.contracts.values import AccountId, RegisterId
from services.registers.use_cases.turn import Turn, find_turn

log = get_logger(__name__)


def one_by_one(
    session: Session, found: Iterable[tuple[AccountId, RegisterId]], now: datetime, chore: Callable[[Turn], None]
) -> None:
    """Do the chore at each register that still exists. Where it fails it leaves nothing behind and is tried next time.

    Raises only when the connection to the database is lost.
    """
    for account, register in found:
        try:
            with told_if_done(session), session.begin_nested():
                turn = find_turn(session, account, register, now)
                if turn is not None:
                    chore(turn)
        except Exception as error:
            if isinstance(error, DBAPIError) and error.connection_invalidated:
                raise
            log.exception("chore_failed", chore=chore.__name__, account=account, register=register)
