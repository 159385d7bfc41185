"""Every question that looks over the walls is known here, with its reason."""

import inspect

from services.registers import system_repository

REASONS = {
    "register_of_kkt_id": "a hello has no account yet: its register ID says whose it is",
    "opened_link": "a hello that is delivered again; the account's role does not read links of the past",
    "note_attempt": "an unknown register ID belongs to nobody",
    "count_attempts": "an unknown register ID belongs to nobody",
    "store_beats": "a gateway tells heartbeats of many accounts in one batch",
    "store_progress": "a gateway tells the progress of many accounts in one batch",
    "links_to_judge": "a chore over all accounts",
    "strange_bases": "a chore over all accounts",
    "due_to_load": "a chore over all accounts",
    "with_waiting_exchanges": "a chore over all accounts",
    "end_alarms": "a chore over all accounts",
    "forget_old": "a chore over all accounts",
}


def test_every_function_has_its_reason() -> None:
    functions = {
        name
        for name, function in inspect.getmembers(system_repository, inspect.isfunction)
        if function.__module__ == system_repository.__name__ and not name.startswith("_")
    }
    assert functions == set(REASONS)
