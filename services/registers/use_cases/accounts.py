"""What the identity room tells of accounts, and how much of its limits an account uses. Each fact may come twice."""

from typing import Final

from sqlalchemy.orm import Session

from services.chassis.account_terms import store_terms, terms_of
from services.chassis.poke import poke_after_commit
from services.contracts.events import EventRecord
from services.contracts.limits import AccountState, AccountTermsEvent
from services.contracts.registers import RegistersUsage
from services.contracts.values import AccountId
from services.registers.repository import exchanges, registers

POKED: Final = 500  # registers that go on at once when an account is active again; the others ask by themselves


def terms_changed(session: Session, record: EventRecord, event: AccountTermsEvent) -> None:
    """An account's state or limits are others now. The session is a system one."""
    waited = not terms_of(session, event.account).active
    if store_terms(session, event) and waited and event.state is AccountState.ACTIVE:
        for register in exchanges.linked_with_work(session, event.account, POKED):
            poke_after_commit(session, register)


def get_usage(session: Session, account: AccountId) -> RegistersUsage:
    """How many registers there are, and how many of them are connected."""
    return RegistersUsage(
        registers=registers.count_registers(session, account), links=registers.count_links(session, account)
    )
