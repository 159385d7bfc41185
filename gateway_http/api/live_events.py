"""`/live/events`: changes in one's account as server-sent events."""

import asyncio
from collections.abc import AsyncIterator

import falcon.asgi

from gateway_http.api.call import Call
from gateway_http.api.endpoint import Endpoint
from gateway_http.deps import Deps
from gateway_http.live.hub import LiveHub
from gateway_http.live.stream import LiveEvent, LiveStream, Signal
from gateway_http.middleware.sessions import GATEWAY
from services.contracts.identity import IdentityRpc
from services.contracts.refusals import Busy, Unauthenticated, Unavailable

EVENT_STREAM = "text/event-stream"
KEEP_ALIVE_SECONDS = 15.0  # a comment so often: proxies keep the line, and a listener that left is noticed
PEEK_SECONDS = 30.0  # between looks at whether the session still lives
RETRY_MS = 2000  # a browser comes back so soon after a lost line
MAX_EVENT_ID = 100  # characters


def live_endpoint(hub: LiveHub) -> Endpoint:
    """The endpoint on this process's hub."""

    async def live_events(call: Call) -> None:
        last_event = call.req.get_header("Last-Event-ID") or call.req.get_param("last_event_id") or None
        actor, last_event = call.actor, last_event and last_event[:MAX_EVENT_ID]
        stream = await hub.open(actor.account, call.session.id, actor.user, last_event)
        call.resp.status = 200
        call.resp.set_header("Cache-Control", "no-store")
        call.resp.set_header("X-Accel-Buffering", "no")
        call.resp.sse = _events(hub, stream, call.deps, call.token or "", call.actor.address)

    return Endpoint(
        method="GET",
        path="/live/events",
        handler=live_events,
        summary="Changes as server-sent events: {kind, …}; `resync`: read anew; `end`: the session is over",
        other_answers=(EVENT_STREAM,),
        quiet=True,
        refusals=(Busy,),
    )


async def _events(
    hub: LiveHub, stream: LiveStream, deps: Deps, token: str, address: str
) -> AsyncIterator[falcon.asgi.SSEvent | None]:
    loop = asyncio.get_running_loop()
    peek_at = loop.time() + PEEK_SECONDS
    try:
        yield falcon.asgi.SSEvent(comment="open", retry=RETRY_MS)
        while True:  # ends with the session or with the listener
            event = await stream.next(KEEP_ALIVE_SECONDS)
            if event in (Signal.REPLACED, Signal.RENEW):
                return
            if loop.time() >= peek_at:
                peek_at = loop.time() + PEEK_SECONDS
                if not await _lives(deps, token, address):
                    event = Signal.END
            yield _on_wire(event)
            if event is Signal.END:
                return
    finally:
        hub.close(stream)


def _on_wire(event: LiveEvent | Signal | None) -> falcon.asgi.SSEvent:
    if event is None:
        return falcon.asgi.SSEvent(comment="keep-alive")
    if isinstance(event, Signal):
        return falcon.asgi.SSEvent(event=event.value, data=b"{}")
    return falcon.asgi.SSEvent(data=event.data, event_id=event.id or None)


async def _lives(deps: Deps, token: str, address: str) -> bool:
    """Whether the session still lives; while nobody can say, it does."""
    try:
        await deps.bus.call(IdentityRpc.peek_session, GATEWAY, token, address)
    except Unauthenticated:
        return False
    except Unavailable:
        return True
    return True
