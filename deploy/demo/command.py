"""The command: an account of its own, filled by the API, and simulated registers until Ctrl-C."""

from __future__ import annotations

import asyncio
import json
import secrets
from typing import Any

from deploy.accounts import make_account
from deploy.api_client import ApiClient, ApiError
from deploy.demo import shop
from deploy.local.place import HousePlace
from deploy.local.state import living_state
from deploy.refusal import CommandRefusedError
from devices.sim.fleet import Fleet, FleetOptions

ACCOUNT = "Продукты у дома"
ADMINISTRATOR = "director"
SIGN_IN_FILE = "demo.json"
IN_SALES = "Касса 2, зал"  # a cashier works there: its next load waits
ONLINE_SECONDS = 60.0
_ROUND = 1.0  # seconds between looks of the fleet


def demonstrate(place: HousePlace, *, simulators: bool) -> None:
    """Fill the demonstration account of the running house, print how to sign in, and be its registers until a signal.

    Refuses: CommandRefusedError when nothing runs in this folder, or when the account was changed so that it cannot be
    signed in to any more.
    """
    state = living_state(place)
    if state is None or not state.http_url:
        raise CommandRefusedError(f"Nothing runs from {place.folder}. Start it with 'make up'.")
    keys = _account(place, state.amqp_url)
    api = ApiClient(state.http_url)
    try:
        api.sign_in(str(keys["client_number"]), keys["user"], keys["password"])
    except ApiError as refused:
        raise CommandRefusedError(
            f"The demonstration account cannot be signed in to ({refused}). Delete {place.folder / SIGN_IN_FILE} "
            "to have another one made."
        ) from refused
    registers = shop.fill(api, keys["password"])
    _say(state.http_url, keys)
    if simulators:
        asyncio.run(_live(place, state.link_url, api, registers))


def _account(place: HousePlace, amqp_url: str) -> dict[str, Any]:
    """The account's sign-in, made at the first time and remembered with mode 0600."""
    file = place.folder / SIGN_IN_FILE
    if file.exists():
        known: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        return known
    password = "-".join(secrets.token_hex(2) for _ in range(5))
    made = make_account(amqp_url, ACCOUNT, ADMINISTRATOR, password, only_if_none=False)
    assert made is not None
    keys = {"client_number": made["client_number"], "user": ADMINISTRATOR, "password": password}
    place.write_json(SIGN_IN_FILE, keys)
    return keys


def _say(url: str, keys: dict[str, Any]) -> None:
    print(f"The demonstration shop «{ACCOUNT}» is filled.\n  Pages:         {url}")
    print(f"  Sign in with:  client {keys['client_number']}, password {keys['password']}, user")
    print(f"    {ADMINISTRATOR:<12} (administrator)")
    for login, name, role in shop.PEOPLE:
        print(f"    {login:<12} ({role.replace('_', ' ')}, {name})")


async def _live(place: HousePlace, link_url: str, api: ApiClient, registers: list[dict[str, Any]]) -> None:
    """Run the simulators; meanwhile load them, and leave a few things that want attention."""
    ids = [(register["kkt_id"], f"0400{number:06d}") for number, register in enumerate(registers, 1)]
    fleet = Fleet(ids, FleetOptions(server=link_url, state=place.folder / "demo-registers"))
    running = asyncio.create_task(fleet.run(None, None, _ROUND, lambda _told: None))
    filling = asyncio.create_task(_fill_registers(fleet, api, registers))
    try:
        await asyncio.wait({running, filling}, return_when=asyncio.FIRST_COMPLETED)
        if not running.done():
            await filling
            print(
                "  Five simulated registers are connected. Ctrl-C ends them; `kkt demo` brings them back.", flush=True
            )
        await running
    finally:
        filling.cancel()


async def _fill_registers(fleet: Fleet, api: ApiClient, registers: list[dict[str, Any]]) -> None:
    for device in fleet.devices:
        await device.link.say(device.link.register.set_mode("menu"))
    await asyncio.to_thread(shop.wait_online, api, registers, ONLINE_SECONDS)
    await asyncio.to_thread(shop.set_prices, api, registers)
    for name, how in (await asyncio.to_thread(shop.load, api, registers)).items():
        print(f"  {name}: load {how}", flush=True)
    await asyncio.to_thread(shop.change_a_price, api)
    place = next(number for number, register in enumerate(registers) if register["name"] == IN_SALES)
    link = fleet.devices[place].link
    await link.say(link.register.set_mode("sales"))
    await asyncio.to_thread(api.post, f"/registers/{registers[place]['id']}/exchanges", {"kind": "load_goods"})
