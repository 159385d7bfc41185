"""An account that goes about its day: it opens the list of registers, asks for goods, its register looks for prices.

Each kind of request is made by a thread of its own, one after the other at a steady pace, and timed.
"""

import asyncio
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

import httpx

from bench.bench_house import make_registers, signed_in
from deploy.api_client import ApiClient
from tests.house.running import RunningHouse
from tests.services.device_gateway.line import Line

REGISTERS = 20
ITEMS = 2_000
EVERY = 0.2  # seconds from one request of a kind to the next, or later if that one takes longer
PATIENCE = 60.0  # seconds for one request

KINDS = ("page", "api", "look")


def goods_csv(items: int, raise_by: int, groups: int = 1) -> str:
    """Goods in so many item groups; another `raise_by` changes every price."""
    rows = [
        f"{code};Товар номер {code};{code % 900 + 10 + raise_by},{code % 100:02d};22%;Группа {code % groups}"
        for code in range(1, items + 1)
    ]
    return "\n".join(["Код;Наименование;Цена;НДС;Группа", *rows]) + "\n"


def import_goods(api: ApiClient, text: str) -> None:
    """Import, and wait until it is in the base. Raises RuntimeError when it does not get there."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "goods.csv"
        file.write_text(text, encoding="utf-8")
        told = api.wait(f"/imports/{api.import_file(file)['id']}", {"applied", "failed"}, 600)
    if told["state"] != "applied":
        raise RuntimeError(f"import: {told}")


class QuietAccount:
    """The account and its requests."""

    def __init__(self, house: RunningHouse) -> None:
        api = signed_in(house, "Тихий магазин")
        import_goods(api, goods_csv(ITEMS, 0))
        first, *_ = make_registers(api, REGISTERS)
        self._url = house.http_url
        self._token = str(api.token)
        self._line = Line(house.link_url, first["kkt_id"])
        asyncio.run(self._meet())
        # A load that is never finished: whenever the register comes, it is offered its price list.
        api.post(f"/registers/{first['id']}/exchanges", {"kind": "load_goods"})

    async def _meet(self) -> None:
        await self._line.open()
        await self._line.settle()
        await self._line.leave()

    def ask(self, samples: int, kinds: tuple[str, ...] = KINDS) -> dict[str, list[float]]:
        """Seconds of at least so many requests of each kind; all kinds go on until the last has so many."""
        told: dict[str, list[float]] = {kind: [] for kind in kinds}
        faults: list[BaseException] = []
        enough = threading.Event()

        def go_on(kind: str, once: Callable[[], None]) -> None:
            try:
                while not enough.is_set():
                    started = time.perf_counter()
                    once()
                    told[kind].append(time.perf_counter() - started)
                    if all(len(samples_of) >= samples for samples_of in told.values()):
                        enough.set()
                    time.sleep(max(0.0, started + EVERY - time.perf_counter()))
            except BaseException as fault:
                faults.append(fault)
                enough.set()

        bearer = {"Authorization": f"Bearer {self._token}"}
        with (
            httpx.Client(base_url=self._url, timeout=PATIENCE, cookies={"kkt_session": self._token}) as browser,
            httpx.Client(base_url=f"{self._url}/api/v1", timeout=PATIENCE, headers=bearer) as program,
        ):
            requests: dict[str, Callable[[], None]] = {
                "page": lambda: _fetch(browser, "/registers"),
                "api": lambda: _fetch(program, "/items"),
                "look": lambda: asyncio.run(self._look()),
            }
            threads = [threading.Thread(target=go_on, args=(kind, requests[kind])) for kind in kinds]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        if faults:
            raise faults[0]
        return told

    async def _look(self) -> None:
        """The register comes, and is offered the price list that it is due; then the line breaks."""
        welcome = await self._line.open()
        if welcome["type"] != "welcome":
            raise RuntimeError(f"the register was refused: {welcome}")
        offered = await self._line.hear_json(PATIENCE)
        if offered["type"] != "load_begin":
            raise RuntimeError(f"no price list was offered: {offered}")
        await self._line.leave()


def _fetch(client: httpx.Client, path: str) -> None:
    client.get(path).raise_for_status()
