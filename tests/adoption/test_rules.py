"""Phases, check-ins, and what a go-live sets off: pure rules against examples and properties."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from health.rules.adoption import (
    AdoptionPolicy,
    GoLive,
    Phase,
    day_number,
    next_check_in,
    occurrences,
    phase_of,
    phase_starts,
)
from playbooks.rules import State

POLICY = AdoptionPolicy()
LIVE = date(2026, 11, 2)
BEGINNING = date(1900, 1, 1)
days = st.integers(min_value=-30, max_value=900)


def on(n: int) -> date:
    return LIVE + timedelta(days=n)


def machine(**values) -> GoLive:
    facts: dict[str, Any] = {
        "id": 7,
        "account_id": 1,
        "owner_id": 1,
        "known_on": LIVE,
        "went_live_on": LIVE,
        "lead_id": 7,
    }
    return GoLive(**(facts | values))


def ran(of: GoLive, *when: date) -> dict[tuple[str, str], str]:
    """What is on record after the day was run on these dates."""
    record: dict[tuple[str, str], str] = {}
    for day in when:
        for one in occurrences(of, record, POLICY, BEGINNING, day):
            record[(one.rung.rule, one.rung.key)] = one.state.value
    return record


def fired(record: dict[tuple[str, str], str]) -> list[str]:
    return [key.partition("@")[0] for (_rule, key), state in record.items() if state == State.FIRED]


@pytest.mark.parametrize(
    ("n", "phase"),
    [(-1, "before"), (0, "early"), (28, "early"), (29, "value"), (84, "value"), (85, "steady"), (182, "steady"),
     (183, "over")],
)  # fmt: skip
def test_the_phases_end_with_week_four_and_week_twelve(n, phase):
    assert phase_of(LIVE, on(n), POLICY) == phase


def test_a_machine_that_is_not_live_is_before():
    assert phase_of(None, LIVE, POLICY) is Phase.BEFORE


@given(days, days)
def test_phases_only_go_forward_and_start_on_their_first_day(first, second):
    order = list(Phase)
    one, other = sorted((first, second))
    assert order.index(phase_of(LIVE, on(one), POLICY)) <= order.index(phase_of(LIVE, on(other), POLICY))
    for phase, day in phase_starts(LIVE, POLICY).items():
        assert phase_of(LIVE, day, POLICY) is phase
        assert phase_of(LIVE, day - timedelta(days=1), POLICY) is not phase


def test_the_first_week_asks_daily_then_weekly():
    assert next_check_in(LIVE, None, POLICY) == on(1)
    assert next_check_in(LIVE, on(1), POLICY) == on(2)
    assert next_check_in(LIVE, on(9), POLICY) == on(14)
    assert next_check_in(LIVE, on(-20), POLICY) == on(1)
    assert next_check_in(LIVE, on(84), POLICY) is None


def test_every_day_fires_each_phase_check_in_and_reminder_once():
    record = ran(machine(), *(on(n) for n in range(760)))
    assert fired(record) == [
        "LIVE.early", "CHECK.D1", "CHECK.D2", "CHECK.D3", "CHECK.D4", "CHECK.D7", "CHECK.D14", "CHECK.D21", "CHECK.D28",
        "LIVE.value", "CHECK.D42", "CHECK.D56", "CHECK.D70", "CHECK.D84", "LIVE.steady",
        "MAINTENANCE.M6", "MAINTENANCE.M12", "SOFTWARE.M12", "MAINTENANCE.M18", "MAINTENANCE.M24", "SOFTWARE.M24",
    ]  # fmt: skip
    assert set(record.values()) == {State.FIRED}


@given(st.lists(st.integers(min_value=0, max_value=110), min_size=1, max_size=30))
def test_whichever_days_are_run_the_same_is_on_record_and_nothing_twice(chosen):
    last = on(max(chosen))
    every = ran(machine(), *(on(n) for n in range(max(chosen) + 1)))
    some = ran(machine(), *(on(n) for n in sorted(chosen)))
    assert some.keys() == every.keys() == ran(machine(), last).keys()
    assert ran(machine(), *(on(n) for n in sorted(chosen)), last) == some


@given(st.integers(min_value=0, max_value=1500))
def test_a_late_import_starts_where_it_stands(n):
    """At most one phase, one check-in and one reminder of each kind, however late."""
    record = ran(machine(known_on=on(n)), on(n))
    new = fired(record)
    assert len([key for key in new if key.startswith("LIVE")]) == (n <= 182)
    assert len([key for key in new if key.startswith("CHECK")]) == (1 <= n <= 114)
    assert len(new) <= 4
    if n > 182:
        assert not any(key.startswith(("LIVE", "CHECK")) for _rule, key in record)
    reminders = {"MAINTENANCE.M6", "MAINTENANCE.M12", "MAINTENANCE.M18", "MAINTENANCE.M24", "SOFTWARE.M12"}
    assert not reminders & set(new) or day_number(LIVE, on(n)) in {181, 365, 547, 731}


def test_families_have_intervals_of_their_own():
    record = ran(machine(maintenance_months=3, software_months=24), *(on(n) for n in range(400)))
    assert [k for k in fired(record) if not k.startswith(("LIVE", "CHECK"))] == [
        "MAINTENANCE.M3", "MAINTENANCE.M6", "MAINTENANCE.M9", "MAINTENANCE.M12",
    ]  # fmt: skip


def test_a_corrected_go_live_is_the_same_start_and_a_new_one_is_another():
    record = ran(machine(), on(0), on(1), on(2))
    moved = machine(went_live_on=on(-5))
    again = occurrences(moved, record, POLICY, BEGINNING, on(3))
    assert [one.rung.key for one in again if one.rung.key.startswith("LIVE")] == []
    later = occurrences(moved, record, POLICY, BEGINNING, on(24))
    assert [one.rung.key for one in later if one.rung.key.startswith("LIVE")] == ["LIVE.value@2026-11-02"]
    anew = occurrences(machine(went_live_on=on(40)), record, POLICY, BEGINNING, on(40))
    assert [one.rung.key for one in anew] == ["LIVE.early@2026-12-12"]


def test_one_machine_carries_the_start_of_several_and_none_that_is_gone_does():
    assert ran(machine(lead_id=5), on(0)) == {}
    assert ran(machine(taken_out_on=on(0)), on(0)) == {}
    assert ran(machine(counted=False), on(0)) == {}
    assert ran(machine(went_live_on=None), on(0)) == {}
    assert ran(machine(), on(-1)) == {}
