"""Letters and a real SMTP server on loopback: down, busy, unwilling, strange; each is sent once it can be."""

import datetime as dt
import threading
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from services.chassis.database import Database
from services.contracts.notifications import NotificationChoice, NotificationKind
from services.contracts.users import ONE_TIME_PASSWORD_HOURS
from services.identity.mailing import CannotSend, Mail, message_of
from services.identity.models import Letter, User
from services.identity.use_cases import letters
from tests.services.identity.identity_house import IdentityHouse, Opened
from tests.services.identity.mail_server import Mailbox, serving
from tests.services.identity.own_bell import Bell
from tests.services.identity.post_office import PASSWORD, SENDER, PostOffice, add_bob, posting_desk
from tests.services.identity.server_certificate import make_certificate
from tests.services.identity.user_desk import UserDesk


@pytest.fixture
def desk(identity: IdentityHouse, alice: Opened) -> UserDesk:
    return posting_desk(identity, alice)


# --- a server that is down, busy or unwilling


def test_a_server_that_is_down_loses_nothing(
    identity: IdentityHouse, desk: UserDesk, office: PostOffice, mailbox: Mailbox, port: int
) -> None:
    told = add_bob(desk)
    for minutes in (0, 1, 2, 4, 8):
        identity.later(minutes=minutes)
        office.send()
    (letter,) = office.waiting()
    assert (letter.tries, letter.next_at) == (5, identity.now + timedelta(minutes=16))
    with serving(mailbox, port):
        office.send()  # it is not due yet
        assert len(mailbox) == 0
        identity.later(minutes=16)
        office.send()
    assert str(told.password) in mailbox.bodies()[0]
    assert office.waiting() == []


@pytest.mark.parametrize("where", ["to_recipients", "to_data"])
def test_a_letter_that_is_refused_for_now_goes_later(
    identity: IdentityHouse, desk: UserDesk, office: PostOffice, mailbox: Mailbox, server: None, where: str
) -> None:
    add_bob(desk)
    getattr(mailbox, where).append("451 come again")
    office.send()
    assert (len(mailbox), len(office.waiting())) == (0, 1)
    office.send()
    assert len(mailbox) == 0  # patience
    identity.later(minutes=1)
    office.send()
    assert (len(mailbox), office.waiting()) == (1, [])


@pytest.mark.parametrize("where", ["to_recipients", "to_data"])
def test_a_letter_that_is_refused_for_good_is_given_up(
    identity: IdentityHouse, desk: UserDesk, office: PostOffice, mailbox: Mailbox, server: None, where: str
) -> None:
    add_bob(desk)
    desk.add("carol", email="carol@example.com")
    getattr(mailbox, where).append("550 no such user")
    office.send()
    assert (len(mailbox), office.waiting()) == (1, [])


def test_a_letter_is_given_up_when_it_is_of_no_use_any_more(
    identity: IdentityHouse, desk: UserDesk, office: PostOffice, mailbox: Mailbox, port: int
) -> None:
    add_bob(desk)
    for _ in range(ONE_TIME_PASSWORD_HOURS - 1):
        office.send()
        identity.later(hours=1)
    assert len(office.waiting()) == 1
    for _ in range(2):
        office.send()
        identity.later(hours=1)
    assert office.waiting() == []


def test_a_letter_that_waited_too_long_is_not_sent(
    identity: IdentityHouse, desk: UserDesk, office: PostOffice, mailbox: Mailbox, server: None
) -> None:
    add_bob(desk)
    identity.later(hours=ONE_TIME_PASSWORD_HOURS)
    office.send()
    assert (len(mailbox), office.waiting()) == (0, [])


def test_a_letter_of_lost_keys_is_given_up(
    identity: IdentityHouse, desk: UserDesk, office: PostOffice, mailbox: Mailbox, server: None
) -> None:
    add_bob(desk)
    with identity.db.system() as session:
        session.execute(sa.update(Letter).values(sealed=b"sealed by nobody"))
    office.send()
    assert (len(mailbox), office.waiting()) == (0, [])


def test_many_letters_go_by_one_connection_each_once(
    identity: IdentityHouse, desk: UserDesk, office: PostOffice, mailbox: Mailbox, server: None
) -> None:
    for number in range(letters.SENT_AT_ONCE + 5):
        desk.add(f"user {number}", email=f"user{number}@example.com")
    office.send()
    assert sorted(to for _, (to,) in mailbox.envelopes) == sorted(
        f"user{number}@example.com" for number in range(letters.SENT_AT_ONCE + 5)
    )
    assert office.waiting() == []


def test_a_letter_that_the_server_cannot_bear_keeps_no_other_waiting(
    identity: IdentityHouse, desk: UserDesk, office: PostOffice, mailbox: Mailbox, server: None
) -> None:
    for number in range(3):
        desk.add(f"user {number}", email=f"user{number}@example.com")
    mailbox.to_recipients.append("421 leaving")
    office.send()
    assert (len(mailbox), len(office.waiting())) == (0, 3)
    office.send()
    assert (len(mailbox), len(office.waiting())) == (2, 1)
    identity.later(minutes=1)
    office.send()
    assert office.waiting() == []


# --- at least once


def test_a_process_that_died_after_sending_sends_the_same_message_again(
    identity: IdentityHouse, desk: UserDesk, office: PostOffice, mailbox: Mailbox, server: None, module_database: str
) -> None:
    add_bob(desk)
    doomed = Database(module_database, "identity", 1)

    def die() -> None:
        mailbox.after_message = lambda: None
        doomed.engine.dispose()
        doomed.system = None  # type: ignore[assignment,method-assign]

    mailbox.after_message = die
    with pytest.raises(TypeError):
        letters.send_letters(doomed, identity.sealer, office.mailer, lambda: identity.now)
    office.send()
    assert len(mailbox) == 1  # whoever claimed it has its time
    identity.later(minutes=10)
    office.send()
    first, second = mailbox.messages
    assert first["Message-ID"] == second["Message-ID"] and first["Message-ID"].endswith("@kkt.example.com>")
    assert first.get_content() == second.get_content()
    assert office.waiting() == []


def test_two_post_offices_send_each_letter_once(
    identity: IdentityHouse, desk: UserDesk, office: PostOffice, mailbox: Mailbox, server: None
) -> None:
    for number in range(letters.SENT_AT_ONCE * 2):
        desk.add(f"user {number}", email=f"user{number}@example.com")
    threads = [threading.Thread(target=office.send) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    office.send()
    sent = [to for _, (to,) in mailbox.envelopes]
    assert len(sent) == len(set(sent)) == letters.SENT_AT_ONCE * 2


# --- what travels


@pytest.mark.parametrize(
    "address",
    [
        "bob@example.com\r\nBcc: eve@example.com",
        "bob@example.com, eve@example.com",
        "Bob <bob@example.com>",
        "bob@example.com\n",
        "боб@example.com",
        "bob",
        "",
        "@example.com",
        "bob@exa mple.com",
    ],
)
def test_an_address_that_means_more_than_itself_is_never_sent_to(
    identity: IdentityHouse, desk: UserDesk, office: PostOffice, mailbox: Mailbox, server: None, address: str
) -> None:
    bob = add_bob(desk, password=PASSWORD).user
    with identity.db.system() as session:  # past all checks of the fields
        session.execute(sa.update(User).where(User.user_id == bob.id).values(email=address))
    desk.issue_password(bob.id)
    office.send()
    assert (len(mailbox), office.waiting()) == (0, [])


def test_a_subject_cannot_begin_another_header() -> None:
    mail = Mail("bob@example.com", "Hello\r\nBcc: eve@example.com", "", "1@x", dt.datetime.now(dt.UTC))
    with pytest.raises(ValueError):
        message_of(mail, SENDER)


def test_what_others_named_stays_one_line(
    identity: IdentityHouse, alice: Opened, office: PostOffice, mailbox: Mailbox, server: None
) -> None:
    identity.set_user(alice.actor, email="alice@example.com")
    bell = Bell(identity, alice.actor)
    bell.choose(NotificationChoice(NotificationKind.SECOND_FACTOR, True, True))
    evil = "Ева\r\n.\r\nhttps://evil.example.com\n" + "x" * 5000 + "%(what)s"
    bell.tell(params={"what": "set_up", "by": evil})
    office.send()
    (body,) = mailbox.bodies()
    assert body.count("evil.example.com") == 1 and len(body) < 1000
    assert "Ева . https://evil.example.com xxx" in body.splitlines()[0]


# --- signing in to the server, and TLS


def test_the_password_of_the_server_is_told_to_it(
    identity: IdentityHouse, desk: UserDesk, mailbox: Mailbox, port: int
) -> None:
    add_bob(desk)
    options = {"authenticator": mailbox.authenticate, "auth_required": True, "auth_require_tls": False}
    with serving(mailbox, port, **options):
        PostOffice(identity, f"smtp://robot:wrong@127.0.0.1:{port}").send()
        assert (len(mailbox), mailbox.sign_ins[-1]) == (0, ("robot", "wrong"))
        identity.later(minutes=1)
        PostOffice(identity, f"smtp://robot:s3cret%2F%3A%40@127.0.0.1:{port}").send()
    assert (len(mailbox), mailbox.sign_ins[-1]) == (1, ("robot", "s3cret/:@"))


def test_it_is_not_told_in_the_clear_to_a_server_elsewhere(
    identity: IdentityHouse, mailbox: Mailbox, port: int
) -> None:
    options = {"authenticator": mailbox.authenticate, "auth_require_tls": False}
    with serving(mailbox, port, host="127.0.0.2", **options):
        office = PostOffice(identity, f"smtp://robot:s3cret@127.0.0.2:{port}")
        with pytest.raises(CannotSend), office.mailer.connected():
            pass
    assert mailbox.sign_ins == []


@pytest.mark.parametrize("scheme", ["smtp", "smtps"])
def test_letters_travel_encrypted_to_a_server_that_is_known(
    identity: IdentityHouse,
    desk: UserDesk,
    mailbox: Mailbox,
    port: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    scheme: str,
) -> None:
    add_bob(desk)
    certificate = make_certificate(tmp_path, "127.0.0.2")
    options = {"tls": certificate.context} if scheme == "smtps" else {"tls_context": certificate.context}
    office = PostOffice(identity, f"{scheme}://127.0.0.2:{port}")
    with serving(mailbox, port, host="127.0.0.2", **options):
        office.send()
        assert len(mailbox) == 0  # nobody vouches for this server
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate.file))
        identity.later(minutes=1)
        office.send()
    assert mailbox.encrypted == [True]
