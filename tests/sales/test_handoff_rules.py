"""What a handoff must say, by what the deal delivers (CV-02, CV-05)."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sales.models import DealKind
from sales.rules.handoff import (
    CONTRACT,
    ITEMS,
    MACHINE,
    TO_CS,
    TO_SALES,
    TRAINING,
    HandoffPolicy,
    delivers,
    in_time,
    is_complete,
    missing,
)
from sales.words.handoff import ITEM_LABELS

ON = date(2026, 3, 2)
POLICY = HandoffPolicy()


@pytest.mark.parametrize(
    ("kind", "products", "existing", "wrote", "parts"),
    [
        ("new_logo", [], False, (), {MACHINE}),
        ("replacement", [], True, (), {MACHINE}),
        ("upgrade", [], True, (), {MACHINE}),
        ("contract_upsell", [], True, (), {CONTRACT}),
        ("win_back", [], False, (), {CONTRACT}),
        ("win_back", ["machine"], False, (), {MACHINE}),
        ("cross_sell", [], True, (), {CONTRACT}),
        ("cross_sell", ["module"], True, (), {MACHINE}),
        ("cross_sell", ["service"], True, (), {TRAINING}),
        ("cross_sell", [], False, (), {TRAINING}),
        ("cross_sell", [], False, (MACHINE, CONTRACT), {MACHINE, CONTRACT}),
        ("replacement", ["machine"], True, (CONTRACT,), {CONTRACT}),
    ],
)
def test_what_a_deal_delivers(kind, products, existing, wrote, parts):
    assert delivers(kind, products, existing=existing, wrote=wrote) == parts


def test_every_kind_of_deal_delivers_something():
    assert all(delivers(kind, [], existing=False) for kind in DealKind.values)


@pytest.mark.parametrize(
    ("direction", "parts", "required"),
    [
        (TO_SALES, {MACHINE}, ("what", "history", "contact", "introduced_on")),
        (TO_CS, {MACHINE}, ("what", "promises", "operator", "training", "risks", "installs_on")),
        (TO_CS, {CONTRACT}, ("what", "promises", "risks")),
        (TO_CS, {TRAINING}, ("what", "training")),
        (TO_CS, {CONTRACT, TRAINING}, ("what", "promises", "training", "risks")),
        (TO_CS, set(), ("what",)),
    ],
)
def test_what_is_required(direction, parts, required):
    assert POLICY.required(direction, parts) == required


@given(st.sampled_from([TO_SALES, TO_CS]), st.sets(st.sampled_from([MACHINE, CONTRACT, TRAINING])), st.data())
def test_it_is_complete_when_nothing_required_is_missing(direction, parts, data):
    said = data.draw(st.sets(st.sampled_from(ITEMS[direction])))
    required = POLICY.required(direction, parts)
    lacks = missing(required, said)
    assert set(lacks) | (said & set(required)) == set(required)
    assert is_complete(required, said, ON, ON) == (not lacks)
    assert not is_complete(required, said, None, ON)
    assert not is_complete(required, said, ON + timedelta(days=1), ON)


@pytest.mark.parametrize(
    ("accepted", "on", "answer"),
    [
        (ON + timedelta(days=5), ON + timedelta(days=90), True),
        (ON + timedelta(days=6), ON + timedelta(days=90), False),
        (None, ON + timedelta(days=5), True),
        (None, ON + timedelta(days=6), False),
    ],
)
def test_five_days_are_in_time_and_the_sixth_is_late(accepted, on, answer):
    assert in_time(ON, accepted, on, POLICY) is answer


def test_a_policy_that_asks_for_what_no_handoff_has_is_refused():
    assert POLICY.problems() == []
    wrong = HandoffPolicy(handoff_days=0, machine=("what", "colour"), to_sales=("risks",))
    assert [problem.partition(":")[0] for problem in wrong.problems()] == ["handoff_days", "to_sales", "machine"]


def test_every_item_has_words():
    assert {side: tuple(labels) for side, labels in ITEM_LABELS.items()} == ITEMS
