"""So many requests a minute for one account, counted exactly over threads and replicas."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import sqlalchemy as sa

from services.chassis.database import Database
from services.contracts.identity import TooManyRequests
from services.identity.models import RequestRate
from services.identity.password_hashing import PasswordHasher
from tests.services.identity.identity_house import IdentityHouse, Opened
from tests.services.identity.test_key_sessions import TOKEN, make_key

BURST = 60  # of the least rate that can be set, 60 a minute


@pytest.fixture
def slow(identity: IdentityHouse, alice: Opened) -> Opened:
    """Alice's account may make one request a second."""
    identity.set_account(alice.actor.account, limits={"api_per_minute": 60})
    return alice


def let_in(identity: IdentityHouse, token: str, times: int) -> int:
    """How many of so many requests at this very moment are let in."""
    through = 0
    for _ in range(times):
        try:
            identity.authenticate(token)
        except TooManyRequests as refused:
            assert int(refused.params["retry_after"]) >= 1
        else:
            through += 1
    return through


def test_a_burst_then_the_steady_rate(identity: IdentityHouse, slow: Opened) -> None:
    assert let_in(identity, slow.token, BURST + 5) == BURST
    with pytest.raises(TooManyRequests) as refused:
        identity.authenticate(slow.token)
    assert refused.value.params == {"retry_after": 1}
    identity.later(seconds=10)
    assert let_in(identity, slow.token, 20) == 10
    identity.later(minutes=10)
    assert let_in(identity, slow.token, BURST + 5) == BURST, "a rest is not saved up beyond the burst"


def test_the_limit_is_the_accounts_own(identity: IdentityHouse, slow: Opened, charlie: Opened) -> None:
    let_in(identity, slow.token, BURST + 1)
    assert let_in(identity, charlie.token, BURST + 61) == 120, "1200 a minute unless the operator says otherwise"


def test_sessions_and_keys_of_an_account_share_it(identity: IdentityHouse, slow: Opened) -> None:
    make_key(identity, slow)
    other = identity.sign_in("100001", "alice", slow.password)
    assert let_in(identity, TOKEN, 20) + let_in(identity, slow.token, 20) + let_in(identity, other.token, 30) == BURST
    assert let_in(identity, TOKEN, 1) == 0


def test_peeking_is_not_counted_and_is_never_refused(identity: IdentityHouse, slow: Opened) -> None:
    for _ in range(BURST + 5):
        identity.peek(slow.token)
    assert let_in(identity, slow.token, BURST + 1) == BURST
    identity.peek(slow.token)


def test_replicas_let_exactly_the_burst_through(
    identity: IdentityHouse, slow: Opened, module_database: str, hasher: PasswordHasher
) -> None:
    ready = threading.Barrier(4)

    def replica(_: int) -> int:
        database = Database(module_database, "identity", 1)
        house = IdentityHouse(database, hasher)
        house.now = identity.now
        ready.wait()
        through = let_in(house, slow.token, 25)
        database.close()
        return through

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(replica, range(4))) == BURST
    with identity.db.system() as session:
        paid = session.scalars(sa.select(RequestRate.paid_until).where(RequestRate.account_id == slow.actor.account))
        assert paid.one() == identity.now + timedelta(seconds=BURST)


def test_what_is_refused_keeps_no_session_alive(identity: IdentityHouse, slow: Opened) -> None:
    let_in(identity, slow.token, BURST)
    until = identity.peek(slow.token).idle_until
    with identity.db.system() as session:
        session.execute(sa.update(RequestRate).values(paid_until=identity.now + timedelta(hours=2)))
    identity.later(minutes=5)
    with pytest.raises(TooManyRequests) as refused:
        identity.authenticate(slow.token)
    assert int(refused.value.params["retry_after"]) == 2 * 3600 - 5 * 60 - BURST + 1
    assert identity.peek(slow.token).idle_until == until


def test_the_commit_waits_for_no_disk_in_authenticate_alone(identity: IdentityHouse, slow: Opened) -> None:
    def at_commit(ask: str) -> list[str]:
        found = []

        def note(connection: sa.Connection) -> None:
            found.append(str(connection.execute(sa.text("SHOW synchronous_commit")).scalar()))

        sa.event.listen(identity.db.engine, "commit", note)
        try:
            getattr(identity, ask)(slow.token)
        finally:
            sa.event.remove(identity.db.engine, "commit", note)
        return found

    assert at_commit("authenticate") == ["off"]
    assert at_commit("peek") == ["on"]
