"""The room's use cases on a real database, with a clock that the test moves."""

from collections.abc import Iterator

import pytest

from services.chassis.database import Database
from services.identity.password_hashing import PasswordHasher
from tests.house.servers import TestServers
from tests.services.identity.identity_house import IdentityHouse, Opened, empty_room, plain_call
from tests.services.identity.mail_server import Mailbox, free_port, serving
from tests.services.identity.post_office import PostOffice


@pytest.fixture(scope="session")
def hasher() -> PasswordHasher:
    """Quick: these tests hash thousands of passwords. The cost itself is looked at with `costly_identity`."""
    return PasswordHasher(plain_call, passes=1, memory_kib=8)


@pytest.fixture(scope="session")
def module_database(infrastructure: TestServers) -> Iterator[str]:
    """One for all tests of the room, which empty it first."""
    url = infrastructure.create_database()
    yield url
    infrastructure.drop_database(url)


@pytest.fixture(scope="session")
def database(module_database: str) -> Iterator[Database]:
    """One for all: it keeps connections open, and statements as they were put together."""
    database = Database(module_database, "identity", 4)
    yield database
    database.close()


@pytest.fixture
def costly_identity(database: Database) -> IdentityHouse:
    """An empty room that hashes as the product does."""
    empty_room(database.url)
    return IdentityHouse(database, PasswordHasher(plain_call))


@pytest.fixture
def identity(database: Database, hasher: PasswordHasher) -> IdentityHouse:
    """An empty room: much sooner emptied than made anew."""
    empty_room(database.url)
    return IdentityHouse(database, hasher)


@pytest.fixture
def alice(identity: IdentityHouse) -> Opened:
    return identity.open("ООО «Ромашка»", "alice", "зелёный чайник")


@pytest.fixture
def charlie(identity: IdentityHouse) -> Opened:
    """A stranger: the administrator of another account."""
    return identity.open("ИП Чужой", "charlie", "синий паровоз")


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox()


@pytest.fixture
def server(mailbox: Mailbox, port: int) -> Iterator[None]:
    with serving(mailbox, port):
        yield


@pytest.fixture
def office(identity: IdentityHouse, port: int) -> PostOffice:
    return PostOffice(identity, f"smtp://127.0.0.1:{port}")
