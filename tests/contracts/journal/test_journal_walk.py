"""Every RPC that writes, over the bus, in the running house: after it an entry of the journal says who did what."""

from collections.abc import Iterator
from datetime import UTC, datetime

import msgspec
import pytest

from services.chassis.rpc_wire import is_write
from services.chassis.sync_bridge import SyncBridge
from services.contracts.imports import ImportsRpc, ImportState
from services.contracts.journal import JournalEntry, JournalQuery, JournalRpc
from services.contracts.permissions import Role
from services.contracts.refusals import Forbidden
from tests.contracts.journal.samples import NOT_TOLD, READING, SAMPLES
from tests.contracts.journal.walk import Expected, Walk, build_walk
from tests.contracts.protocols import all_methods
from tests.house.running import RunningHouse
from tests.waiting import wait_for

METHODS = dict(all_methods())


@pytest.fixture(scope="module")
def walk(house: RunningHouse) -> Iterator[Walk]:
    bus = SyncBridge(house.amqp_url, timeout=20)
    assert bus.wait_ready(20)
    yield build_walk(bus)
    bus.close()


def test_every_method_writes_with_a_sample_or_a_reason_or_only_reads() -> None:
    told_of = [*SAMPLES, *NOT_TOLD, *READING]
    assert sorted(told_of) == sorted(set(told_of)), "a method is named twice"
    assert set(told_of) == METHODS.keys(), "a new RPC that writes needs a sample in samples.py"
    assert [name for name in READING if is_write(METHODS[name])] == []


@pytest.mark.parametrize("name", SAMPLES)
def test_what_is_written_stands_in_the_journal(walk: Walk, name: str) -> None:
    started = datetime.now(UTC)
    expected = SAMPLES[name](walk)
    assert walk.called[-1] == name, "a sample calls its method last"
    what = expected.what or METHODS[name].__name__

    def found() -> JournalEntry | None:
        since = None if expected.made_before else started
        told = [one for one in walk.journal(expected.account, what=what, since=since) if is_by(one, expected)]
        return told[0] if told else None

    entry = wait_for(found, 15, f"the entry of {what}")
    assert entry is not None
    assert entry.changes, entry
    assert all(change.before is not None or change.after is not None for change in entry.changes), entry
    if expected.thing:
        assert expected.thing in {change.thing for change in entry.changes}, entry
    assert entry.request_id
    assert walk.journal(walk.charlie.account, since=started) == ()


def is_by(entry: JournalEntry, expected: Expected) -> bool:
    """Whether the right one did it."""
    return (entry.kind, entry.who, entry.who_id) == (expected.kind, expected.who, expected.who_id)


def test_what_a_worker_does_stands_under_whoever_asked_for_it(walk: Walk) -> None:
    started = datetime.now(UTC)
    asked = walk.new_import(dry_run=False)
    wait_for(
        lambda: walk.call(ImportsRpc.get_import, walk.alice, asked.id).state is ImportState.APPLIED, 30, "the import"
    )

    def found() -> tuple[JournalEntry, ...]:
        return walk.journal(walk.alice.account, what="import_applied", thing="import", thing_id=asked.id)

    (entry,) = wait_for(found, 15, "the entry of the import")
    assert is_by(entry, walk.by(walk.alice)) and entry.at >= started
    assert entry.changes[0].after is not None
    assert entry.changes[0].after["rows"] == 2


def test_only_administrators_read_the_journal(walk: Walk) -> None:
    manager = msgspec.structs.replace(walk.alice, roles=(Role.GOODS_MANAGER, Role.EXCHANGE_OPERATOR, Role.VIEWER))
    with pytest.raises(Forbidden):
        walk.bus.call(JournalRpc.page_journal, manager, JournalQuery())
    with pytest.raises(Forbidden):
        walk.bus.call(JournalRpc.journal_words, manager)
    nobody = msgspec.structs.replace(walk.alice, roles=())
    with pytest.raises(Forbidden):
        walk.bus.call(JournalRpc.note_export, nobody, "goods", 1)
