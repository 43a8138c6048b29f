"""Scores, their range and reasons: the worked example, the edges of tiers, and what must hold of any card."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.policies import from_json as policy_from_json
from core.policies import to_json as policy_to_json
from health.rules import Health, HealthPolicy, Measure, Reading, Tier, ladder, pulls_down, quick, score
from health.rules.explain import as_read, inputs_hash, to_keep
from health.rules.policy import curve
from health.rules.scoring import changes_on, points_of, stepped

ON = date(2026, 11, 21)
FULL = HealthPolicy()
# One measure per dimension that is its own score: the table of the article.
PLAIN = HealthPolicy(
    measures=tuple(
        Measure(f"the_{d.key}", d.key, "table", "score", 0, curve((0, 0), (100, 100)), Decimal(1))
        for d in FULL.dimensions
    )
)
TABLE = {
    "the_adoption": Reading(Decimal(80)),
    "the_satisfaction": Reading(Decimal(70)),
    "the_outcomes": Reading(Decimal(85)),
    "the_relationship": Reading(Decimal(60)),
    "the_commercial": Reading(Decimal(90)),
}


def without(key: str) -> dict[str, Reading]:
    return {k: v for k, v in TABLE.items() if k != key}


def total(value: Any) -> Health:
    """Health of a customer whose dimensions all score the same."""
    return score({key: Reading(Decimal(str(value))) for key in TABLE}, PLAIN, ON)


def test_w02_the_table_of_the_article_is_yellow():
    health = score(TABLE, PLAIN, ON)
    assert (health.score, health.tier, health.may_be) == (Decimal("76.50"), Tier.YELLOW, None)
    assert (health.low, health.high, health.coverage) == (Decimal("76.50"), Decimal("76.50"), Decimal(1))
    assert [d.weight * d.score for d in health.dimensions] == [24, Decimal("17.5"), 17, 9, 9]


def test_w02_without_relationship_it_is_yellow_that_may_be_green():
    health = score(without("the_relationship"), PLAIN, ON)
    assert (health.score.quantize(Decimal("0.1")), health.tier) == (Decimal("79.4"), Tier.YELLOW)
    assert (health.coverage, health.low, health.high) == (Decimal("0.850"), Decimal("67.50"), Decimal("82.50"))
    assert health.may_be is Tier.GREEN


@pytest.mark.parametrize(
    ("value", "tier"), [(100, "green"), (80, "green"), (79, "yellow"), (60, "yellow"), (59, "red"), (0, "red")]
)
def test_a_tier_begins_with_its_lower_bound(value: int, tier: str):
    assert total(value).tier == tier


def test_between_79_and_80_is_yellow():
    fine = replace(PLAIN, measures=(*PLAIN.measures[:4], replace(PLAIN.measures[4], weight=Decimal(3))))
    health = score(TABLE | {"the_adoption": Reading(Decimal(91))}, fine, ON)
    assert (health.score, health.tier) == (Decimal("79.80"), Tier.YELLOW)


def test_with_too_little_known_there_is_no_score():
    health = score({"the_adoption": Reading(Decimal(100))}, PLAIN, ON)
    assert (health.score, health.tier, health.may_be) == (None, Tier.UNKNOWN, None)
    assert (health.low, health.high, health.coverage) == (Decimal(30), Decimal(100), Decimal("0.300"))
    assert score({}, PLAIN, ON).coverage == 0


def test_what_is_older_than_its_measure_allows_is_unknown():
    readings = {"survey": Reading(Decimal(9), ON - timedelta(days=365), 4)}
    survey = measured(score(readings, FULL, ON), "survey")
    assert (survey.state, survey.points) == ("known", 100)
    stale = measured(score(readings, FULL, ON + timedelta(days=1)), "survey")
    assert (stale.state, stale.points, stale.value, stale.n) == ("stale", None, 9, 4)
    assert changes_on(readings, FULL, ON) == ON + timedelta(days=1)


def measured(health: Health, key: str) -> Any:
    return next(m for d in health.dimensions for m in d.measures if m.key == key)


def test_the_policy_says_what_no_data_means():
    lenient = replace(PLAIN, measures=(*PLAIN.measures[:4], replace(PLAIN.measures[4], no_data="points:50")))
    health = score(without("the_commercial"), lenient, ON)
    assert (health.coverage, health.score) == (1, Decimal("72.50"))
    assert measured(health, "the_commercial").state == "no_data"


def test_parts_stand_in_for_telemetry_only_where_there_is_none():
    parts, runs = Reading(Decimal(30), ON, 1), Reading(Decimal("0.95"), ON, 3)
    alone = score({"parts_rhythm": parts}, FULL, ON).dimensions[0]
    assert (alone.score, alone.coverage.quantize(Decimal("0.01"))) == (100, Decimal("0.33"))
    beside = score({"parts_rhythm": parts, "machines_running": runs}, FULL, ON).dimensions[0]
    assert [m.key for m in beside.measures] == ["machines_running", "utilisation", "quality"]
    assert beside.coverage == Decimal("0.4")


def test_the_quick_card_has_three_measures():
    card = quick()
    assert [m.key for m in card.measures] == ["support_tickets", "recent_orders", "last_contact"]
    readings = {
        "support_tickets": Reading(Decimal(2), ON, 2),
        "recent_orders": Reading(Decimal(40), ON - timedelta(days=40), 1),
        "last_contact": Reading(Decimal(200), ON - timedelta(days=200), 1),
    }
    assert [d.score for d in score(readings, card, ON).dimensions] == [80, 100, 0]
    assert score(readings, card, ON).tier is Tier.YELLOW


@pytest.mark.parametrize("policy", [FULL, quick()])
def test_the_cards_are_whole(policy: HealthPolicy):
    assert sum(d.weight for d in policy.dimensions) == 1
    for measure in policy.measures:
        ys = [y for _, y in measure.curve]
        assert [x for x, _ in measure.curve] == sorted({x for x, _ in measure.curve})
        assert ys == sorted(ys, reverse=not measure.higher_is_better)
        assert measure.dimension in {d.key for d in policy.dimensions}
    assert policy_from_json(HealthPolicy, policy_to_json(policy)) == policy


def test_ages_count_in_steps():
    measure = next(m for m in FULL.measures if m.key == "last_contact")
    assert [stepped(measure, Decimal(d)) for d in (0, 14, 15, 44, 45)] == [0, 0, 15, 30, 30 + 15]
    called = ON - timedelta(days=40)
    assert changes_on({"last_contact": Reading(Decimal(40), called, 1)}, FULL, ON) == called + timedelta(days=45)
    long_ago = {"last_contact": Reading(Decimal(400), ON - timedelta(days=400), 1)}
    assert changes_on(long_ago, FULL, ON) is None


def test_what_pulls_down_comes_worst_first():
    assert pulls_down(score(TABLE, PLAIN, ON)) == (
        ("satisfaction", Decimal("7.50")),
        ("adoption", Decimal("6.00")),
        ("relationship", Decimal("6.00")),
        ("outcomes", Decimal("3.00")),
        ("commercial", Decimal("1.00")),
    )


def test_the_ladder_of_w02_is_one_step():
    (rung,) = ladder(score(TABLE, PLAIN, ON), PLAIN)
    assert (rung.measure, rung.dimension, rung.value_now) == ("the_satisfaction", "satisfaction", 70)
    assert (rung.value_wanted, rung.points_gained, rung.reaches) == (84, Decimal("3.50"), Decimal("80.00"))


def test_there_is_no_ladder_above_green_or_out_of_the_unknown():
    assert ladder(total(90), PLAIN) == ()
    assert ladder(score({}, PLAIN, ON), PLAIN) == ()


VALUES = st.decimals(min_value=-10, max_value=800, places=2)
READINGS = st.fixed_dictionaries(
    {},
    optional={
        m.key: st.builds(
            Reading, st.none() | VALUES, st.integers(0, 900).map(lambda d: ON - timedelta(days=d)), st.integers(0, 9)
        )
        for m in FULL.measures
    },
)
CARDS = st.sampled_from([FULL, quick(), replace(FULL, min_coverage=Decimal(0))])


@given(READINGS, CARDS)
def test_a_score_lies_within_its_range_and_the_range_within_0_and_100(readings: dict[str, Reading], card: Any):
    health = score(readings, card, ON)
    assert 0 <= health.low <= health.high <= 100
    assert 0 <= health.coverage <= 1
    assert health.score is None or health.low <= health.score <= health.high
    assert (health.tier is Tier.UNKNOWN) == (health.score is None)
    if health.coverage == 1:
        assert health.low == health.high == health.score


@given(READINGS, st.randoms())
def test_the_order_of_what_was_read_does_not_matter(readings: dict[str, Reading], random: Any):
    shuffled = list(readings.items())
    random.shuffle(shuffled)
    assert score(dict(shuffled), FULL, ON) == score(readings, FULL, ON)


@given(READINGS, st.sampled_from(FULL.measures), VALUES, VALUES)
def test_better_never_scores_less(readings: dict[str, Reading], measure: Measure, one: Decimal, other: Decimal):
    worse, better = sorted((one, other), reverse=not measure.higher_is_better)
    low = score(readings | {measure.key: Reading(worse, ON, 1)}, FULL, ON)
    high = score(readings | {measure.key: Reading(better, ON, 1)}, FULL, ON)
    assert (low.score is None) == (high.score is None)
    assert low.low <= high.low and low.high <= high.high
    assert low.score is None or high.score is None or low.score <= high.score


@given(READINGS, CARDS)
def test_what_is_kept_tells_the_same_health_again(readings: dict[str, Reading], card: HealthPolicy):
    known = {key: reading for key, reading in readings.items() if reading.value is not None}
    health = score(known, card, ON)
    kept = orjson.loads(orjson.dumps(to_keep(readings)))
    assert score(as_read(kept), card, ON) == health


@given(READINGS, CARDS)
def test_the_reasons_add_up_to_the_score(readings: dict[str, Reading], card: HealthPolicy):
    health = score(readings, card, ON)
    shares = [(d, m) for d in health.dimensions for m in d.measures if m.points is not None]
    known = sum((d.weight * m.weight for d, m in shares), Decimal(0))
    earned = sum((d.weight * m.weight * m.points for d, m in shares if m.points is not None), Decimal(0))
    if health.score is not None:
        assert abs(earned / known - health.score) <= Decimal("0.01")
    assert abs(known / sum((d.weight for d in health.dimensions), Decimal(0)) - health.coverage) <= Decimal("0.001")


@given(READINGS)
def test_a_ladder_lifts_the_tier_and_has_no_step_too_many(readings: dict[str, Reading]):
    health = score(readings, FULL, ON)
    rungs = ladder(health, FULL)
    raised = readings | {r.measure: Reading(r.value_wanted, ON, 1) for r in rungs}
    if rungs:
        assert (score(raised, FULL, ON).score or 0) > (health.score or 0)
        assert better(score(raised, FULL, ON).tier, health.tier)
        assert all(after.reaches > before.reaches for before, after in pairwise(rungs))
        almost = readings | {r.measure: Reading(best(r.measure), ON, 1) for r in rungs[:-1]}
        assert score(almost, FULL, ON).tier == health.tier


def best(key: str) -> Decimal:
    measure = next(m for m in FULL.measures if m.key == key)
    return measure.curve[-1 if measure.higher_is_better else 0][0]


def better(tier: Tier, than: Tier) -> bool:
    rank = [Tier.RED, Tier.YELLOW, Tier.GREEN]
    return rank.index(tier) > rank.index(than)


@given(READINGS)
def test_nothing_changes_before_the_day_it_is_said_to(readings: dict[str, Reading]):
    """Ages of windows aside, which the query watches: what time alone moves is known beforehand."""
    steady = {m.key for m in FULL.measures if m.unit != "days"}
    fixed = {k: r for k, r in readings.items() if k in steady}
    said = changes_on(fixed, FULL, ON)
    now = inputs_hash(score(fixed, FULL, ON).inputs)
    for days in range(1, 60):
        day = ON + timedelta(days=days)
        if said is not None and day >= said:
            return
        assert inputs_hash(score(fixed, FULL, day).inputs) == now


@given(st.sampled_from(FULL.measures), VALUES)
def test_points_are_whole_and_bounded(measure: Measure, value: Decimal):
    found = points_of(measure.curve, value)
    assert 0 <= found <= 100
    assert found == found.to_integral_value()
