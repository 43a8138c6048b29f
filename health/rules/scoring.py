"""From readings to a score with its range, its coverage and its reasons (HS-06, W-02). Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from health.rules.card import (
    HUNDRED,
    KNOWN,
    LEFT_OUT,
    NO_DATA,
    ONE,
    STALE,
    ZERO,
    Card,
    Line,
    Mark,
    Part,
    Reading,
    Readings,
    inputs_of,
    marks_of,
    points_of,
    share_of,
    stepped,
    total_of,
)
from health.rules.policy import HealthPolicy
from health.rules.tier import Tier

__all__ = [
    "HUNDRED",
    "KNOWN",
    "NO_DATA",
    "STALE",
    "ZERO",
    "DimensionScore",
    "Health",
    "MeasureScore",
    "Reading",
    "Readings",
    "changes_on",
    "points_of",
    "score",
    "stepped",
]
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
    that lies within that range. Equal `inputs` are the same score for the same reasons. `card` is the key of
    the card that judged it, empty for the standard one."""

    on: date
    score: Decimal | None
    low: Decimal
    high: Decimal
    coverage: Decimal
    tier: Tier
    may_be: Tier | None
    dimensions: tuple[DimensionScore, ...]
    inputs: str
    card: str = ""


def score(readings: Readings, policy: HealthPolicy, on: date) -> Health:
    """The weighted mean over the weight that is known; unknown is not zero, it is a range."""
    card = policy.card_of(readings)
    marks, _ = marks_of(readings, card, on)
    total = total_of(marks, card)
    dimensions = tuple(_dimension(part, marks, readings, card) for part in card.parts)
    return Health(
        on=on,
        score=total.score,
        low=total.low,
        high=total.high,
        coverage=total.coverage,
        tier=total.tier,
        may_be=total.may_be,
        dimensions=dimensions,
        inputs=inputs_of(marks, total.tier, card),
        card=card.key,
    )


def changes_on(readings: Readings, policy: HealthPolicy, on: date) -> date | None:
    """The next day on which time alone moves a measure: it grows stale, or its age reaches the next step."""
    return marks_of(readings, policy.card_of(readings), on)[1]


def _dimension(part: Part, marks: Sequence[Mark], readings: Readings, card: Card) -> DimensionScore:
    share = share_of(part, marks, card)
    mean = Decimal(share.earned) / share.known if share.known else None
    coverage = min(Decimal(share.known) / share.whole, ONE) if share.known else ZERO
    measures = tuple(_measures(part, marks, readings, card, share.whole))
    return DimensionScore(part.key, part.weight, mean, coverage, measures)


def _measures(part: Part, marks: Sequence[Mark], readings: Readings, card: Card, whole: int) -> Iterator[MeasureScore]:
    for line, mark in zip(card.lines[part.first : part.last], marks[part.first : part.last], strict=True):
        if mark.state != LEFT_OUT:
            reading = readings.get(line.key, NOTHING)
            points = None if mark.points is None else Decimal(mark.points)
            value = _value(line, mark, reading)
            weight = Decimal(line.weight) / whole
            yield MeasureScore(line.key, value, points, weight, reading.on, reading.n, mark.state)


def _value(line: Line, mark: Mark, reading: Reading) -> Decimal | None:
    """What counted, in whole steps; what is too old to count stands as it was measured."""
    known = mark.state == KNOWN and reading.value is not None
    return stepped(line.measure, reading.value) if known and reading.value is not None else reading.value
