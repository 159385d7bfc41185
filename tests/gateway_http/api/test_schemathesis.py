"""Requests that Schemathesis makes of the API's own description, right and wrong ones: each is answered as described.

They are the same in every run (derandomized), so a failure comes again. Fields that are wrong one by one are in
tests/end_to_end/test_bad_requests.py; this is for what nobody listed.
"""

import secrets
from collections.abc import Iterator
from typing import Any

import hypothesis
import psycopg
import pytest
import requests
import schemathesis
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from gateway_http.api.routes import ENDPOINTS
from services.chassis.database import plain_url
from tests.gateway_http.api.people import Described, Person
from tests.house.running import RunningHouse

JSON_LINES = "/items/bulk"  # Schemathesis cannot write them; tests/end_to_end/test_bad_requests.py does
OPERATIONS = tuple(f"{one.method} {one.path}" for one in ENDPOINTS if one.path != JSON_LINES)
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
EXAMPLES = 4  # of one operation, right and wrong ones in turn
# Wrong tries are counted by address, and all tests of this machine sign in from one.
EXAMPLES_OF_SIGN_IN = 2
SECONDS = 20  # of one request
SHUTS_THE_DOOR = "second_factor_required"  # of the account: from then on the caller may but set up its second step


class Asker(Person):
    """Administers an account and operates the server: no door is closed. One thing of each kind is there."""

    def __init__(self, house: RunningHouse, described: Described) -> None:
        super().__init__(house, described, "Схема")
        self.choose_tax()
        register = self.add_register()["id"]
        exchange = {"kind": "test"}
        goods = "Код;Наименование;Цена\n77;Хлеб;45,50\n79;;дорого\n".encode()
        self.things = {
            "/registers": register,
            "/exchanges": self.made(f"/registers/{register}/exchanges", exchange),
            "/item-groups": self.made("/item-groups", {"name": "Хлеб"}),
            "/register-groups": self.made("/register-groups", {"name": "Зал"}),
            "/users": self.made("/users", {"login": "anna", "roles": ["viewer"]}),
            "/api-keys": self.made("/api-keys", {"name": "1C", "roles": ["viewer"]}),
            "/sessions": self.client.get("/sessions/current").json()["id"],
            "/imports": self.client.post("/imports", params={"dry_run": "true"}, content=goods).json()["id"],
        }
        self.client.post("/items", json={"code": 77, "name": "Хлеб", "price": 100}).raise_for_status()
        mine = "account_id = (SELECT account_id FROM identity.account WHERE number = %s)"
        with psycopg.connect(plain_url(house.database_url)) as connection:
            connection.execute("UPDATE identity.account SET operator = true WHERE number = %s", (self.number,))
            roles = "UPDATE identity.app_user SET roles = '{administrator,operator}' WHERE login = 'admin' AND "
            connection.execute(roles + mine, (self.number,))
        spare = self.made("/accounts", {"name": f"Запас {secrets.token_hex(4)}", "login": "admin"})
        self.things["/accounts"] = spare

    def made(self, path: str, body: dict[str, Any]) -> str:
        answer = self.client.post(path, json=body)
        assert answer.is_success, answer.text
        return str(answer.json()["id"])

    def real(self, path: str) -> dict[str, Any]:
        """What stands in an address that names a thing of ours."""
        thing = next((there for noun, there in self.things.items() if path.startswith(noun)), None)
        return {"id": thing, "code": 77}


@pytest.fixture(scope="module")
def asker(house: RunningHouse, described: Described) -> Iterator[Asker]:
    person = Asker(house, described)
    yield person
    person.leave()


@pytest.fixture(scope="module")
def schema(described: Described) -> Any:
    return schemathesis.openapi.from_dict(described.document)


@pytest.mark.parametrize("name", OPERATIONS)
def test_what_schemathesis_asks_is_answered_as_described(asker: Asker, schema: Any, name: str) -> None:
    verb, _, path = name.partition(" ")
    operation = schema[f"/api/v1{path}"][verb]
    strategies = st.one_of(*(operation.as_strategy(generation_mode=mode) for mode in GenerationMode))

    @hypothesis.settings(
        max_examples=EXAMPLES_OF_SIGN_IN if name == "POST /sessions" else EXAMPLES,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[hypothesis.Phase.generate],
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    @hypothesis.given(case=strategies, real=st.booleans())
    def ask(case: Any, real: bool) -> None:
        if real and case.path_parameters:
            case.path_parameters = {one: asker.real(path).get(one, was) for one, was in case.path_parameters.items()}
        if isinstance(case.body, dict) and case.body.get(SHUTS_THE_DOOR) is True:
            del case.body[SHUTS_THE_DOOR]
        answer = case.call(asker.house.http_url, headers={"Authorization": f"Bearer {asker.token}"}, timeout=SECONDS)
        if answer.status_code == requests.codes.request_uri_too_large:
            return  # said by the server below us, before the address is known
        case.validate_response(answer, checks=CHECKS)
        if answer.status_code == requests.codes.unauthorized:
            asker.sign_in()

    ask()
