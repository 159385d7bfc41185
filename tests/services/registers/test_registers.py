"""Registers and groups as people keep them, their limits, and the walls around them."""

import threading
import uuid
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from services.contracts.kkt_id import is_kkt_id
from services.contracts.refusals import Invalid, NotFound, Stale
from services.contracts.registers import (
    AlreadyBound,
    ExchangeKind,
    ExchangeQuery,
    GroupNameTaken,
    NewExchange,
    NewRegister,
    RegisterChanges,
    RegisterDisabled,
    RegisterQuery,
    TooManyRegisters,
    UnknownItemGroup,
)
from services.contracts.values import Cursor, ExchangeId, ItemGroupId, RegisterGroupId, RegisterId, UserActor
from services.registers.models import Base, Register
from services.registers.repository.registers import note_kkt_id
from services.registers.use_cases import exchanges, groups, registers, settings
from tests.services.registers.registers_house import Device, RegistersHouse, price_list

NOBODY = RegisterId(str(uuid.uuid4()))


def test_a_new_register_gets_an_id_of_its_own(room: RegistersHouse, alice: UserActor) -> None:
    register = room.add(alice, "  Касса   у входа ")
    assert is_kkt_id(register.kkt_id) and register.name == "Касса у входа"
    assert (register.price_percent, register.price_rounding, register.auto_load) == (100, 1, False)
    goods = register.goods
    assert (goods.desired, goods.confirmed, goods.in_sync, goods.reason) == (None, None, False, "never_loaded")


def test_ids_survive_their_registers(room: RegistersHouse, alice: UserActor) -> None:
    register = room.add(alice)
    room.of(alice, registers.remove_register, alice.account, register.id, room.now)
    with room.db.system() as session:
        assert not note_kkt_id(session, register.kkt_id, room.now)
    with pytest.raises(sa.exc.ProgrammingError), room.db.account(alice.account) as session:
        session.execute(sa.text("SELECT kkt_id FROM registers.issued_kkt_id"))  # nobody reads others' IDs


@pytest.mark.parametrize(
    ("changes", "path", "code"),
    [
        ({"name": "  "}, "name", "required"),
        ({"name": "и" * 101}, "name", "too_long"),
        ({"name": "a\u0007b"}, "name", "control_characters"),
        ({"price_percent": 0}, "price_percent", "out_of_range"),
        ({"price_percent": 1001}, "price_percent", "out_of_range"),
        ({"price_rounding": 5}, "price_rounding", "not_one_of"),
    ],
)
def test_wrong_fields_are_named(
    room: RegistersHouse, alice: UserActor, changes: dict[str, Any], path: str, code: str
) -> None:
    register = room.add(alice)
    with pytest.raises(Invalid) as refused:
        room.change(alice, register, **changes)
    assert [(error.path, error.code) for error in refused.value.errors] == [(path, code)]
    assert room.see(alice, register) == register


def test_a_lost_race_is_stale(room: RegistersHouse, alice: UserActor) -> None:
    register = room.add(alice)
    changed = room.change(alice, register, price_percent=90)
    assert (changed.version, changed.price_percent) == (2, 90)
    assert changed.recipe.price_percent == 90
    with pytest.raises(Stale):
        args = (alice.account, register.id, RegisterChanges(price_percent=80), 1, frozenset(), room.now)
        room.of(alice, registers.change_register, *args)


def test_item_groups_must_be_the_accounts_own(room: RegistersHouse, alice: UserActor) -> None:
    register = room.add(alice)
    own, foreign = ItemGroupId(str(uuid.uuid4())), ItemGroupId(str(uuid.uuid4()))
    assert room.change(alice, register, item_groups=(own,)).item_groups == (own,)
    with pytest.raises(UnknownItemGroup):
        changes = RegisterChanges(item_groups=(own, foreign))
        room.of(
            alice,
            registers.change_register,
            alice.account,
            register.id,
            changes,
            None,
            frozenset((own,)),
            room.now,
        )
    named = room.of(alice, registers.registers_filtering_by, alice.account, own)
    assert named == ("Касса 1",)
    assert room.of(alice, registers.registers_filtering_by, alice.account, foreign) == ()


def test_groups_are_many_to_many(room: RegistersHouse, alice: UserActor) -> None:
    north = room.of(alice, groups.add_group, alice.account, "Север", room.now)
    south = room.of(alice, groups.add_group, alice.account, "Юг", room.now)
    register = room.add(alice, groups=(north.id, south.id))
    room.add(alice, "Касса 2", groups=(south.id,))
    assert set(register.groups) == {north.id, south.id}
    listed = room.of(alice, groups.list_groups, alice.account)
    assert [(group.name, group.registers) for group in listed] == [("Север", 1), ("Юг", 2)]
    page = room.of(alice, registers.page_registers, alice.account, RegisterQuery(group=north.id), room.now)
    assert [one.id for one in page.items] == [register.id]
    assert room.change(alice, register, groups=(north.id,)).groups == (north.id,)
    room.of(alice, groups.remove_group, alice.account, north.id)
    assert room.see(alice, register).groups == ()
    with pytest.raises(NotFound):
        room.change(alice, register, groups=(north.id,))


def test_group_names_differ_by_more_than_case(room: RegistersHouse, alice: UserActor, charlie: UserActor) -> None:
    room.of(alice, groups.add_group, alice.account, "Тёплый склад", room.now)
    with pytest.raises(GroupNameTaken):
        room.of(alice, groups.add_group, alice.account, "теплый  СКЛАД", room.now)
    group = room.of(charlie, groups.add_group, charlie.account, "Тёплый склад", room.now)
    renamed = room.of(charlie, groups.rename_group, charlie.account, group.id, "ТЁПЛЫЙ СКЛАД", 1)
    assert (renamed.name, renamed.version) == ("ТЁПЛЫЙ СКЛАД", 2)
    with pytest.raises(Stale):
        room.of(charlie, groups.rename_group, charlie.account, group.id, "Склад", 1)


def test_the_limit_of_registers_holds_for_two_at_once(room: RegistersHouse, alice: UserActor) -> None:
    room.terms(alice, 1, registers=3)
    room.add(alice), room.add(alice)
    outcomes: list[bool] = []
    start = threading.Barrier(3)

    def add() -> None:
        start.wait()
        try:
            room.add(alice)
            outcomes.append(True)
        except TooManyRegisters as refused:
            assert refused.params == {"limit": 3}
            outcomes.append(False)

    threads = [threading.Thread(target=add) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == [False, False, True]


def test_pages_go_on_where_they_stopped(room: RegistersHouse, alice: UserActor) -> None:
    names = ["Касса 10", "касса 2", "Ёлка", "Касса 1", "Жук", "Касса 2"]
    for name in names:
        room.add(alice, name)
    seen: list[str] = []
    after: Cursor | None = None
    for _ in range(4):
        query = RegisterQuery(after=after, limit=2)
        page = room.of(alice, registers.page_registers, alice.account, query, room.now)
        seen += [register.name.casefold() for register in page.items]
        after = page.next
        if after is None:
            break
    assert seen == ["ёлка", "жук", "касса 1", "касса 2", "касса 2", "касса 10"]
    for wrong in ("?", "e30", "W10", "WyJhIiwiYiJd", "ы"):
        with pytest.raises(Invalid):
            room.of(alice, registers.page_registers, alice.account, RegisterQuery(after=Cursor(wrong)), room.now)
        with pytest.raises(Invalid):
            room.of(alice, exchanges.page_exchanges, alice.account, ExchangeQuery(after=Cursor(wrong)))
    for limit in (0, 501):
        with pytest.raises(Invalid):
            room.of(alice, registers.page_registers, alice.account, RegisterQuery(limit=limit), room.now)


def test_search_finds_by_name_id_and_serial_number(room: RegistersHouse, alice: UserActor, device: Device) -> None:
    register, _ = room.connect(alice, device, "Тёплый ларёк 100%")
    room.add(alice, "Другая")
    spaced = " ".join((register.kkt_id[:4], register.kkt_id[4:8], register.kkt_id[8:]))
    for q in ("теплый", "ЛАРЕК", "100%", spaced, register.kkt_id[3:9], "04000001"):
        page = room.of(alice, registers.page_registers, alice.account, RegisterQuery(q=q), room.now)
        assert [one.id for one in page.items] == [register.id], q
    for q in ("%", "_", "\\", "нет такой", "\0"):
        query = RegisterQuery(q=q)
        found = room.of(alice, registers.page_registers, alice.account, query, room.now).items
        assert len(found) == {"%": 1, "\0": 2}.get(q, 0), q


def test_one_query_for_any_number_of_registers(room: RegistersHouse, alice: UserActor) -> None:
    def count(use_case: Callable[..., Any], *args: Any) -> int:
        statements: list[str] = []

        def note(_c: object, _cursor: object, statement: str, *_more: object) -> None:
            if "set_config" not in statement:
                statements.append(statement)

        sa.event.listen(room.db.engine, "before_cursor_execute", note)
        try:
            room.of(alice, use_case, *args)
        finally:
            sa.event.remove(room.db.engine, "before_cursor_execute", note)
        return len(statements)

    for number in range(5):
        room.start(alice, room.add(alice, f"Касса {number}"))
    assert count(registers.page_registers, alice.account, RegisterQuery(), room.now) == 1
    assert count(registers.fleet_summary, alice.account, room.now) == 1
    assert count(registers.get_register, alice.account, room.add(alice).id, room.now) == 1
    assert count(exchanges.page_exchanges, alice.account, ExchangeQuery()) == 1
    assert count(groups.list_groups, alice.account) == 1


def test_a_disabled_register_starts_nothing(room: RegistersHouse, alice: UserActor, device: Device) -> None:
    register, _ = room.connect(alice, device)
    room.change(alice, register, disabled=True)
    assert not room.see(alice, register).online
    with pytest.raises(RegisterDisabled):
        room.start(alice, register)


def test_a_bound_id_is_not_renewed(room: RegistersHouse, alice: UserActor, device: Device) -> None:
    register = room.add(alice)
    room.later(days=10)
    renewed = room.of(alice, registers.renew_kkt_id, alice.account, register.id, room.now)
    assert renewed.kkt_id == register.kkt_id and renewed.kkt_id_expires_at is not None
    room.hello(device, renewed)
    with pytest.raises(AlreadyBound):
        room.of(alice, registers.renew_kkt_id, alice.account, register.id, room.now)


def test_exchanges_are_paged_newest_first(room: RegistersHouse, alice: UserActor, device: Device) -> None:
    register, _ = room.connect(alice, device)
    started = [room.start(alice, register, ExchangeKind.TEST).id for _ in range(3)]
    page = room.of(alice, exchanges.page_exchanges, alice.account, ExchangeQuery(limit=2))
    rest = room.of(alice, exchanges.page_exchanges, alice.account, ExchangeQuery(limit=2, after=page.next))
    listed = [one.id for one in page.items + rest.items]
    assert listed[:3] == started[::-1] and len(listed) == 4  # the fourth asked for the settings
    live = room.of(alice, exchanges.page_exchanges, alice.account, ExchangeQuery(under_way=True))
    assert [one.id for one in live.items] == started[-1:]
    assert live.items[0].register_name == "Касса 1" and live.items[0].timeline == ()


def test_a_stranger_finds_nothing_of_alice(
    room: RegistersHouse, alice: UserActor, charlie: UserActor, device: Device
) -> None:
    register, link = room.connect(alice, device)
    group = room.of(alice, groups.add_group, alice.account, "Север", room.now)
    exchange = room.start(alice, register)
    c, now = charlie.account, room.now
    changes = RegisterChanges(name="моя")
    attempts: list[tuple[Callable[..., Any], tuple[Any, ...]]] = [
        (registers.get_register, (c, register.id, now)),
        (registers.change_register, (c, register.id, changes, None, frozenset(), now)),
        (registers.remove_register, (c, register.id, now)),
        (registers.renew_kkt_id, (c, register.id, now)),
        (registers.allow_rebinding, (c, register.id, now)),
        (registers.add_register, (c, NewRegister("к", groups=(group.id,)), now)),
        (groups.rename_group, (c, group.id, "моя", None)),
        (groups.remove_group, (c, group.id)),
        (settings.get_settings, (c, register.id)),
        (exchanges.start_exchange, (charlie, register.id, NewExchange(ExchangeKind.TEST), now)),
        (exchanges.cancel_exchange, (charlie, exchange.id, now)),
        (exchanges.get_exchange, (c, exchange.id)),
    ]
    for use_case, args in attempts:
        with pytest.raises(NotFound):
            room.of(charlie, use_case, *args)
    assert room.of(charlie, registers.page_registers, c, RegisterQuery(), now).items == ()
    assert room.of(charlie, exchanges.page_exchanges, c, ExchangeQuery(register_id=register.id)).items == ()
    assert room.of(charlie, groups.list_groups, c) == ()
    assert room.of(charlie, registers.fleet_summary, c, now).registers == 0
    # A list that Charlie's catalog built is not Alice's.
    room.built(charlie, price_list(room.wanted(alice)))
    assert room.exchange(alice, exchange.id).target is None
    assert room.due(link) is None


def test_a_text_that_is_no_id_names_nothing(room: RegistersHouse, alice: UserActor) -> None:
    for text in ("", "1", "x" * 400, "\0", str(uuid.uuid4()).upper()):
        with pytest.raises(NotFound):
            room.of(alice, registers.get_register, alice.account, RegisterId(text), room.now)
        with pytest.raises(NotFound):
            room.of(alice, registers.remove_register, alice.account, RegisterId(text), room.now)
        with pytest.raises(NotFound):
            room.of(alice, exchanges.get_exchange, alice.account, ExchangeId(text))
        with pytest.raises(NotFound):
            room.of(alice, groups.remove_group, alice.account, RegisterGroupId(text))
    with pytest.raises(NotFound):
        room.of(alice, registers.get_register, alice.account, NOBODY, room.now)


def test_the_walls_hold_without_the_repository(room: RegistersHouse, alice: UserActor, charlie: UserActor) -> None:
    room.add(alice)
    with room.db.account(charlie.account) as session:
        for table in Base.metadata.sorted_tables:
            if "account_id" in table.c and table.name != "opened_link":
                assert session.execute(sa.select(sa.func.count()).select_from(table)).scalar() == 0, table.name
        with pytest.raises(sa.exc.ProgrammingError):
            session.execute(sa.update(Register).values(account_id=alice.account))
            session.execute(
                sa.text("INSERT INTO registers.account_base (account_id, revision) VALUES (:a, 1)"),
                {"a": alice.account},
            )
