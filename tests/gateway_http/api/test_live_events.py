"""Server-sent events: what happens in the account is told within a second, to that account alone."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from queue import Empty, Queue
from typing import Any

import httpx

from tests.gateway_http.api.people import Person

STREAMS_PER_SESSION = 8


class Listener:
    """Reads one stream on a thread; `events` are (id, event, data)."""

    def __init__(self, person: Person, last_event: str | None = None) -> None:
        headers = {"Authorization": f"Bearer {person.token}"}
        if last_event is not None:
            headers["Last-Event-ID"] = last_event
        self._client = httpx.Client(timeout=httpx.Timeout(10, read=40))
        self._request = self._client.build_request("GET", f"{person.client.base_url}live/events", headers=headers)
        self.response = self._client.send(self._request, stream=True)
        self.events: Queue[tuple[str, str, dict[str, Any]]] = Queue()
        self.ended = threading.Event()
        self.opened = threading.Event()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        told = {"id": "", "event": "message", "data": ""}
        try:
            for line in self.response.iter_lines():
                if not line:
                    self.opened.set()
                    if told["data"]:
                        self.events.put((told["id"], told["event"], json.loads(told["data"])))
                    told = {"id": "", "event": "message", "data": ""}
                name, _, value = line.partition(": ")
                if name in told:
                    told[name] = value
        except (httpx.HTTPError, httpx.StreamError):
            pass
        self.ended.set()

    def next(self, seconds: float = 5) -> tuple[str, str, dict[str, Any]]:
        try:
            return self.events.get(timeout=seconds)
        except Empty:
            raise AssertionError("no event came") from None

    def until(self, kind: str, **fields: Any) -> tuple[str, str, dict[str, Any]]:
        """The next event of that kind with those fields; others are passed over."""
        deadline = time.monotonic() + 5
        while time.monotonic() < deadline:
            told = self.next()
            if told[2].get("kind") == kind and all(told[2].get(name) == value for name, value in fields.items()):
                return told
        raise AssertionError(f"no {kind} came")

    def close(self) -> None:
        self.response.close()
        self._client.close()


@contextmanager
def listening(person: Person, last_event: str | None = None) -> Iterator[Listener]:
    listener = Listener(person, last_event)
    try:
        assert listener.response.status_code == 200
        assert listener.response.headers["content-type"] == "text/event-stream"
        assert listener.opened.wait(5)
        yield listener
    finally:
        listener.close()


def test_a_change_is_told_within_a_second_and_over_no_wall(alice: Person, bob: Person) -> None:
    with listening(alice) as hers, listening(bob) as his:
        started = time.monotonic()
        register = alice.add_register("На виду")
        event_id, name, data = hers.until("register_changed", register=register["id"], what="added")
        assert time.monotonic() - started < 1.5
        assert event_id.startswith("registers:")
        assert name == "message"
        assert set(data) == {"kind", "register", "what", "alarm", "name"}
        exchange = alice.client.post(f"/registers/{register['id']}/exchanges", json={"kind": "test"}).json()
        _, _, data = hers.until("exchange_changed", exchange=exchange["id"])
        assert data["exchange_kind"] == "test"
        own = bob.add_register("Своя")
        assert his.next()[2]["register"] == own["id"]


def test_a_stream_goes_on_behind_the_last_event_or_says_resync(alice: Person) -> None:
    with listening(alice) as listener:
        first = alice.add_register("Первая")
        last_event, _, _ = listener.until("register_changed", register=first["id"])
    second = alice.add_register("Вторая")
    with listening(alice, last_event) as listener:
        listener.until("register_changed", register=second["id"], what="added")
    with listening(alice, "registers:123456789") as listener:
        assert listener.next()[1:] == ("resync", {})


def test_a_stream_ends_with_its_session(newcomer: Person) -> None:
    with listening(newcomer) as listener:
        assert newcomer.client.delete("/sessions/current").status_code == 204
        assert listener.next()[1] == "end"
        assert listener.ended.wait(5)
    assert newcomer.client.get("/live/events").status_code == 401


def test_a_sessions_newest_stream_takes_the_place_of_its_oldest(newcomer: Person) -> None:
    """Somebody who goes quickly from page to page leaves streams behind that nobody has noticed yet."""
    listeners = [Listener(newcomer) for _ in range(STREAMS_PER_SESSION)]
    newest = Listener(newcomer)
    assert {listener.response.status_code for listener in (*listeners, newest)} == {200}
    assert listeners[0].ended.wait(5)
    register = newcomer.add_register("Слышно")
    for listener in (*listeners[1:], newest):
        listener.until("register_changed", register=register["id"])
    for listener in (*listeners, newest):
        listener.close()
