"""Where the samples are registered; a sample changes something and says which entry of the journal must come of it."""

import uuid
from collections.abc import Callable

from tests.contracts.journal.walk import Expected, Walk

Sample = Callable[[Walk], Expected]

SAMPLES: dict[str, Sample] = {}


def sample(method: Callable[..., object]) -> Callable[[Sample], Sample]:
    """This function is the sample of that method: it calls it last."""

    def keep(function: Sample) -> Sample:
        SAMPLES[method.__qualname__] = function
        return function

    return keep


def new(word: str) -> str:
    """A name that nothing has yet."""
    return f"{word} {uuid.uuid4()}"
