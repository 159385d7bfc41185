"""Whom a register ID lets in: a life of one ID with several devices, and the verdicts one by one."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule
from msgspec.structs import replace

from services.registers.domain.kkt_ids import UNBOUND_LASTS, Binding, register_state
from services.registers.domain.link_rules import (
    ATTEMPTS_WINDOW,
    REBINDING_LASTS,
    UNKNOWN_IDS_ALLOWED,
    KnownId,
    Verdict,
    judge,
    throttle,
)

NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)
SECOND = timedelta(seconds=1)
UNBOUND = KnownId(Binding.UNBOUND, False, NOW + UNBOUND_LASTS, None, None, None)
BOUND = KnownId(Binding.BOUND, False, None, "S1", "k1", None)


@pytest.mark.parametrize(
    ("known", "serial", "key", "verdict"),
    [
        (None, "S1", "k1", Verdict.UNKNOWN),
        (UNBOUND, "S1", "k1", Verdict.BIND),
        (replace(UNBOUND, serial_number="S1"), "S1", "k1", Verdict.BIND),
        (replace(UNBOUND, serial_number="S1"), "S2", "k1", Verdict.ANOTHER),
        (replace(UNBOUND, expires_at=NOW), "S1", "k1", Verdict.UNKNOWN),
        (replace(UNBOUND, expires_at=NOW + SECOND), "S1", "k1", Verdict.BIND),
        (replace(UNBOUND, disabled=True), "S1", "k1", Verdict.DISABLED),
        (BOUND, "S1", "k1", Verdict.IN),
        (BOUND, "S1", "k2", Verdict.KEY_WRONG),
        (BOUND, "S2", "k1", Verdict.ANOTHER),
        (BOUND, "S2", "k2", Verdict.ANOTHER),
        (replace(BOUND, disabled=True), "S1", "k1", Verdict.DISABLED),
        (replace(BOUND, binding=Binding.REPLACED), "S1", "k1", Verdict.IN),
        (replace(BOUND, binding=Binding.REPLACED), "S2", "k1", Verdict.ANOTHER),
        (replace(BOUND, rebinding_until=NOW + SECOND), "S2", "k2", Verdict.REBIND),
        (replace(BOUND, rebinding_until=NOW + SECOND), "S1", "k2", Verdict.REBIND),
        (replace(BOUND, rebinding_until=NOW + SECOND), "S1", "k1", Verdict.IN),
        (replace(BOUND, rebinding_until=NOW), "S2", "k2", Verdict.ANOTHER),
    ],
)
def test_verdicts(known: KnownId | None, serial: str, key: str, verdict: Verdict) -> None:
    assert judge(known, serial, key, NOW) is verdict


@given(st.sampled_from(list(Verdict)), st.integers(0, 1000))
def test_only_the_right_key_is_never_throttled(verdict: Verdict, attempts: int) -> None:
    outcome = throttle(verdict, attempts)
    if verdict is Verdict.IN or attempts <= UNKNOWN_IDS_ALLOWED:
        assert outcome is verdict
    else:
        assert outcome is Verdict.THROTTLED and not outcome.lets_in and not outcome.alarms


def test_alarms_are_for_those_who_come_with_anothers_id() -> None:
    assert {verdict for verdict in Verdict if verdict.alarms} == {Verdict.ANOTHER, Verdict.KEY_WRONG}
    assert {verdict for verdict in Verdict if verdict.lets_in} == {Verdict.IN, Verdict.BIND, Verdict.REBIND}
    assert timedelta(minutes=10) == ATTEMPTS_WINDOW


def test_one_word_for_people() -> None:
    assert register_state(Binding.UNBOUND, False, NOW, NOW) == "id_expired"
    assert register_state(Binding.UNBOUND, False, NOW + SECOND, NOW) == "unbound"
    assert register_state(Binding.UNBOUND, True, NOW, NOW) == "disabled"
    assert register_state(Binding.BOUND, False, None, NOW) == "bound"
    assert register_state(Binding.REPLACED, False, None, NOW) == "replaced"


class LifeOfAnId(RuleBasedStateMachine):
    """Devices come in any order: at every moment at most one of them is the register of this ID."""

    @initialize()
    def make(self) -> None:
        self.now = NOW
        self.known = UNBOUND
        self.owner: tuple[str, str] | None = None

    @rule(serial=st.sampled_from(["S1", "S2"]), key=st.sampled_from(["k1", "k2"]))
    def come(self, serial: str, key: str) -> None:
        verdict = judge(self.known, serial, key, self.now)
        leave = self.known.rebinding_until is not None and self.known.rebinding_until > self.now
        if self.owner is None:
            assert verdict is (Verdict.BIND if self.now < NOW + UNBOUND_LASTS else Verdict.UNKNOWN)
        elif self.owner == (serial, key):
            assert verdict is Verdict.IN
        else:
            assert verdict.lets_in == leave and (leave or verdict.alarms)
        if verdict in (Verdict.BIND, Verdict.REBIND):
            self.owner = (serial, key)
            self.known = KnownId(Binding.BOUND, False, None, serial, key, None)

    @rule()
    def allow_rebinding(self) -> None:
        if self.owner is not None:
            self.known = replace(self.known, rebinding_until=self.now + REBINDING_LASTS)

    @rule(minutes=st.sampled_from([1, 59, 61, 60 * 24 * 31]))
    def wait(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)


TestLifeOfAnId = LifeOfAnId.TestCase
TestLifeOfAnId.settings = settings(max_examples=60, stateful_step_count=20, deadline=None)
