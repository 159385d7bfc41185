"""Making accounts from the command line: asks the identity room over the bus, as the operator of the server."""

from __future__ import annotations

import contextlib

from deploy.refusal import CommandRefusedError
from services.chassis.sync_bridge import SyncBridge
from services.contracts.identity import IdentityRpc, NewAccount, SignInNameTaken
from services.contracts.refusals import Refusal, Unavailable
from services.contracts.values import SystemActor

#: Password hashing takes a moment, and a house that has just started answers slowly, seconds.
TIMEOUT = 30.0


def make_account(
    amqp_url: str, name: str, login: str, password: str, *, only_if_none: bool
) -> dict[str, object] | None:
    """Make an account with its first administrator; None when `only_if_none` and there is one already.

    Refuses: CommandRefusedError naming what identity refused (a weak password, a taken sign-in name, a lost bus).
    """
    actor = SystemActor(name="kkt admin")
    new = NewAccount(name=name, login=login, password=password)
    with contextlib.closing(SyncBridge(amqp_url, timeout=TIMEOUT)) as bus:
        if not bus.wait_ready(TIMEOUT):
            raise CommandRefusedError("The message broker does not answer. See 'kkt status'.")
        try:
            if only_if_none:
                made = bus.call(IdentityRpc.create_first_account, actor, new)
            else:
                made = bus.call(IdentityRpc.create_account, actor, new)
        except Unavailable as silence:
            raise CommandRefusedError("The identity service does not answer. See 'kkt status'.") from silence
        except SignInNameTaken as taken:
            raise CommandRefusedError(f"An account with the sign-in name of '{name}' exists already.") from taken
        except Refusal as refusal:
            raise CommandRefusedError(f"The account was not made: {refusal}.") from refusal
    if made is None:
        return None
    return {"client_number": made.client_number, "sign_in_name": made.sign_in_name, "user": made.user}
