"""The doors of a service: typed RPC over nameko.

`@serves(RegistersRpc, …)` refuses to start if a method is missing or its signature differs from the contract. A door
turns JSON into Structs, opens one session for the call (an account session for users and registers, a system session
for processes), runs the method, commits, and turns the answer back. Refusals cross the bus as themselves.
"""

import contextlib
import functools
import inspect
import time
from collections.abc import Callable, Iterator
from typing import Any, TypeVar, cast

import msgspec
import sqlalchemy.exc
import structlog
from nameko import config
from nameko.extensions import DependencyProvider
from nameko.rpc import rpc
from prometheus_client import Histogram
from sqlalchemy.orm import Session

from services.chassis.account_turns import AccountTurns, TurnNotGiven
from services.chassis.database import Database, database_is_away, run_after_commit
from services.chassis.handled_requests import begin_request, body_hash, store_reply
from services.chassis.journal import write_changes
from services.chassis.logs import get_logger
from services.chassis.request import request_context
from services.chassis.rpc_wire import Reply, encode_refusal, hints_of, is_write
from services.chassis.sync_bridge import HAS_TURN, typed_client
from services.contracts.refusals import Busy, FieldError, Invalid, Refusal, Unavailable
from services.contracts.values import AccountId, Actor, SystemActor, UserActor

log = get_logger(__name__)

# Seconds by which the clocks of two machines may differ. A call that comes later than that after its deadline is not
# run: its caller was told that nothing is known, and may have asked again.
CLOCK_SLACK = 5.0

TURN_SECONDS = 60.0  # a call without a deadline waits no longer for its turn

CALL_SECONDS = Histogram("kkt_rpc_seconds", "Time of one RPC in its service", ["service", "method", "outcome"])

ServiceT = TypeVar("ServiceT", bound=type)
ProtocolT = TypeVar("ProtocolT")
OutcomeT = TypeVar("OutcomeT")


class CommitAndRefuse(Exception):
    """Raised by a method to refuse and yet keep what it wrote: counters of wrong attempts, alarms."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal)
        self.refusal = refusal


def kept(outcome: OutcomeT | Refusal) -> OutcomeT:
    """The outcome of a use case, or its refusal with what was written beside it kept (CommitAndRefuse)."""
    if isinstance(outcome, Refusal):
        raise CommitAndRefuse(outcome)
    return outcome


class _Call(msgspec.Struct):
    """What a door needs for one call; a fresh one is given to each worker."""

    database: Database
    turns: AccountTurns
    headers: dict[str, str]


class CallTools(DependencyProvider):  # type: ignore[misc]
    """Gives each worker its `_Call`."""

    def get_dependency(self, worker_ctx: Any) -> _Call:
        return _Call(config["KKT_DATABASE"], config["KKT_TURNS"], dict(worker_ctx.data))


class _TypedClient(DependencyProvider):  # type: ignore[misc]
    def __init__(self, protocol: type) -> None:
        self.protocol = protocol
        super().__init__()

    def get_dependency(self, worker_ctx: Any) -> Any:
        return typed_client(self.protocol, config["KKT_BRIDGE"])


def client_of(protocol: type[ProtocolT]) -> ProtocolT:
    """A class attribute of a service that keeps `protocol` by calling the room that serves it."""
    return cast(ProtocolT, _TypedClient(protocol))


def serves(*protocols: type) -> Callable[[ServiceT], ServiceT]:
    """Class decorator: expose exactly the methods of these Protocols, typed. Raises TypeError on any difference."""

    def wrap(cls: ServiceT) -> ServiceT:
        for protocol in protocols:
            for name, promise in inspect.getmembers(protocol, inspect.isfunction):
                if not name.startswith("_"):
                    setattr(cls, name, rpc(_door(cls, protocol, name, promise)))
        cls.call_tools = CallTools()  # type: ignore[attr-defined]
        return cls

    return wrap


def _door(cls: type, protocol: type, name: str, promise: Callable[..., Any]) -> Callable[..., Any]:
    method = inspect.getattr_static(cls, name, None)
    if not inspect.isfunction(method):
        raise TypeError(f"{cls.__name__} does not keep {protocol.__name__}.{name}")
    if hints_of(method) != hints_of(promise) or list(inspect.signature(method).parameters) != list(
        inspect.signature(promise).parameters
    ):
        raise TypeError(f"{cls.__name__}.{name} differs from its contract {protocol.__name__}.{name}")
    hints = hints_of(promise)
    writes = is_write(promise)

    @functools.wraps(method)
    def entry(self: Any, **wire: Any) -> Any:
        call: _Call = self.call_tools
        key = call.headers.get("idempotency_key")
        with request_context(call.headers.get("request_id", ""), key, has_turn=True):
            started, outcome = time.perf_counter(), "failed"
            try:
                reply = _answer(self, call, method, name, hints, wire, key if writes else None)
                outcome = "refused" if reply.get("refused") else "done"
                return reply
            finally:
                CALL_SECONDS.labels(cls.__name__, name, outcome).observe(time.perf_counter() - started)

    del entry.__wrapped__
    return entry


def _answer(
    service: Any,
    call: _Call,
    method: Callable[..., Any],
    name: str,
    hints: dict[str, Any],
    wire: dict[str, Any],
    key: str | None,
) -> dict[str, Any]:
    try:
        arguments = {field: msgspec.convert(value, hints[field]) for field, value in wire.items()}
    except (msgspec.ValidationError, KeyError) as error:
        return encode_refusal(Invalid((FieldError("", "malformed", {"detail": str(error)[:200]}),)))
    actor: Actor = arguments["actor"]
    account: AccountId | None = None if isinstance(actor, SystemActor) else actor.account
    with structlog.contextvars.bound_contextvars(account=account, method=name):
        # Around the session as well: taking back and parting fail like any other statement when the database is lost.
        try:
            return _in_turn(service, call, method, name, wire, arguments, account, key)
        except sqlalchemy.exc.TimeoutError as error:
            log.warning("database_busy", error=str(error)[:300])
            return encode_refusal(Busy(what="database"))
        except sqlalchemy.exc.DBAPIError as error:
            if not (database_is_away(error) or isinstance(error, sqlalchemy.exc.OperationalError)):
                log.exception("door_failed")
                raise
            log.warning("database_lost", error=str(error)[:300])
            return encode_refusal(Unavailable(what="database"))
        except Exception:
            log.exception("door_failed")
            raise


def _in_turn(
    service: Any,
    call: _Call,
    method: Callable[..., Any],
    name: str,
    wire: dict[str, Any],
    arguments: dict[str, Any],
    account: AccountId | None,
    key: str | None,
) -> dict[str, Any]:
    """Wait for the turn, open the session, run; a refusal of the method is an answer."""
    request_id = call.headers.get("request_id", "")
    with (
        _turn(call, account) as in_time,
        call.database.new_session(account, arguments["actor"], request_id) as session,
    ):
        service.session, service.db = session, call.database
        try:
            if not in_time:
                raise Unavailable(what="late")
            return _run(service, session, method, name, wire, arguments, account, key)
        except CommitAndRefuse as kept:
            write_changes(session, name)
            session.commit()
            run_after_commit(session)
            return encode_refusal(kept.refusal)
        except Refusal as refusal:
            session.rollback()
            return encode_refusal(refusal)


@contextlib.contextmanager
def _turn(call: _Call, account: AccountId | None) -> Iterator[bool]:
    """The account's turn, and whether the call is still to be run. What a call in its turn calls has the same one."""
    last = float(call.headers.get("deadline", "inf")) + CLOCK_SLACK
    with contextlib.ExitStack() as stack:
        if not call.headers.get(HAS_TURN):
            try:
                stack.enter_context(call.turns.turn(account, min(max(last - time.time(), 0.0), TURN_SECONDS)))
            except TurnNotGiven:
                yield False
                return
        yield time.time() <= last


def _run(
    service: Any,
    session: Session,
    method: Callable[..., Any],
    name: str,
    wire: dict[str, Any],
    arguments: dict[str, Any],
    account: AccountId | None,
    key: str | None,
) -> dict[str, Any]:
    if key is not None and isinstance(arguments["actor"], UserActor):
        key = f"{arguments['actor'].user}/{key}"  # a colleague's key is another key
    if key is not None:
        stored = begin_request(session, account, key, body_hash(name, wire))
        if stored is not None:
            return stored
    reply: dict[str, Any] = msgspec.to_builtins(Reply(value=method(service, **arguments)))
    write_changes(session, name)
    if key is not None:
        store_reply(session, account, key, reply)
    session.commit()
    run_after_commit(session)
    return reply
