"""The description is that of the routes: all of them, and nothing else."""

import falcon.inspect

from gateway_http.app import create_app
from gateway_http.settings import HttpSettings
from services.chassis.bridge import Bridge
from tests.gateway_http.api.people import Described


def test_every_route_is_described_and_every_description_is_a_route(described: Described) -> None:
    app = create_app(Bridge("amqp://nobody@127.0.0.1:1/"), HttpSettings())  # never started: routes only
    served = {
        (route.path, method.method)
        for route in falcon.inspect.inspect_app(app).routes
        if route.path.startswith("/api/v1")
        for method in route.methods
        if method.function_name == "respond" and method.method != "HEAD"
    }
    told = {(path, verb.upper()) for path, verbs in described.document["paths"].items() for verb in verbs}
    assert served == told


def test_the_description_stands_on_its_own(described: Described) -> None:
    document = described.document
    assert document["openapi"] == "3.1.0"
    ids = [operation["operationId"] for verbs in document["paths"].values() for operation in verbs.values()]
    assert len(ids) == len(set(ids))
    schemas = document["components"]["schemas"]
    for reference in _references(document):
        assert reference.removeprefix("#/components/schemas/") in schemas, reference


def _references(value: object) -> list[str]:
    if isinstance(value, dict):
        own = [value["$ref"]] if isinstance(value.get("$ref"), str) else []
        return own + [found for one in value.values() for found in _references(one)]
    if isinstance(value, list):
        return [found for one in value for found in _references(one)]
    return []
