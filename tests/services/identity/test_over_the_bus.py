"""The doors in the running house: what is kept although refused, what is permitted, what happens once."""

import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import msgspec
import psycopg
import pyotp
import pytest

from services.chassis.request import request_context
from services.chassis.sync_bridge import SyncBridge
from services.contracts.events import MAX_EVENTS_PULL, EventLogRpc
from services.contracts.identity import (
    AccountChanges,
    AccountCreated,
    CodeRefused,
    IdentityRpc,
    NewAccount,
    SecondFactorNeeded,
    SessionExpired,
    SignedIn,
    SignInForm,
    SignInRefused,
    TooManySignIns,
)
from services.contracts.own_sign_in import OwnSignInRpc, PasswordWrong, RecoveryCodes, SecondFactorOffer
from services.contracts.permissions import Role
from services.contracts.refusals import Forbidden, Invalid, RequestIdReused, Unauthenticated
from services.contracts.values import SystemActor
from tests.house.running import RunningHouse
from tests.waiting import wait_for

SYSTEM = SystemActor(name="test")
PASSWORD = "зелёный чайник"


@pytest.fixture(scope="module")
def bus(house: RunningHouse) -> Iterator[SyncBridge]:
    bridge = SyncBridge(house.amqp_url, timeout=20)
    assert bridge.wait_ready(20)
    yield bridge
    bridge.close()


def created(bus: SyncBridge, name: str) -> AccountCreated:
    return bus.call(IdentityRpc.create_account, SYSTEM, NewAccount(name, "alice", PASSWORD))


def sign_in(bus: SyncBridge, account: AccountCreated, password: str = PASSWORD) -> SignedIn:
    # Each account at an address of its own, so that the tests do not slow each other down.
    number = account.client_number
    return bus.call(IdentityRpc.sign_in, SYSTEM, SignInForm(str(number), "alice", password, f"2001:db8:0:{number}::1"))


def test_wrong_tries_are_kept_although_they_are_refused(bus: SyncBridge) -> None:
    account = created(bus, "Считающая")
    for _ in range(5):
        with pytest.raises(SignInRefused):
            sign_in(bus, account, "не тот пароль")
    with pytest.raises(TooManySignIns) as refused:
        sign_in(bus, account)
    assert 25 <= int(refused.value.params["retry_after"]) <= 31


def test_the_end_of_a_session_is_kept_although_it_is_refused(bus: SyncBridge, house: RunningHouse) -> None:
    signed = sign_in(bus, created(bus, "Уснувшая"))
    acting = msgspec.structs.replace(signed.session.actor, address="192.0.2.1")
    assert bus.call(IdentityRpc.authenticate, SYSTEM, signed.token, "192.0.2.1").actor == acting
    with psycopg.connect(house.database_url) as link:
        link.execute(
            "UPDATE identity.session SET last_seen_at = now() - interval '31 minutes' WHERE session_id = %s",
            (signed.session.id,),
        )
    for ask in (IdentityRpc.authenticate, IdentityRpc.peek_session):
        with pytest.raises(SessionExpired):
            bus.call(ask, SYSTEM, signed.token, "192.0.2.1")
    with psycopg.connect(house.database_url) as link:
        row = link.execute(
            "SELECT end_reason FROM identity.session WHERE session_id = %s", (signed.session.id,)
        ).fetchone()
    assert row == ("expired",)


def test_only_an_administrator_changes_the_account(bus: SyncBridge) -> None:
    actor = sign_in(bus, created(bus, "Правая")).session.actor
    for role in (Role.GOODS_MANAGER, Role.EXCHANGE_OPERATOR, Role.VIEWER):
        with pytest.raises(Forbidden):
            bus.call(
                IdentityRpc.change_account,
                msgspec.structs.replace(actor, roles=(role,)),
                AccountChanges(name="Левая"),
                None,
            )
    view = bus.call(IdentityRpc.get_account, msgspec.structs.replace(actor, roles=(Role.VIEWER,)))
    assert view.name == "Правая"
    with pytest.raises(Forbidden):
        bus.call(IdentityRpc.get_account, msgspec.structs.replace(actor, roles=()))


def test_time_zones_are_those_of_the_world(bus: SyncBridge) -> None:
    actor = sign_in(bus, created(bus, "Дальневосточная")).session.actor
    changed = bus.call(IdentityRpc.change_account, actor, AccountChanges(time_zone="Asia/Kamchatka"), 1)
    assert changed.time_zone == "Asia/Kamchatka"
    for name in ("Москва", "", "../../etc/passwd", "localtime"):
        with pytest.raises(Invalid):
            bus.call(IdentityRpc.change_account, actor, AccountChanges(time_zone=name), None)


def test_an_account_is_created_once_per_request(bus: SyncBridge) -> None:
    new, key = NewAccount("Единственная", "alice", PASSWORD), uuid.uuid4().hex

    def create(_: int) -> AccountCreated:
        with request_context(uuid.uuid4().hex, idempotency_key=key):
            return bus.call(IdentityRpc.create_account, SYSTEM, new)

    with ThreadPoolExecutor(3) as pool:
        made = list(pool.map(create, range(3)))
    assert made[0] == made[1] == made[2]
    with request_context(uuid.uuid4().hex, idempotency_key=key), pytest.raises(RequestIdReused):
        bus.call(IdentityRpc.create_account, SYSTEM, NewAccount("Другая", "alice", PASSWORD))


def test_facts_are_told_in_order_and_without_secrets(bus: SyncBridge) -> None:
    account = created(bus, "Рассказанная")
    signed = sign_in(bus, account)
    bus.call(IdentityRpc.change_account, signed.session.actor, AccountChanges(idle_minutes=45), None)
    bus.call(IdentityRpc.sign_out, signed.session.actor)

    def facts() -> list[str]:
        told, after = [], 0
        while page := bus.call_service("identity", EventLogRpc.events_after, SYSTEM, after, MAX_EVENTS_PULL):
            after = page[-1].number
            told += [record for record in page if record.account == account.account]
        shown = msgspec.json.encode(told).decode()
        assert signed.token not in shown and PASSWORD not in shown and "argon2" not in shown
        return [record.type for record in told if record.type != "written"]

    expected = ["account_created", "account_changed", "session_ended"]
    wait_for(lambda: facts() == expected, 10, "the facts to be numbered")


def test_many_sign_in_at_once(bus: SyncBridge) -> None:
    account = created(bus, "Дружная")
    with ThreadPoolExecutor(12) as pool:
        signed = list(pool.map(lambda _: sign_in(bus, account), range(24)))
    assert len({one.token for one in signed}) == 24
    for one in signed[:3]:
        assert bus.call(IdentityRpc.authenticate, SYSTEM, one.token, "192.0.2.1").id == one.session.id


@pytest.mark.parametrize("token", ["", "x", "\x00", "я" * 5000])
def test_a_token_that_is_none(bus: SyncBridge, token: str) -> None:
    with pytest.raises(Unauthenticated):
        bus.call(IdentityRpc.authenticate, SYSTEM, token, "192.0.2.1")


def test_no_log_holds_a_secret(bus: SyncBridge, house: RunningHouse) -> None:
    secret = "green-kettle-77"  # in letters that a log shows as they are
    account = bus.call(IdentityRpc.create_account, SYSTEM, NewAccount("Молчаливая", "alice", secret))
    signed = sign_in(bus, account, secret)
    offer, codes = set_up_second_factor(bus, signed, secret)
    with pytest.raises(SecondFactorNeeded) as needed:
        sign_in(bus, account, secret)
    with pytest.raises(CodeRefused):
        bus.call(
            IdentityRpc.complete_sign_in, SYSTEM, str(needed.value.params["ticket"]), "kettle-code", "192.0.2.1", ""
        )
    told = house.logs("identity", 5000) + house.logs("gateway-http", 5000)
    assert "serving" in told
    for hidden in (secret, signed.token, offer.secret, *codes.codes, str(needed.value.params["ticket"]), "kettle-code"):
        assert hidden not in told


def set_up_second_factor(bus: SyncBridge, signed: SignedIn, password: str) -> tuple[SecondFactorOffer, RecoveryCodes]:
    offer = bus.call(OwnSignInRpc.offer_second_factor, signed.session.actor, password)
    code = pyotp.TOTP(offer.secret).now()
    return offer, bus.call(OwnSignInRpc.confirm_second_factor, signed.session.actor, code)


def test_wrong_codes_are_kept_although_they_are_refused(bus: SyncBridge) -> None:
    account = created(bus, "Двухэтапная")
    offer, codes = set_up_second_factor(bus, sign_in(bus, account), PASSWORD)
    with pytest.raises(SecondFactorNeeded) as needed:
        sign_in(bus, account)
    ticket = str(needed.value.params["ticket"])

    def complete(code: str, address: str) -> SignedIn:
        return bus.call(IdentityRpc.complete_sign_in, SYSTEM, ticket, code, address, "")

    for number in range(4):
        with pytest.raises(CodeRefused):
            complete("000000000", f"2001:db8:1:{number}::1")
    signed = complete(codes.codes[0], "2001:db8:1:7::1")
    assert bus.call(OwnSignInRpc.get_second_factor, signed.session.actor).recovery_codes_left == 9
    with pytest.raises(SecondFactorNeeded) as needed:
        sign_in(bus, account)
    ticket = str(needed.value.params["ticket"])
    for number in range(5):
        with pytest.raises(CodeRefused):
            complete("000000000", f"2001:db8:2:{number}::1")
    with pytest.raises(CodeRefused):
        complete(pyotp.TOTP(offer.secret).now(), "2001:db8:2:7::1")


def test_ones_own_password_and_sessions(bus: SyncBridge) -> None:
    account, new = created(bus, "Своя"), "жёлтый трамвай 17"
    signed, other = sign_in(bus, account), sign_in(bus, account)
    assert len(bus.call(OwnSignInRpc.list_own_sessions, signed.session.actor)) == 2
    with pytest.raises(PasswordWrong):
        bus.call(OwnSignInRpc.change_own_password, signed.session.actor, "не тот", new)
    changed = bus.call(OwnSignInRpc.change_own_password, signed.session.actor, PASSWORD, new)
    for token in (signed.token, other.token):
        with pytest.raises(Unauthenticated):
            bus.call(IdentityRpc.authenticate, SYSTEM, token, "192.0.2.1")
    again = sign_in(bus, account, new)
    assert bus.call(OwnSignInRpc.end_other_sessions, changed.session.actor) == 1
    renewed = bus.call(OwnSignInRpc.renew_session, changed.session.actor)
    assert renewed.id == changed.session.id and renewed.idle_until > changed.session.idle_until
    with pytest.raises(Unauthenticated):
        bus.call(IdentityRpc.authenticate, SYSTEM, again.token, "192.0.2.1")


def test_the_end_found_by_renewing_is_kept_although_it_is_refused(bus: SyncBridge, house: RunningHouse) -> None:
    signed = sign_in(bus, created(bus, "Заснувшая"))
    with psycopg.connect(house.database_url) as link:
        link.execute(
            "UPDATE identity.session SET last_seen_at = now() - interval '31 minutes' WHERE session_id = %s",
            (signed.session.id,),
        )
    with pytest.raises(SessionExpired):
        bus.call(OwnSignInRpc.renew_session, signed.session.actor)
    with psycopg.connect(house.database_url) as link:
        row = link.execute(
            "SELECT end_reason FROM identity.session WHERE session_id = %s", (signed.session.id,)
        ).fetchone()
    assert row == ("expired",)
