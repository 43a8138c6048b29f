"""Whether a policy can be published: weights that sum to 100, curves that go one way, cuts in order (CT-08). Pure."""

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING

from health.rules.defaults import DIMENSIONS, MEASURES, QUICK_MEASURES
from health.rules.measure import LEFT_OUT, UNKNOWN, Dimension, Measure
from health.rules.own_card import STAGES, OwnCard
from health.rules.problem import Problem

if TYPE_CHECKING:
    from health.rules.policy import HealthPolicy

ONE, HUNDRED = Decimal(1), Decimal(100)
# What can be measured at all; a policy weighs and bends it, and cannot measure something else under its name.
MEASURED = {m.key: m for m in (*QUICK_MEASURES, *MEASURES)}
SIDES = tuple(d.key for d in DIMENSIONS)


def problems_of(policy: "HealthPolicy") -> tuple[Problem, ...]:
    """Everything that stands in the way of publishing, from top to bottom of the card."""
    return (
        *_weights("weights", policy.dimensions),
        *_measures(policy),
        *_cuts(policy),
        *_days(policy),
        *_cards(policy),
    )


def _weights(place: str, dimensions: Sequence[Dimension]) -> Iterator[Problem]:
    yield from _twice(place, [d.key for d in dimensions])
    for dimension in dimensions:
        if dimension.key not in SIDES:
            yield Problem(place, "unknown_dimension", {"name": dimension.key, "known": ", ".join(SIDES)})
        if not 0 < dimension.weight <= ONE:
            yield Problem(place, "weight_range", {"name": dimension.key})
    yield from _whole(place, [d.weight for d in dimensions])


def _whole(place: str, weights: Iterable[Decimal], **facts: str) -> Iterator[Problem]:
    total = sum(weights, Decimal(0)) * HUNDRED
    if total != HUNDRED:
        yield Problem(place, "weights_sum", {**facts, "total": f"{total.normalize():f}"})


def _twice(place: str, keys: Sequence[str]) -> Iterator[Problem]:
    yield from (Problem(place, "twice", {"name": key}) for key in dict.fromkeys(keys) if keys.count(key) > 1)


def _measures(policy: "HealthPolicy") -> Iterator[Problem]:
    yield from _twice("measures", [m.key for m in policy.measures])
    sides = {d.key for d in policy.dimensions}
    for measure in policy.measures:
        place = f"measures.{measure.key}"
        if measure.key not in MEASURED:
            yield Problem(place, "unknown_measure", {"name": measure.key, "known": ", ".join(sorted(MEASURED))})
            continue
        if measure.dimension not in sides:
            yield Problem(place, "unknown_dimension", {"name": measure.dimension, "known": ", ".join(sorted(sides))})
        yield from _measure(place, measure, policy)
    for dimension, measures in policy.parts:
        if dimension.key in SIDES:
            shared = [m.weight for m in measures if m.always]
            yield from _whole(f"measures.{dimension.key}", shared, dimension=dimension.key)


def _measure(place: str, measure: Measure, policy: "HealthPolicy") -> Iterator[Problem]:
    means = MEASURED[measure.key]
    if (measure.source, measure.unit, measure.higher_is_better) != (means.source, means.unit, means.higher_is_better):
        yield Problem(place, "other_measure", {"name": measure.key})
    if not 0 < measure.weight <= ONE:
        yield Problem(place, "weight_range", {"name": measure.key})
    if min(measure.window_days, measure.step, measure.fresh_days or 0) < 0 or (means.window_days > 0) != (
        measure.window_days > 0
    ):
        yield Problem(place, "window", {"name": measure.key})
    if measure.no_data not in (UNKNOWN, LEFT_OUT) and not _points(measure.no_data):
        yield Problem(place, "no_data", {"name": measure.key, "said": measure.no_data})
    beside = {m.key for m in policy.measures if m.dimension == measure.dimension and m.key != measure.key}
    for other in measure.instead_of:
        if other not in beside:
            yield Problem(place, "stand_in", {"name": measure.key, "other": other})
    yield from _curve(f"{place}.curve", measure)


def _points(said: str) -> bool:
    word, _, points = said.partition(":")
    return word == "points" and points.isdigit() and int(points) <= HUNDRED


def _curve(place: str, measure: Measure) -> Iterator[Problem]:
    corners, name = measure.curve, {"name": measure.key}
    if len(corners) < 2:
        yield Problem(place, "curve_short", name)
        return
    if any(not 0 <= points <= HUNDRED or points != int(points) for _, points in corners):
        yield Problem(place, "curve_points", name)
    for (x0, y0), (x1, y1) in pairwise(corners):
        if x1 <= x0:
            yield Problem(place, "curve_order", {**name, "value": x1, "before": x0})
            return
        if (y1 < y0) if measure.higher_is_better else (y1 > y0):
            code = "curve_falls" if measure.higher_is_better else "curve_rises"
            yield Problem(place, code, {**name, "value": x1, "before": x0})
            return


def _cuts(policy: "HealthPolicy") -> Iterator[Problem]:
    if not 0 < policy.yellow < policy.green <= HUNDRED:
        yield Problem("green", "cuts", {"green": policy.green, "yellow": policy.yellow})
    if not 0 < policy.min_coverage <= ONE:
        yield Problem("min_coverage", "coverage")


def _days(policy: "HealthPolicy") -> Iterator[Problem]:
    for name in ("days_to_rise", "days_to_fall", "critical_hours", "normal_hours", "before_days", "ramp_up_days"):
        if not 1 <= getattr(policy, name) <= 3650:
            yield Problem(name, "days", {"least": 1})
    for name in ("payment_grace_days", "rescore_days"):
        if not 0 <= getattr(policy, name) <= 3650:
            yield Problem(name, "days", {"least": 0})


def _cards(policy: "HealthPolicy") -> Iterator[Problem]:
    yield from _twice("cards", [c.key for c in policy.cards])
    for card in policy.cards:
        yield from _card(f"cards.{card.key}", card, policy)


def _card(place: str, card: OwnCard, policy: "HealthPolicy") -> Iterator[Problem]:
    yield from _weights(place, card.dimensions)
    if not card.key or not card.asks():
        yield Problem(place, "card_for_nobody")
    if card.stage and card.stage not in STAGES:
        yield Problem(place, "unknown_stage", {"name": card.stage, "known": ", ".join(STAGES)})
    if not 0 < card.least <= ONE:
        yield Problem(place, "share", {"name": card.line})
    keys = {m.key for m in policy.measures}
    for key in card.without:
        if key not in keys:
            yield Problem(place, "unknown_measure", {"name": key, "known": ", ".join(sorted(keys))})
    for dimension in card.dimensions:
        left = [m for m in policy.measures if m.dimension == dimension.key and m.key not in card.without]
        if not any(m.always for m in left):
            yield Problem(place, "dimension_empty", {"name": dimension.key})
