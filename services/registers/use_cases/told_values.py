"""What the journal is told of registers: the fields that people set, and who a register is."""

from typing import Any

from services.registers.models import Register
from services.registers.repository import groups
from services.registers.use_cases.turn import Turn

_FIELDS = ("name", "item_groups", "price_percent", "price_rounding", "auto_load", "disabled")


def settable_values(turn: Turn, with_groups: bool) -> dict[str, Any]:
    """What people set, as it is now; the groups by name, and only if asked for (they are a question of their own)."""
    values = {field: getattr(turn.register, field) for field in _FIELDS}
    if with_groups:
        turn.session.flush()
        values["groups"] = groups.names_of(turn.session, turn.account, turn.id)
    return values


def whole_values(turn: Turn) -> dict[str, Any]:
    """What people set and who the register is: for one that comes or goes."""
    register = turn.register
    return {"kkt_id": register.kkt_id, **settable_values(turn, with_groups=True), **bound_values(register)}


def bound_values(register: Register) -> dict[str, Any]:
    """What the ID is bound to. That the key is another one is told, the key (by its name) is not."""
    return {"binding": register.binding, "serial_number": register.serial_number, "key_hash": register.key_hash}
