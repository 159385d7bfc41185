"""What nobody asks for any more goes, however much of it there is; a run is bounded all the same."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.registers.models import UnknownIdAttempt
from services.registers.use_cases import sweeps
from tests.services.registers.registers_house import ADDRESS, RegistersHouse


def test_a_run_forgets_batch_after_batch_up_to_its_bound(room: RegistersHouse, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweeps, "FORGET_BATCH", 10)
    monkeypatch.setattr(sweeps, "FORGET_ROUNDS", 3)
    long_ago = room.now - timedelta(days=1)

    def fill(session: Session) -> None:
        rows = [{"address": ADDRESS, "kkt_id": f"{number:012}", "at": long_ago} for number in range(45)]
        session.execute(sa.insert(UnknownIdAttempt), rows)

    def left(session: Session) -> int:
        return session.scalar(sa.select(sa.func.count()).select_from(UnknownIdAttempt)) or 0

    room.system(fill)
    room.system(sweeps.forget_old, room.now)
    assert room.system(left) == 15
    room.system(sweeps.forget_old, room.now)
    assert room.system(left) == 0
