"""Where a rescue stands, and its clock: a table, and that no state goes without its fact."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from health.rules import Tier
from health.rules.rescue import (
    Lack,
    RescueFacts,
    RescuePolicy,
    RescueState,
    clock_of,
    lacks,
    may_recover,
    state_of,
)

POLICY = RescuePolicy()
BEGAN = date(2026, 8, 1)


def day(number: int) -> date:
    return BEGAN + timedelta(days=number)


@pytest.mark.parametrize(
    ("facts", "state"),
    [
        ({}, RescueState.AT_RISK),
        ({"cause_on": day(3)}, RescueState.AT_RISK),
        ({"action_on": day(3)}, RescueState.AT_RISK),
        ({"cause_on": day(3), "action_on": day(4)}, RescueState.PLANNED),
        ({"cause_on": day(3), "action_on": day(31)}, RescueState.AT_RISK),
        ({"score_then": Decimal(40), "score_now": Decimal("44.9")}, RescueState.AT_RISK),
        ({"score_then": Decimal(40), "score_now": Decimal(45)}, RescueState.RECOVERING),
        ({"score_then": None, "score_now": Decimal(45)}, RescueState.AT_RISK),
        ({"left_red_on": day(30)}, RescueState.RECOVERED),
        ({"left_red_on": day(31)}, RescueState.AT_RISK),
        ({"concluded_on": day(20)}, RescueState.LOST),
        ({"concluded_on": day(20), "recovered": True}, RescueState.RECOVERED),
        ({"concluded_on": day(20), "left_red_on": day(25)}, RescueState.LOST),
    ],
)
def test_where_a_rescue_stands_on_day_30(facts: dict[str, Any], state: RescueState):
    assert state_of(RescueFacts(BEGAN, **facts), POLICY, day(30)) is state


@pytest.mark.parametrize(
    ("on", "left", "over"), [(0, 90, False), (34, 56, False), (90, 0, False), (91, -1, True), (200, -110, True)]
)
def test_the_clock_counts_from_the_first_day(on: int, left: int, over: bool):
    clock = clock_of(RescueFacts(BEGAN), POLICY, day(on))
    assert (clock.day, clock.left, clock.over, clock.ends_on) == (on, left, over, date(2026, 10, 30))


def test_the_clock_stops_where_it_ends():
    facts = RescueFacts(BEGAN, left_red_on=day(41), closed_on=day(43))
    clock = clock_of(facts, POLICY, day(200))
    assert (clock.day, clock.stopped, clock.over) == (41, True, False)
    assert lacks(facts, POLICY, day(200)) == ()


def test_what_is_missing_in_the_order_in_which_it_is_done():
    assert lacks(RescueFacts(BEGAN), POLICY, day(10)) == (Lack.CAUSE, Lack.ACTIONS, Lack.SPONSOR)
    known = RescueFacts(BEGAN, cause_on=day(1), action_on=day(2), sponsor_on=day(3))
    assert (lacks(known, POLICY, day(89)), lacks(known, POLICY, day(90))) == ((), (Lack.DECISION,))


def test_a_red_account_has_not_recovered_because_somebody_says_so():
    assert [may_recover(RescueFacts(BEGAN, tier=tier)) for tier in Tier] == [True, True, False, True]


@given(
    st.fixed_dictionaries(
        {name: st.none() | st.integers(0, 150).map(day) for name in
         ("cause_on", "action_on", "sponsor_on", "left_red_on", "concluded_on")}
    ),
    st.integers(0, 150),
)  # fmt: skip
def test_a_later_fact_is_not_seen_before_its_day(facts: dict[str, Any], on: int):
    seen: dict[str, Any] = {name: value if value and value <= day(on) else None for name, value in facts.items()}
    for rule in (state_of, clock_of, lacks):
        assert rule(RescueFacts(BEGAN, **facts), POLICY, day(on)) == rule(RescueFacts(BEGAN, **seen), POLICY, day(on))
