"""A score's reasons as plain JSON, the readings behind it as they are kept, the hash of what it rests on. Pure."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from health.rules.card import Kept, Reading, Readings
from health.rules.scoring import DimensionScore, Health, MeasureScore

_PLACES = Decimal("0.0001")


def to_json(health: Health) -> dict[str, Any]:
    """Decimals and dates as text."""
    return {
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


def _text(value: Decimal | None) -> str | None:
    """At most four places, without zeros at the end."""
    if value is None:
        return None
    rounded = value.quantize(_PLACES)
    return f"{rounded.normalize():f}" if rounded else "0"


def inputs_hash(inputs: str) -> str:
    """The hash of a score's inputs: a row is written when it differs."""
    return hashlib.sha1(inputs.encode(), usedforsecurity=False).hexdigest()


def to_keep(readings: Readings) -> Kept:
    """What is kept of the readings: value, day of the last fact, number of facts. The rules say the rest."""
    return {key: (str(value), on, str(n)) for key, (value, on, n) in readings.items() if value is not None}


def as_read(kept: Mapping[str, Sequence[Any]]) -> dict[str, Reading]:
    """The readings out of what was kept of them, dates as dates or as text."""
    return {
        key: Reading(Decimal(value), on and date.fromisoformat(str(on)), int(n)) for key, (value, on, n) in kept.items()
    }
