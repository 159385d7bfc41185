"""The journal on a real database: facts become entries once, nobody rewrites them, administrators alone read them."""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from services.chassis.database import sqlalchemy_url
from services.contracts.events import EventRecord
from services.contracts.journal import Change, JournalEntry, JournalQuery, WrittenEvent
from services.contracts.refusals import Invalid
from services.contracts.values import (
    AccountId,
    Actor,
    ApiKeyId,
    Cursor,
    Page,
    RegisterActor,
    RegisterId,
    SystemActor,
    UserActor,
)
from services.identity.use_cases import journal
from tests.services.identity.identity_house import IdentityHouse, Opened
from tests.services.written import written

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def change(thing: str = "item", id: str = "5", name: str = "Молоко", **more: Any) -> Change:
    values: dict[str, Any] = {"before": {"price": 1}, "after": {"price": 2}, **more}
    return Change(thing, id, name, **values)


class Journal:
    """The journal of one account, as its consumer and its doors use it."""

    def __init__(self, identity: IdentityHouse, actor: UserActor) -> None:
        self.db = identity.db
        self.actor = actor
        self.account = actor.account
        self.number = 0

    def hear(
        self,
        what: str = "change_item",
        *changes: Change,
        room: str = "catalog",
        actor: Actor | None = None,
        account: AccountId | None = None,
        at: datetime | None = None,
        number: int | None = None,
    ) -> EventRecord:
        """A fact comes in; returns it."""
        self.number += 1
        event = WrittenEvent(what, changes or (change(),))
        record = EventRecord(
            number=self.number if number is None else number,
            account=account or self.account,
            type="written",
            body=msgspec.to_builtins(event),
            actor=actor or self.actor,
            request_id="request-1",
            at=at or NOON + timedelta(seconds=self.number),
        )
        self.hear_again(record, room)
        return record

    def hear_again(self, record: EventRecord, room: str = "catalog") -> None:
        with self.db.system() as session:
            journal.write_entry(room, session, record, msgspec.convert(record.body, WrittenEvent))

    def page(self, **query: Any) -> Page[JournalEntry]:
        with self.db.account(self.account, self.actor) as session:
            return journal.page_journal(self.account, session, JournalQuery(**query))

    def all(self, **query: Any) -> list[JournalEntry]:
        """Page by page to the end."""
        page = self.page(**query)
        found = list(page.items)
        while page.next is not None:
            page = self.page(after=page.next, **query)
            found += page.items
        return found

    def what(self, **query: Any) -> list[str]:
        return [entry.what for entry in self.all(**query)]


@pytest.fixture
def alices(identity: IdentityHouse, alice: Opened) -> Journal:
    return Journal(identity, alice.actor)


@pytest.fixture
def charlies(identity: IdentityHouse, charlie: Opened) -> Journal:
    return Journal(identity, charlie.actor)


def test_a_fact_becomes_an_entry_that_says_who_and_what(alices: Journal) -> None:
    actor = msgspec.structs.replace(alices.actor, address="192.0.2.7", home_name="АСЦ Сервис")
    record = alices.hear("change_item", change(), actor=actor)
    (entry,) = alices.all()
    assert entry == JournalEntry(
        id="catalog:1",
        at=record.at,
        kind="user",
        who=alices.actor.name,
        who_id=alices.actor.user,
        on_behalf_of="АСЦ Сервис",
        room="catalog",
        what="change_item",
        changes=(change(),),
        more=0,
        address="192.0.2.7",
        request_id="request-1",
    )


def test_a_fact_heard_twice_is_one_entry(alices: Journal) -> None:
    record = alices.hear()
    alices.hear_again(record)
    alices.hear_again(record, "registers")  # the same number of another room is another fact
    assert [entry.id for entry in alices.all()] == ["registers:1", "catalog:1"]


def test_keys_registers_and_processes_are_told_apart(alices: Journal) -> None:
    key = msgspec.structs.replace(alices.actor, name="1C", key=ApiKeyId("k"))
    register = RegisterActor(account=alices.account, register=RegisterId("r"), epoch=3)
    alices.hear(actor=key)
    alices.hear(
        "register_bound", change("register", "q", "Касса 2"), change("register", "r", "Касса 1"), actor=register
    )
    alices.hear("register_alarm", change("register", "q", "Касса 2"), actor=register)
    alices.hear(actor=SystemActor(name="command line"))
    assert [(entry.kind, entry.who) for entry in reversed(alices.all())] == [
        ("key", "1C"),
        ("register", "Касса 1"),
        ("register", ""),
        ("system", "command line"),
    ]


def test_a_fact_of_a_forgotten_account_is_dropped(identity: IdentityHouse, alices: Journal) -> None:
    alices.hear(account=AccountId(str(uuid.uuid4())))
    record = msgspec.structs.replace(alices.hear(), account=None, number=77)
    alices.hear_again(record)
    with identity.db.system() as session:
        assert session.execute(sa.text("SELECT count(*) FROM identity.journal_entry")).scalar_one() == 1


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE identity.journal_entry SET who = 'nobody'",
        "DELETE FROM identity.journal_entry",
        "TRUNCATE identity.journal_entry",
    ],
)
def test_neither_the_account_nor_the_room_rewrites_the_journal(
    identity: IdentityHouse, alices: Journal, statement: str
) -> None:
    alices.hear()
    with pytest.raises(DBAPIError), identity.db.account(alices.account) as session:
        session.execute(sa.text(statement))
    with pytest.raises(DBAPIError), identity.db.system() as session:
        session.execute(sa.text(statement))
    assert alices.what() == ["change_item"]


def test_not_even_the_owner_of_the_table_rewrites_the_journal(alices: Journal, module_database: str) -> None:
    alices.hear()
    engine = sa.create_engine(sqlalchemy_url(module_database), poolclass=sa.NullPool)
    for statement in ("UPDATE identity.journal_entry SET who = 'nobody'", "DELETE FROM identity.journal_entry"):
        with pytest.raises(DBAPIError, match="append-only"), engine.begin() as connection:
            connection.execute(sa.text("ALTER TABLE identity.journal_entry NO FORCE ROW LEVEL SECURITY"))
            connection.execute(sa.text(statement))
    assert alices.what() == ["change_item"]


def test_only_the_entries_of_the_account_that_is_being_forgotten_go(
    identity: IdentityHouse, alices: Journal, charlies: Journal
) -> None:
    alices.hear()
    charlies.hear()
    forget = sa.text("DELETE FROM identity.journal_entry WHERE account_id = :account")
    say = sa.text("SELECT set_config('kkt.forgetting', :account, true)")
    with pytest.raises(DBAPIError, match="append-only"), identity.db.system() as session:
        session.execute(say, {"account": charlies.account})
        session.execute(forget, {"account": alices.account})
    with identity.db.system() as session:
        session.execute(say, {"account": charlies.account})
        session.execute(forget, {"account": charlies.account})
    assert (alices.what(), charlies.what()) == (["change_item"], [])


def test_pages_follow_one_another_newest_first(alices: Journal) -> None:
    for number in range(10):
        alices.hear(f"what_{number}", at=NOON + timedelta(seconds=number // 3))  # several at one moment
        alices.hear(f"what_{number}", room="registers", at=NOON + timedelta(seconds=number // 3))
    entries = alices.all(limit=3)
    assert len({entry.id for entry in entries}) == 20
    places = [(entry.at, entry.room, int(entry.id.partition(":")[2])) for entry in entries]
    assert places == sorted(places, reverse=True)
    assert [len(alices.page(limit=limit).items) for limit in (1, 20, 500)] == [1, 20, 20]


def test_a_stranger_sees_nothing_of_it_even_with_its_cursor(alices: Journal, charlies: Journal) -> None:
    for _ in range(3):
        alices.hear()
    charlies.hear("add_item", at=NOON - timedelta(days=1))
    cursor = alices.page(limit=1).next
    assert charlies.what() == ["add_item"]
    assert [entry.what for entry in charlies.page(after=cursor).items] == ["add_item"]
    assert charlies.all(thing="item", thing_id="5", q="alice") == []


def test_filters_find_what_they_say(alices: Journal) -> None:
    anna = msgspec.structs.replace(alices.actor, name="Анна Ёлкина", user="11111111-1111-4111-8111-111111111111")
    alices.hear("add_user", change("user", "7", "Пётр"), actor=anna)
    alices.hear("change_item", change("item", "5", "Молоко 3,2 %"), change("item", "55", "Сыр"))
    alices.hear("start_exchange", change("exchange", "e", "Касса у входа"), room="registers")
    assert alices.what(who_id=anna.user) == ["add_user"]
    assert alices.what(what="change_item") == ["change_item"]
    assert alices.what(thing="item") == ["change_item"]
    assert alices.what(thing="item", thing_id="55") == ["change_item"]
    assert alices.what(thing="item", thing_id="555") == []
    assert alices.what(q="ЕЛКИНА петр") == ["add_user"]
    assert alices.what(q="касса входа") == ["start_exchange"]
    assert alices.what(q="change_ite") == ["change_item"]
    assert alices.what(q="3,2 %") == ["change_item"]
    assert alices.what(q="%") == ["change_item"]
    assert alices.what(since=NOON + timedelta(seconds=2)) == ["start_exchange", "change_item"]
    assert alices.what(until=NOON + timedelta(seconds=2)) == ["add_user"]
    assert alices.what(since=NOON + timedelta(seconds=2), until=NOON + timedelta(seconds=3)) == ["change_item"]
    assert alices.what(q="петр", what="change_item") == []


def test_a_search_looks_through_all_of_a_long_journal_by_bounded_parts(
    alices: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal, "LOOKED_AT", 10)
    alices.hear("first", change(name="Иголка"))
    for _ in range(25):
        alices.hear("other", change(name="Сено"))
    first = alices.page(q="иголка")
    assert first.items == () and first.next is not None
    assert alices.what(q="иголка") == ["first"]
    assert len(alices.all(q="сено", limit=4)) == 25
    assert len(alices.all(limit=4)) == 26


def test_a_page_of_large_entries_stays_within_one_message(alices: Journal) -> None:
    large = tuple(change(id=str(number), after={"name": "Я" * 300}) for number in range(50))
    for _ in range(12):
        alices.hear("change_items", *large)
    page = alices.page(limit=500)
    assert len(page.items) < 12
    assert len(msgspec.json.encode(page)) < 200 * 1024
    assert len(alices.all(limit=500)) == 12


@pytest.mark.parametrize(
    "cursor",
    ["", "x", "ж", "null", "WzEsMiwzXQ", "W10", "'; --", "WyIyMDI2LTAzLTAyVDEyOjAwOjAwIiwieCIsMV0", "A" * 5000],
)
def test_a_cursor_that_is_not_ours_is_refused(alices: Journal, cursor: str) -> None:
    with pytest.raises(Invalid) as refused:
        alices.page(after=Cursor(cursor))
    assert refused.value.errors[0].path == "after"


def test_a_cursor_with_other_bytes_is_refused_or_leads_somewhere_in_the_own_journal(alices: Journal) -> None:
    for _ in range(3):
        alices.hear()
    cursor = str(alices.page(limit=1).next)
    known = {entry.id for entry in alices.all()}
    for place in range(len(cursor)):
        forged = cursor[:place] + ("A" if cursor[place] != "A" else "B") + cursor[place + 1 :]
        try:
            page = alices.page(after=Cursor(forged))
        except Invalid:
            continue
        assert {entry.id for entry in page.items} <= known


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"limit": 0}, "limit"),
        ({"limit": 501}, "limit"),
        ({"q": "x" * 201}, "q"),
        ({"who_id": "\0"}, "who_id"),
        ({"what": "a\0"}, "what"),
        ({"since": datetime(2026, 3, 2)}, "since"),  # noqa: DTZ001 that is what is wrong with it
        ({"thing_id": "5"}, "thing"),
    ],
)
def test_what_no_journal_can_be_asked_is_refused(alices: Journal, query: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        alices.page(**query)
    assert [error.path for error in refused.value.errors] == [field]


def test_the_words_that_occur_are_offered_as_filters(
    identity: IdentityHouse, alices: Journal, charlies: Journal
) -> None:
    alices.hear("change_item", change("item"), change("item_group", "g", "Сыр"))
    alices.hear("add_item", change("item"))
    charlies.hear("add_user", change("user"))
    with identity.db.account(alices.account, alices.actor) as session:
        told = journal.journal_words(alices.account, session)
    assert told == (("add_item", "change_item"), ("item", "item_group"))


def test_what_was_taken_out_stands_in_the_journal(identity: IdentityHouse, alices: Journal) -> None:
    with identity.db.account(alices.account, alices.actor) as session:
        session.info["doing"] = "note_export"
        journal.note_export(alices.account, session, "journal", 1200)
    fact = written(identity.db, alices.account)[-1]
    assert (fact.what, fact.only.thing, fact.only.name) == ("note_export", "export", "journal")
    assert (fact.only.before, fact.only.after) == (None, {"rows": 1200})


@pytest.mark.parametrize(("what", "rows"), [("", 1), ("x" * 101, 1), ("\0", 1), ("items", -1), ("items", 2**60)])
def test_an_absurd_export_is_refused(identity: IdentityHouse, alices: Journal, what: str, rows: int) -> None:
    with pytest.raises(Invalid), identity.db.account(alices.account, alices.actor) as session:
        journal.note_export(alices.account, session, what, rows)
