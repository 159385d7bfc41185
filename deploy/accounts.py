"""Accounts from the command line: asks the identity room over the bus, as the operator of the server."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

from deploy.refusal import CommandRefusedError
from services.chassis.sync_bridge import SyncBridge
from services.contracts.identity import AccountCreated, IdentityRpc, NewAccount, SignInNameTaken
from services.contracts.operator import OperatorRpc, OwnAccount, WrongState
from services.contracts.refusals import Invalid, NotFound, Refusal, Stale, Unavailable
from services.contracts.values import SystemActor

#: Password hashing takes a moment, and a house that has just started answers slowly, seconds.
TIMEOUT = 30.0
ACTOR = SystemActor(name="kkt admin")
OPERATOR_ACCOUNT = "Оператор сервера"


@contextlib.contextmanager
def operate(amqp_url: str) -> Iterator[Callable[..., Any]]:
    """What calls a method of a Protocol as the operator. Refuses: CommandRefusedError with what the room refused."""
    with contextlib.closing(SyncBridge(amqp_url, timeout=TIMEOUT)) as bus:
        if not bus.wait_ready(TIMEOUT):
            raise CommandRefusedError("The message broker does not answer. See 'kkt status'.")

        def call(method: Callable[..., Any], *arguments: Any) -> Any:
            try:
                return bus.call(method, ACTOR, *arguments)
            except Refusal as refusal:
                raise CommandRefusedError(_sentence(refusal)) from refusal

        yield call


def make_account(
    amqp_url: str, name: str, login: str, password: str, *, only_if_none: bool
) -> dict[str, object] | None:
    """Make an account with its first administrator; None when `only_if_none` and there is one already.

    Refuses: CommandRefusedError naming what identity refused (a weak password, a taken sign-in name, a lost bus).
    """
    method = IdentityRpc.create_first_account if only_if_none else IdentityRpc.create_account
    with operate(amqp_url) as call:
        return _told(call(method, NewAccount(name=name, login=login, password=password)))


def make_operator(amqp_url: str, login: str, password: str) -> dict[str, object] | None:
    """Make the operator account with its first user; None when there is one. Refuses: CommandRefusedError."""
    with operate(amqp_url) as call:
        return _told(call(OperatorRpc.create_operator, NewAccount(OPERATOR_ACCOUNT, login, password)))


def _told(made: AccountCreated | None) -> dict[str, object] | None:
    if made is None:
        return None
    return {"client_number": made.client_number, "sign_in_name": made.sign_in_name, "user": made.user}


def _sentence(refusal: Refusal) -> str:
    """What was refused, and the cure."""
    if isinstance(refusal, Unavailable):
        return "The identity service does not answer. See 'kkt status'."
    if isinstance(refusal, NotFound):
        return "There is no such account or user. 'kkt admin accounts list' shows the accounts."
    if isinstance(refusal, SignInNameTaken):
        return "Another account has this sign-in name. Choose another name."
    if isinstance(refusal, Stale):
        return "Somebody else changed the account just now. Try again."
    if isinstance(refusal, OwnAccount):
        return "That is the operator's own account: it is neither suspended nor deleted."
    if isinstance(refusal, WrongState):
        return "The account is not in the state that this begins from. 'kkt admin accounts show' tells its state."
    if isinstance(refusal, Invalid):
        return "Refused: " + ", ".join(f"{error.path} ({error.code})" for error in refusal.errors) + "."
    return f"Refused: {refusal}."
