"""What a register would get, for somebody who looks. A worker builds the list; here it is only waited for.

Waiting holds one of the few workers and connections that answer every account. So few may wait, of one account one;
whoever finds no seat is told so at once, and what is built already is shown to all.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.catalog.use_cases.price_lists import preview_now, want_preview
from services.chassis.database import Database
from services.contracts.catalog import PriceListPreview
from services.contracts.recipe import Recipe
from services.contracts.refusals import Busy
from services.contracts.values import AccountId, Cursor

PREVIEWS_WAITING = 2  # of one process, which answers ten calls at a time
WAIT_SECONDS = 6.0  # for a worker; calls give up after ten
LOOK_SECONDS = 0.05  # between two looks; the database does the waiting, so no green thread is held up
RETRY_SECONDS = 2


class PreviewSeats:
    """Who waits for a list in this process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: set[AccountId] = set()

    @contextmanager
    def seat(self, account: AccountId) -> Iterator[None]:
        """A seat to the end of the block. Raises Busy when none is free, or the account has one."""
        with self._lock:
            if account in self._waiting or len(self._waiting) >= PREVIEWS_WAITING:
                raise Busy(retry_after=RETRY_SECONDS)
            self._waiting.add(account)
        try:
            yield
        finally:
            with self._lock:
                self._waiting.discard(account)


def preview(
    account: AccountId,
    session: Session,
    database: Database,
    seats: PreviewSeats,
    recipe: Recipe,
    after: Cursor | None,
    limit: int,
    now: datetime,
) -> PriceListPreview:
    """A page of what a register with this recipe would get. Refuses with Invalid, Busy (nothing was asked for then)."""
    shown = preview_now(account, session, recipe, after, limit)
    if shown is None:
        with seats.seat(account):
            with database.account(account, session.info["actor"]) as wish:
                want_preview(account, wish, recipe, now)
            deadline = time.monotonic() + WAIT_SECONDS
            while shown is None:
                if time.monotonic() > deadline:
                    raise Busy(retry_after=RETRY_SECONDS)
                session.execute(sa.select(sa.func.pg_sleep(LOOK_SECONDS)))
                shown = preview_now(account, session, recipe, after, limit)
    return shown
