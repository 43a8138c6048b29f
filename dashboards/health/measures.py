"""The receipt of a score: every measure of the policy with its source, value, curve and points."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from core import display
from dashboards.health import words
from health import words as health_words
from health.rules import Tier
from health.rules.policy import HealthPolicy, Measure
from health.rules.scoring import Health, MeasureScore


@dataclass(frozen=True)
class Line:
    """One measure in words; `counts` is its share of the whole score."""

    name: str
    source: str
    window: str
    value: str
    n: int
    said: str
    state: str
    fresh: str
    points: Decimal | None
    status: str
    counts: str
    curve: str
    no_data: str
    corners: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Part:
    """The measures of one dimension under its score."""

    name: str
    weight: str
    score: Decimal | None
    status: str
    coverage: str
    lines: list[Line]


def parts(health: Health | None, policy: HealthPolicy, on: date) -> list[Part]:
    """Every measure of the policy, also those that did not count."""
    found = {m.key: m for d in health.dimensions for m in d.measures} if health else {}
    scores = {d.key: d for d in health.dimensions} if health else {}
    shown = []
    weights = {d.key: d.weight for d in health.dimensions} if health else {d.key: d.weight for d in policy.dimensions}
    for dimension in policy.dimensions:
        score, weight = scores.get(dimension.key), weights.get(dimension.key, Decimal(0))
        value = score.score if score else None
        measures = [m for m in policy.measures if m.dimension == dimension.key]
        shown.append(
            Part(
                name=health_words.dimension_name(dimension.key),
                weight=display.percent(weight, 0),
                score=None if value is None else value // 1,
                status=_status(value, policy),
                coverage=display.percent(score.coverage if score else 0, 0),
                lines=[_line(m, found.get(m.key), weight, policy, on) for m in measures],
            )
        )
    return shown


def _line(measure: Measure, found: MeasureScore | None, share: Decimal, policy: HealthPolicy, on: date) -> Line:
    points = found.points if found else None
    return Line(
        name=str(health_words.wording(measure.key).name),
        source=words.source(measure),
        window=words.window(measure),
        value=health_words.value_words(measure.key, found.value if found else None),
        n=found.n if found else 0,
        said=health_words.measure_words(measure.key, None) if found and found.state == "no_data" else "",
        state=words.state(measure, found),
        fresh=words.fresh(measure, found, on),
        points=None if points is None else points // 1,
        status=_status(points, policy),
        counts=display.percent(share * found.weight, 1) if found else display.percent(0, 0),
        curve=words.curve(measure),
        no_data=words.no_data(measure),
        corners=_corners(measure),
    )


def _corners(measure: Measure) -> tuple[tuple[str, str], ...]:
    return tuple(
        (health_words.value_words(measure.key, value), display.number(points)) for value, points in measure.curve
    )


def _status(points: Decimal | None, policy: HealthPolicy) -> str:
    tier = Tier.UNKNOWN if points is None else policy.tier_of(points)
    return health_words.STATUS[tier.value]
