"""A score card made ready for many accounts: from readings to marks, and from marks to a score (HS-06, W-02). Pure.

A pass over all accounts needs the figures alone. `health.rules.scoring` tells the same figures with their reasons.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from health.rules.tier import Tier

if TYPE_CHECKING:
    from health.rules.policy import Curve, HealthPolicy, Measure

ZERO, ONE, HUNDRED = Decimal(0), Decimal(1), Decimal(100)
_CENT, _THOUSANDTH = Decimal("0.01"), Decimal("0.001")
KNOWN, STALE, NO_DATA, LEFT_OUT = "known", "stale", "no_data", "left_out"


class Reading(NamedTuple):
    """What was measured of an account: a value, the day of the last fact behind it, and of how many facts."""

    value: Decimal | None
    on: date | None = None
    n: int = 0


# Readings with numbers, or with their texts as they are kept: a card takes either.
Readings = Mapping[str, Reading]
Kept = Mapping[str, tuple[str, date | None, str]]


class Mark(NamedTuple):
    """What a measure earned: whole points of 0 to 100 or None, and why. Equal texts give equal scores.

    `ages` is whether the next step of its age may earn something else.
    """

    points: int | None
    state: str
    text: str
    ages: bool = False


_STALE, _NO_DATA, _LEFT_OUT = Mark(None, STALE, "~"), Mark(None, NO_DATA, "-"), Mark(None, LEFT_OUT, "x")


@dataclass(slots=True)
class Line:
    """A measure on the card, its weight in whole parts. `known` holds the mark of every value met so far."""

    measure: "Measure"
    key: str
    weight: int
    absent: Mark
    stale_after: timedelta | None
    steps: int
    instead_of: tuple[int, ...]
    known: dict[Decimal | str, Mark] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Part:
    """A dimension on the card: its weight, and where its measures begin and end."""

    key: str
    weight: Decimal
    first: int
    last: int
    whole: int


@dataclass(frozen=True, slots=True)
class Card:
    """A policy made ready. `whole` is the weight of all dimensions, `stand_ins` are the lines that stand in for others,
    `ahead` holds so many days, and `seal` tells apart cards that score differently. `key` is that of a card of its own,
    empty for the standard one."""

    policy: "HealthPolicy"
    lines: tuple[Line, ...]
    parts: tuple[Part, ...]
    whole: Decimal
    stand_ins: tuple[int, ...]
    ahead: tuple[timedelta, ...]
    seal: str
    key: str


class Share(NamedTuple):
    """What a dimension earned with its measures of `known` weight, out of `whole`."""

    earned: int
    known: int
    whole: int


class Total(NamedTuple):
    """A score with its range, its coverage (0 to 1) and its tier; `may_be` another tier that the unknown allows."""

    score: Decimal | None
    low: Decimal
    high: Decimal
    coverage: Decimal
    tier: Tier
    may_be: Tier | None


def ready(policy: "HealthPolicy", key: str = "") -> Card:
    """The card of a policy."""
    lines: list[Line] = []
    parts = []
    parts_of_one = _parts_of_one(policy)
    for dimension, measures in policy.parts:
        first = len(lines)
        places = {m.key: first + i for i, m in enumerate(measures)}
        lines += [_line(m, int(m.weight * parts_of_one), places) for m in measures]
        whole = sum(line.weight for line in lines[first:])
        parts.append(Part(dimension.key, dimension.weight, first, len(lines), whole))
    said = (parts, [line.measure for line in lines], policy.green, policy.yellow, policy.min_coverage)
    seal = hashlib.sha1(repr(said).encode(), usedforsecurity=False).hexdigest()[:8]
    return Card(
        policy=policy,
        lines=tuple(lines),
        parts=tuple(parts),
        whole=sum((p.weight for p in parts), ZERO),
        stand_ins=tuple(place for place, line in enumerate(lines) if line.instead_of),
        ahead=tuple(timedelta(days=n) for n in range(max((line.steps for line in lines), default=0) + 1)),
        seal=seal,
        key=key,
    )


def _parts_of_one(policy: "HealthPolicy") -> Decimal:
    """The least power of ten that makes every weight of a measure a whole number."""
    places = min((int(m.weight.normalize().as_tuple().exponent) for m in policy.measures), default=0)
    return Decimal(10) ** max(-places, 0)


def _line(measure: "Measure", weight: int, places: Mapping[str, int]) -> Line:
    fresh = measure.fresh_days
    by_day = measure.unit == "days"
    return Line(
        measure=measure,
        key=measure.key,
        weight=weight,
        absent=_absent(measure),
        stale_after=None if fresh is None else timedelta(days=fresh + 1),
        steps=(measure.step or 1) if by_day else 0,
        instead_of=tuple(places[key] for key in measure.instead_of if key in places),
    )


def _absent(measure: "Measure") -> Mark:
    """What a measure earns where nothing is known of it."""
    if measure.no_data == LEFT_OUT:
        return _LEFT_OUT
    points = measure.points_without_data
    return _NO_DATA if points is None else Mark(int(points), NO_DATA, f"-{points}")


def marks_of(readings: Readings | Kept, card: Card, on: date) -> tuple[list[Mark], date | None]:
    """The mark of each line, and the next day on which time alone moves one: it grows stale, or reaches its next step.

    A stand-in is left out where one of those it stands in for is known.
    """
    marks = []
    soonest = date.max
    for line in card.lines:
        reading = readings.get(line.key)
        value = None if reading is None else reading[0]
        if reading is None or value is None:
            marks.append(line.absent)
            continue
        last = reading[1]
        mark = line.known.get(value) or _mark(line, value)
        if last is not None:
            if line.steps:
                moves_on = on + card.ahead[line.steps - (on - last).days % line.steps]
                if mark.ages and moves_on < soonest:
                    soonest = moves_on
            elif line.stale_after is not None:
                moves_on = last + line.stale_after
                if moves_on <= on:
                    mark = _STALE
                elif moves_on < soonest:
                    soonest = moves_on
        marks.append(mark)
    _leave_out(marks, card)
    return marks, None if soonest is date.max else soonest


def _leave_out(marks: list[Mark], card: Card) -> None:
    for place in card.stand_ins:
        if any(marks[other].state is KNOWN for other in card.lines[place].instead_of):
            marks[place] = _LEFT_OUT


def _mark(line: Line, value: Decimal | str) -> Mark:
    number = Decimal(value)
    points = points_of(line.measure.curve, stepped(line.measure, number))
    ages = bool(line.steps) and number < line.measure.curve[-1][0]
    mark = line.known[value] = Mark(int(points), KNOWN, str(points), ages)
    return mark


def stepped(measure: "Measure", value: Decimal) -> Decimal:
    """The value in whole multiples of the measure's step."""
    return value // measure.step * measure.step if measure.step else value


def points_of(curve: "Curve", value: Decimal) -> Decimal:
    """Whole points of 0 to 100 on the line through the corners."""
    if value <= curve[0][0]:
        return curve[0][1]
    for (x0, y0), (x1, y1) in pairwise(curve):
        if value <= x1:
            return (y0 + (y1 - y0) * (value - x0) / (x1 - x0)).quantize(ONE, ROUND_HALF_UP)
    return curve[-1][1]


def share_of(part: Part, marks: Sequence[Mark], card: Card) -> Share:
    """What the marks of a dimension earned, out of those that count."""
    earned = known = 0
    whole = part.whole
    for place in range(part.first, part.last):
        points, state, _, _ = marks[place]
        if points is not None:
            weight = card.lines[place].weight
            known += weight
            earned += weight * points
        elif state is LEFT_OUT:
            whole -= card.lines[place].weight
    return Share(earned, known, whole)


def total_of(marks: Sequence[Mark], card: Card) -> Total:
    """The weighted mean over the weight that is known; unknown is not zero, it is a range."""
    known = earned = ZERO
    for part in card.parts:
        share = share_of(part, marks, card)
        if share.known:
            known += part.weight * share.known / share.whole
            earned += part.weight * share.earned / share.whole
    policy, whole = card.policy, card.whole
    low = _cents(earned / whole)
    high = _cents((earned + (whole - known) * HUNDRED) / whole)
    coverage = known / whole
    score = None
    if known and coverage >= policy.min_coverage:
        score = min(max(_cents(earned / known), low), high)
    tier = Tier.UNKNOWN if score is None else policy.tier_of(score)
    may_be = None if score is None else _may_be(tier, low, high, policy)
    return Total(score, low, high, coverage.quantize(_THOUSANDTH, ROUND_HALF_UP), tier, may_be)


def inputs_of(marks: Sequence[Mark], tier: Tier, card: Card) -> str:
    """What decides whether a score is another one: points and states under these weights, not values that move within
    a point."""
    return f"{card.seal} {tier} {' '.join([mark.text for mark in marks])}"


def _cents(value: Decimal) -> Decimal:
    return min(max(value, ZERO), HUNDRED).quantize(_CENT, ROUND_HALF_UP)


def _may_be(tier: Tier, low: Decimal, high: Decimal, policy: "HealthPolicy") -> Tier | None:
    """Another tier that the unknown would allow: a better one first."""
    best, worst = policy.tier_of(high), policy.tier_of(low)
    if best is not tier:
        return best
    return worst if worst is not tier else None
