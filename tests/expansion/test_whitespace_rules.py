"""The whitespace matrix as rules: states, fills, peers (WS-01..05, WS-09; CT-30: a fixture of our own)."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from expansion.rules.whitespace import (
    Adoption,
    Fill,
    Peer,
    Said,
    State,
    WhitespacePolicy,
    asked_again,
    fill_of,
    size_of,
    state_of,
)

ON = date(2026, 11, 21)
POLICY = WhitespacePolicy()
SAID = [State.COMPETITOR, State.ITSELF, State.NEVER_OFFERED, State.DECLINED, State.NOT_APPLICABLE]


def said(state, again=None):
    return Said(state, ON - timedelta(days=30), again)


@pytest.mark.parametrize(
    ("bought", "deal", "answer", "state"),
    [
        (False, False, None, State.UNKNOWN),
        (True, False, None, State.BOUGHT),
        (True, True, said(State.NOT_APPLICABLE), State.BOUGHT),
        (False, True, said(State.COMPETITOR), State.OPEN),
        (False, False, said(State.COMPETITOR), State.COMPETITOR),
        (False, False, said(State.ITSELF), State.ITSELF),
        (False, False, said(State.NEVER_OFFERED), State.NEVER_OFFERED),
        (False, False, said(State.NOT_APPLICABLE), State.NOT_APPLICABLE),
        (False, False, said(State.DECLINED, ON + timedelta(days=1)), State.DECLINED),
        (False, False, said(State.DECLINED, ON), State.UNKNOWN),
    ],
)
def test_a_cell_has_one_state(bought, deal, answer, state):
    assert state_of(bought=bought, open_deal=deal, said=answer, on=ON) is state


def test_a_refusal_is_asked_again_from_its_day():
    refusal = said(State.DECLINED, ON)
    assert not asked_again(refusal, ON - timedelta(days=1))
    assert asked_again(refusal, ON)
    assert not asked_again(said(State.COMPETITOR), ON)


def test_what_does_not_apply_leaves_the_fill_and_all_else_counts():
    """Our own Klant 1 and 2: Machine A, Machine B, Service, Training, Parts."""
    b, q, n = State.BOUGHT, State.UNKNOWN, State.NOT_APPLICABLE
    first, second = fill_of([b, b, b, q, b]), fill_of([b, n, q, b, b])
    assert (first, second) == (Fill(4, 5), Fill(3, 4))
    assert (first + second).share == Decimal(7) / 9
    assert fill_of([n, n]).share is None


@given(st.lists(st.sampled_from(list(State))))
def test_a_fill_lies_between_nothing_and_all_whatever_the_order(states):
    found = fill_of(states)
    assert 0 <= found.bought <= found.applicable <= len(states)
    assert fill_of(reversed(states)) == found


@pytest.mark.parametrize(("machines", "size"), [(0, 0), (2, 0), (3, 1), (9, 1), (10, 2), (25, 3), (400, 3)])
def test_the_size_of_a_park_is_a_step_of_the_policy(machines, size):
    assert size_of(machines, POLICY) == size


FOOD = Peer("small", "food", 1)
PHARMA = Peer("small", "pharma", 1)


def test_peers_are_of_the_same_kind_and_the_account_itself_is_none_of_them():
    found = Adoption({FOOD: 9, PHARMA: 40}, {(FOOD, "x"): 6, (PHARMA, "x"): 0}, {"x": Decimal(1000)}, POLICY)
    hint = found.hint(FOOD, "x")
    assert (hint.bought, hint.of, hint.peer) == (6, 8, FOOD)
    assert found.worth(hint, "x") == Decimal("750.00")


def test_too_few_peers_draw_a_wider_circle_and_nobody_says_nothing():
    found = Adoption({FOOD: 3, PHARMA: 8}, {(FOOD, "x"): 1, (PHARMA, "x"): 4}, {}, POLICY)
    hint = found.hint(FOOD, "x")
    assert (hint.bought, hint.of, hint.peer) == (5, 10, Peer("small", None, 1))
    assert found.worth(hint, "x") is None, "what it usually brings is unknown, and unknown is not zero"
    assert Adoption({FOOD: 5}, {}, {}, POLICY).hint(FOOD, "x") is None


peers = st.builds(Peer, st.sampled_from(["small", "large"]), st.sampled_from(["food", "pharma"]), st.integers(0, 3))


@given(st.dictionaries(peers, st.integers(1, 12), min_size=1), st.data())
def test_a_share_is_a_share_and_the_order_of_the_counts_does_not_matter(accounts, data):
    bought = {
        (peer, "x"): data.draw(st.integers(0, count - 1)) for peer, count in accounts.items()
    }  # the account that asks has not bought
    forward = Adoption(accounts, bought, {"x": Decimal(100)}, POLICY)
    backward = Adoption(dict(reversed(accounts.items())), dict(reversed(bought.items())), {"x": Decimal(100)}, POLICY)
    for peer in accounts:
        hint = forward.hint(peer, "x")
        assert hint == backward.hint(peer, "x")
        if hint is not None:
            assert 0 <= hint.share <= 1
            assert hint.of >= POLICY.least_peers
            assert 0 <= forward.worth(hint, "x") <= 100
