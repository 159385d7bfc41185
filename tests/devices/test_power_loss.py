"""The power may go at any moment: the base is the old one or the new one, and each switch is logged once."""

from collections.abc import Sequence

import pytest

from devices.sim.faults import STEPS, Faults, PowerLoss
from devices.sim.storage import DiskStorage, MemoryStorage, Storage
from services.contracts.goods_record import Record
from services.device_gateway.protocol.outputs import LoadApplied
from tests.devices.lists import List, base_hash, delta, full, record
from tests.devices.pair import Pair, held, started, switches

OLD = [record(1), record(2), record(3)]
NEW = [record(1, 150), record(3), record(4)]
DELTA = [record(1, 150), {"code": 2, "deleted": True}, record(4)]


class FailingStorage(MemoryStorage):
    """Loses the power at its n-th change: before it, or (for an append) in the middle of it."""

    def __init__(self) -> None:
        super().__init__()
        self.changes = 0
        self.fails_at = -1
        self.torn = False

    def _change(self) -> bool:
        self.changes += 1
        if self.changes != self.fails_at:
            return False
        if self.torn:
            return True
        raise PowerLoss("storage")

    def replace(self, name: str, parts: Sequence[bytes]) -> None:
        """A replacement is never torn: it is made before the power goes, or not at all."""
        torn = self._change()
        super().replace(name, parts)
        if torn:
            raise PowerLoss("storage")

    def append(self, name: str, part: bytes, *, durable: bool = False) -> None:
        """An append may be torn."""
        torn = self._change()
        super().append(name, part[: len(part) // 2] if torn else part)
        if torn:
            raise PowerLoss("storage")

    def cut(self, name: str, size: int) -> None:
        """A change as any other."""
        torn = self._change()
        super().cut(name, size)
        if torn:
            raise PowerLoss("storage")

    def remove(self, name: str) -> None:
        """A change as any other."""
        torn = self._change()
        super().remove(name)
        if torn:
            raise PowerLoss("storage")


def prepared() -> FailingStorage:
    """A register that holds the old base, switched off."""
    storage = FailingStorage()
    Pair(started(storage)).load(full(OLD, 1))
    return storage


def finish(storage: Storage, goods: List, new: list[Record]) -> None:
    """Switch on, look, load to the end, look again."""
    register = started(storage)
    assert held(register) in (OLD, new)
    state = register.hello().goods
    assert state.base_hash == base_hash(held(register))
    assert state.revision == (1 if held(register) == OLD else 2)
    pair = Pair(register)
    assert pair.load(goods)[-1] == LoadApplied(goods.plan.exchange, 2, base_hash(new), 3)
    assert held(register) == new
    assert [(one["number"], one["revision"]) for one in switches(register)] == [(1, 1), (2, 2)]
    assert register.hello().buffer.state == "empty"


@pytest.mark.parametrize("goods", [full(NEW, 2), delta(DELTA, OLD, NEW, 2)], ids=["full", "delta"])
@pytest.mark.parametrize("torn", [False, True], ids=["before", "torn"])
def test_the_power_goes_at_every_change_of_the_memory(goods: List, torn: bool) -> None:
    """Once at each of them, while loading; afterwards the load goes on and ends as if nothing had been."""
    quiet = prepared()
    quiet.changes = 0
    Pair(started(quiet)).load(goods)
    changes = quiet.changes
    assert changes > 15
    for at in range(1, changes + 1):
        storage = prepared()
        storage.changes, storage.fails_at, storage.torn = 0, at, torn
        with pytest.raises(PowerLoss):
            Pair(started(storage)).load(goods)
        finish(storage, goods, NEW)


@pytest.mark.parametrize("at", range(1, 12))
def test_the_power_goes_again_while_it_recovers(at: int) -> None:
    """Between the switch and its line in the log, and then at each change that the next start makes."""
    goods = full(NEW, 2)
    storage = prepared()
    with pytest.raises(PowerLoss):
        Pair(started(storage, faults=Faults(["power-loss=switched"]))).load(goods)
    storage.changes, storage.fails_at, storage.torn = 0, at, True
    try:
        register = started(storage)
        assert held(register) == NEW
    except PowerLoss:
        pass
    storage.fails_at = -1
    finish(storage, goods, NEW)


@pytest.mark.parametrize("step", STEPS)
def test_the_power_goes_at_each_named_step_on_a_real_disk(step: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    """The fault of `kkt-sim --fault power-loss=STEP`, with files."""
    directory = tmp_path_factory.mktemp(step)
    Pair(started(DiskStorage(directory))).load(full(OLD, 1))
    goods = full(NEW, 2)
    with pytest.raises(PowerLoss):
        Pair(started(DiskStorage(directory), faults=Faults([f"power-loss={step}"]))).load(goods)
    finish(DiskStorage(directory), goods, NEW)
    lists = [one.name for one in directory.iterdir() if one.name.startswith("goods.")]
    assert sorted(lists) == ["goods.2.jsonl", "goods.json"]


def test_a_buffer_goes_on_behind_its_last_whole_chunk() -> None:
    """A torn end is cut off; what is claimed is there."""
    storage = MemoryStorage()
    goods = full(NEW, 2)
    with pytest.raises(PowerLoss):
        Pair(started(storage, faults=Faults(["power-loss=chunk"]))).load(goods)
    storage.append("buffer.chunks", b'\0\0\0\x50{"code":3')
    report = started(storage).hello().buffer
    assert (report.state, report.received, report.prefix_sha256) == ("receiving", 1, goods.prefix(1))


def test_an_ordered_switch_is_made_at_the_next_start() -> None:
    """The order survives; the hello tells what came of it."""
    storage = MemoryStorage()
    with pytest.raises(PowerLoss):
        Pair(started(storage, faults=Faults(["power-loss=apply"]))).load(full(NEW, 2))
    register = started(storage)
    assert held(register) == NEW
    last = register.hello().last_load
    assert last is not None
    assert (last.exchange, last.state) == ("full-2", "applied")


def test_an_ordered_switch_still_waits_for_the_menu_and_for_the_person() -> None:
    """After the power came back, too."""
    storage = MemoryStorage()
    register = started(storage, confirm="manual")
    Pair(register).load(full(NEW, 2))
    again = started(storage, confirm="manual")
    assert held(again) == []
    assert again.hello().buffer.state == "waiting_dialog"
    again.set_mode("sales")
    assert started(storage).hello().buffer.state == "buffered"
    assert held(started(storage)) == []
