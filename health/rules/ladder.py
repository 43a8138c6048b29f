"""What pulls a score down, and the fewest steps that would lift its tier. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal
from itertools import pairwise

from health.rules.policy import HealthPolicy, Measure
from health.rules.scoring import HUNDRED, ZERO, DimensionScore, Health, MeasureScore, points_of, stepped
from health.rules.tier import Tier

_CENT = Decimal("0.01")
# Nobody climbs by judging better.
BY_HAND = "judgement"
_GRAIN = {"ratio": Decimal("0.01"), "score": Decimal("0.1")}


@dataclass(frozen=True, slots=True)
class Rung:
    """One step: bring this measure from its value to that one. `reaches` is the score after it and those before."""

    measure: str
    dimension: str
    value_now: Decimal
    value_wanted: Decimal
    points_gained: Decimal
    reaches: Decimal


def pulls_down(health: Health) -> tuple[tuple[str, Decimal], ...]:
    """Per dimension the points of the score that it costs, worst first; what is unknown costs nothing."""
    known = _known_weight(health)
    lost = [
        (d.key, ((HUNDRED - d.score) * d.weight * d.coverage / known).quantize(_CENT, ROUND_HALF_UP))
        for d in health.dimensions
        if d.score is not None and d.score < HUNDRED
    ]
    return tuple(sorted(lost, key=lambda pair: (-pair[1], pair[0])))


def ladder(health: Health, policy: HealthPolicy) -> tuple[Rung, ...]:
    """The smallest set of steps that lifts the tier, largest gain first; empty for green, unknown, or out of reach.

    The last step goes only as far as it must.
    """
    target = {Tier.RED: policy.yellow, Tier.YELLOW: policy.green}.get(health.tier)
    if target is None or health.score is None:
        return ()
    rungs: list[Rung] = []
    reached = _exact(health)
    measures = {m.key: m for m in policy.measures if m.source != BY_HAND}
    steps = [step for step in _steps(health) if step[2].key in measures]
    for share, dimension, found in sorted(steps, key=lambda step: (-_gain(step), step[2].key)):
        measure = measures[found.key]
        rung, reached = _rung(share, dimension, found, measure, reached, target)
        rungs.append(rung)
        if reached >= target:
            return tuple(rungs)
    return ()


_Step = tuple[Decimal, str, MeasureScore]


def _steps(health: Health) -> Iterator[_Step]:
    """Known measures that could have more points, with their share of the score."""
    known = _known_weight(health)
    for dimension in health.dimensions:
        for found in dimension.measures:
            if found.value is not None and found.points is not None and found.points < HUNDRED:
                yield dimension.weight * found.weight / known, dimension.key, found


def _gain(step: _Step) -> Decimal:
    share, _, found = step
    return share * (HUNDRED - (found.points or ZERO))


def _rung(
    share: Decimal, dimension: str, found: MeasureScore, measure: Measure, reached: Decimal, target: Decimal
) -> tuple[Rung, Decimal]:
    now = found.points or ZERO
    needed = min(HUNDRED, now + (target - reached) / share)
    wanted = _value_for(measure, needed.to_integral_value(ROUND_CEILING))
    gained = (points_of(measure.curve, stepped(measure, wanted)) - now) * share
    after = reached + gained
    value_now = found.value if found.value is not None else ZERO
    shown = after.quantize(_CENT, ROUND_HALF_UP)
    return Rung(found.key, dimension, value_now, wanted, gained.quantize(_CENT, ROUND_HALF_UP), shown), after


def _value_for(measure: Measure, wanted: Decimal) -> Decimal:
    """The least good value that still has the points wanted, rounded to what can be aimed for."""
    corners = measure.curve if measure.higher_is_better else tuple(reversed(measure.curve))
    value = corners[-1][0]
    for (x0, y0), (x1, y1) in pairwise(corners):
        if y0 < wanted <= y1:
            value = x0 + (x1 - x0) * (wanted - y0) / (y1 - y0)
            break
    grain = Decimal(measure.step) if measure.step else _GRAIN.get(measure.unit, Decimal(1))
    rounding = ROUND_CEILING if measure.higher_is_better else ROUND_FLOOR
    return (value / grain).to_integral_value(rounding) * grain


def _exact(health: Health) -> Decimal:
    known = _known_weight(health)
    return sum((d.weight * d.coverage * _score(d) for d in health.dimensions), ZERO) / known


def _known_weight(health: Health) -> Decimal:
    return sum((d.weight * d.coverage for d in health.dimensions), ZERO) or Decimal(1)


def _score(dimension: DimensionScore) -> Decimal:
    return dimension.score or ZERO
