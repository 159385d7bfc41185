"""Broker, database and worker are lost while people work: a clear «not now», never a fault, and then it goes on."""

import itertools
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from tests.end_to_end.breaker import Breaker, is_problem
from tests.end_to_end.conftest import PASSWORD
from tests.house.running import RunningHouse
from tests.waiting import wait_for

HEADER = "Код;Наименование;Цена\n"
MANY = 30_000  # rows: some seconds of a worker's time

pytestmark = pytest.mark.timeout(180)


@pytest.fixture(scope="module")
def shop(breakable_house: RunningHouse) -> Iterator[Breaker]:
    breaker = Breaker(breakable_house)
    assert breaker.send((HEADER + "1;Хлеб;45,50\n").encode())["created"] == 1
    yield breaker
    breaker.leave()


@pytest.fixture
def asks(shop: Breaker) -> Iterator[dict[str, Callable[[], httpx.Response]]]:
    """What people do all day: look, sign in, write, import; by the API and on a page."""
    numbers = itertools.count(1)
    goods = (HEADER + "1;Хлеб;45,50\n").encode()
    browser = httpx.Client(base_url=shop.house.http_url, timeout=60, cookies={"kkt_session": shop.token})
    signing = {"client": shop.number, "user": "breaker", "password": PASSWORD}
    yield {
        "items": lambda: shop.client.get("/items"),
        "registers": lambda: shop.client.get("/registers"),
        "sign in": lambda: shop.client.post("/sessions", json=signing),
        "group": lambda: shop.client.post("/register-groups", json={"name": f"Группа {next(numbers)} {time.time()}"}),
        "import": lambda: shop.upload(goods),
        "page": lambda: browser.get("/goods", headers={"Accept-Language": "ru"}),
    }
    browser.close()


class Meanwhile:
    """Asks in turn from several threads until told to stop; keeps every answer."""

    def __init__(self, asks: dict[str, Callable[[], httpx.Response]]) -> None:
        self.answers: list[tuple[str, httpx.Response | Exception]] = []
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._ask, args=one) for one in asks.items()]

    def __enter__(self) -> "Meanwhile":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(60)

    def _ask(self, what: str, ask: Callable[[], httpx.Response]) -> None:
        while not self._stop.is_set():
            try:
                self.answers.append((what, ask()))
            except httpx.HTTPError as error:
                self.answers.append((what, error))
            self._stop.wait(0.1)

    def refused(self) -> dict[str, list[httpx.Response]]:
        """The answers that are no success, by what was asked."""
        found: dict[str, list[httpx.Response]] = {}
        for what, answer in self.answers:
            assert isinstance(answer, httpx.Response), (what, answer)
            if answer.status_code >= 400:
                found.setdefault(what, []).append(answer)
        return found


@pytest.mark.parametrize("server", ["rabbitmq", "postgres"])
def test_a_lost_server_is_told_and_waited_out(
    breakable_house: RunningHouse, shop: Breaker, asks: dict[str, Callable[[], httpx.Response]], server: str
) -> None:
    goods = shop.goods()
    with Meanwhile(asks) as meanwhile:
        wait_for(lambda: len(meanwhile.answers) > 12, 20, "answers before the loss")
        breakable_house.kill(server)
        wait_for(lambda: len(meanwhile.refused()) >= 3, 30, "somebody to be told")
        breakable_house.wait_ready(90)
    refused = meanwhile.refused()
    for what, answers in refused.items():
        for answer in answers:
            if what == "import" and answer.status_code == 429:
                continue  # several of them wait for the worker already
            assert answer.status_code == 503, (what, answer.status_code, answer.text[:500])
            assert int(answer.headers["Retry-After"]) >= 1
            if what != "page":
                is_problem(answer, 503, answer.json()["code"])
    if "page" in refused:
        assert "минуту" in refused["page"][0].text

    for what, ask in asks.items():  # and all of it works again
        answer = wait_for(lambda ask=ask: (told := ask()).status_code < 300 and told, 30, what)  # type: ignore[misc]
        assert answer, what
    assert {code: item["price"] for code, item in shop.goods().items()} == {1: goods[1]["price"]}


def test_a_worker_that_is_killed_midway_has_changed_nothing_and_the_next_one_ends_it_once(
    breakable_house: RunningHouse, shop: Breaker
) -> None:
    breakable_house.wait_ready(90)
    before = shop.truth()
    rows = "".join(f"{code};Товар {code};{code % 1000 + 1}\n" for code in range(1, MANY + 1))
    import_id = shop.upload((HEADER + rows).encode()).json()["id"]

    def midway() -> dict[str, Any] | None:
        told: dict[str, Any] = shop.get(f"/imports/{import_id}")
        assert told["state"] in {"queued", "reading", "applying"}, told
        return told if told["progress"]["done"] else None

    wait_for(midway, 60, "the worker to be midway", every=0.02)
    breakable_house.kill("catalog-worker")
    told = shop.get(f"/imports/{import_id}")
    assert told["state"] in {"reading", "applying"}, "it was over before it was killed"
    assert shop.truth() == before

    ended = shop.over(import_id, 90)
    assert (ended["state"], ended["rows"], ended["failed"]) == ("applied", MANY, 0)
    assert (ended["created"], ended["changed"]) == (MANY - 1, 1)
    assert ended["revision"] == before["revision"] + 1
    assert shop.get("/items", limit=1)["found"] == MANY
    again = shop.send((HEADER + "7;Товар 7;8\n").encode())
    assert (again["unchanged"], again["revision"]) == (1, None)


def test_a_broken_database_is_no_fault_of_the_file(breakable_house: RunningHouse, shop: Breaker) -> None:
    breakable_house.wait_ready(90)
    rows = "".join(f"{code};Товар {code};{code % 500 + 1}\n" for code in range(1, MANY + 1))
    import_id = shop.upload((HEADER + rows).encode()).json()["id"]
    wait_for(lambda: shop.get(f"/imports/{import_id}")["progress"]["done"], 60, "the worker to be midway", every=0.02)
    breakable_house.kill("postgres")
    breakable_house.wait_ready(90)
    ended = wait_for(lambda: _over(shop, import_id), 90, "the import to end")
    assert ended and (ended["state"], ended["failed"]) == ("applied", 0), ended


def _over(shop: Breaker, import_id: str) -> dict[str, Any] | None:
    answer = shop.client.get(f"/imports/{import_id}")
    if answer.status_code == 503:
        return None
    told: dict[str, Any] = answer.raise_for_status().json()
    return told if told["finished_at"] else None
