"""Fair shares of this process: one account's flood waits in a line of its own, and what may wait there is bounded.

A request is counted to the account of its token once that is known, before that to the address that it came from. So
invented tokens share one line, and the first request of a session waits with those.
"""

import asyncio
import hashlib
from collections import OrderedDict
from contextvars import ContextVar
from typing import Any

import falcon.asgi

from gateway_http.caller_address import address_of
from gateway_http.middleware.sessions import token_of
from gateway_http.problems import TooManyAtOnce
from gateway_http.request_state import MAX_TOKEN, state_of

AT_ONCE = 8  # requests of one account under way in one process; a browser opens six lines
WAITING_MAX = 100  # more of one account are refused
WAIT_SECONDS = 10.0  # what did not get its turn by then is refused
TOKENS_KNOWN = 10_000  # whose account is remembered; about 1.5 MB
API_PREFIX = "/api/"


class _Line:
    """Those of one account that are under way, and those that wait."""

    __slots__ = ("here", "turns")

    def __init__(self) -> None:
        self.turns = asyncio.Semaphore(AT_ONCE)
        self.here = 0


class Turn:
    """One request under way. It ends with the answer, or else with its task: a broken line cancels that, and then
    no answer is made. What it asked of a room goes on there all the same, and the turn is given back after that.

    An answer that is a stream has no turn while it flows: it takes one for each piece that it asks for."""

    __slots__ = ("_asked", "_key", "_over", "_shares", "_task")

    def __init__(self, shares: "FairShares", key: str) -> None:
        self._shares = shares
        self._key = key
        self._over = False
        self._asked = 0  # of a room, and not answered
        self._task = asyncio.current_task()
        if self._task is not None:
            self._task.add_done_callback(self.end)

    @property
    def over(self) -> bool:
        """Whether the request has its answer."""
        return self._over

    async def another(self) -> "Turn":
        """A turn for the next piece of a stream; it waits however long that takes."""
        await self._shares.enter(self._key, patient=True)
        return Turn(self._shares, self._key)

    def asks(self, call: "asyncio.Task[Any]") -> None:
        """The request asks something of a room."""
        self._asked += 1
        call.add_done_callback(self._answered)

    def _answered(self, _call: object) -> None:
        self._asked -= 1
        self._leave_if_done()

    def end(self, _task: object = None) -> None:
        """Once; the next of the line gets its turn."""
        if self._over:
            return
        self._over = True
        if self._task is not None:
            self._task.remove_done_callback(self.end)
        self._leave_if_done()

    def _leave_if_done(self) -> None:
        if self._over and self._asked == 0:
            self._shares.leave(self._key)


TURN: ContextVar[Turn | None] = ContextVar("turn", default=None)  # of the request that this code runs for


class FairShares:
    """Outside of `Sessions`: looking up who asks is work, too. Pages and the API alike; files and health are not."""

    def __init__(self, secure: bool, trusted_proxies: int) -> None:
        self.secure = secure
        self.trusted_proxies = trusted_proxies
        self._lines: dict[str, _Line] = {}
        self._accounts: OrderedDict[bytes, str] = OrderedDict()

    async def process_resource(
        self,
        req: falcon.asgi.Request,
        resp: falcon.asgi.Response,
        resource: object,
        params: dict[str, object],
    ) -> None:
        if getattr(resource, "open_to_all", False) and not req.path.startswith(API_PREFIX):
            return
        token, by_cookie = token_of(req, self.secure)
        if not token or len(token) > MAX_TOKEN:
            return
        state = state_of(req)
        if by_cookie:
            state.csrf_secret = token  # for the form on the page that tells of a refusal
        key = self._accounts.get(_hash(token)) or f"address {address_of(req, self.trusted_proxies)}"
        await self.enter(key)
        state.turn = turn = Turn(self, key)
        TURN.set(turn)

    async def process_response(
        self, req: falcon.asgi.Request, resp: falcon.asgi.Response, resource: object, req_succeeded: bool
    ) -> None:
        state = state_of(req)
        if state.turn is None:
            return
        state.turn.end()
        token, _ = token_of(req, self.secure)
        if state.session is not None and token:
            self._remember(token, state.session.account.id)

    async def enter(self, key: str, *, patient: bool = False) -> None:
        """Wait for a turn. Unless `patient`, raises TooManyAtOnce when too many wait, or it took too long."""
        line = self._lines.setdefault(key, _Line())
        if line.here >= AT_ONCE + WAITING_MAX and not patient:
            raise TooManyAtOnce
        line.here += 1
        try:
            async with asyncio.timeout(None if patient else WAIT_SECONDS):
                await line.turns.acquire()
        except BaseException as given_up:
            self._gone(key, line)
            if isinstance(given_up, TimeoutError):
                raise TooManyAtOnce from None
            raise

    def leave(self, key: str) -> None:
        """The next of that line gets its turn."""
        line = self._lines[key]
        line.turns.release()
        self._gone(key, line)

    def _gone(self, key: str, line: _Line) -> None:
        line.here -= 1
        if line.here == 0:
            del self._lines[key]

    def _remember(self, token: str, account: str) -> None:
        known = _hash(token)
        self._accounts[known] = account
        self._accounts.move_to_end(known)
        while len(self._accounts) > TOKENS_KNOWN:
            self._accounts.popitem(last=False)


def _hash(token: str) -> bytes:
    """Tokens themselves are not kept."""
    return hashlib.sha256(token.encode(errors="replace")).digest()
