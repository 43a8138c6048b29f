"""The table of probabilities: worked examples, and what holds whatever was observed."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from renewals.rules.forecast import ForecastPolicy, Observed, card_of, expected, shrunk, table_of, target_of

TIERS = ("green", "yellow", "red", "unknown")
POLICY = ForecastPolicy()
SHARE = st.decimals(0, 1, places=4)


@st.composite
def counts(draw):
    decided = draw(st.integers(0, 5000))
    return draw(st.integers(0, decided)), decided


def test_a_worked_example():
    """80 of 100 in the book; 3 of 4 red newcomers: (3 + 20 * 0.8) / 24 = 79.17 %, not 75 %."""
    seen = [Observed("red", 0, 3, 2), Observed("red", 1, 1, 1), Observed("green", 6, 96, 77)]
    table = table_of(seen, TIERS, POLICY)
    assert (table.decided, table.won, table.average) == (100, 80, Decimal("0.8"))
    cell = next(c for c in table.cells if (c.tier, c.band) == ("red", 0))
    assert (cell.decided, cell.won, cell.raw, cell.chance) == (4, 3, Decimal("0.75"), Decimal("0.7917"))
    assert table.chance("red", 1) == Decimal("0.7917")
    assert table.chance("yellow", 3) == Decimal("0.8")  # nobody yet: the average
    assert len(table.cells) == 12


def test_the_bands_begin_at_their_year():
    assert [POLICY.band(years) for years in (0, 1, 2, 4, 5, 40)] == [0, 0, 1, 1, 2, 2]
    assert POLICY.spans() == [(0, 2), (2, 5), (5, None)]


@pytest.mark.parametrize(("decided", "known"), [(0, False), (19, False), (20, True)])
def test_too_little_history_says_no_number(decided, known):
    table = table_of([Observed("green", 0, decided, decided)], TIERS, POLICY)
    assert table.known == known
    assert (table.average is None, table.chance("green", 0) is None) == (not known, not known)


def test_no_policy_makes_a_rate_of_nothing():
    assert not table_of([], TIERS, ForecastPolicy(enough=0)).known


def test_target_and_expectation():
    assert target_of(Decimal(10000), Decimal("0.03")) == Decimal("10300.00")
    assert target_of(None, Decimal("0.03")) is None
    assert expected(Decimal(10000), Decimal("0.7917")) == Decimal("7917.00")
    assert expected(None, Decimal("0.5")) is None and expected(Decimal(1), None) is None


@pytest.mark.parametrize(("won", "decided"), [(2, 1), (-1, 3), (0, -1)])
def test_more_won_than_decided_is_refused(won, decided):
    with pytest.raises(ValueError, match="won lies between"):
        shrunk(won, decided, Decimal("0.5"), 20)


@given(counts(), SHARE, st.integers(0, 500))
def test_a_probability_lies_between_nothing_and_all(seen, average, weight):
    won, decided = seen
    assert 0 <= shrunk(won, decided, average, weight) <= 1


@given(counts(), SHARE, st.integers(0, 500))
def test_one_more_won_never_lowers_it(seen, average, weight):
    won, decided = seen
    assert shrunk(won, decided + 1, average, weight) <= shrunk(won + 1, decided + 1, average, weight)


@given(SHARE, st.integers(0, 500))
def test_without_a_case_it_is_the_average(average, weight):
    assert shrunk(0, 0, average, weight) == average


@given(counts(), SHARE, st.integers(1, 100))
def test_it_lies_between_the_rate_and_the_average_and_tends_to_the_rate(seen, average, weight):
    won, decided = seen
    if decided:
        raw = Decimal(won) / decided
        near = Decimal("0.0001")
        told = shrunk(won, decided, average, weight)
        assert min(raw, average) - near <= told <= max(raw, average) + near
        many = shrunk(won * 10_000, decided * 10_000, average, weight)
        assert abs(many - raw) <= Decimal(weight) / (decided * 10_000) + near


@given(st.lists(st.tuples(st.sampled_from(TIERS), st.integers(0, 30), counts()), max_size=20))
def test_the_cells_add_up_to_the_book(rows):
    table = table_of([Observed(t, y, decided, won) for t, y, (won, decided) in rows], TIERS, POLICY)
    assert sum(c.decided for c in table.cells) == table.decided == sum(r[2][1] for r in rows)
    assert sum(c.won for c in table.cells) == table.won


def test_the_report_card_sets_what_was_said_against_what_became():
    rows = [
        (Decimal("0.82"), True, 8),
        (Decimal("0.88"), False, 2),
        (Decimal("1"), True, 1),
        (Decimal("0.3"), False, 9),
    ]
    card = card_of(rows, POLICY)
    assert card.known and card.decided == 20
    assert [(t.low, t.decided, t.won, t.said, t.became) for t in card.told] == [
        (Decimal("0.3"), 9, 0, Decimal("0.3"), 0),
        (Decimal("0.8"), 10, 8, Decimal("0.832"), Decimal("0.8")),
        (Decimal("0.9"), 1, 1, Decimal(1), 1),
    ]
    assert not card_of(rows[:2], POLICY).known and not card_of([], ForecastPolicy(enough_told=0)).known
