"""Commands of ours that the supervisor runs once while starting: migrations and the first account."""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import sys

from deploy.local.logs import open_log, tail
from deploy.local.place import CHECKOUT, HousePlace
from deploy.refusal import CommandRefusedError

#: Nothing run once may take longer, seconds.
LIMIT = 120.0
#: No letters or digits that look alike: the password is read off a screen and typed.
_ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789"


async def migrate(place: HousePlace, database_url: str) -> None:
    """Run `kkt migrate`; its output goes to migrate.log. Refuses with the log's end when it fails."""
    if not (CHECKOUT / "services/chassis/migrations.py").exists():
        return
    log_file = place.logs / "migrate.log"
    with open_log(log_file) as log:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "deploy.cli", "migrate"),
            env={**os.environ, "KKT_HOUSE": place.mark, "KKT_DATABASE_URL": database_url},
            cwd=CHECKOUT,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
        code = await _finish(process)
    if code != 0:
        last = "\n    ".join(tail(log_file, 15))
        raise CommandRefusedError(f"The database could not be migrated. The last lines of {log_file}:\n    {last}")


async def make_first_accounts(place: HousePlace, database_url: str, amqp_url: str) -> None:
    """Make the first account and the operator's if there are none, and write how to sign in to first-sign-in.json.

    The passwords exist in that file (mode 0600) and nowhere else; what exists already is not written.
    """
    env = {**os.environ, "KKT_HOUSE": place.mark, "KKT_DATABASE_URL": database_url, "KKT_AMQP_URL": amqp_url}
    first = await _made(env, "create-account", "Первая организация", "--user", "admin", "--only-if-none")
    if first is not None:  # written before anything else can go wrong: nobody else knows the password
        _write_down(place, first)
    operator = await _made(env, "create-operator")
    if operator is not None:
        _write_down(place, {"operator": operator})


def _write_down(place: HousePlace, made: dict[str, object]) -> None:
    known: dict[str, object] = {}
    if place.first_sign_in_file.exists():
        known = json.loads(place.first_sign_in_file.read_text(encoding="utf-8"))
    place.write_json(place.first_sign_in_file.name, {**known, **made})


async def _made(env: dict[str, str], *words: str) -> dict[str, object] | None:
    """How to sign in to the account that `kkt admin …` made; None when there is one already."""
    password = "-".join("".join(secrets.choice(_ALPHABET) for _ in range(4)) for _ in range(4))
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "deploy.cli", "admin", *words, "--password-stdin", "--json"),
        env=env,
        cwd=CHECKOUT,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    output, problem = await asyncio.wait_for(process.communicate(f"{password}\n".encode()), LIMIT)
    if process.returncode != 0:
        raise CommandRefusedError(f"The first account could not be made: {problem.decode(errors='replace').strip()}")
    made = json.loads(output)
    if made is None:
        return None
    return {
        "client": made["sign_in_name"],
        "client_number": made["client_number"],
        "user": made["user"],
        "password": password,
    }


async def _finish(process: asyncio.subprocess.Process) -> int:
    try:
        return await asyncio.wait_for(process.wait(), LIMIT)
    except TimeoutError:
        process.kill()
        return await process.wait()
    except asyncio.CancelledError:
        process.kill()
        await process.wait()
        raise
