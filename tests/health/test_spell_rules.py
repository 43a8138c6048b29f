"""Stretches of days in a tier, against a recomputation that walks every day."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from health.rules import Tier
from health.rules.spells import Stretch, course, fell, known_before

DAY = date(2026, 1, 1)
RANK = {Tier.RED: 0, Tier.YELLOW: 1, Tier.GREEN: 2}
LETTERS = {"g": Tier.GREEN, "y": Tier.YELLOW, "r": Tier.RED, "u": Tier.UNKNOWN}


def day(number: int) -> date:
    return DAY + timedelta(days=number)


def series(letters: str) -> list[tuple[date, Tier]]:
    """One row per change, as scores are kept."""
    tiers = [LETTERS[letter] for letter in letters]
    return [(day(i), tier) for i, tier in enumerate(tiers) if i == 0 or tier is not tiers[i - 1]]


def found(letters: str, rise: int = 7, fall: int = 1) -> str:
    """The stretches of such days, one letter a day."""
    stretches = course(series(letters), day(len(letters) - 1), rise=rise, fall=fall).stretches
    return "".join(_tier_of(stretches, day(i)).value[0] for i in range(len(letters)))


def _tier_of(stretches: tuple[Stretch, ...], on: date) -> Tier:
    return next(s.tier for s in stretches if s.began_on <= on and (s.ended_on is None or on < s.ended_on))


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        ("gggggyyyy", "gggggyyyy"),
        ("yyygggggg", "yyyyyyyyy"),
        ("yyyggggggg", "yyyyyyyyyg"),
        ("yyygggygggggg", "yyyyyyyyyyyyy"),
        ("gryg", "grrr"),
        ("ruggg", "ruggg"),
        ("uuyr", "uuyr"),
    ],
)
def test_a_fall_counts_at_once_a_rise_after_a_week(days: str, expected: str):
    assert found(days) == expected


def test_the_mildest_of_the_dates_that_counted_is_the_new_tier():
    assert found("gyrry", fall=3) == "ggg" + "yy"
    assert found("rgyyyyggg", rise=3) == "rrry" + "yyyyg"


def test_a_streak_says_when_it_will_turn():
    assert course(series("yyyggg"), day(5), rise=7, fall=1).turns_on == day(9)
    assert course(series("yyy"), day(40), rise=7, fall=1).turns_on is None


DAYS = st.text(alphabet="gyru", min_size=1, max_size=40)
COUNTS = st.integers(1, 5)


@given(DAYS, COUNTS, COUNTS)
def test_stretches_are_those_of_a_walk_through_every_day(days: str, rise: int, fall: int):
    assert found(days, rise, fall) == walk(days, rise, fall)


def walk(days: str, rise: int, fall: int) -> str:
    """Day by day, with the dates since the last turn in hand."""
    present, since, out = LETTERS[days[0]], [], ""
    for letter in days:
        since.append(LETTERS[letter])
        present, since = _step(present, since, rise, fall)
        out += present.value[0]
    return out


def _step(present: Tier, since: list[Tier], rise: int, fall: int) -> tuple[Tier, list[Tier]]:
    last = since[-1]
    if last is present:
        return present, since
    if Tier.UNKNOWN in (last, present):
        return last, [last]
    up = RANK[last] > RANK[present]
    streak: list[Tier] = []
    for tier in reversed(since):
        if tier is Tier.UNKNOWN or tier is present or (RANK[tier] > RANK[present]) is not up:
            break
        streak.append(tier)
    needed = rise if up else fall
    if len(streak) < needed:
        return present, since
    mildest = (min if up else max)(streak[:needed], key=lambda tier: RANK[tier])
    return mildest, [last]


@given(DAYS, COUNTS, COUNTS, st.integers(0, 39))
def test_going_on_from_a_stretch_is_the_same_as_from_the_beginning(days: str, rise: int, fall: int, stop: int):
    until = day(len(days) - 1)
    whole = course(series(days), until, rise=rise, fall=fall)
    half = course(series(days), min(day(stop), until), rise=rise, fall=fall)
    rows = series(days)
    start = half.stretches[-1]
    began = max(on for on, _ in rows if on <= start.began_on)
    rest = course([row for row in rows if row[0] >= began], until, rise=rise, fall=fall, start=start)
    assert (*half.stretches[:-1], *rest.stretches) == whole.stretches
    assert rest.turns_on == whole.turns_on


@given(DAYS, COUNTS, COUNTS)
def test_stretches_follow_each_other(days: str, rise: int, fall: int):
    stretches = course(series(days), day(len(days) - 1), rise=rise, fall=fall).stretches
    for before, after in pairwise(stretches):
        assert before.ended_on == after.began_on > before.began_on
        assert (after.came_from, before.tier == after.tier) == (before.tier, False)
    assert stretches[-1].ended_on is None


def test_only_a_known_tier_can_be_fallen_from():
    stretches = course(series("gur"), day(2), rise=1, fall=1).stretches
    assert known_before(stretches) is Tier.GREEN
    assert known_before(stretches[:1]) is None
    assert fell(Tier.RED, Tier.GREEN) and fell(Tier.YELLOW, Tier.GREEN)
    assert not fell(Tier.GREEN, Tier.RED) and not fell(Tier.UNKNOWN, Tier.GREEN) and not fell(Tier.RED, None)
