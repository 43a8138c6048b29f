"""A measure of health with its curve, and the dimension it is part of. Pure."""

from dataclasses import dataclass
from decimal import Decimal

UNKNOWN, LEFT_OUT = "unknown", "left_out"
Curve = tuple[tuple[Decimal, Decimal], ...]


def curve(*points: tuple[float | str, int]) -> Curve:
    """Corners of a line from measured values to points of 0 to 100; flat before the first and after the last."""
    return tuple((Decimal(str(value)), Decimal(p)) for value, p in points)


@dataclass(frozen=True)
class Dimension:
    """One of the five sides of health, with its share of the score (0 to 1)."""

    key: str
    weight: Decimal


@dataclass(frozen=True)
class Measure:
    """One ingredient of a dimension.

    `window_days` is how far back its facts are read. An answer older than `fresh_days` counts as unknown. `weight` is
    its share of the dimension (0 to 1). `no_data` is "unknown", "points:<n>", or "left_out": then it counts only where
    it is given. Values count in whole multiples of `step` (days since a call count per fortnight, so a score does not
    creep every day). A measure `instead_of` others stands in for them: it counts only where none of those is known.
    Stand-ins and what counts only where it is given come on top of the measures that always count.
    """

    key: str
    dimension: str
    source: str
    unit: str
    window_days: int
    curve: Curve
    weight: Decimal
    fresh_days: int | None = None
    no_data: str = UNKNOWN
    higher_is_better: bool = True
    step: int = 0
    instead_of: tuple[str, ...] = ()

    @property
    def points_without_data(self) -> Decimal | None:
        _, _, points = self.no_data.partition(":")
        return Decimal(points) if points else None

    @property
    def always(self) -> bool:
        """Whether it is one of the measures that share out the weight of their dimension."""
        return not self.instead_of and self.no_data != LEFT_OUT
