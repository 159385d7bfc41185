"""The register: its modes, its settings, what a person does at it, what it says. No sockets, no event loop.

It takes the server's messages and returns its own, in order; the time is told. Starting a new one on the same storage
is what switching the power off and on does.
"""

import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

from devices.sim.faults import Faults
from devices.sim.goods import Workshop, records
from devices.sim.identity import Identity, ModeNow, keep_mode, keep_settings, load_mode, load_settings
from devices.sim.loading import Announce, Confirm, Loading
from devices.sim.outcome import last_load
from devices.sim.storage import Storage
from services.contracts.goods_record import Record, canonical_line
from services.device_gateway.protocol.frames import Chunk
from services.device_gateway.protocol.register_messages import (
    Beat,
    ClockState,
    ConnectionTested,
    GoodsPage,
    Hello,
    ModeChanged,
    RegisterError,
    RegisterMessage,
    Settings,
)
from services.device_gateway.protocol.server_messages import (
    Clock,
    ConnectionTest,
    LoadAbort,
    LoadApply,
    LoadBegin,
    LoadEnd,
    ReadGoods,
    ReadSettings,
    ServerMessage,
    WriteSettings,
)
from services.device_gateway.protocol.values import PROTOCOL, Mode

CODE_UNKNOWN_OPTION: Final = "080"
CODE_BAD_VALUE: Final = "064"

# Records of one page, in bytes: the message around them must stay below 64 KiB.
_PAGE_BYTES: Final = 48_000


def machine_clock() -> datetime:
    """The machine's clock, in whole seconds as a register shows it."""
    return datetime.now(UTC).replace(microsecond=0)


def _silent(kind: str, text: str) -> None:
    """Nobody stands at this register."""


class Register:
    """One register, from one start to the next. Any method may raise `PowerLoss` if that fault was wished for."""

    def __init__(
        self,
        identity: Identity,
        storage: Storage,
        clock: Callable[[], datetime] = machine_clock,
        *,
        confirm: Confirm = "auto",
        faults: Faults | None = None,
        workshop: Workshop | None = None,
        announce: Announce = _silent,
    ) -> None:
        self.identity = identity
        self.storage = storage
        self.boot_id = uuid.uuid4().hex[:16]
        self.faults = faults or Faults()
        self._clock = clock
        self._announce = announce
        self._mode = load_mode(storage) or ModeNow("menu", clock())
        self._settings = load_settings(storage)
        self.loading = Loading(
            identity,
            storage,
            clock,
            lambda: self._mode.mode,
            confirm=confirm,
            faults=self.faults,
            workshop=workshop or Workshop(),
            announce=announce,
        )
        self.loading.journal.write("started", clock(), boot_id=self.boot_id)
        self.loading.start()

    @property
    def mode(self) -> ModeNow:
        """The mode it is in, and since when."""
        return self._mode

    def hello(self) -> Hello:
        """The first message of a new link."""
        self.loading.link_opened()
        plate = self.identity
        return Hello(
            protocol=PROTOCOL,
            kkt_id=plate.kkt_id,
            key=plate.key,
            serial_number=plate.serial_number,
            model=plate.model,
            firmware=plate.firmware,
            ffd=plate.ffd,
            base_version=plate.base_version,
            boot_id=self.boot_id,
            mode=self._mode.mode,
            mode_since=self._mode.since,
            goods=self.loading.goods_state(),
            buffer=self.loading.buffer_report(),
            clock=self._clock(),
            last_load=last_load(self.storage, self.loading.shelf.held),
        )

    def beat(self) -> Beat:
        """A heartbeat."""
        return Beat(
            mode=self._mode.mode,
            mode_since=self._mode.since,
            goods=self.loading.goods_state(),
            buffer=self.loading.buffer_report(),
            clock=self._clock(),
        )

    def set_mode(self, mode: Mode) -> list[RegisterMessage]:
        """A person turns to another mode; a switch that waited for the main menu is made."""
        if mode == self._mode.mode:
            return []
        self._mode = ModeNow(mode, self._clock())
        keep_mode(self.storage, self._mode)
        self.loading.journal.write("mode", self._mode.since, mode=mode)
        return [ModeChanged(mode=mode, since=self._mode.since), *self.loading.mode_changed()]

    def answer_dialog(self, yes: bool) -> list[RegisterMessage]:
        """A person presses «да» or «нет» in the load dialog; nothing happens when none is shown."""
        return [*self.loading.answer_dialog(yes)]

    def receive(self, message: ServerMessage) -> list[RegisterMessage]:
        """A message of the server; requests have exactly one answer."""
        match message:
            case LoadBegin():
                return [self.loading.begin(message)]
            case LoadEnd():
                return [self.loading.end(message)]
            case LoadApply():
                return [self.loading.apply(message)]
            case LoadAbort():
                return [self.loading.abort(message)]
            case ReadGoods():
                return [self._goods_page(message)]
            case ReadSettings():
                return [Settings(id=message.id, settings=dict(self._settings))]
            case WriteSettings():
                return [self._write_settings(message)]
            case ConnectionTest():
                self._announce("beep", message.text)
                return [ConnectionTested(id=message.id, text=message.text, clock=self._clock())]
            case Clock():
                # A register's clock is set from its own menu; the simulator's is the machine's.
                now = self._clock()
                return [ClockState(id=message.id, before=now, after=now, changed=False)]
            case _:
                return []

    def receive_chunk(self, chunk: Chunk) -> list[RegisterMessage]:
        """A binary frame of the server."""
        return self.loading.chunk(chunk)

    def _goods_page(self, ask: ReadGoods) -> GoodsPage:
        page: list[Record] = []
        size = 0
        following: int | None = None
        for record in records(self.loading.shelf.lines()):
            if ask.after is not None and int(record["code"]) <= ask.after:
                continue
            size += len(canonical_line(record)) + 1
            if len(page) >= ask.limit or size > _PAGE_BYTES:
                following = int(page[-1]["code"])
                break
            page.append(record)
        state = self.loading.goods_state()
        return GoodsPage(
            id=ask.id,
            revision=state.revision,
            base_hash=state.base_hash,
            count=state.count,
            records=page,
            next=following,
        )

    def _write_settings(self, ask: WriteSettings) -> RegisterMessage:
        if self._mode.mode == "sales":
            return RegisterError(id=ask.id, code="sales_mode")
        for key, value in ask.settings.items():
            if key not in self._settings:
                return RegisterError(id=ask.id, code="setting_unknown", register_code=CODE_UNKNOWN_OPTION, field=key)
            if type(value) is not type(self._settings[key]):
                return RegisterError(id=ask.id, code="setting_refused", register_code=CODE_BAD_VALUE, field=key)
        self._settings = {**self._settings, **ask.settings}
        keep_settings(self.storage, self._settings)
        self.loading.journal.write("settings", self._clock(), changed=sorted(ask.settings))
        return Settings(id=ask.id, settings=dict(self._settings))
