"""E-mail by a real SMTP server on loopback: which letters are written, to whom, and what stays of them."""

import datetime as dt
import re
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from services.contracts.notifications import NotificationChoice, NotificationKind
from services.identity.models import Letter, NotificationRow
from services.identity.use_cases import letters
from tests.services.identity.identity_house import ELSEWHERE, IdentityHouse, Opened
from tests.services.identity.mail_server import Mailbox, serving
from tests.services.identity.own_bell import Bell
from tests.services.identity.post_office import PASSWORD, SENDER, PostOffice, add_bob, posting_desk
from tests.services.identity.user_desk import UserDesk


@pytest.fixture
def desk(identity: IdentityHouse, alice: Opened) -> UserDesk:
    return posting_desk(identity, alice)


@pytest.fixture
def bell(identity: IdentityHouse, alice: Opened) -> Bell:
    """Alice hears of new places by e-mail."""
    identity.set_user(alice.actor, email="alice@example.com")
    bell = Bell(identity, alice.actor)
    bell.choose(NotificationChoice(NotificationKind.NEW_PLACE, True, True))
    return bell


# --- one-time passwords


def test_a_one_time_password_comes_by_e_mail(
    identity: IdentityHouse, desk: UserDesk, office: PostOffice, mailbox: Mailbox, server: None
) -> None:
    told = add_bob(desk)
    assert told.mailed and told.password is not None and told.valid_until is not None
    office.send()
    (message,), (envelope,) = mailbox.messages, mailbox.envelopes
    assert envelope == (SENDER, ["bob@example.com"])
    assert (message["To"], message["From"]) == ("bob@example.com", f"KKT Server <{SENDER}>")
    assert message["Subject"] == "Одноразовый пароль" and message["Auto-Submitted"] == "auto-generated"
    assert message.get_content_type() == "text/plain"
    until = told.valid_until.astimezone(dt.timezone(timedelta(hours=3)))  # Moscow
    body = message.get_content()
    for line in ("Клиент: 100001", "Пользователь: bob", f"Пароль: {told.password}", f"{until:%d.%m.%Y %H:%M}"):
        assert line in body
    assert "https://kkt.example.com/sign-in" in body
    identity.sign_in("100001", "bob", told.password)


def test_it_is_sealed_while_it_waits_and_nothing_stays_of_it(
    identity: IdentityHouse, desk: UserDesk, office: PostOffice, mailbox: Mailbox, port: int
) -> None:
    told = add_bob(desk)
    (letter,) = office.waiting()
    for secret in (str(told.password), "bob@example.com"):
        assert secret not in str(letter.sealed) + letter.source
    assert told.password is not None and told.password in str(identity.sealer.open(letter.sealed))
    with serving(mailbox, port):
        office.send()
        office.send()
    assert len(mailbox) == 1 and office.waiting() == []


def test_one_that_is_issued_again_supersedes_the_letter_that_waits(
    desk: UserDesk, office: PostOffice, mailbox: Mailbox, server: None
) -> None:
    bob = add_bob(desk, password=PASSWORD).user
    first, second = desk.issue_password(bob.id), desk.issue_password(bob.id)
    assert first.mailed and second.mailed
    office.send()
    (body,) = mailbox.bodies()
    assert str(second.password) in body and str(first.password) not in body


@pytest.mark.parametrize(
    ("email", "smtp_set_up", "disabled"),
    [(None, True, False), ("bob@example.com", False, False), ("bob@example.com", True, True)],
)
def test_without_a_server_an_address_or_a_use_nothing_is_mailed(
    identity: IdentityHouse, desk: UserDesk, office: PostOffice, email: str | None, smtp_set_up: bool, disabled: bool
) -> None:
    desk.post = letters.Post(identity.sealer, smtp_set_up)
    bob = add_bob(desk, email, disabled=disabled)
    assert not bob.mailed and not desk.issue_password(bob.user.id).mailed
    assert office.waiting() == []


def test_a_password_that_somebody_chose_is_never_mailed(desk: UserDesk, office: PostOffice) -> None:
    assert not add_bob(desk, password=PASSWORD).mailed
    assert office.waiting() == []


def test_a_letter_goes_to_the_address_that_its_user_has_by_then(
    identity: IdentityHouse, desk: UserDesk, office: PostOffice, mailbox: Mailbox, server: None
) -> None:
    bob, carol = add_bob(desk).user, desk.add("carol", email="carol@example.com").user
    dave = desk.add("dave", email="dave@example.com").user
    desk.change(bob.id, email="robert@example.com")
    desk.change(carol.id, email=None)
    desk.change(dave.id, disabled=True)
    office.send()
    assert [to for _, to in mailbox.envelopes] == [["robert@example.com"]]
    assert office.waiting() == []


def test_a_removed_user_gets_no_letter_any_more(
    desk: UserDesk, office: PostOffice, mailbox: Mailbox, server: None
) -> None:
    desk.remove(add_bob(desk).user.id)
    assert office.waiting() == []
    office.send()
    assert len(mailbox) == 0


def test_letters_of_one_account_are_nothing_to_another(
    identity: IdentityHouse, desk: UserDesk, charlie: Opened, office: PostOffice
) -> None:
    add_bob(desk)
    with identity.db.account(charlie.actor.account) as session:
        assert session.scalars(sa.select(Letter)).all() == []
        assert session.execute(sa.delete(Letter)).rowcount == 0  # type: ignore[attr-defined]
    assert len(office.waiting()) == 1


# --- notifications


def test_who_chose_so_hears_by_e_mail(
    identity: IdentityHouse, alice: Opened, bell: Bell, office: PostOffice, mailbox: Mailbox, server: None
) -> None:
    identity.sign_in("100001", "alice", alice.password, address=ELSEWHERE)
    office.send()
    (message,) = mailbox.messages
    assert (message["To"], message["Subject"]) == ("alice@example.com", "Вход с нового места")
    body = message.get_content()
    for part in (ELSEWHERE, "https://kkt.example.com/me/sessions", "https://kkt.example.com/me/notifications"):
        assert part in body
    assert "ООО «Ромашка» (100001)" in body
    office.send()
    assert len(mailbox) == 1 and len(bell.all()) == 1
    bell.tell()  # of another kind
    office.send()
    assert len(mailbox) == 1


def test_letters_are_in_the_language_of_their_reader(
    identity: IdentityHouse, alice: Opened, bell: Bell, office: PostOffice, mailbox: Mailbox, server: None
) -> None:
    identity.set_user(alice.actor, language="en")
    identity.sign_in("100001", "alice", alice.password, address=ELSEWHERE)
    office.send()
    (message,) = mailbox.messages
    assert message["Subject"] == "Sign-in from a new place"
    assert not re.search("[а-яё]", message.get_content().replace("ООО «Ромашка»", ""))


@pytest.mark.parametrize("fields", [{"email": None}, {"disabled": True}])
def test_whoever_lost_the_address_meanwhile_gets_no_letter(
    identity: IdentityHouse, alice: Opened, bell: Bell, office: PostOffice, mailbox: Mailbox, server: None, fields: Any
) -> None:
    identity.sign_in("100001", "alice", alice.password, address=ELSEWHERE)
    identity.set_user(alice.actor, **fields)
    office.send()
    identity.set_user(alice.actor, email="alice@example.com", disabled=False)
    office.send()
    assert len(mailbox) == 0


def test_of_old_news_no_letter_is_written(
    identity: IdentityHouse, alice: Opened, bell: Bell, office: PostOffice, mailbox: Mailbox, server: None
) -> None:
    identity.sign_in("100001", "alice", alice.password, address=ELSEWHERE)
    identity.later(days=1)
    office.send()
    with identity.db.system() as session:
        assert not any(session.scalars(sa.select(NotificationRow.to_mail)))
    assert (len(mailbox), office.waiting()) == (0, [])


def test_without_an_address_of_ours_letters_have_no_links(
    identity: IdentityHouse, desk: UserDesk, mailbox: Mailbox, port: int, server: None
) -> None:
    add_bob(desk)
    PostOffice(identity, f"smtp://127.0.0.1:{port}", public_url="").send()
    assert len(mailbox) == 1 and "http" not in mailbox.bodies()[0]
