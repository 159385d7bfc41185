"""Facts of other rooms that need a person's eye become notifications. A fact that is heard twice notifies once.

Whoever asked for a thing hears of its end. What nobody asked for, or a program did, is told to the users whose roles
it concerns; of such things there may be floods, so each thing has one notification that is renewed.
"""

from sqlalchemy.orm import Session

from services.contracts.catalog import ImportChangedEvent
from services.contracts.events import EventRecord
from services.contracts.imports import ImportState
from services.contracts.notifications import NotificationKind
from services.contracts.registers import ExchangeChangedEvent, ExchangeState, RegisterChangedEvent
from services.identity.use_cases.notifying import News, Params, renew_for_roles, renew_for_user

_FAILED = frozenset({ExchangeState.FAILED, ExchangeState.EXPIRED})
_ENDED = frozenset({ImportState.APPLIED.value, ImportState.FAILED.value})


def hear_of_import(session: Session, record: EventRecord, event: ImportChangedEvent) -> None:
    """An import is over: its author hears how it ended. Of a program's, people hear only when it failed.

    The session is a system one, here and below.
    """
    if record.account is None or event.by is None or event.state not in _ENDED:
        return
    params: Params = {
        "filename": event.filename,
        "state": event.state,
        "created": event.created,
        "changed": event.changed,
        "failed": event.failed,
        "reason": event.reason or "",
    }
    link, kind = f"/goods/imports/{event.import_id}", NotificationKind.IMPORT_ENDED
    news = News(kind, f"import:{event.import_id}", params, link, record.at)
    if not renew_for_user(session, record.account, event.by, news) and event.state == ImportState.FAILED.value:
        renew_for_roles(session, record.account, News(kind, f"imports_of:{event.by}", params, link, record.at))


def hear_of_register(session: Session, record: EventRecord, event: RegisterChangedEvent) -> None:
    """An alarm of a register was raised. Each alarm of each register is a thing of its own."""
    if record.account is None or event.what != "alarm" or event.alarm is None:
        return
    params: Params = {"register": event.name, "alarm": event.alarm}
    source, link = f"register_alarm:{event.register}:{event.alarm}", f"/registers/{event.register}"
    renew_for_roles(session, record.account, News(NotificationKind.REGISTER_ALARM, source, params, link, record.at))


def hear_of_exchange(session: Session, record: EventRecord, event: ExchangeChangedEvent) -> None:
    """An exchange failed or expired. The exchanges of one kind with one register are one thing."""
    if record.account is None or event.state not in _FAILED:
        return
    params: Params = {
        "register": event.register_name,
        "exchange": event.kind.value,
        "state": event.state.value,
        "reason": event.reason or "",
    }
    source, link = f"exchange_failed:{event.register}:{event.kind.value}", f"/exchanges/{event.exchange}"
    news = News(NotificationKind.EXCHANGE_FAILED, source, params, link, record.at)
    if event.asked_by is None or not renew_for_user(session, record.account, event.asked_by, news):
        renew_for_roles(session, record.account, news)
