"""`kkt admin accounts`: the operator's work from the command line, on a running house."""

import json
import os
import subprocess
import sys
import uuid
from pathlib import Path

from tests.house.running import RunningHouse

ROOT = Path(__file__).parents[2]


def kkt(house: RunningHouse, *words: str) -> "subprocess.CompletedProcess[str]":
    environ = {**os.environ, "KKT_AMQP_URL": house.amqp_url}
    command = [sys.executable, "-m", "deploy.cli", "admin", "accounts", *words]
    return subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, check=False)


def test_an_account_lives_and_is_given_up(house: RunningHouse) -> None:
    name = f"Лавка {uuid.uuid4().hex[:8]}"
    made = json.loads(kkt(house, "open", name, "--user", "anna", "--json").stdout)
    number = str(made["client_number"])
    assert made["password"] and name in kkt(house, "list", "--find", name).stdout
    assert "suspended" in kkt(house, "suspend", number, "--reason", "не платит").stdout
    assert json.loads(kkt(house, "show", number, "--json").stdout)["reason"] == "не платит"
    assert "active" in kkt(house, "resume", number).stdout
    assert json.loads(kkt(house, "list", "--find", number, "--json").stdout)["limits"]["users"] == 100
    assert "active" in kkt(house, "limits", number, "users=7", "items=1000").stdout
    assert "users: 7" in kkt(house, "show", number).stdout
    assert "Другая" in kkt(house, "rename", number, "Другая").stdout
    assert kkt(house, "delete", number, "--yes").stdout.startswith(f"{number}  deleting until ")
    assert "active" in kkt(house, "restore", number).stdout
    assert kkt(house, "password", number, "anna").stdout.startswith("One-time password: ")


def test_what_is_refused_is_said_in_a_sentence(house: RunningHouse) -> None:
    made = json.loads(kkt(house, "open", f"Лавка {uuid.uuid4().hex[:8]}", "--json").stdout)
    number = str(made["client_number"])
    for words, told in (
        (("show", "999"), "There is no such account"),
        (("resume", number), "not in the state"),
        (("open", ""), "name ("),
        (("password", number, "nobody"), "There is no such account or user"),
    ):
        refused = kkt(house, *words)
        assert refused.returncode == 1 and told in refused.stderr and "Traceback" not in refused.stderr, refused
    assert kkt(house, "limits", number, "users=-1").returncode == 2
    assert kkt(house, "list", "--find", "нет такой учётной записи").stdout == "No such account.\n"
