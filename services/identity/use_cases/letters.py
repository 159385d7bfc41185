"""E-mails to users: written as rows beside what they tell of, sent afterwards by an errand, with patience.

A letter is claimed in one short transaction, sent in none, and removed in another: it may arrive twice (with the same
Message-ID) when a process dies in between, and is never lost while it is good. It lies sealed while it waits, for it
may hold a one-time password, and nothing of it stays once it went.
"""

import smtplib
import uuid
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec
from prometheus_client import Counter
from sqlalchemy.orm import Session

from services.chassis.database import Database
from services.chassis.logs import get_logger
from services.chassis.seal import Sealer
from services.contracts.notifications import NotificationKind
from services.contracts.values import AccountId
from services.identity.domain import letter_texts
from services.identity.domain.letter_delays import delay_after
from services.identity.mailing import CannotSend, Mail, Mailer, Outcome
from services.identity.models import Account, Letter, NotificationRow, User
from services.identity.repository import letters as repository
from services.identity.system_repository import letters as system_repository
from services.identity.system_repository.letters import ClaimedLetter

WRITTEN_AT_ONCE = 100  # letters about notifications
SENT_AT_ONCE = 20  # letters claimed together
ROUNDS_MAX = 10  # claims of one errand; what is left waits for the next
SENDING_LASTS = timedelta(minutes=2)  # the last letter of one claim begins no later than that
CLAIM_LASTS = timedelta(minutes=10)  # longer than SENDING_LASTS and the slowest letter; then others may send them
NEWS_FRESH = timedelta(days=1)  # of older news no letter is written: e-mail was set up only now
NEWS_GOOD = timedelta(days=2)  # a letter about news is worth sending for so long

LETTERS = Counter("kkt_letters", "E-mails that were sent, refused, given up or put off", ["outcome"])

log = get_logger(__name__)

Clock = Callable[[], datetime]


class Content(msgspec.Struct, frozen=True):
    """What is sealed: the words that a letter is made of when it is sent."""

    language: str
    zone: str
    at: datetime
    params: dict[str, str | int]
    account: str = ""  # its name
    client: int = 0  # its number
    kind: NotificationKind | None = None  # None: a one-time password
    link: str = ""


def post_one_time_password(
    session: Session, sealer: Sealer, account: Account, user: User, password: str, now: datetime, smtp_set_up: bool
) -> bool:
    """Let a letter with the one-time password that the user has now wait for sending; it supersedes an older one.

    False, and nothing is written, when no e-mail can be sent: no server is set up, or the user has no address or is
    disabled. Works in sessions of an account and in those of the room itself.
    """
    if not smtp_set_up or user.email is None or user.disabled or user.password_until is None:
        return False
    params: dict[str, str | int] = {
        "client": account.number,
        "login": user.login,
        "password": password,
        "until": user.password_until.isoformat(),
    }
    content = Content(_language(user), account.time_zone, now, params)
    _put(session, sealer, user, "one_time_password", content, user.password_until)
    return True


class Post(msgspec.Struct, frozen=True):
    """How letters are posted in this process."""

    sealer: Sealer
    smtp_set_up: bool

    def one_time_password(self, session: Session, account: Account, user: User, password: str, now: datetime) -> bool:
        """See post_one_time_password."""
        return post_one_time_password(session, self.sealer, account, user, password, now, self.smtp_set_up)


def write_letters(session: Session, sealer: Sealer, now: datetime) -> int:
    """Write letters about notifications that want one; returns how many were looked at. System session."""
    wanted = system_repository.take_notifications_to_mail(session, WRITTEN_AT_ONCE)
    for notification, user, account in wanted:
        if notification.rang_at > now - NEWS_FRESH and user.email is not None and not user.disabled:
            source = f"notification:{notification.notification_id}"
            content = _about(notification, user, account)
            _put(session, sealer, user, source, content, notification.rang_at + NEWS_GOOD)
    return len(wanted)


def send_letters(database: Database, sealer: Sealer, mailer: Mailer, clock: Clock) -> None:
    """Write what has to be written and send what is due, at most ROUNDS_MAX times SENT_AT_ONCE letters."""
    for _ in range(ROUNDS_MAX):
        with database.system() as session:
            if write_letters(session, sealer, clock()) < WRITTEN_AT_ONCE:
                break
    for _ in range(ROUNDS_MAX):
        now = clock()
        with database.system() as session:
            claimed = system_repository.claim_letters(session, now, now + CLAIM_LASTS, SENT_AT_ONCE)
        if not claimed or not _send_claimed(database, sealer, mailer, clock, claimed):
            return


def _send_claimed(
    database: Database, sealer: Sealer, mailer: Mailer, clock: Clock, claimed: Sequence[ClaimedLetter]
) -> bool:
    """Send these; False when the server cannot take any more now. All that did not go are put off."""
    left, trying = list(claimed), list(claimed)  # `trying`: those whose try this counts as, should it end early
    began = clock()
    try:
        with mailer.connected() as server:
            while left and clock() < began + SENDING_LASTS:
                trying = left[:1]
                outcome = _send(server, left[0], sealer, mailer, clock())
                _conclude(database, left.pop(0).letter, outcome, clock())
                trying = []
    except CannotSend as error:
        log.warning("letters_not_sent", reason=str(error), waiting=len(left))
    for one in trying:
        _conclude(database, one.letter, Outcome.LATER, clock())
    for one in left[len(trying) :]:  # a letter that the server cannot bear keeps no other waiting
        with database.system() as session:
            system_repository.postpone_letter(session, one.letter, clock())
    return not left


def _send(server: smtplib.SMTP, claimed: ClaimedLetter, sealer: Sealer, mailer: Mailer, now: datetime) -> Outcome:
    try:
        mail = _mail(claimed, sealer, mailer, now)
    except (KeyError, ValueError):  # a fault of ours, to be mended while it waits
        log.exception("letter_unreadable", letter=claimed.letter.letter_id)
        return Outcome.LATER
    return Outcome.REFUSED if mail is None else mailer.send(server, mail)


def _conclude(database: Database, letter: Letter, outcome: Outcome, now: datetime) -> None:
    next_at = now + delay_after(letter.tries)
    told = outcome.value
    with database.system() as session:
        if outcome is Outcome.LATER and next_at < letter.good_until:
            system_repository.postpone_letter(session, letter, next_at)
        else:
            system_repository.remove_letter(session, letter)
            told = "given_up" if outcome is Outcome.LATER else told
    LETTERS.labels(told).inc()
    if told in ("refused", "given_up"):
        log.warning("letter_not_sent", letter=letter.letter_id, account=letter.account_id, why=told, tries=letter.tries)


def _about(notification: NotificationRow, user: User, account: Account) -> Content:
    return Content(
        language=_language(user),
        zone=account.time_zone,
        at=notification.rang_at,
        params=notification.params,
        account=account.name,
        client=account.number,
        kind=NotificationKind(notification.kind),
        link=notification.link,
    )


def _put(session: Session, sealer: Sealer, user: User, source: str, content: Content, good_until: datetime) -> None:
    values = {
        "letter_id": str(uuid.uuid4()),
        "user_id": user.user_id,
        "source": source,
        "sealed": sealer.seal(msgspec.json.encode(content).decode()),
        "tries": 0,
        "next_at": content.at,
        "good_until": good_until,
    }
    repository.put_letter(AccountId(user.account_id), session, values)


def _mail(claimed: ClaimedLetter, sealer: Sealer, mailer: Mailer, now: datetime) -> Mail | None:
    """The letter as it is sent, to where its user gets e-mail now.

    None when there is no such address any more, it is too late, or it was sealed by keys that are no longer known.
    """
    letter, opened = claimed.letter, sealer.open(claimed.letter.sealed)
    if opened is None or claimed.to is None or now >= letter.good_until:
        return None
    content = msgspec.json.decode(opened, type=Content)
    zone, public_url = ZoneInfo(content.zone), mailer.public_url
    if content.kind is None:
        text = letter_texts.password_text(content.params, public_url, content.language, zone)
    else:
        whose: dict[str, str | int] = {"account": content.account, "client": content.client}
        text = letter_texts.notification_text(
            content.kind, content.params, whose, content.link, public_url, content.language, zone
        )
    message_id = f"{letter.letter_id}@{mailer.sender.rpartition('@')[2]}"
    return Mail(to=claimed.to, subject=text.subject, body=text.body, message_id=message_id, at=content.at)


def _language(user: User) -> str:
    return user.language or letter_texts.DEFAULT_LANGUAGE
