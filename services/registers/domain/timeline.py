"""The timeline of an exchange: its steps in order, bounded."""

from typing import Final

from services.contracts.exchange_words import Step
from services.contracts.registers import TimelineEntry

MAX_ENTRIES: Final = 200  # of one exchange
_KEPT_FROM_START: Final = 50


def with_entry(entries: tuple[TimelineEntry, ...], entry: TimelineEntry) -> tuple[TimelineEntry, ...]:
    """The timeline with one more step. When it is full, how it began and the newest steps are kept.

    A LEFT_OUT entry stands where steps are missing and counts them.
    """
    if len(entries) < MAX_ENTRIES:
        return (*entries, entry)
    gap = entries[_KEPT_FROM_START]
    if gap.what == Step.LEFT_OUT:
        count, rest = int(gap.params["entries"]) + 1, entries[_KEPT_FROM_START + 2 :]
    else:
        count, rest = 2, entries[_KEPT_FROM_START + 2 :]
    left_out = TimelineEntry(rest[0].at, Step.LEFT_OUT, {"entries": count})
    return (*entries[:_KEPT_FROM_START], left_out, *rest, entry)


def is_repeated(entries: tuple[TimelineEntry, ...], what: Step, params: dict[str, str | int]) -> bool:
    """Whether the newest step says the same already: a report that came twice is written once."""
    return bool(entries) and entries[-1].what == what and entries[-1].params == params
