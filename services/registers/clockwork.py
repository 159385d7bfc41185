"""Where facts and chores, which no door calls, get the present moment from."""

import functools
from collections.abc import Callable
from typing import Any

from services.chassis.clock import now


def at_present(work: Callable[..., None]) -> Callable[..., None]:
    """The same work with the present moment as its last argument."""

    @functools.wraps(work)
    def timed(*args: Any) -> None:
        work(*args, now())

    return timed
