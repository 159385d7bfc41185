"""All Protocols between the rooms, found by looking into every contract module."""

import importlib
import inspect
import pkgutil
from collections.abc import Callable
from typing import Any

import services.contracts


def contract_modules() -> list[Any]:
    """Every module of the contracts, imported (so that all refusals are known as well)."""
    names = sorted(found.name for found in pkgutil.iter_modules(services.contracts.__path__))
    return [importlib.import_module(f"services.contracts.{name}") for name in names]


def all_protocols() -> list[type]:
    """Every Protocol, by name."""
    found = [
        cls
        for module in contract_modules()
        for _, cls in inspect.getmembers(module, inspect.isclass)
        if cls.__module__ == module.__name__ and getattr(cls, "_is_protocol", False)
    ]
    return sorted(found, key=lambda cls: cls.__name__)


def methods_of(protocol: type) -> dict[str, Callable[..., Any]]:
    """The RPCs of a Protocol, by name."""
    return {
        name: method for name, method in inspect.getmembers(protocol, inspect.isfunction) if not name.startswith("_")
    }


def all_methods() -> list[tuple[str, Callable[..., Any]]]:
    """Every RPC as ("RegistersRpc.get_register", the function)."""
    return [
        (f"{protocol.__name__}.{name}", method)
        for protocol in all_protocols()
        for name, method in methods_of(protocol).items()
    ]
