"""The second factor: setting it up, signing in with it, living without the device, giving it up."""

import threading
from concurrent.futures import ThreadPoolExecutor

import msgspec
import pytest
import sqlalchemy as sa

from services.chassis.seal import Sealer
from services.contracts.identity import AccountSuspended, CodeRefused, SecondFactorNeeded, SignedIn, TooManySignIns
from services.contracts.own_sign_in import (
    RECOVERY_CODES,
    CodeWrong,
    KeyNotAllowed,
    PasswordWrong,
    RecoveryCodes,
    SecondFactorRequired,
    SecondFactorState,
)
from services.contracts.refusals import Refusal, Unauthenticated
from services.contracts.values import ApiKeyId
from services.identity.models import NotificationRow, RecoveryCode, SignInTicket, User
from services.identity.use_cases import sessions
from services.identity.use_cases.sign_in import TICKETS_PER_USER, WRONG_PER_TICKET
from tests.services.identity.identity_house import ELSEWHERE, IdentityHouse, Opened
from tests.services.identity.own_sign_in import OwnSignIn


@pytest.fixture
def own(identity: IdentityHouse, alice: Opened) -> OwnSignIn:
    return OwnSignIn(identity, alice.actor)


def wrong(code: str) -> str:
    return f"{(int(code) + 500_000) % 1_000_000:06}"


def ticket_of(outcome: SignedIn | Refusal) -> str:
    assert isinstance(outcome, SecondFactorNeeded)
    return str(outcome.params["ticket"])


def start(identity: IdentityHouse, alice: Opened) -> str:
    return ticket_of(identity.try_sign_in("100001", "alice", alice.password))


def news(identity: IdentityHouse) -> list[tuple[str, dict[str, object]]]:
    with identity.db.system() as session:
        rows = session.scalars(sa.select(NotificationRow).order_by(NotificationRow.at, NotificationRow.source))
        return [(row.user_id, row.params) for row in rows if row.kind == "second_factor"]


def test_setting_it_up(identity: IdentityHouse, alice: Opened, own: OwnSignIn) -> None:
    other = identity.sign_in("100001", "alice", alice.password)
    assert not own.second_factor().enabled
    secret, told = own.set_up(alice.password)
    assert len(secret) == 32 and len(set(told.codes)) == RECOVERY_CODES
    view = own.second_factor()
    assert (view.enabled, view.enabled_at, view.recovery_codes_left) == (True, identity.now, RECOVERY_CODES)
    assert identity.authenticate(alice.token).user.second_factor
    with pytest.raises(Unauthenticated):
        identity.authenticate(other.token)
    assert news(identity) == [(alice.actor.user, {"what": "set_up", "by": "alice"})]
    (change,) = identity.told("user")
    assert (change["before"], change["after"]) == ({"second_factor": False}, {"second_factor": True})


def test_what_is_kept_of_it_is_sealed_or_hashed(identity: IdentityHouse, alice: Opened, own: OwnSignIn) -> None:
    secret, told = own.set_up(alice.password)
    with identity.db.system() as session:
        user = session.get_one(User, (alice.actor.account, alice.actor.user))
        hashes = list(session.scalars(sa.select(RecoveryCode.code_hash)))
    assert user.totp is not None and secret.encode() not in user.totp and user.totp_offer is None
    assert identity.sealer.open(user.totp) == secret
    assert Sealer("another key of thirty-two characters!").open(user.totp) is None
    assert all(len(kept) == 32 for kept in hashes) and len(hashes) == RECOVERY_CODES
    facts = str(identity.events("written"))
    assert secret not in facts and not any(code in facts for code in told.codes)


def test_an_offer_is_not_in_force_and_the_newest_one_counts(
    identity: IdentityHouse, alice: Opened, own: OwnSignIn
) -> None:
    with pytest.raises(SecondFactorState):
        own.confirm("123456")
    first, second = own.offer(alice.password), own.offer(alice.password)
    assert isinstance(identity.try_sign_in("100001", "alice", alice.password), SignedIn)
    assert "100001" in second.uri and second.secret in second.uri
    with pytest.raises(CodeWrong):
        own.confirm(own.code(first.secret))
    assert not own.second_factor().enabled
    own.confirm(own.code(second.secret))
    with pytest.raises(SecondFactorState):
        own.offer(alice.password)
    with pytest.raises(SecondFactorState):
        own.confirm(own.code(second.secret, 1))


def test_the_right_password_gets_a_ticket_and_the_ticket_with_the_code_a_session(
    identity: IdentityHouse, alice: Opened, own: OwnSignIn
) -> None:
    secret, _ = own.set_up(alice.password)
    identity.later(seconds=30)
    ticket = start(identity, alice)
    with pytest.raises(Unauthenticated):
        identity.authenticate(ticket)
    signed = identity.complete(ticket, own.code(secret))
    assert isinstance(signed, SignedIn)
    assert identity.authenticate(signed.token).user.login == "alice"
    identity.later(seconds=30)
    assert isinstance(identity.complete(ticket, own.code(secret)), CodeRefused), "a ticket is good once"


def test_the_code_may_come_with_the_form(identity: IdentityHouse, alice: Opened, own: OwnSignIn) -> None:
    secret, _ = own.set_up(alice.password)
    identity.later(minutes=2)
    code = own.code(secret)
    spaced = f" {code[:3]} {code[3:]} "
    assert isinstance(identity.try_sign_in("100001", "alice", alice.password, code=wrong(code)), CodeRefused)
    assert isinstance(identity.try_sign_in("100001", "alice", alice.password, code=spaced), SignedIn)


def test_a_code_is_good_once(identity: IdentityHouse, alice: Opened, own: OwnSignIn) -> None:
    secret = own.offer(alice.password).secret
    own.confirm(own.code(secret))
    assert isinstance(identity.try_sign_in("100001", "alice", alice.password, code=own.code(secret)), CodeRefused), (
        "the code that confirmed it was seen by whoever looked over the shoulder"
    )
    identity.later(seconds=30)
    assert isinstance(identity.try_sign_in("100001", "alice", alice.password, code=own.code(secret)), SignedIn)
    assert isinstance(identity.try_sign_in("100001", "alice", alice.password, code=own.code(secret)), CodeRefused)
    ahead = own.code(secret, 1)
    assert isinstance(identity.try_sign_in("100001", "alice", alice.password, code=ahead), SignedIn)


def test_one_code_opens_one_session_however_many_come_at_once(
    identity: IdentityHouse, alice: Opened, own: OwnSignIn
) -> None:
    secret, _ = own.set_up(alice.password)
    identity.later(minutes=1)
    tickets = [start(identity, alice) for _ in range(4)]
    code, ready = own.code(secret), threading.Barrier(4)

    def complete(ticket: str) -> bool:
        ready.wait()
        return isinstance(identity.complete(ticket, code), SignedIn)

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(complete, tickets)) == [False, False, False, True]


def test_wrong_codes_count_as_wrong_sign_ins(identity: IdentityHouse, alice: Opened, own: OwnSignIn) -> None:
    secret, _ = own.set_up(alice.password)
    identity.later(minutes=1)
    bad = wrong(own.code(secret))
    first, second = start(identity, alice), start(identity, alice)
    assert isinstance(identity.complete(first, bad), CodeRefused)
    assert isinstance(identity.complete(second, bad), CodeRefused)
    start(identity, alice)  # the right password alone forgets no wrong code
    assert isinstance(identity.try_sign_in("100001", "alice", alice.password, code=bad), CodeRefused)
    assert isinstance(identity.try_sign_in("100001", "alice", "не тот"), Unauthenticated)
    assert isinstance(identity.complete(second, bad), CodeRefused)
    for again in (lambda: identity.complete(second, own.code(secret)), lambda: start(identity, alice)):
        with pytest.raises(TooManySignIns):
            again()
    identity.later(seconds=31)
    assert isinstance(identity.complete(second, own.code(secret)), SignedIn)


def test_a_ticket_is_void_after_five_wrong_codes(identity: IdentityHouse, alice: Opened, own: OwnSignIn) -> None:
    secret, _ = own.set_up(alice.password)
    identity.later(minutes=1)
    ticket = start(identity, alice)
    for number in range(WRONG_PER_TICKET):
        # From another address each time, so that it is the ticket that counts.
        outcome = identity.complete(ticket, wrong(own.code(secret)), f"203.0.113.{number}")
        assert isinstance(outcome, CodeRefused)
    assert isinstance(identity.complete(ticket, own.code(secret)), CodeRefused)
    assert isinstance(identity.complete(start(identity, alice), own.code(secret)), SignedIn)


def test_a_ticket_runs_out_after_five_minutes(identity: IdentityHouse, alice: Opened, own: OwnSignIn) -> None:
    secret, _ = own.set_up(alice.password)
    late, in_time = start(identity, alice), start(identity, alice)
    identity.later(minutes=4, seconds=59)
    assert isinstance(identity.complete(in_time, own.code(secret)), SignedIn)
    identity.later(seconds=1)
    assert isinstance(identity.complete(late, own.code(secret, 1)), CodeRefused)
    with identity.db.system() as session:
        sessions.sweep(session, identity.now)
        assert session.scalar(sa.select(sa.func.count()).select_from(SignInTicket)) == 1
    identity.later(seconds=1)
    with identity.db.system() as session:
        sessions.sweep(session, identity.now)
        assert session.scalar(sa.select(sa.func.count()).select_from(SignInTicket)) == 0


@pytest.mark.parametrize("ticket", ["", "nonsense", "\x00", "\ud800", "x" * 10_000])
def test_a_ticket_that_is_none(identity: IdentityHouse, alice: Opened, ticket: str) -> None:
    assert isinstance(identity.complete(ticket, "123456"), CodeRefused)


@pytest.mark.parametrize("code", ["", "12345", "1234567", "\x00", "\ud800", "x" * 10_000, "кириллица"])
def test_a_code_that_is_none(identity: IdentityHouse, alice: Opened, own: OwnSignIn, code: str) -> None:
    own.set_up(alice.password)
    assert isinstance(identity.complete(start(identity, alice), code), CodeRefused)
    with pytest.raises(SecondFactorState):
        own.confirm(code)


def test_tickets_of_a_user_are_bounded(identity: IdentityHouse, alice: Opened, own: OwnSignIn) -> None:
    secret, _ = own.set_up(alice.password)
    tickets = []
    for _ in range(TICKETS_PER_USER + 1):
        identity.later(seconds=1)
        tickets.append(start(identity, alice))
    identity.later(seconds=30)
    assert isinstance(identity.complete(tickets[0], own.code(secret)), CodeRefused)
    assert isinstance(identity.complete(tickets[1], own.code(secret)), SignedIn)


def test_what_changes_while_a_ticket_waits_counts(identity: IdentityHouse, alice: Opened, own: OwnSignIn) -> None:
    secret, _ = own.set_up(alice.password)
    identity.later(minutes=1)
    ticket = start(identity, alice)
    identity.set_account(alice.actor.account, state="suspended")
    with pytest.raises(AccountSuspended):
        identity.complete(ticket, own.code(secret))
    identity.set_account(alice.actor.account, state="active")
    identity.set_user(alice.actor, disabled=True)
    assert isinstance(identity.complete(ticket, own.code(secret)), CodeRefused)
    identity.set_user(alice.actor, disabled=False)
    own.change_password(alice.password, "жёлтый трамвай 17")
    assert isinstance(identity.complete(ticket, own.code(secret)), CodeRefused), "a new password makes it void"


def test_the_ticket_of_one_is_of_no_use_with_the_code_of_another(
    identity: IdentityHouse, alice: Opened, charlie: Opened, own: OwnSignIn
) -> None:
    own.set_up(alice.password)
    stranger = OwnSignIn(identity, charlie.actor)
    secret, told = stranger.set_up(charlie.password)
    identity.later(minutes=1)
    ticket = start(identity, alice)
    for code in (stranger.code(secret), told.codes[0]):
        assert isinstance(identity.complete(ticket, code), CodeRefused)
    assert stranger.second_factor().recovery_codes_left == RECOVERY_CODES


def test_a_recovery_code_is_good_once_and_its_use_is_told(
    identity: IdentityHouse, alice: Opened, own: OwnSignIn
) -> None:
    _, told = own.set_up(alice.password)
    typed = told.codes[3].lower().replace("-", " ")
    assert isinstance(identity.complete(start(identity, alice), typed), SignedIn)
    assert isinstance(identity.complete(start(identity, alice), typed), CodeRefused)
    assert isinstance(identity.try_sign_in("100001", "alice", alice.password, code=told.codes[4]), SignedIn)
    assert own.second_factor().recovery_codes_left == RECOVERY_CODES - 2
    assert [params["what"] for _, params in news(identity)].count("recovery_code_used") == 2
    assert identity.told("user")[-1]["after"] == {"recovery_codes": RECOVERY_CODES - 2}


def test_new_recovery_codes_make_the_old_ones_void(identity: IdentityHouse, alice: Opened, own: OwnSignIn) -> None:
    with pytest.raises(SecondFactorState):
        own.renew_codes(alice.password)
    _, old = own.set_up(alice.password)
    new = own.renew_codes(alice.password)
    assert set(old.codes).isdisjoint(new.codes)
    assert isinstance(identity.complete(start(identity, alice), old.codes[0]), CodeRefused)
    assert isinstance(identity.complete(start(identity, alice), new.codes[0]), SignedIn)


def test_giving_it_up(identity: IdentityHouse, alice: Opened, own: OwnSignIn) -> None:
    with pytest.raises(SecondFactorState):
        own.give_up(alice.password)
    own.set_up(alice.password)
    view = own.give_up(alice.password)
    assert (view.enabled, view.enabled_at, view.recovery_codes_left) == (False, None, 0)
    assert isinstance(identity.try_sign_in("100001", "alice", alice.password), SignedIn)
    assert sorted(str(params["what"]) for _, params in news(identity)) == ["set_up", "taken_away"]
    with identity.db.system() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(RecoveryCode)) == 0
        assert session.scalars(sa.select(User.totp_last_step)).all() == [None]


def test_who_must_have_one_cannot_give_it_up(identity: IdentityHouse, alice: Opened, own: OwnSignIn) -> None:
    own.set_up(alice.password)
    identity.set_account(alice.actor.account, second_factor_required=True)
    assert own.second_factor().required
    with pytest.raises(SecondFactorRequired):
        own.give_up(alice.password)
    identity.set_user(alice.actor, roles=["viewer"])
    assert not own.second_factor().required
    assert not own.give_up(alice.password).enabled


def test_a_thief_of_a_session_needs_the_password(identity: IdentityHouse, alice: Opened, own: OwnSignIn) -> None:
    own.set_up(alice.password)
    for number, ask in enumerate([own.renew_codes, own.give_up, own.offer, own.renew_codes, own.give_up]):
        # From another address each time: what counts is the session.
        own.actor = msgspec.structs.replace(own.actor, address=f"203.0.113.{number}")
        with pytest.raises(PasswordWrong):
            ask("не тот")
    for ask in (own.renew_codes, own.give_up, own.offer):
        with pytest.raises(TooManySignIns):
            ask(alice.password)
    assert own.second_factor().enabled
    identity.later(seconds=31)
    assert isinstance(own.renew_codes(alice.password), RecoveryCodes)


def test_wrong_codes_at_the_confirmation_are_slowed(identity: IdentityHouse, alice: Opened, own: OwnSignIn) -> None:
    secret = own.offer(alice.password).secret
    for _ in range(5):
        with pytest.raises(CodeWrong):
            own.confirm(wrong(own.code(secret)))
    with pytest.raises(TooManySignIns):
        own.confirm(own.code(secret))
    identity.later(seconds=31)
    own.confirm(own.code(secret))


def test_without_the_sealing_key_the_recovery_codes_are_left(
    identity: IdentityHouse, alice: Opened, own: OwnSignIn
) -> None:
    secret, told = own.set_up(alice.password)
    identity.later(minutes=1)
    identity.sealer = Sealer("a key that came after the old was lost")
    assert isinstance(identity.complete(start(identity, alice), own.code(secret)), CodeRefused)
    assert isinstance(identity.complete(start(identity, alice), told.codes[0]), SignedIn)


def test_programs_have_no_second_factor(identity: IdentityHouse, alice: Opened, own: OwnSignIn) -> None:
    own.actor = msgspec.structs.replace(own.actor, key=ApiKeyId(alice.actor.user))
    for ask in (own.offer, own.confirm, own.renew_codes, own.give_up):
        with pytest.raises(KeyNotAllowed):
            ask(alice.password)
    with pytest.raises(KeyNotAllowed):
        own.second_factor()


def test_a_new_place_is_noticed_at_the_second_step(identity: IdentityHouse, alice: Opened, own: OwnSignIn) -> None:
    secret, _ = own.set_up(alice.password)
    identity.later(minutes=1)
    ticket = ticket_of(identity.try_sign_in("100001", "alice", alice.password, ELSEWHERE))
    assert [change for change in identity.told("session") if change["after"] and change["after"]["new_place"]] == []
    assert isinstance(identity.complete(ticket, own.code(secret), ELSEWHERE), SignedIn)
    assert identity.told("session")[-1]["after"]["new_place"]
