"""`python -m bench.flood URL TOKEN`: the registers of an account are reloaded and its goods imported, again and again.

`ready` is printed when the first round begins, a line after each round; it ends when it is told to.
"""

import itertools
import sys
import threading
import time

from bench.quiet_account import goods_csv, import_goods
from deploy.api_client import ApiClient, ApiError

ROWS = 100_000
REGISTERS = 500
GROUPS = 10  # of items; a register gets those of one, 10,000
LINES = 8  # at once
TOO_MANY = 429
LOOK_SECONDS = 1.0  # between two looks at how far the loads are


def registers_of(api: ApiClient) -> list[str]:
    """The ids of all registers of the account."""
    found: list[str] = []
    after: str | None = ""
    while after is not None:
        page = api.get("/registers", limit=500, **({"after": after} if after else {}))
        found += [row["id"] for row in page["items"]]
        after = page["next"]
    return found


def reload(api: ApiClient, registers: list[str]) -> None:
    """Ask for a whole load of each, on several lines at once; what is refused for now is asked for again."""

    def ask(share: list[str]) -> None:
        for register in share:
            while True:
                try:
                    api.post(f"/registers/{register}/exchanges", {"kind": "load_goods", "mode": "full"})
                    break
                except ApiError as refused:
                    if refused.status != TOO_MANY:
                        raise
                    time.sleep(1)

    threads = [threading.Thread(target=ask, args=(registers[start::LINES],)) for start in range(LINES)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def main() -> None:
    """Until killed."""
    api = ApiClient(sys.argv[1])
    api.token = sys.argv[2]
    registers = registers_of(api)
    print("ready", flush=True)
    for number in itertools.count(1):
        started = time.perf_counter()
        importing = threading.Thread(target=import_goods, args=(api, goods_csv(ROWS, number, GROUPS)))
        importing.start()
        reload(api, registers)
        asked = time.perf_counter() - started
        importing.join()
        imported = time.perf_counter() - started
        while api.get("/exchanges", under_way="true", limit=1)["items"]:
            time.sleep(LOOK_SECONDS)
        print(
            f"round {number}: asked in {asked:.0f} s, imported after {imported:.0f} s,"
            f" loaded after {time.perf_counter() - started:.0f} s",
            flush=True,
        )


if __name__ == "__main__":
    main()
