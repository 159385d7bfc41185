"""Who the register is: what is made or told at its first start and kept for good."""

import secrets
from datetime import datetime
from typing import Final

import msgspec
from msgspec import Struct

from devices.sim.record_rules import RecordRules
from devices.sim.storage import Storage
from services.device_gateway.protocol.values import BaseVersion, Ffd, Mode, SerialNumber, SettingValue, ShortText

_IDENTITY_FILE: Final = "register.json"
_MODE_FILE: Final = "mode.json"
_SETTINGS_FILE: Final = "settings.json"

# What the simulator keeps as its settings: key → value at the factory. The type of a value never changes.
FACTORY_SETTINGS: Final[dict[str, SettingValue]] = {
    "receipt.header_1": "",
    "receipt.header_2": "",
    "receipt.footer": "СПАСИБО ЗА ПОКУПКУ",
    "operator.name": "КАССИР",
    "section.default": 1,
    "tax.default_code": 6,
    "printer.brightness": 5,
    "sound.keys": True,
    "network.channel": "wifi",
}


class Identity(Struct, frozen=True, kw_only=True):
    """The register's name plate and its key."""

    kkt_id: str
    key: str
    serial_number: SerialNumber
    model: ShortText = "Меркурий-185Ф"
    firmware: ShortText = "1.85.26"
    ffd: Ffd = "1.2"
    base_version: BaseVersion = "0.4"
    capacity: int = 10_000

    @property
    def rules(self) -> RecordRules:
        """Which goods records this register takes."""
        return RecordRules(self.base_version, self.ffd)

    def __repr__(self) -> str:
        """Without the key."""
        return f"Identity({self.kkt_id}, {self.serial_number})"


class ModeNow(Struct, frozen=True):
    """The mode that the register is in, and since when."""

    mode: Mode
    since: datetime


def new_key() -> str:
    """A 256-bit key, as 64 hexadecimal digits."""
    return secrets.token_hex(32)


def new_serial_number() -> str:
    """A serial number of the 185Ф family: 8 digits, the first two are 04."""
    return f"04{secrets.randbelow(10**6):06d}"


def load_identity(storage: Storage) -> Identity | None:
    """What an earlier start has kept."""
    raw = storage.read(_IDENTITY_FILE)
    return msgspec.json.decode(raw, type=Identity) if raw is not None else None


def keep_identity(storage: Storage, identity: Identity) -> None:
    """Keep it, in one step."""
    storage.replace(_IDENTITY_FILE, [msgspec.json.encode(identity)])


def load_mode(storage: Storage) -> ModeNow | None:
    """The mode in which the power was lost."""
    raw = storage.read(_MODE_FILE)
    return msgspec.json.decode(raw, type=ModeNow) if raw is not None else None


def keep_mode(storage: Storage, mode: ModeNow) -> None:
    """Keep it, in one step."""
    storage.replace(_MODE_FILE, [msgspec.json.encode(mode)])


def load_settings(storage: Storage) -> dict[str, SettingValue]:
    """The settings as they are; those of the factory before any change."""
    raw = storage.read(_SETTINGS_FILE)
    kept = msgspec.json.decode(raw, type=dict[str, str | int | bool]) if raw is not None else {}
    return {**FACTORY_SETTINGS, **kept}


def keep_settings(storage: Storage, settings: dict[str, SettingValue]) -> None:
    """Keep them, in one step."""
    storage.replace(_SETTINGS_FILE, [msgspec.json.encode(settings)])
