"""A queue of this process's own on an exchange, whose bindings come and go while it runs.

Used for pokes (one binding per connected register) and for live pages (one per account). The queue has no name that
outlives its connection: what was sent while the broker was away is lost, and whoever needs it asks the database.
Bindings are made on a connection of their own, pipelined, and made again after each reconnect.
"""

import threading
import time
import uuid
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

import amqp
import msgspec

from services.chassis.bus_client import connect_broker, pump
from services.chassis.logs import get_logger

QUEUE_LENGTH_MAX = 10_000  # messages; the broker drops the oldest beyond that
_BATCH = 500  # bindings between two barriers
_TICK = 0.5  # seconds

log = get_logger(__name__)


class Subscription:
    """`bind` and `unbind` may be called from any thread; the callback runs on the reading thread."""

    def __init__(
        self, amqp_url: str, exchange: str, exchange_type: str, callback: Callable[[str, dict[str, Any]], None]
    ) -> None:
        self._url = amqp_url
        self._exchange = exchange
        self._type = exchange_type
        self._callback = callback
        self._keys: set[str] = set()
        self._asked: list[tuple[bool, str, Future[None]]] = []
        self._wake = threading.Condition()
        self._queue_name: str | None = None
        self._ready = threading.Event()
        self._stopping = False
        self._threads: list[threading.Thread] = []

    @property
    def ready(self) -> bool:
        """Whether the queue stands and all bindings asked for at its birth are made."""
        return self._ready.is_set()

    def start(self) -> None:
        """Begin to connect; returns at once."""
        for run in (self._read_for_ever, self._bind_for_ever):
            thread = threading.Thread(target=run, name=f"subscription-{self._exchange}", daemon=True)
            self._threads.append(thread)
            thread.start()

    def wait_ready(self, seconds: float) -> bool:
        """Wait for `ready`; False if it does not come within `seconds`."""
        return self._ready.wait(seconds)

    def stop(self) -> None:
        """End both threads."""
        self._stopping = True
        with self._wake:
            self._wake.notify_all()
        for thread in self._threads:
            thread.join(3)

    def bind(self, key: str) -> "Future[None]":
        """Receive what is sent to `key`; the future is done when the broker has made the binding."""
        return self._ask(True, key)

    def unbind(self, key: str) -> "Future[None]":
        """No longer receive what is sent to `key`."""
        return self._ask(False, key)

    def _ask(self, wanted: bool, key: str) -> "Future[None]":
        future: Future[None] = Future()
        with self._wake:
            if wanted:
                self._keys.add(key)
            else:
                self._keys.discard(key)
            self._asked.append((wanted, key, future))
            self._wake.notify_all()
        return future

    # reading

    def _read_for_ever(self) -> None:
        while not self._stopping:
            try:
                self._read()
            except Exception as error:
                if not self._stopping:
                    log.warning("subscription_lost", exchange=self._exchange, error=repr(error)[:200])
            self._ready.clear()
            with self._wake:
                self._queue_name = None
            if not self._stopping:
                time.sleep(_TICK)

    def _read(self) -> None:
        connection = connect_broker(self._url)
        try:
            channel = connection.channel()
            channel.exchange_declare(self._exchange, self._type, durable=True, auto_delete=False)
            name = f"{self._exchange}.{uuid.uuid4().hex}"
            channel.queue_declare(
                name, exclusive=False, auto_delete=True, durable=False, arguments={"x-max-length": QUEUE_LENGTH_MAX}
            )
            channel.basic_consume(name, no_ack=True, callback=self._on_message)
            with self._wake:
                self._queue_name = name
                self._wake.notify_all()
            while not self._stopping:
                pump(connection, _TICK)
                connection.heartbeat_tick()
        finally:
            connection.collect()

    def _on_message(self, message: amqp.Message) -> None:
        try:
            body = msgspec.json.decode(message.body, type=dict[str, Any])
        except msgspec.DecodeError:
            log.warning("subscription_garbage", exchange=self._exchange)
            return
        self._callback(message.delivery_info["routing_key"], body)

    # binding

    def _bind_for_ever(self) -> None:
        while not self._stopping:
            try:
                self._bind()
            except Exception as error:
                if not self._stopping:
                    log.warning("binder_lost", exchange=self._exchange, error=repr(error)[:200])
                    time.sleep(_TICK)

    def _bind(self) -> None:
        connection = connect_broker(self._url)
        try:
            channel = connection.channel()
            bound_queue: str | None = None
            while not self._stopping:
                with self._wake:
                    if self._queue_name is None or (self._queue_name == bound_queue and not self._asked):
                        self._wake.wait(_TICK)
                    name, asked = self._queue_name, self._asked[:_BATCH]
                    everything = tuple(self._keys) if name is not None and name != bound_queue else ()
                if name is None:
                    bound_queue = None
                elif name != bound_queue:
                    self._apply(channel, name, [(True, key) for key in everything])
                    bound_queue = name
                    self._ready.set()
                elif asked:
                    self._apply(channel, name, [(wanted, key) for wanted, key, _ in asked])
                    with self._wake:
                        del self._asked[: len(asked)]
                    for _, _, future in asked:
                        if not future.done():
                            future.set_result(None)
                pump(connection, 0)
                connection.heartbeat_tick()
        finally:
            connection.collect()

    def _apply(self, channel: amqp.Channel, name: str, operations: list[tuple[bool, str]]) -> None:
        for start in range(0, len(operations), _BATCH):
            for wanted, key in operations[start : start + _BATCH]:
                if wanted:
                    channel.queue_bind(name, self._exchange, key, nowait=True)
                else:
                    channel.queue_unbind(name, self._exchange, key)
            channel.queue_declare(name, passive=True)  # a barrier: the broker has done all before it
