"""What a write tells of itself: only what differs, without secrets, and never much."""

import uuid
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

import msgspec
import pytest
from sqlalchemy.orm import Session

from services.chassis.journal import MASK, acting_as, changed, count_more, take_facts, told_if_done
from services.contracts.journal import CHANGES_TOLD, TEXT_TOLD, WrittenEvent
from services.contracts.values import AccountId, Actor, RegisterActor, RegisterId, SystemActor

OURS = AccountId(str(uuid.uuid4()))
THEIRS = AccountId(str(uuid.uuid4()))
WHO = SystemActor(name="somebody")
FACT_BYTES = 40 * 1024


Facts = list[tuple[AccountId, Actor, WrittenEvent]]


@pytest.fixture
def session() -> Session:
    """What `Database.new_session` makes, but for the database."""
    session = Session()
    session.info.update(changes={}, actor=WHO)
    return session


def only(facts: Facts) -> WrittenEvent:
    """The one fact that is told."""
    assert len(facts) == 1
    return facts[0][2]


def size(event: WrittenEvent) -> int:
    return len(msgspec.json.encode(event))


def test_of_two_states_only_what_differs_is_told(session: Session) -> None:
    changed(session, OURS, "item", "5", "Молоко", {"price": 1, "name": "Молоко"}, {"price": 2, "name": "Молоко"})
    facts = take_facts(session, "change_item")
    assert [(account, event.what) for account, _, event in facts] == [(OURS, "change_item")]
    change = only(facts).changes[0]
    assert (change.thing, change.id, change.name) == ("item", "5", "Молоко")
    assert (change.before, change.after) == ({"price": 1}, {"price": 2})


def test_what_stayed_as_it_was_is_not_told(session: Session) -> None:
    changed(session, OURS, "item", "5", "Молоко", {"groups": ("a",)}, {"groups": ["a"]})
    changed(session, OURS, "item", "6", "Хлеб", {"price": 1}, {"price": 1})
    facts = take_facts(session, "change_item")
    assert facts == []


def test_a_thing_comes_and_goes_whole(session: Session) -> None:
    changed(session, OURS, "user", "1", "Анна", None, {"name": "Анна"})
    changed(session, OURS, "user", "1", "Анна", {"name": "Анна"}, None)
    facts = take_facts(session, "both")
    assert [(one.before, one.after) for one in only(facts).changes] == [
        (None, {"name": "Анна"}),
        ({"name": "Анна"}, None),
    ]


def test_secrets_are_masked_wherever_they_stand(session: Session) -> None:
    was = {"password_hash": "argon2-old", "nested": {"token": "kkt_abc", "name": "x"}, "totp": None}
    now = {
        "password_hash": "argon2-new",
        "nested": {"token": "kkt_def", "name": "y"},
        "totp": "JBSWY3DP",
        "a": {"b": {"c": {"token": "kkt_x"}}},
    }
    changed(session, OURS, "user", "1", "Анна", was, now)
    facts = take_facts(session, "change_user")
    change = only(facts).changes[0]
    assert change.before == {"password_hash": MASK, "nested": {"token": MASK, "name": "x"}, "totp": None}
    assert change.after == {
        "password_hash": MASK,
        "nested": {"token": MASK, "name": "y"},
        "totp": MASK,
        "a": {"b": {"c": {"token": MASK}}},
    }
    told = msgspec.json.encode(only(facts)).decode()
    assert not any(secret in told for secret in ("argon2", "kkt_", "JBSW"))


def test_values_are_told_as_json_holds_them(session: Session) -> None:
    class Colour(StrEnum):
        RED = "red"

    class Struct(msgspec.Struct):
        colour: Colour

    at = datetime(2026, 3, 2, 8, tzinfo=UTC)
    now = {"at": at, "struct": Struct(Colour.RED), "set": {"b", "a"}, "nul": "a\0b", "deep": {"a": {"b": {"c": {}}}}}
    changed(session, OURS, "thing", "1", "x", None, now)
    facts = take_facts(session, "add")
    assert only(facts).changes[0].after == {
        "at": "2026-03-02T08:00:00+00:00",
        "struct": {"colour": "red"},
        "set": ["a", "b"],
        "nul": "a�b",
        "deep": {"a": {"b": {"c": "…"}}},
    }


def test_long_texts_and_lists_are_cut(session: Session) -> None:
    changed(session, OURS, "thing", "1", "н" * 1000, None, {"text": "т" * 1000, "list": list(range(60))})
    facts = take_facts(session, "add")
    change = only(facts).changes[0]
    assert change.name == "н" * TEXT_TOLD + "…"
    assert change.after == {"text": "т" * TEXT_TOLD + "…", "list": [*range(50), "… 10"]}


def test_beyond_so_many_things_the_rest_is_counted(session: Session) -> None:
    for number in range(CHANGES_TOLD + 7):
        changed(session, OURS, "item", str(number), "x", {"price": 1}, {"price": 2})
    count_more(session, OURS, 3)
    count_more(session, OURS, -5)
    facts = take_facts(session, "change_items")
    assert len(only(facts).changes) == CHANGES_TOLD and only(facts).more == 10


def long_names(number: int) -> dict[str, Any]:
    return {
        "name": f"{number} " + "Я" * 128,
        "short_name": "Ж" * 56,
        "article": "\x01" * 100,
        "barcodes": ["4" * 14] * 20,
    }


@pytest.mark.parametrize(
    "values",
    [
        long_names,
        lambda number: {f"field {number} {place}": "Щ" * 300 for place in range(500)},
        lambda number: {"list": ["\x01" * 300] * 50, "again": {str(place): ["Ы" * 300] * 50 for place in range(50)}},
        lambda number: {"x" * 5000: "я" * 5000},
    ],
)
def test_a_fact_stays_small_whatever_is_written(session: Session, values: Any) -> None:
    for number in range(60):
        changed(session, OURS, "item", str(number), "Й" * 300, None, values(number))
        changed(session, OURS, "item", str(number), "Й" * 300, values(number), {**values(number + 1), "more": 1})
    facts = take_facts(session, "change_items")
    event = only(facts)
    assert size(event) < FACT_BYTES
    assert len(event.changes) >= 1 and len(event.changes) + event.more == 120


def test_each_account_and_each_author_gets_a_fact_of_its_own(session: Session) -> None:
    register = RegisterActor(account=OURS, register=RegisterId("r"), epoch=3)
    changed(session, OURS, "register", "r", "Касса", {"mode": 1}, {"mode": 2})
    changed(session, THEIRS, "register", "s", "Касса", {"mode": 1}, {"mode": 2})
    with acting_as(session, register, "register_alarm"):
        changed(session, OURS, "register", "r", "Касса", {"alarm": None}, {"alarm": "drift"})
    changed(session, OURS, "register", "t", "Касса", {"mode": 1}, {"mode": 2})
    facts = take_facts(session, "chore")
    told = [(account, event.what, actor, len(event.changes)) for account, actor, event in facts]
    assert told == [(OURS, "chore", WHO, 2), (THEIRS, "chore", WHO, 1), (OURS, "register_alarm", register, 1)]
    assert session.info["actor"] == WHO


def test_what_was_undone_is_not_told(session: Session) -> None:
    changed(session, OURS, "register", "a", "Касса", None, {"a": 1})
    with pytest.raises(ValueError), told_if_done(session):
        changed(session, OURS, "register", "b", "Касса", None, {"b": 1})
        raise ValueError
    with told_if_done(session):
        changed(session, OURS, "register", "c", "Касса", None, {"c": 1})
        count_more(session, OURS, 2)
    facts = take_facts(session, "chore")
    assert [one.id for one in only(facts).changes] == ["a", "c"] and only(facts).more == 2


def test_what_was_told_is_told_once(session: Session) -> None:
    changed(session, OURS, "register", "a", "Касса", None, {"a": 1})
    assert only(take_facts(session, "one")).what == "one"
    assert take_facts(session, "two") == []
