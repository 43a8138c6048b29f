"""From values to pixels, and the round numbers between them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Scale:
    """A straight line from values [low, high] to pixels [start, end]; a span of nothing lands in the middle."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        if self.high == self.low:
            return (self.start + self.end) / 2
        return self.start + (value - self.low) / (self.high - self.low) * (self.end - self.start)


def day_scale(first: date, last: date, start: float, end: float) -> Scale:
    """True scale of time; ask it with `date.toordinal()`."""
    return Scale(first.toordinal(), last.toordinal(), start, end)


def nice_ticks(low: float, high: float, wanted: int = 5) -> list[float]:
    """Round values (1, 2, 5 times a power of ten) inside [low, high], about as many as wanted."""
    if not high > low:
        return [low]
    step = nice_step((high - low) / max(wanted, 1))
    first = math.ceil(low / step - 1e-9)
    return [round(index * step, 10) for index in range(first, math.floor(high / step + 1e-9) + 1)]


def nice_step(raw: float) -> float:
    """The next round step at or above `raw`."""
    power = 10.0 ** math.floor(math.log10(raw))
    return next(factor * power for factor in (1, 2, 5, 10) if factor * power >= raw * (1 - 1e-9))


def broken_floor(values: list[float], share: float = 0.6) -> float:
    """Where bars may start when they differ little: a round number under the smallest, 0 when that is honest anyway.

    The axis is cut only if everything above it would otherwise fill less than 1 - `share` of the height.
    """
    low, high = min(values), max(values)
    if low < 1e-6 or low < high * share:
        return 0.0
    step = nice_step((high - low) / 2 or high / 10)
    return max(math.floor(low / step) - 1, 0) * step
