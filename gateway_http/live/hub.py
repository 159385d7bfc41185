"""The process's one subscription to live messages, shared by all streams."""

import asyncio
from collections import deque
from typing import Any

import msgspec
import structlog

from gateway_http.bus import Bus, BusSubscription
from gateway_http.live.stream import LiveEvent, LiveStream, Signal
from services.contracts.live import LIVE_EXCHANGE, LiveMessage
from services.contracts.refusals import Busy, Unavailable
from services.contracts.values import AccountId, SessionId, UserId

STREAMS_PER_SESSION = 8  # browser tabs of one person
STREAMS_MAX = 5_000  # of this process
EVENTS_KEPT = 200  # last facts of an account, for streams that come back
LINGER_SECONDS = 60.0  # an account stays bound so long after its last stream has gone
BIND_SECONDS = 5.0  # to wait for the broker to make a binding
WATCH_SECONDS = 0.2  # between looks at whether the subscription still stands; it stays away longer than that

_LOG = structlog.get_logger()


class _Account:
    """One account that somebody looks at."""

    def __init__(self) -> None:
        self.streams: set[LiveStream] = set()
        self.recent: deque[LiveEvent] = deque(maxlen=EVENTS_KEPT)
        self.leaving: asyncio.TimerHandle | None = None


class LiveHub:
    """Opens and closes streams, and hands each message to the streams of its account."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self._accounts: dict[AccountId, _Account] = {}
        self._by_session: dict[SessionId, list[LiveStream]] = {}  # the oldest first
        self._count = 0  # streams
        self._subscription: BusSubscription | None = None
        self._beginning = asyncio.Lock()
        self._watcher: asyncio.Task[None] | None = None

    async def open(self, account: AccountId, session: SessionId, user: UserId, last_event: str | None) -> LiveStream:
        """A stream of the account's events from now on, or from behind `last_event` where that is still known.

        A session's ninth stream takes the place of its oldest: most likely that listener left and nobody has noticed
        yet. Raises Busy when this process is full, Unavailable without the bus.
        """
        own = self._by_session.get(session, [])
        if len(own) >= STREAMS_PER_SESSION:
            oldest = own[0]
            oldest.put(Signal.REPLACED)
            self.close(oldest)
        if self._count >= STREAMS_MAX:
            raise Busy
        stream = LiveStream(account, session, user)
        self._enter(stream)
        try:
            await self._bound(account)
        except BaseException:
            self.close(stream)
            raise
        if last_event is not None:
            self._catch_up(stream, last_event)
        return stream

    def close(self, stream: LiveStream) -> None:
        """The listener has gone. Closing twice changes nothing."""
        account = self._accounts.get(stream.account)
        if account is None or stream not in account.streams:
            return
        account.streams.discard(stream)
        self._count -= 1
        own = self._by_session[stream.session]
        own.remove(stream)
        if not own:
            del self._by_session[stream.session]
        if not account.streams:
            loop = asyncio.get_running_loop()
            account.leaving = loop.call_later(LINGER_SECONDS, self._forget, stream.account)

    def _enter(self, stream: LiveStream) -> None:
        account = self._accounts.setdefault(stream.account, _Account())
        if account.leaving is not None:
            account.leaving.cancel()
            account.leaving = None
        account.streams.add(stream)
        self._count += 1
        self._by_session.setdefault(stream.session, []).append(stream)

    def _forget(self, account_id: AccountId) -> None:
        account = self._accounts.get(account_id)
        if account is not None and not account.streams:
            del self._accounts[account_id]
            if self._subscription is not None:
                self._subscription.unbind(account_id)

    async def _bound(self, account: AccountId) -> None:
        subscription = await self._subscribed()
        try:
            async with asyncio.timeout(BIND_SECONDS):
                await asyncio.wrap_future(subscription.bind(account))
        except TimeoutError:
            raise Unavailable(what="bus") from None

    async def _subscribed(self) -> BusSubscription:
        async with self._beginning:
            if self._subscription is None:
                self._subscription = await self._bus.subscribe(LIVE_EXCHANGE, "topic", (), self._heard)
                self._watcher = asyncio.create_task(self._watch(self._subscription))
            return self._subscription

    def _catch_up(self, stream: LiveStream, last_event: str) -> None:
        recent = list(self._accounts[stream.account].recent)
        places = [place for place, event in enumerate(recent) if event.id == last_event]
        if not places:
            stream.put(Signal.RESYNC)
            return
        for event in recent[places[-1] + 1 :]:
            stream.put(event)

    def _heard(self, _routing_key: str, body: dict[str, Any]) -> None:
        try:
            message = msgspec.convert(body, LiveMessage)
        except msgspec.ValidationError as fault:
            _LOG.warning("live_message_malformed", fault=str(fault))
            return
        account = self._accounts.get(message.account)
        if account is None:
            return
        if message.kind == "session_ended":
            self._end_session(account, message.body.get("session"))
            return
        of_user = str(message.body.get("user", ""))
        event = LiveEvent(message.id, event_data(message), of_user if message.kind == "notified" else "")
        if event.id:
            account.recent.append(event)
        for stream in account.streams:
            changed = message.kind == "user_changed" and stream.user == of_user
            stream.put(Signal.RENEW if changed else event)

    def _end_session(self, account: _Account, session: object) -> None:
        for stream in account.streams:
            if stream.session == session:
                stream.put(Signal.END)

    async def _watch(self, subscription: BusSubscription) -> None:
        """Messages sent while the broker was away are lost: whoever listens is told so once it is back."""
        stood = True
        while True:
            await asyncio.sleep(WATCH_SECONDS)
            stands = subscription.ready
            if stands and not stood:
                for account in self._accounts.values():
                    account.recent.clear()
                    for stream in account.streams:
                        stream.put(Signal.RESYNC)
            stood = stands


def event_data(message: LiveMessage) -> bytes:
    """{kind, …body} as JSON; a thing's own kind is called `exchange_kind` (`notified_kind`) beside the event's."""
    own_kind = f"{message.kind.partition('_')[0]}_kind"
    told: dict[str, Any] = {"kind": message.kind}
    for name, value in message.body.items():
        if name != "type":  # the same as kind
            told[own_kind if name == "kind" else name] = value
    return msgspec.json.encode(told)
