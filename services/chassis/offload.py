"""Work for the CPU outside the green threads: one password hash must not stop every other call of the process."""

from collections.abc import Callable
from typing import ParamSpec, TypeVar

import eventlet.patcher
import eventlet.tpool

P = ParamSpec("P")
T = TypeVar("T")


def offload(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run `work` on a real thread (eventlet's pool of 20) and wait for it without blocking the other green threads.

    In a process that was not patched by eventlet it is simply called.
    """
    if not eventlet.patcher.is_monkey_patched("thread"):
        return work(*args, **kwargs)
    result: T = eventlet.tpool.execute(work, *args, **kwargs)
    return result
