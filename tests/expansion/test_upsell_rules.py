"""The upsell score as a rule: old without upgrades high, new and fully configured low (WS-04)."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.calendar import add_months
from expansion.rules.upsell import Side, UpsellMachine, UpsellPolicy, months_between, upsell

ON = date(2026, 11, 21)
POLICY = UpsellPolicy()
OLD = UpsellMachine(
    date(2014, 1, 1), None, lacked=Decimal(2), usual=Decimal(2), rung=0, peers_rung=Decimal(2), usage=Decimal(95)
)
NEW = UpsellMachine(
    date(2026, 1, 1), None, lacked=Decimal(0), usual=Decimal(2), rung=3, peers_rung=Decimal(2), usage=Decimal(40)
)


def test_old_machines_without_upgrades_score_high_and_new_full_ones_low():
    assert upsell([OLD], Decimal(90), POLICY, ON).score == 100
    assert upsell([NEW], Decimal(30), POLICY, ON).score == 0


def test_an_example_on_paper():
    """Six years old: (72 - 24) / 96 = 0.5; lacks a quarter of what is usual; a rung of one below a mean of two."""
    machine = UpsellMachine(date(2020, 11, 21), None, Decimal("0.5"), Decimal(2), 1, Decimal(2), Decimal(70))
    found = upsell([machine], Decimal(60), POLICY, ON)
    # 0.5 x 35 + 0.25 x 25 + 0.5 x 15 + 0.5 x 15 + 0.5 x 10 = 43.75
    assert (found.score, found.coverage) == (Decimal("43.8"), 1)
    assert [(p.side, found.brings(p)) for p in found.parts] == [
        (Side.AGE, Decimal("17.5")), (Side.OPTIONS, Decimal("6.2")), (Side.LEVEL, Decimal("7.5")),
        (Side.USAGE, Decimal("7.5")), (Side.HEALTH, Decimal("5.0")),
    ]  # fmt: skip


def test_an_upgrade_makes_a_machine_young_again():
    upgraded = UpsellMachine(date(2014, 1, 1), date(2025, 6, 1))
    assert upsell([upgraded], None, POLICY, ON).score == 0
    ahead = UpsellMachine(date(2014, 1, 1), date(2027, 6, 1))
    assert upsell([ahead], None, POLICY, ON).score == 100


def test_what_is_unknown_leaves_and_the_coverage_says_so():
    found = upsell([UpsellMachine(date(2014, 1, 1)), UpsellMachine(None)], None, POLICY, ON)
    assert (found.score, found.coverage) == (100, Decimal("0.35"))
    assert (found.parts[0].known, found.parts[0].of) == (1, 2)
    assert upsell([UpsellMachine(usage=Decimal(99))], None, POLICY, ON).score is None, "15 of 100 say too little"
    assert upsell([], Decimal(90), POLICY, ON).score is None


@pytest.mark.parametrize(
    ("first", "last", "months"),
    [
        (date(2020, 11, 21), date(2026, 11, 21), 72),
        (date(2020, 11, 22), date(2026, 11, 21), 71),
        (date(2024, 2, 29), date(2025, 2, 28), 12),
        (date(2026, 1, 31), date(2026, 2, 28), 1),
    ],
)
def test_months_are_full_months(first, last, months):
    assert months_between(first, last) == months


def test_a_policy_that_contradicts_itself_says_so():
    assert POLICY.problems() == []
    assert len(UpsellPolicy(age_from_months=120, age=-1).problems()) == 2


some = st.none() | st.decimals(0, 100, places=1)
shares = st.decimals(0, 3, places=2)


@st.composite
def machines(draw):
    age = draw(st.none() | st.integers(0, 300))
    usual = draw(st.none() | shares)
    return UpsellMachine(
        None if age is None else add_months(ON, -age),
        None,
        None if usual is None else min(draw(shares), usual),
        usual,
        draw(st.none() | st.integers(0, 3)),
        draw(st.none() | shares),
        draw(some),
    )


@given(st.lists(machines(), max_size=6), some, st.randoms())
def test_bounded_and_independent_of_the_order(found, health, random):
    first = upsell(found, health, POLICY, ON)
    assert first.score is None or 0 <= first.score <= 100
    assert 0 <= first.coverage <= 1
    shuffled = list(found)
    random.shuffle(shuffled)
    assert upsell(shuffled, health, POLICY, ON) == first


@given(machines(), some, st.integers(1, 200))
def test_the_older_the_higher(machine, health, months):
    if machine.installed_on is None:
        return
    older = UpsellMachine(
        add_months(machine.installed_on, -months), None, machine.lacked, machine.usual, machine.rung,
        machine.peers_rung, machine.usage,
    )  # fmt: skip
    before, after = upsell([machine], health, POLICY, ON), upsell([older], health, POLICY, ON)
    assert before.score is None or after.score >= before.score


@given(machines(), some, shares)
def test_the_more_is_lacking_the_higher(machine, health, more):
    if machine.lacked is None or not machine.usual:
        return
    barer = UpsellMachine(
        machine.installed_on, None, min(machine.lacked + more, machine.usual), machine.usual, machine.rung,
        machine.peers_rung, machine.usage,
    )  # fmt: skip
    before, after = upsell([machine], health, POLICY, ON), upsell([barer], health, POLICY, ON)
    assert before.score is None or after.score >= before.score
