"""Keys, notifications and e-mail in the running house, with an SMTP server beside it."""

import uuid
from collections.abc import Iterator

import msgspec
import psycopg
import pytest

from services.chassis.request import request_context
from services.chassis.sync_bridge import SyncBridge
from services.contracts.api_keys import ApiKeyMade, ApiKeysRpc, NewApiKey
from services.contracts.identity import IdentityRpc
from services.contracts.imports import ImportsRpc, ImportState
from services.contracts.notifications import (
    Notification,
    NotificationChoice,
    NotificationKind,
    NotificationQuery,
    NotificationsRpc,
)
from services.contracts.own_sign_in import KeyNotAllowed
from services.contracts.permissions import Role
from services.contracts.refusals import Forbidden, NotFound, Unauthenticated
from services.contracts.users import NewUser, UserChanges, UsersRpc
from services.contracts.values import SystemActor, UserActor
from tests.contracts.journal.walk import ADDRESS, Walk, build_walk
from tests.house.running import RunningHouse, start_house
from tests.house.servers import TestServers, discard, scratch_place
from tests.services.identity.mail_server import Mailbox, free_port, serving
from tests.waiting import wait_for

SYSTEM = SystemActor(name="test")


@pytest.fixture(scope="module")
def mailbox() -> Mailbox:
    return Mailbox()


@pytest.fixture(scope="module")
def mail_house(infrastructure: TestServers, mailbox: Mailbox) -> Iterator[RunningHouse]:
    """A house that sends its letters to the mailbox."""
    place, port = scratch_place("mail"), free_port()
    database, vhost = infrastructure.create_database(), infrastructure.create_vhost()
    with pytest.MonkeyPatch.context() as patch, serving(mailbox, port):
        patch.setenv("KKT_SMTP_URL", f"smtp://127.0.0.1:{port}")
        patch.setenv("KKT_MAIL_FROM", "robot@kkt.example.com")
        patch.setenv("KKT_PUBLIC_URL", "https://kkt.example.com")
        try:
            running = start_house(place, database_url=database, amqp_url=vhost)
            yield running
            running.stop()
        finally:
            discard(place)
            infrastructure.drop_vhost(vhost)
            infrastructure.drop_database(database)


@pytest.fixture
def walk(mail_house: RunningHouse) -> Iterator[Walk]:
    bus = SyncBridge(mail_house.amqp_url, timeout=20)
    assert bus.wait_ready(20)
    yield build_walk(bus)
    bus.close()


def listed(walk: Walk, actor: UserActor) -> tuple[Notification, ...]:
    page = walk.bus.call(NotificationsRpc.page_notifications, actor, NotificationQuery())
    return page.items


def test_a_key_is_told_once_acts_and_is_revoked_at_once(walk: Walk, mail_house: RunningHouse) -> None:
    bus, new = walk.bus, NewApiKey("1С", (Role.GOODS_MANAGER,))

    def make() -> ApiKeyMade:
        with request_context("", idempotency_key="one-and-the-same"):
            return bus.call(ApiKeysRpc.make_api_key, walk.alice, new)

    made, again = make(), make()
    assert (again.key, again.token) == (made.key, "")
    with psycopg.connect(mail_house.database_url) as link:
        kept = link.execute(
            "SELECT count(*) FROM identity.handled_request WHERE reply::text LIKE %s", (f"%{made.token}%",)
        )
        assert kept.fetchone() == (0,)
    assert made.token not in "".join(mail_house.all_logs(10_000).values())
    view = bus.call(IdentityRpc.authenticate, SYSTEM, made.token, ADDRESS)
    assert (view.actor.key, view.actor.roles) == (made.key.id, (Role.GOODS_MANAGER,))
    for attempt in (
        lambda: bus.call(ApiKeysRpc.list_api_keys, view.actor),
        lambda: bus.call(ApiKeysRpc.make_api_key, view.actor, new),
        lambda: bus.call(ApiKeysRpc.revoke_api_key, view.actor, made.key.id),
    ):
        with pytest.raises(Forbidden):
            attempt()
    with pytest.raises(KeyNotAllowed):
        bus.call(NotificationsRpc.choose, view.actor, ())
    with pytest.raises(NotFound):
        bus.call(ApiKeysRpc.revoke_api_key, walk.charlie, made.key.id)
    assert bus.call(ApiKeysRpc.list_api_keys, walk.charlie) == ()
    bus.call(ApiKeysRpc.revoke_api_key, walk.alice, made.key.id)
    with pytest.raises(Unauthenticated):
        bus.call(IdentityRpc.authenticate, SYSTEM, made.token, ADDRESS)


def test_whoever_loaded_a_file_hears_of_it_on_the_pages_and_by_e_mail(walk: Walk, mailbox: Mailbox) -> None:
    bus, address = walk.bus, f"{uuid.uuid4()}@example.com"
    bus.call(UsersRpc.change_user, walk.alice, walk.alice.user, UserChanges(email=address), None)
    assert bus.call(NotificationsRpc.get_choices, walk.alice).mail_available
    assert not bus.call(NotificationsRpc.get_choices, walk.charlie).mail_available
    bus.call(NotificationsRpc.choose, walk.alice, (NotificationChoice(NotificationKind.IMPORT_ENDED, True, True),))
    asked = walk.new_import(dry_run=False)
    (told,) = wait_for(lambda: listed(walk, walk.alice), 30, "the notification")
    assert bus.call(ImportsRpc.get_import, walk.alice, asked.id).state is ImportState.APPLIED
    assert (told.kind, told.link) == (NotificationKind.IMPORT_ENDED, f"/goods/imports/{asked.id}")
    assert (told.params["state"], told.params["created"], told.params["failed"]) == ("applied", 2, 0)
    assert bus.call(NotificationsRpc.count_unseen, walk.alice) == 1
    assert bus.call(NotificationsRpc.mark_seen, walk.charlie, (told.id,)) == 0
    assert bus.call(NotificationsRpc.mark_seen, walk.alice, (told.id,)) == 1
    assert bus.call(NotificationsRpc.count_unseen, walk.alice) == 0
    (body,) = wait_for(lambda: bodies_for(mailbox, address), 20, "the letter")
    assert f"https://kkt.example.com/goods/imports/{asked.id}" in body
    assert listed(walk, walk.charlie) == ()


def bodies_for(mailbox: Mailbox, address: str) -> list[str]:
    return [message.get_content() for message in mailbox.messages if message["To"] == address]


def test_a_one_time_password_comes_by_e_mail_and_stays_nowhere(
    walk: Walk, mailbox: Mailbox, mail_house: RunningHouse
) -> None:
    address = f"{uuid.uuid4()}@example.com"
    told = walk.bus.call(UsersRpc.add_user, walk.alice, NewUser("bob", email=address, roles=(Role.VIEWER,)))
    assert told.mailed and told.password is not None
    (body,) = wait_for(lambda: bodies_for(mailbox, address), 20, "the letter")
    assert told.password in body
    assert walk.sign_in("bob", told.password).session.restriction is not None
    secret = told.password

    def nothing_left() -> bool:
        with psycopg.connect(mail_house.database_url) as link:
            return link.execute("SELECT count(*) FROM identity.letter").fetchone() == (0,)

    wait_for(nothing_left, 10, "the letter to go")
    assert secret not in "".join(mail_house.all_logs(10_000).values())
    with psycopg.connect(mail_house.database_url) as link:
        for table in ("event_log", "handled_request", "journal_entry", "notification", "app_user"):
            found = link.execute(f"SELECT count(*) FROM identity.{table} t WHERE t::text LIKE %s", (f"%{secret}%",))
            assert found.fetchone() == (0,), table
    restricted = msgspec.structs.replace(walk.alice, roles=())
    with pytest.raises(Forbidden):
        walk.bus.call(NotificationsRpc.count_unseen, restricted)
