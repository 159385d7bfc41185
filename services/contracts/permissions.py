"""The one table that says which role may do what. Doors refuse by it, pages hide by it."""

from enum import StrEnum


class Role(StrEnum):
    """What a user is in its account."""

    ADMINISTRATOR = "administrator"
    GOODS_MANAGER = "goods_manager"
    EXCHANGE_OPERATOR = "exchange_operator"
    VIEWER = "viewer"
    OPERATOR = "operator"  # of the server itself; only users of an operator account may have it


class Right(StrEnum):
    """One thing that a user may do."""

    SEE = "see"
    CHANGE_GOODS = "change_goods"
    CHANGE_REGISTERS = "change_registers"
    EXCHANGE = "exchange"
    ADMINISTER = "administer"
    OPERATE = "operate"  # the server's accounts


RIGHTS: dict[Role, frozenset[Right]] = {
    Role.ADMINISTRATOR: frozenset(Right) - {Right.OPERATE},
    Role.GOODS_MANAGER: frozenset({Right.SEE, Right.CHANGE_GOODS, Right.EXCHANGE}),
    Role.EXCHANGE_OPERATOR: frozenset({Right.SEE, Right.EXCHANGE}),
    Role.VIEWER: frozenset({Right.SEE}),
    Role.OPERATOR: frozenset({Right.SEE, Right.OPERATE}),
}


def may(roles: tuple[Role, ...], right: Right) -> bool:
    """Whether a user with these roles has that right."""
    return any(right in RIGHTS[role] for role in roles)
