"""The contracts as JSON schemas, in the form in which they lie in golden/.

Contracts evolve by addition. A file that changes is a change of what goes over the bus, to be read as such in a review;
`python -m tests.contracts.golden_schemas` writes the files anew.
"""

import inspect
import json
import typing
from collections.abc import Callable
from pathlib import Path
from types import UnionType
from typing import Any

import msgspec

from services.contracts.refusals import Refusal, refusal_by_code
from services.contracts.rpc import WRITES_MARK
from tests.contracts.protocols import all_protocols, contract_modules, methods_of

GOLDEN = Path(__file__).parent / "golden"


def render_all() -> dict[str, str]:
    """The text of every golden file, by file name."""
    told: dict[str, Any] = {f"{protocol.__name__}.json": protocol_schema(protocol) for protocol in all_protocols()}
    told["events.json"] = events_schema()
    told["refusals.json"] = refusals_told()
    return {
        name: json.dumps(_without_descriptions(value), ensure_ascii=False, indent=1, sort_keys=True) + "\n"
        for name, value in told.items()
    }


def protocol_schema(protocol: type) -> dict[str, Any]:
    """Arguments and return of every method, and the types they are made of."""
    methods = methods_of(protocol)
    wanted = [hint for method in methods.values() for hint in typing.get_type_hints(method).values()]
    schemas, types = msgspec.json.schema_components(wanted, ref_template="#/types/{name}")
    numbered = iter(schemas)
    return {
        "methods": {name: _method_schema(method, numbered) for name, method in methods.items()},
        "types": types,
    }


def events_schema() -> dict[str, Any]:
    """The facts that each room tells, by the name of their union, and the envelope they travel in."""
    unions = {
        name: value
        for module in contract_modules()
        for name, value in vars(module).items()
        if name.endswith("Event") and isinstance(value, UnionType)
    }
    live = {name: cls for module in contract_modules() for name, cls in vars(module).items() if name in _ENVELOPES}
    wanted = unions | live
    schemas, types = msgspec.json.schema_components(list(wanted.values()), ref_template="#/types/{name}")
    return {"events": dict(zip(wanted, schemas, strict=True)), "types": types}


_ENVELOPES = ("EventRecord", "LiveMessage")


def refusals_told() -> dict[str, list[str]]:
    """Every refusal's code with the codes of the families it belongs to."""
    return {
        code: [parent.code for parent in cls.__mro__[1:] if issubclass(parent, Refusal)]
        for code, cls in refusal_by_code().items()
        if cls.__module__.startswith("services.contracts.")
    }


def _method_schema(method: Callable[..., Any], numbered: "typing.Iterator[dict[str, Any]]") -> dict[str, Any]:
    parameters = inspect.signature(method).parameters
    hints = typing.get_type_hints(method)
    told = {name: next(numbered) for name in hints}
    return {
        "writes": bool(getattr(method, WRITES_MARK, False)),
        "arguments": {name: told[name] for name in parameters if name != "self"},
        "optional": [name for name, parameter in parameters.items() if parameter.default is not parameter.empty],
        "returns": told["return"],
    }


def _without_descriptions(value: Any) -> Any:
    """Docstrings are no part of the promise. (A field that is called so is a schema, not a text.)"""
    if isinstance(value, dict):
        return {
            key: _without_descriptions(inner)
            for key, inner in value.items()
            if not (key == "description" and isinstance(inner, str))
        }
    return [_without_descriptions(inner) for inner in value] if isinstance(value, list) else value


def main() -> None:
    """Write all files anew and remove those of contracts that are no more."""
    texts = render_all()
    for gone in {file.name for file in GOLDEN.glob("*.json")} - texts.keys():
        (GOLDEN / gone).unlink()
    for name, text in texts.items():
        (GOLDEN / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
