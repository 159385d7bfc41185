"""The process: sockets, TLS, and a graceful end. `python -m services.device_gateway.server`.

Several processes share one port (SO_REUSEPORT); the kernel spreads new links over them.
"""

import asyncio
import asyncio.sslproto
import contextlib
import http
import logging
import os
import random
import signal
import ssl
import sys
import uuid

import msgspec
import uvloop
from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.http11 import Request, Response

from services.chassis.bridge import Bridge
from services.chassis.health import serve_health
from services.chassis.logs import configure_logs, get_logger
from services.chassis.settings import Settings, SettingsError, load_settings
from services.device_gateway.caller_address import caller_address
from services.device_gateway.connections import BUS_SECONDS
from services.device_gateway.link import Link
from services.device_gateway.newcomers import Newcomers
from services.device_gateway.protocol.errors import DRAINING
from services.device_gateway.protocol.timings import DEFAULT_TIMINGS, Timings
from services.device_gateway.protocol.values import LINK_PATH, MAX_MESSAGE_BYTES, PROTOCOL
from services.device_gateway.tools import Tools

LINKS_MAX = 25_000  # sockets of this process, let in or not
SILENT_MAX = 2_000  # of them those that have said nothing yet, not even hello
SILENT_OF_ONE_MAX = 200  # of those from one address: a chain of shops behind one router comes back by and by
BACKLOG = 4096  # connections that the kernel holds for us
HANDSHAKE_SECONDS = 10.0
CLOSE_SECONDS = 3.0  # to wait for the other side's close frame
FRAMES_WAITING = 16  # frames of one link that wait for us before its socket is read no further
WRITE_BUFFER = 32 * 1024  # bytes of one link: two chunks; then sending waits
TLS_BUFFER = 32 * 1024  # bytes: asyncio's own default takes 256 KiB a link
PING_SECONDS = 60.0  # keeps NAT open beside the heartbeats
PONG_SECONDS = 240.0  # the answer may stand behind a window of chunks on a line of 2 KB/s
STOP_SECONDS = 8.0  # to finish the chunks in flight
LAST_WORDS_SECONDS = 3.0  # to tell the core what registers said last
COME_BACK_SECONDS = (1, 15)  # a drained register comes back after so long, at random

log = get_logger(__name__)


class DeviceGateway:
    """One process's sockets and the links on them."""

    def __init__(self, bus: Bridge, settings: Settings, timings: Timings = DEFAULT_TIMINGS) -> None:
        self._bus = bus
        self._settings = settings
        self._tools = Tools(bus, f"gateway-{uuid.uuid4().hex[:12]}", timings)
        self._server: Server | None = None
        self._sockets: set[ServerConnection] = set()
        self._newcomers = Newcomers(SILENT_MAX, SILENT_OF_ONE_MAX)

    @property
    def ready(self) -> bool:
        """Whether registers can be let in."""
        return self._server is not None and self._bus.ready and self._tools.connections.ready

    async def start(self) -> None:
        """Begin to receive pokes, then open the port: also without a broker, to tell registers when to come back."""
        await self._tools.start()
        self._server = await serve(
            self._handle,
            self._settings.link_host,
            self._settings.link_port,
            ssl=tls_context(self._settings),
            reuse_port=True,
            backlog=BACKLOG,
            process_request=self._judge_request,
            subprotocols=[PROTOCOL],  # type: ignore[list-item]  # a plain string to us
            compression=None,
            open_timeout=HANDSHAKE_SECONDS,
            close_timeout=CLOSE_SECONDS,
            ping_interval=PING_SECONDS,
            ping_timeout=PONG_SECONDS,
            max_size=MAX_MESSAGE_BYTES,
            max_queue=FRAMES_WAITING,
            write_limit=WRITE_BUFFER,
            server_header=None,
        )

    async def stop(self) -> None:
        """Take no new links; tell every register when to come back, let the chunks in flight arrive, close."""
        self._tools.hellos.draining = True
        if self._server is None:
            return
        self._server.close(close_connections=False)
        for link in self._tools.connections:
            link.drain(random.randint(*COME_BACK_SECONDS))  # noqa: S311 - spreads load, keeps no secret
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(STOP_SECONDS):
                await self._tools.connections.emptied()
        leftover = [socket.close(DRAINING.code, DRAINING.name) for socket in self._sockets]
        await asyncio.gather(*leftover, return_exceptions=True)
        await self._tools.finished(LAST_WORDS_SECONDS)
        await self._tools.heartbeats.flush()
        await self._tools.stop()

    def _judge_request(self, socket: ServerConnection, request: Request) -> Response | None:
        """Refuse by HTTP what is no link, or too much."""
        path = request.path.partition("?")[0]
        if path != LINK_PATH:
            return socket.respond(http.HTTPStatus.NOT_FOUND, f"Registers connect to {LINK_PATH}.\n")
        full = len(self._sockets) >= LINKS_MAX or not self._newcomers.room_for(self._address(socket, request))
        if self._tools.hellos.draining or full:
            refusal = socket.respond(http.HTTPStatus.SERVICE_UNAVAILABLE, "Too many links. Come back later.\n")
            refusal.headers["Retry-After"] = "30"
            return refusal
        return None

    async def _handle(self, socket: ServerConnection) -> None:
        self._sockets.add(socket)
        address = self._address(socket, socket.request)
        spoke = self._newcomers.came(address)
        for handshake in (socket.request, socket.response):
            if handshake is not None:
                handshake.headers.clear()  # 3 KiB a link that nobody reads any more
        try:
            await Link(socket, self._tools, address, spoke).serve()
        except Exception:
            log.exception("link_failed")
        finally:
            spoke()
            self._sockets.discard(socket)

    def _address(self, socket: ServerConnection, request: Request | None) -> str:
        peer = str(socket.remote_address[0]) if socket.remote_address else ""
        told = request.headers.get_all("X-Forwarded-For") if request is not None else []
        return caller_address(peer, told, self._settings.link_trusted_proxies)


def tls_context(settings: Settings) -> ssl.SSLContext | None:
    """TLS with the operator's certificate, or none (then a proxy in front does it). Raises SettingsError."""
    if not settings.link_cert and not settings.link_key:
        return None
    if not (settings.link_cert and settings.link_key):
        raise SettingsError("KKT_LINK_CERT and KKT_LINK_KEY belong together: set both or none.")
    # Without uvloop each link would hold a read buffer of 256 KiB.
    asyncio.sslproto.SSLProtocol.max_size = TLS_BUFFER
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_COMPRESSION
    try:
        context.load_cert_chain(settings.link_cert, settings.link_key)
    except (OSError, ssl.SSLError) as error:
        raise SettingsError(f"KKT_LINK_CERT and KKT_LINK_KEY cannot be used: {error}.") from error
    return context


async def run(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT."""
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)
    bus = Bridge(settings.amqp_url, settings.rpc_timeout)
    timings = msgspec.structs.replace(DEFAULT_TIMINGS, heartbeat=settings.heartbeat_seconds)
    gateway = DeviceGateway(bus, settings, timings)
    serve_health(settings.health_host, settings.health_port, {"links": lambda: gateway.ready})
    await bus.start(BUS_SECONDS)
    await gateway.start()
    log.info("links_open", port=settings.link_port)
    await ended.wait()
    log.info("links_draining")
    await gateway.stop()
    await bus.stop()


def main() -> int:
    """The process from its environment to its exit status."""
    configure_logs("device-gateway")
    logging.getLogger("websockets").setLevel(logging.CRITICAL)  # strangers' broken handshakes are counted, not told
    try:
        settings = load_settings(os.environ)
        uvloop.run(run(settings))
    except (SettingsError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
