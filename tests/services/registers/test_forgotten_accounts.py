"""When an account is gone the room keeps nothing of it but the memory that it is gone."""

import pytest

from services.chassis import forgetting
from services.chassis.account_terms import unless_forgotten
from services.chassis.handled_requests import begin_request
from services.contracts.catalog import BaseChangedEvent
from services.contracts.registers import NewRegister
from services.contracts.values import UserActor
from services.registers.service import forget_gone_accounts
from services.registers.use_cases import base_facts, groups, registers
from tests.services.forgotten_rows import fill_empty_tables, rows_of, state_of, tables_of
from tests.services.registers.registers_house import Device, RegistersHouse

ROOM = "registers"
LETTER = {
    "dead_letter": "(source, number, account_id, type, record, error)"
    " VALUES ('catalog', 1, %(account)s, 'base_changed', '{}', 'x')"
}


def live(room: RegistersHouse, actor: UserActor, serial_number: str) -> None:
    """A register in a group, with a load, a link, settings, a request and a dead letter."""
    group = room.of(actor, groups.add_group, actor.account, "Зал", room.now)
    device = Device(serial_number, serial_number)
    register, link = room.connect(actor, device)
    room.change(actor, register, groups=(group.id,))
    room.load(actor, register, link, device)
    room.start(actor, register)
    room.base_is(actor, 3)
    room.of(actor, begin_request, actor.account, "key", "digest")


@pytest.fixture
def filled(room: RegistersHouse, alice: UserActor, charlie: UserActor) -> RegistersHouse:
    """Both accounts have rows in every table."""
    live(room, alice, "04000001")
    live(room, charlie, "04000002")
    fill_empty_tables(room.db.url, ROOM, alice.account, LETTER)
    assert sorted(rows_of(room.db.url, ROOM, alice.account)) == tables_of(room.db.url, ROOM)
    return room


def test_every_table_forgets_the_account_and_no_other(
    filled: RegistersHouse, alice: UserActor, charlie: UserActor
) -> None:
    url = filled.db.url
    others = rows_of(url, ROOM, charlie.account)
    filled.forgotten(alice)
    filled.forgotten(alice)
    forget_gone_accounts(filled.db)
    assert rows_of(url, ROOM, alice.account) == {}
    assert state_of(url, ROOM, alice.account) == "forgetting"
    assert rows_of(url, ROOM, charlie.account) == others


def test_what_was_under_way_is_found_at_the_next_look_and_then_it_is_over(
    filled: RegistersHouse, alice: UserActor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forgetting, "LOOKED_AGAIN", forgetting.LOOKED_AGAIN * 0)
    monkeypatch.setattr(forgetting, "LATE", forgetting.LATE * 0)
    url = filled.db.url
    with filled.db.account(alice.account, alice) as session:  # began before the account went, ends afterwards
        registers.add_register(session, alice.account, NewRegister("Поздняя"), filled.now)
        filled.forgotten(alice)
    forget_gone_accounts(filled.db)
    assert (rows_of(url, ROOM, alice.account), state_of(url, ROOM, alice.account)) == ({}, "forgetting")
    forget_gone_accounts(filled.db)
    assert state_of(url, ROOM, alice.account) == "forgotten"
    filled.forgotten(alice)
    assert state_of(url, ROOM, alice.account) == "forgotten"


def test_a_forgetting_that_was_cut_off_goes_on(
    filled: RegistersHouse, alice: UserActor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forgetting, "BATCH", 1)
    monkeypatch.setattr(forgetting, "BATCHES_MAX", 7)
    filled.forgotten(alice)
    forget_gone_accounts(filled.db)
    left = sum(rows_of(filled.db.url, ROOM, alice.account).values())
    assert left > 0
    for _ in range(left):
        forget_gone_accounts(filled.db)
    assert rows_of(filled.db.url, ROOM, alice.account) == {}


def test_a_late_fact_of_the_goods_base_brings_nothing_back(room: RegistersHouse, alice: UserActor) -> None:
    room.forgotten(alice)
    event = BaseChangedEvent(revision=9, source="edit", changed=1)
    heard = unless_forgotten(base_facts.base_changed)
    room.system(heard, room._record(alice.account, event), event)
    assert rows_of(room.db.url, ROOM, alice.account) == {}
