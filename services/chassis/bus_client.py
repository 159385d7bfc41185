"""The client side of the bus: RPC calls and lossy messages over two connections, from any kind of thread.

One connection only reads (replies), the other only writes: py-amqp corrupts frames when two threads write to one
connection. A writer thread takes messages from a bounded queue, so that a stalled broker never stops the caller (an
event loop above all). The same code runs on real threads (edges, command line, tests) and on green ones (services).
Promises: every call ends by its deadline; when the broker is lost, what is pending fails at once; it reconnects.
"""

import queue
import threading
import time
import uuid
from concurrent.futures import Future
from typing import Any

import amqp
import msgspec
from kombu.utils.url import parse_url

from services.chassis.exchanges import RPC_EXCHANGE, declare_exchanges
from services.chassis.logs import get_logger
from services.contracts.refusals import Busy, TooLarge, Unavailable

QUEUE_MAX = 1000  # messages waiting for the writer; one more is refused with Busy
BODY_MAX = 256 * 1024  # bytes of one request
HEARTBEAT = 20  # seconds, AMQP's own
_TICK = 0.5  # seconds between looks at the connection while idle
_RETURN_WINDOW = 0.1  # seconds after a publish in which a returned message is looked for eagerly
_BACKOFF_MAX = 2.0  # seconds between attempts to connect

log = get_logger(__name__)


class RpcEnvelope(msgspec.Struct, frozen=True):
    """What comes back: nameko's own envelope around ours."""

    result: Any = None
    error: dict[str, Any] | None = None


class _Message(msgspec.Struct, frozen=True):
    exchange: str
    routing_key: str
    body: bytes
    properties: dict[str, Any]
    mandatory: bool
    correlation_id: str | None


def connect_broker(amqp_url: str) -> amqp.Connection:
    """One open AMQP connection to the broker of `amqp_url`."""
    told = parse_url(amqp_url)
    connection = amqp.Connection(
        host=f"{told['hostname'] or '127.0.0.1'}:{told['port'] or 5672}",
        userid=told["userid"] or "guest",
        password=told["password"] or "guest",
        virtual_host=told["virtual_host"] or "/",
        ssl=told["transport"] == "amqps",
        heartbeat=HEARTBEAT,
        connect_timeout=5,
    )
    connection.connect()
    return connection


def pump(connection: amqp.Connection, seconds: float) -> None:
    """Handle what arrives on `connection` for at most about `seconds`."""
    try:
        connection.drain_events(timeout=seconds)
    except TimeoutError:
        return
    except OSError as error:
        if error.errno not in (11, 35):  # would block
            raise


class BusClient:
    """Start it once per process; `call` and `publish` may be used from any thread."""

    def __init__(self, amqp_url: str) -> None:
        self._url = amqp_url
        self._queue: queue.Queue[_Message] = queue.Queue(maxsize=QUEUE_MAX)
        self._pending: dict[str, Future[bytes]] = {}
        self._lock = threading.Lock()
        self._reply_key = ""
        self._reader_up = threading.Event()
        self._writer_up = threading.Event()
        self._stopping = False
        self._threads: list[threading.Thread] = []

    @property
    def ready(self) -> bool:
        """Whether both connections stand."""
        return self._reader_up.is_set() and self._writer_up.is_set()

    def start(self) -> None:
        """Begin to connect; returns at once."""
        for name, run in (("bus-reader", self._read_for_ever), ("bus-writer", self._write_for_ever)):
            thread = threading.Thread(target=run, name=name, daemon=True)
            self._threads.append(thread)
            thread.start()

    def wait_ready(self, seconds: float) -> bool:
        """Wait until both connections stand; False if they do not within `seconds`."""
        deadline = time.monotonic() + seconds
        return self._reader_up.wait(seconds) and self._writer_up.wait(max(0.0, deadline - time.monotonic()))

    def stop(self) -> None:
        """End both threads; what is pending fails."""
        self._stopping = True
        for thread in self._threads:
            thread.join(3)
        self._fail_pending()

    def submit(
        self, service: str, method: str, arguments: dict[str, Any], headers: dict[str, str], timeout: float
    ) -> Future[bytes]:
        """Send one RPC; the future gives the reply's bytes.

        Raises Unavailable when the broker is away, Busy when too much waits, TooLarge over BODY_MAX. The caller
        bounds the wait with `forget` at its deadline.
        """
        if not self.ready:
            raise Unavailable(what="bus")
        body = msgspec.json.encode({"args": [], "kwargs": arguments})
        if len(body) > BODY_MAX:
            raise TooLarge(limit=BODY_MAX)
        correlation_id = uuid.uuid4().hex
        future: Future[bytes] = Future()
        future.correlation_id = correlation_id  # type: ignore[attr-defined]
        # From here on nobody's cancelling can race with the answer: the waiter gives up by `forget`.
        future.set_running_or_notify_cancel()
        with self._lock:
            self._pending[correlation_id] = future
        properties = {
            "content_type": "application/json",
            "content_encoding": "utf-8",
            "correlation_id": correlation_id,
            "reply_to": self._reply_key,
            "delivery_mode": 1,
            "expiration": str(int(timeout * 1000)),
            "application_headers": {
                **{f"nameko.{key}": value for key, value in headers.items()},
                "nameko.deadline": f"{time.time() + timeout:.3f}",
            },
        }
        message = _Message(RPC_EXCHANGE, f"{service}.{method}", body, properties, True, correlation_id)
        try:
            self._queue.put_nowait(message)
        except queue.Full:
            self._take(correlation_id)
            raise Busy(what="bus") from None
        return future

    def forget(self, future: "Future[bytes]") -> None:
        """No longer wait for this reply."""
        self._take(future.correlation_id)  # type: ignore[attr-defined]

    def publish(self, exchange: str, routing_key: str, body: bytes) -> bool:
        """Send a message that may be lost; False when it was dropped at once."""
        properties = {"content_type": "application/json", "content_encoding": "utf-8", "delivery_mode": 1}
        try:
            self._queue.put_nowait(_Message(exchange, routing_key, body, properties, False, None))
        except queue.Full:
            return False
        return True

    def _take(self, correlation_id: str) -> "Future[bytes] | None":
        with self._lock:
            return self._pending.pop(correlation_id, None)

    def _awaited(self, correlation_id: str) -> bool:
        with self._lock:
            return correlation_id in self._pending

    def _fail_pending(self) -> None:
        with self._lock:
            lost, self._pending = self._pending, {}
        for future in lost.values():
            if not future.done():
                future.set_exception(Unavailable(what="bus"))

    # the reading side

    def _read_for_ever(self) -> None:
        self._keep("reader", self._reader_up, self._read)

    def _read(self) -> None:
        connection = connect_broker(self._url)
        try:
            channel = connection.channel()
            key = uuid.uuid4().hex
            declare_exchanges(channel)
            name, _, _ = channel.queue_declare(f"rpc.reply-{key}", exclusive=True, auto_delete=True, durable=False)
            channel.queue_bind(name, RPC_EXCHANGE, key)
            channel.basic_consume(name, no_ack=True, callback=self._on_reply)
            self._reply_key = key
            self._reader_up.set()
            while not self._stopping:
                pump(connection, _TICK)
                connection.heartbeat_tick()
        finally:
            _close(connection)

    def _on_reply(self, message: amqp.Message) -> None:
        future = self._take(str(message.properties.get("correlation_id")))
        if future is not None and not future.done():
            body = message.body
            future.set_result(body if isinstance(body, bytes) else body.encode())

    # the writing side

    def _write_for_ever(self) -> None:
        self._keep("writer", self._writer_up, self._write)

    def _write(self) -> None:
        connection = connect_broker(self._url)
        try:
            channel = connection.channel()
            declare_exchanges(channel)
            channel.events["basic_return"].add(self._on_return)
            self._writer_up.set()
            eager_until = 0.0
            while not self._stopping:
                eager = time.monotonic() < eager_until
                try:
                    message = self._queue.get(timeout=0.01 if eager else _TICK)
                except queue.Empty:
                    pump(connection, 0)
                    connection.heartbeat_tick()
                    continue
                if message.correlation_id is not None and not self._awaited(message.correlation_id):
                    continue  # its caller has given up: what is sent now would run behind its back
                channel.basic_publish(
                    amqp.Message(message.body, **message.properties),
                    exchange=message.exchange,
                    routing_key=message.routing_key,
                    mandatory=message.mandatory,
                )
                if message.mandatory:
                    eager_until = time.monotonic() + _RETURN_WINDOW
        finally:
            _close(connection)

    def _on_return(self, _error: object, _exchange: str, routing_key: str, message: amqp.Message) -> None:
        future = self._take(str(message.properties.get("correlation_id")))
        if future is not None and not future.done():
            future.set_exception(Unavailable(what=routing_key.partition(".")[0]))

    def _keep(self, side: str, up: threading.Event, run: Any) -> None:
        delay = 0.1
        while not self._stopping:
            started = time.monotonic()
            try:
                run()
            except Exception as error:
                if not self._stopping:
                    log.warning("bus_lost", side=side, error=repr(error)[:200])
            up.clear()
            self._fail_pending()
            if self._stopping:
                return
            delay = 0.1 if time.monotonic() - started > 5 else min(delay * 2, _BACKOFF_MAX)
            time.sleep(delay)


def _close(connection: amqp.Connection) -> None:
    try:
        connection.collect()
    except Exception as error:
        log.debug("bus_close", error=repr(error)[:200])
