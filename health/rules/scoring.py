"""From readings to a score with its range, its coverage and its reasons (HS-06, W-02). Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise
from typing import NamedTuple

from health.rules.policy import Curve, HealthPolicy, Measure
from health.rules.tier import Tier

ZERO, ONE, HUNDRED = Decimal(0), Decimal(1), Decimal(100)
_CENT, _THOUSANDTH = Decimal("0.01"), Decimal("0.001")
KNOWN, STALE, NO_DATA = "known", "stale", "no_data"


class Reading(NamedTuple):
    """What was measured of an account: a value, the day of the last fact behind it, and of how many facts."""

    value: Decimal | None
    on: date | None = None
    n: int = 0


Readings = Mapping[str, Reading]
NOTHING = Reading(None)


@dataclass(frozen=True, slots=True)
class MeasureScore:
    """One measure as it counted: `weight` is its share of the dimension, `state` known, stale or no_data."""

    key: str
    value: Decimal | None
    points: Decimal | None
    weight: Decimal
    on: date | None
    n: int
    state: str


@dataclass(frozen=True, slots=True)
class DimensionScore:
    """One dimension: the mean of what is known of it, and how much of its weight that is (0 to 1)."""

    key: str
    weight: Decimal
    score: Decimal | None
    coverage: Decimal
    measures: tuple[MeasureScore, ...]


@dataclass(frozen=True, slots=True)
class Health:
    """Health on a day. `low` and `high` fill what is unknown with the worst and the best; `may_be` is another tier
    that lies within that range."""

    on: date
    score: Decimal | None
    low: Decimal
    high: Decimal
    coverage: Decimal
    tier: Tier
    may_be: Tier | None
    dimensions: tuple[DimensionScore, ...]


def score(readings: Readings, policy: HealthPolicy, on: date) -> Health:
    """The weighted mean over the weight that is known; unknown is not zero, it is a range."""
    dimensions = tuple(_dimension(d.key, d.weight, measures, readings, on) for d, measures in policy.parts)
    whole = sum((d.weight for d in dimensions), ZERO)
    known = sum((d.weight * d.coverage for d in dimensions), ZERO)
    earned = sum((d.weight * _earned(d) for d in dimensions), ZERO)
    low = _cents(earned / whole)
    high = _cents((earned + (whole - known) * HUNDRED) / whole)
    coverage = known / whole
    value = _cents(earned / known) if known and coverage >= policy.min_coverage else None
    value = None if value is None else min(max(value, low), high)
    tier = Tier.UNKNOWN if value is None else policy.tier_of(value)
    may_be = None if value is None else _may_be(tier, low, high, policy)
    return Health(on, value, low, high, coverage.quantize(_THOUSANDTH, ROUND_HALF_UP), tier, may_be, dimensions)


def _dimension(key: str, weight: Decimal, measures: Sequence[Measure], readings: Readings, on: date) -> DimensionScore:
    counted = _counted(measures, readings, on)
    whole = sum((m.weight for m in counted), ZERO)
    scores = tuple(_measure(m, readings.get(m.key, NOTHING), m.weight / whole, on) for m in counted)
    known = sum((m.weight for m in scores if m.points is not None), ZERO)
    earned = sum((m.weight * m.points for m in scores if m.points is not None), ZERO)
    return DimensionScore(key, weight, earned / known if known else None, min(known, ONE), scores)


def _counted(measures: Sequence[Measure], readings: Readings, on: date) -> Sequence[Measure]:
    """The measures that count: a stand-in does not where one of those it stands in for is known."""
    if not any(m.instead_of for m in measures):
        return measures
    known = {m.key for m in measures if state_of(m, readings.get(m.key, NOTHING), on) == KNOWN}
    return [m for m in measures if not known.intersection(m.instead_of)]


def _measure(measure: Measure, reading: Reading, weight: Decimal, on: date) -> MeasureScore:
    state = state_of(measure, reading, on)
    if state == KNOWN and reading.value is not None:
        value = stepped(measure, reading.value)
        return MeasureScore(measure.key, value, points(measure.curve, value), weight, reading.on, reading.n, state)
    without = measure.points_without_data if state == NO_DATA else None
    return MeasureScore(measure.key, reading.value, without, weight, reading.on, reading.n, state)


def state_of(measure: Measure, reading: Reading, on: date) -> str:
    """Known, stale (older than the policy allows), or no data."""
    if reading.value is None:
        return NO_DATA
    if measure.fresh_days is None or reading.on is None:
        return KNOWN
    return KNOWN if (on - reading.on).days <= measure.fresh_days else STALE


def stepped(measure: Measure, value: Decimal) -> Decimal:
    """The value in whole multiples of the measure's step."""
    return value // measure.step * measure.step if measure.step else value


def points(curve: Curve, value: Decimal) -> Decimal:
    """Whole points of 0 to 100 on the line through the corners."""
    if value <= curve[0][0]:
        return curve[0][1]
    for (x0, y0), (x1, y1) in pairwise(curve):
        if value <= x1:
            return (y0 + (y1 - y0) * (value - x0) / (x1 - x0)).quantize(ONE, ROUND_HALF_UP)
    return curve[-1][1]


def _earned(dimension: DimensionScore) -> Decimal:
    return ZERO if dimension.score is None else dimension.score * dimension.coverage


def _cents(value: Decimal) -> Decimal:
    return min(max(value, ZERO), HUNDRED).quantize(_CENT, ROUND_HALF_UP)


def _may_be(tier: Tier, low: Decimal, high: Decimal, policy: HealthPolicy) -> Tier | None:
    """Another tier that the unknown would allow: a better one first."""
    best, worst = policy.tier_of(high), policy.tier_of(low)
    if best is not tier:
        return best
    return worst if worst is not tier else None


def changes_on(readings: Readings, policy: HealthPolicy, on: date) -> date | None:
    """The next day on which time alone moves a measure: it grows stale, or its age reaches the next step."""
    return min(_edges(readings, policy, on), default=None)


def _edges(readings: Readings, policy: HealthPolicy, on: date) -> Iterable[date]:
    for measure in policy.measures:
        reading = readings.get(measure.key, NOTHING)
        if reading.value is None or reading.on is None:
            continue
        if measure.unit == "days":
            if reading.value < measure.curve[-1][0]:
                yield _next_step(measure, reading.on, on)
        elif measure.fresh_days is not None and (on - reading.on).days <= measure.fresh_days:
            yield reading.on + timedelta(days=measure.fresh_days + 1)


def _next_step(measure: Measure, last: date, on: date) -> date:
    step = measure.step or 1
    return last + timedelta(days=((on - last).days // step + 1) * step)
