"""The age ladder: W-13, leap days, first sight, and an oracle that counts birthdays."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.calendar import BEGINNING
from expansion.rules import AssetFacts, installed_windows, ladder, occurrences, replacement_steps
from installed_base.rules import AgePolicy
from playbooks.rules import State
from tests.playbooks import oracle

POLICY = AgePolicy()


def machine(installed_on: date | None, **values) -> AssetFacts:
    facts: dict[str, Any] = {"id": 1, "account_id": 1, "owner_id": 1, "known_on": date(2000, 1, 1)} | values
    return AssetFacts(installed_on=installed_on, **facts)


def states(asset: AssetFacts, on: date, recorded=None) -> dict[str, State]:
    return {o.rung.milestone: o.state for o in occurrences(asset, recorded or {}, POLICY, BEGINNING, on)}


def test_w13_twelve_years_of_life():
    steps = replacement_steps(date(2016, 1, 1), (24, 18, 12, 6), POLICY)
    assert steps == {24: date(2026, 1, 1), 18: date(2026, 7, 1), 12: date(2027, 1, 1), 6: date(2027, 7, 1)}


def test_w13_fifteen_years_of_life():
    fifteen = AgePolicy(expected_life_years=Decimal(15))
    steps = replacement_steps(date(2010, 1, 1), (24, 18, 12, 6), fifteen)
    assert steps == {24: date(2023, 1, 1), 18: date(2023, 7, 1), 12: date(2024, 1, 1), 6: date(2024, 7, 1)}


def test_ct01_keys_hold_the_age_and_a_family_may_live_longer():
    assert [r.key for r in ladder(machine(date(2016, 1, 1)), POLICY)] == ["AGE.R5", "AGE.R10", "AGE.R12"]
    longer = machine(date(2016, 1, 1), life_years=Decimal("15.5"))
    assert [r.key for r in ladder(longer, POLICY)] == ["AGE.R5", "AGE.R13.5", "AGE.R15.5"]


@pytest.mark.parametrize(
    ("installed_on", "expected"),
    [
        (date(2021, 11, 22), {}),
        (date(2021, 11, 21), {"upgrade": "fired"}),
        (date(2016, 11, 21), {"upgrade": "superseded", "replacement": "fired"}),
        (date(2014, 11, 21), {"upgrade": "superseded", "replacement": "superseded", "end_of_life": "fired"}),
    ],
)
def test_at_first_sight_only_the_highest_rung_fires(installed_on, expected):
    assert states(machine(installed_on), date(2026, 11, 21)) == expected


def test_29_february_has_its_birthday_on_the_28th_in_common_years():
    born = machine(date(2020, 2, 29))
    assert states(born, date(2025, 2, 27)) == {}
    assert states(born, date(2025, 2, 28)) == {"upgrade": "fired"}


def test_the_upgrade_is_not_raised_once_the_conversation_is_due():
    short = machine(date(2022, 1, 1), life_years=Decimal(5))
    assert states(short, date(2026, 1, 1)) == {"replacement": "fired"}
    assert states(short, date(2027, 1, 1)) == {
        "upgrade": "superseded",
        "replacement": "superseded",
        "end_of_life": "fired",
    }


def test_without_a_date_nothing_is_said_and_a_machine_that_left_says_nothing_new():
    assert states(machine(None), date(2026, 11, 21)) == {}
    gone = machine(date(2010, 1, 1), taken_out_on=date(2021, 6, 1))
    assert states(gone, date(2026, 11, 21)) == {"upgrade": "withdrawn", "replacement": "withdrawn"}
    assert states(machine(date(2010, 1, 1), counted=False), date(2026, 11, 21)) == {}


@given(st.dates(date(1995, 1, 1), date(2024, 12, 31)), st.integers(0, 9000), st.sampled_from([8, 12, 15]))
def test_the_oracle_counts_the_same_birthdays(installed_on, days, life):
    on = installed_on + timedelta(days=days)
    asset = machine(installed_on, life_years=Decimal(life))
    found = [(r.milestone, r.due_on) for r in ladder(asset, POLICY) if r.due_on <= on]
    assert found == oracle.reached_by_walking(installed_on, on, life)


@given(st.dates(date(2000, 1, 1), date(2020, 12, 31)), st.integers(0, 60), st.dates(date(2021, 1, 1), date(2032, 1, 1)))
def test_the_windows_of_the_index_leave_no_machine_out(installed_on, gap, until):
    after = until - timedelta(days=gap)
    due = [r for r in ladder(machine(installed_on), POLICY) if after < r.due_on <= until]
    windows = installed_windows(POLICY, [None], after, until)
    assert not due or any(first <= installed_on <= last for first, last in windows)
