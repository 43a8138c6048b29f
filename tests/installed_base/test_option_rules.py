"""Upgrade options as rules: what applies, what is fitted, what is missing, what it would have prevented."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from installed_base.rules.options import (
    Fleet,
    Machine,
    Option,
    OptionsPolicy,
    applicable,
    fitted_names,
    missing,
    would_prevent,
)

ON = date(2026, 11, 21)
POLICY = OptionsPolicy()
VISION = Option(1, "Vision kit", "efficiency", product_id=7, prevents=("jam", "Gripper slips"))
WATCH = Option(2, "Remote watch", "connectivity", family_id=3)
LATER = Option(3, "Scanner 2027", "safety", family_id=3, offered_from=date(2027, 1, 1))
ALL = [VISION, WATCH, LATER]


@pytest.mark.parametrize(
    ("options", "names"),
    [
        (["Vision kit", " remote Watch "], {"vision kit", "remote watch"}),
        ("Vision kit; Remote watch, X", {"vision kit", "remote watch", "x"}),
        (None, set()), ({}, set()), ("", set()), ([1, None, ""], set()), (3, set()),
    ],
)  # fmt: skip
def test_what_a_configuration_names(options, names):
    assert fitted_names(options) == names


def test_an_option_applies_to_its_product_or_family_from_its_day():
    assert [o.id for o in applicable(ALL, Machine(1, 7, 3), ON)] == [1, 2]
    assert [o.id for o in applicable(ALL, Machine(1, 8, 3), date(2027, 1, 1))] == [2, 3]
    assert applicable(ALL, Machine(1, None, None), ON) == []


def test_a_word_of_the_failure_is_enough():
    assert would_prevent(VISION, "Tray JAMS at the outfeed")
    assert would_prevent(VISION, "gripper slips again")
    assert not would_prevent(VISION, "Motor hot")
    assert not would_prevent(WATCH, "Tray jams")


def test_missing_is_told_with_its_share_among_the_others():
    fleet = Fleet({(7, 3, frozenset({"vision kit"})): 6, (7, 3, frozenset()): 2, (8, 3, frozenset()): 1})
    shares = {option.id: fleet.fitted(option) for option in ALL}
    assert shares == {1: (6, 8), 2: (0, 9), 3: (0, 9)}
    found = missing(Machine(1, 7, 3), ALL, shares, POLICY, ON)
    assert [(m.option.id, m.share, m.of, m.standard) for m in found] == [
        (1, Decimal(6) / 7, 7, True), (2, Decimal(0), 8, False)
    ]  # fmt: skip
    assert [m.option.id for m in missing(Machine(1, 7, 3, frozenset({"vision kit"})), ALL, shares, POLICY, ON)] == [2]


def test_too_few_machines_say_nothing_but_the_option_is_still_missing():
    found = missing(Machine(1, 7, 3), [VISION], {1: (2, 5)}, POLICY, ON)
    assert [(m.share, m.of, m.standard) for m in found] == [(None, 4, False)]


names = st.frozensets(st.sampled_from(["vision kit", "remote watch", "other"]))


@given(st.dictionaries(st.tuples(st.sampled_from([7, 8, None]), st.sampled_from([3, 4, None]), names),
                       st.integers(1, 30)), names)  # fmt: skip
def test_shares_are_shares_and_what_is_fitted_is_never_missing(counts, fitted):
    fleet, backward = Fleet(counts), Fleet(dict(reversed(counts.items())))
    machine = Machine(1, 7, 3, fitted)
    shares = {option.id: fleet.fitted(option) for option in ALL}
    assert shares == {option.id: backward.fitted(option) for option in ALL}
    for one in missing(machine, ALL, shares, POLICY, ON):
        assert one.option.name.casefold() not in fitted
        assert one.share is None or 0 <= one.share <= 1
