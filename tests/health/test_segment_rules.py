"""Segments by value, and who should own what: tables and properties."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from health.rules.segments import (
    OwnershipPolicy,
    Ratio,
    SegmentPolicy,
    Weight,
    Why,
    dedicated,
    load_of,
    propose,
    segment_for,
)

POLICY = SegmentPolicy()


@pytest.mark.parametrize(
    ("value", "present", "segment"),
    [
        (100_000, "", "enterprise"),
        (99_999, "", "mid_market"),
        (25_000, "", "mid_market"),
        (24_999, "", "small"),
        (0, "enterprise", "small"),
        (109_000, "mid_market", "mid_market"),
        (112_000, "mid_market", "enterprise"),
        (92_000, "enterprise", "enterprise"),
        (90_000, "enterprise", "mid_market"),
        (23_000, "mid_market", "mid_market"),
        (500_000, "brought by a source", "enterprise"),
    ],
)
def test_the_segment_of_a_value_stays_near_a_cut(value: int, present: str, segment: str):
    assert segment_for(Decimal(value), present, POLICY) == segment


@given(st.integers(0, 400_000), st.sampled_from(["", "small", "mid_market", "enterprise"]))
def test_what_the_rule_gave_it_does_not_change_again(value: int, present: str):
    given_ = segment_for(Decimal(value), present, POLICY)
    assert segment_for(Decimal(value), given_, POLICY) == given_


@pytest.mark.parametrize(
    ("counts", "full"),
    [
        ({"enterprise": 20}, "1"),
        ({"mid_market": 50}, "1"),
        ({"small": 200}, "1"),
        ({"enterprise": 10, "mid_market": 25, "small": 2}, "1.01"),
        ({"": 50}, "1"),
    ],
)
def test_a_whole_load_is_the_upper_end_of_a_ratio(counts: dict[str, int], full: str):
    assert load_of(counts, POLICY) == Decimal(full)


def weight(pk: int, owner: int, **values: Any) -> Weight:
    defaults: dict[str, Any] = {"pooled": owner >= 90, "segment": "small", "value": Decimal(pk)}
    return Weight(pk, owner, **(defaults | values))


def test_hybrid_gives_the_top_fifth_a_person_and_red_and_strategic_whatever_their_size():
    accounts = [weight(n, 90) for n in range(1, 11)]
    accounts[0] = weight(1, 90, red=True)
    accounts[1] = weight(2, 90, strategic=True)
    assert dedicated(accounts, OwnershipPolicy(model="hybrid")) == {
        1: Why.RED, 2: Why.STRATEGIC, 10: Why.TOP, 9: Why.TOP,
    }  # fmt: skip
    assert dedicated(accounts, OwnershipPolicy(model="pooled")) == {1: Why.RED, 2: Why.STRATEGIC}


def test_a_person_is_proposed_by_room_and_the_pool_for_the_rest():
    policy = SegmentPolicy(ratios=(Ratio("enterprise", 1, 2), Ratio("mid_market", 1, 4), Ratio("small", 1, 8)))
    accounts = [
        weight(1, 7, segment="enterprise"),
        weight(2, 90, segment="enterprise"),
        weight(3, 90, segment="mid_market"),
        weight(4, 7),
        weight(5, 90),
    ]
    found = propose(accounts, [7, 8], 90, OwnershipPolicy(), policy)
    assert [(p.account_id, p.to_id, p.why) for p in found] == [
        (4, 90, Why.POOL),
        (3, 8, Why.SEGMENT),
        (2, 8, Why.SEGMENT),
    ]
    assert [p.account_id for p in propose(accounts, [7, 8], None, OwnershipPolicy(), policy)] == [3, 2]
    assert propose(accounts, [], None, OwnershipPolicy(), policy) == []


@given(
    st.lists(
        st.tuples(st.sampled_from([7, 8, 90]), st.sampled_from(["small", "mid_market", "enterprise"]), st.booleans()),
        max_size=30,
    ),
    st.sampled_from(["dedicated", "pooled", "hybrid"]),
)
def test_what_was_accepted_is_not_proposed_again(rows: Any, model: str):
    accounts = [weight(n, owner, segment=segment, red=red) for n, (owner, segment, red) in enumerate(rows, 1)]
    policy = OwnershipPolicy(model=model)
    to = {p.account_id: p.to_id for p in propose(accounts, [7, 8], 90, policy, POLICY)}
    moved = [weight(a.id, to.get(a.id, a.owner_id), segment=a.segment, red=a.red) for a in accounts]
    assert propose(moved, [7, 8], 90, policy, POLICY) == []
