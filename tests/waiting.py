"""Waiting for a fact with a deadline, instead of sleeping and hoping."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def wait_for(fact: Callable[[], T], seconds: float = 10.0, what: str = "", every: float = 0.05) -> T:
    """Ask `fact` until it is truthy and return it; AssertionError naming `what` after `seconds`."""
    deadline = time.monotonic() + seconds
    while True:
        told = fact()
        if told:
            return told
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {seconds} s in vain for {what or fact}; the last answer was {told!r}")
        time.sleep(every)
