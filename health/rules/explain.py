"""A score's explanation as plain JSON and back, and the hash that says whether anything changed. Pure."""

import hashlib
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any

from health.rules.scoring import DimensionScore, Health, MeasureScore
from health.rules.tier import Tier

_PLACES = Decimal("0.0001")


def to_json(health: Health, preset: str) -> dict[str, Any]:
    """Decimals and dates as text."""
    return {
        "preset": preset,
        "may_be": health.may_be and health.may_be.value,
        "dimensions": [_dimension(d) for d in health.dimensions],
    }


def _dimension(found: DimensionScore) -> dict[str, Any]:
    return {
        "key": found.key,
        "weight": str(found.weight),
        "score": _text(found.score),
        "coverage": _text(found.coverage),
        "measures": [_measure(m) for m in found.measures],
    }


def _measure(found: MeasureScore) -> dict[str, Any]:
    return {
        "key": found.key,
        "value": _text(found.value),
        "points": _text(found.points),
        "weight": _text(found.weight),
        "on": found.on and found.on.isoformat(),
        "n": int(found.n),
        "state": found.state,
    }


@lru_cache(maxsize=100_000)
def _text(value: Decimal | None) -> str | None:
    """At most four places, without zeros at the end. A pass over all accounts meets the same numbers often."""
    if value is None:
        return None
    rounded = value.quantize(_PLACES)
    return f"{rounded.normalize():f}" if rounded else "0"


def inputs_hash(health: Health) -> str:
    """What decides whether a row is written: points, weights and states, not values that move within a point."""
    said = [
        f"{m.key} {_text(m.points)} {_text(m.weight)} {m.state} of {d.key} {d.weight}"
        for d in health.dimensions
        for m in d.measures
    ]
    return hashlib.sha1("\n".join((health.tier.value, *said)).encode(), usedforsecurity=False).hexdigest()


def from_json(
    said: Mapping[str, Any],
    *,
    on: date,
    score: Decimal | None,
    low: Decimal,
    high: Decimal,
    coverage: Decimal,
    tier: str,
) -> Health:
    """Health again, from the columns of a row and its explanation."""
    may_be = said.get("may_be")
    dimensions = tuple(_dimension_from(d) for d in said.get("dimensions", ()))
    return Health(on, score, low, high, coverage, Tier(tier), Tier(may_be) if may_be else None, dimensions)


def _dimension_from(said: Mapping[str, Any]) -> DimensionScore:
    measures = tuple(_measure_from(m) for m in said["measures"])
    return DimensionScore(
        said["key"], Decimal(said["weight"]), _number(said["score"]), Decimal(said["coverage"]), measures
    )


def _measure_from(said: Mapping[str, Any]) -> MeasureScore:
    on = date.fromisoformat(said["on"]) if said["on"] else None
    value, points = _number(said["value"]), _number(said["points"])
    return MeasureScore(said["key"], value, points, Decimal(said["weight"]), on, said["n"], said["state"])


def _number(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)
