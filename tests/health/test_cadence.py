"""How often whom: cadences by tier and segment, check-ins from one anchor, and silence against each day walked."""

from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.calendar import add_months
from health.rules import SilencePolicy, Tier
from health.rules.cadence import (
    BOOKS,
    TALKS,
    Cadence,
    CheckinFacts,
    Stood,
    checkin_news,
    checkins,
    fell_silent_on,
)
from playbooks.library import GROW, RECOVER, RESCUE, playbook
from playbooks.rules import State

POLICY = SilencePolicy()
BEGIN = date(1900, 1, 1)
DAYS = st.dates(date(2024, 1, 1), date(2027, 12, 31))


def play(tier: Tier, anchor: date, segment: str = "", opened: date | None = None) -> CheckinFacts:
    return CheckinFacts(1, 1, 1, BEGIN, BOOKS[tier], anchor, opened or anchor, segment, "", 1, None, False)


def test_each_tier_has_its_playbook_with_steps_for_every_turn():
    assert set(BOOKS.values()) == {RESCUE, RECOVER, GROW}
    for tier, key in BOOKS.items():
        anchor = date(2026, 1, 1)
        turns = {rung.milestone for rung in checkins(play(tier, anchor), POLICY, date(2028, 1, 1))}
        for turn in turns:
            assert [step.milestone for step in playbook(key).released_by(turn)] == [turn]
        assert any(step.key in TALKS for step in playbook(key).released_by("open"))


@pytest.mark.parametrize(
    ("tier", "segment", "silent_after"),
    [
        (Tier.RED, "enterprise", date(2026, 2, 14)),
        (Tier.YELLOW, "", date(2026, 3, 14)),
        (Tier.GREEN, "mid_market", date(2026, 4, 30)),
        (Tier.GREEN, "small", date(2026, 7, 31)),
        (Tier.UNKNOWN, "small", date(2026, 4, 30)),
    ],
)
def test_the_cadence_follows_from_tier_and_segment(tier: Tier, segment: str, silent_after: date):
    assert POLICY.cadence(tier, segment).silent_from(date(2026, 1, 31)) == silent_after


def test_a_cadence_of_tier_and_segment_goes_before_that_of_the_tier():
    policy = SilencePolicy(cadences=(Cadence("red", days=7), Cadence("red", "enterprise", days=3)))
    assert (policy.cadence(Tier.RED, "enterprise").days, policy.cadence(Tier.RED, "small").days) == (3, 7)


def test_check_ins_count_from_the_anchor_and_keep_the_end_of_the_month():
    found = [r.due_on for r in checkins(play(Tier.YELLOW, date(2026, 1, 31)), POLICY, date(2026, 5, 31))]
    assert found == [date(2026, 3, 31), date(2026, 4, 30), date(2026, 5, 31)]
    weekly = [r.due_on for r in checkins(play(Tier.RED, date(2026, 1, 1)), POLICY, date(2026, 1, 22))]
    assert weekly == [date(2026, 1, 8), date(2026, 1, 15), date(2026, 1, 22)]


@given(DAYS, st.integers(0, 900), st.sampled_from(["", "small", "enterprise"]))
def test_green_has_at_most_one_touch_a_quarter(anchor: date, days: int, segment: str):
    found = [r.due_on for r in checkins(play(Tier.GREEN, anchor, segment), POLICY, anchor + timedelta(days=days))]
    assert all(add_months(anchor, 3) < day for day in found)
    assert all((after - before).days >= 88 for before, after in pairwise(found))


@given(
    st.sampled_from(list(BOOKS)),
    DAYS,
    st.lists(st.integers(1, 120), min_size=1, max_size=8),
    st.integers(0, 20),
)
def test_the_same_check_ins_are_on_record_whatever_days_were_run(tier: Tier, anchor: date, gaps: Any, late: int):
    facts = play(tier, anchor, opened=anchor + timedelta(days=late))
    last = anchor + timedelta(days=sum(gaps))
    days = [anchor + timedelta(days=sum(gaps[: n + 1])) for n in range(len(gaps))]
    every = [anchor + timedelta(days=n) for n in range((last - anchor).days + 1)]
    found = [_keys(facts, ran) for ran in (every, days, [last])]
    assert found[0] == found[1] == found[2] == {r.key for r in checkins(facts, POLICY, last)}


def _keys(facts: CheckinFacts, days: list[date]) -> set[str]:
    recorded: dict[tuple[str, str], str] = {}
    for day in days:
        new = checkin_news(facts, recorded, POLICY, BEGIN, day)
        assert sum(o.state is State.FIRED for o in new) <= 1
        recorded |= {(o.rung.rule, o.rung.key): o.state for o in new}
    assert not any(checkin_news(facts, recorded, POLICY, BEGIN, days[-1]))
    return {key for _, key in recorded}


@given(
    st.integers(0, 60),
    st.lists(st.tuples(st.sampled_from(list(Tier)), st.integers(1, 60)), min_size=1, max_size=6),
    st.sampled_from(["", "small"]),
)
def test_the_day_a_silence_is_too_long_is_that_of_a_walk_over_every_day(before: int, runs: Any, segment: str):
    start = date(2026, 3, 1)
    last_on, stood, day = start - timedelta(days=before), [], start
    for number, (tier, length) in enumerate(runs):
        ends = None if number == len(runs) - 1 else day + timedelta(days=length)
        stood.append(Stood(tier, segment, day, ends))
        day += timedelta(days=length)
    walked = next(
        d
        for d in (start + timedelta(days=n) for n in range(700))
        for row in stood
        if row.began_on <= d and (row.ended_on is None or d < row.ended_on)
        and POLICY.cadence(row.tier, segment).silent_from(last_on) <= d
    )  # fmt: skip
    assert fell_silent_on(last_on, stood, POLICY) == walked
