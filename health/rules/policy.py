"""What health is made of: measures, curves, weights, tiers (HS-01..08, CT-08). All of it data. Pure."""

from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import ClassVar

from health.rules.card import Card, ready
from health.rules.tier import Tier

UNKNOWN = "unknown"
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
    relative to the other measures of its dimension. `no_data` is "unknown" or "points:<n>". Values count in whole
    multiples of `step` (days since a call count per fortnight, so a score does not creep every day). A measure
    `instead_of` others stands in for them: it counts only where none of those is known.
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


DIMENSIONS = (
    Dimension("adoption", Decimal("0.30")),
    Dimension("satisfaction", Decimal("0.25")),
    Dimension("outcomes", Decimal("0.20")),
    Dimension("relationship", Decimal("0.15")),
    Dimension("commercial", Decimal("0.10")),
)

_TELEMETRY = ("machines_running", "utilisation", "quality")
_SHARE = curve((0.5, 0), (0.8, 60), (0.95, 100))
_GROWTH = curve((0.5, 0), (0.9, 60), (1, 80), (1.1, 100))
_LAST_CONTACT = Measure(
    "last_contact", "relationship", "contact_moment", "days", 0, curve((30, 100), (90, 60), (180, 0)),
    Decimal("0.4"), higher_is_better=False, step=15,
)  # fmt: skip

MEASURES = (
    Measure(
        "machines_running", "adoption", "usage_reading", "ratio", 30,
        curve((0, 0), (0.5, 40), (0.8, 75), (0.95, 100)), Decimal("0.4"), fresh_days=30,
    ),
    Measure(
        "utilisation", "adoption", "usage_reading", "ratio", 90, curve((0, 0), (0.3, 40), (0.6, 80), (0.75, 100)),
        Decimal("0.4"), fresh_days=45,
    ),
    Measure(
        "quality", "adoption", "usage_reading", "ratio", 90, curve((0.8, 0), (0.9, 50), (0.98, 100)), Decimal("0.2"),
        fresh_days=45,
    ),
    Measure(
        "parts_rhythm", "adoption", "parts_order", "days", 0, curve((60, 100), (180, 70), (365, 20), (540, 0)),
        Decimal("0.5"), higher_is_better=False, step=30, instead_of=_TELEMETRY,
    ),
    Measure(
        "survey", "satisfaction", "survey_answer", "score", 365,
        curve((0, 0), (5, 30), (7, 65), (8, 80), (9, 100)), Decimal("0.3"), fresh_days=365,
    ),
    Measure(
        "open_critical", "satisfaction", "ticket", "count", 0, curve((0, 100), (1, 40), (3, 0)), Decimal("0.2"),
        higher_is_better=False,
    ),
    Measure("resolution_on_time", "satisfaction", "ticket", "ratio", 90, _SHARE, Decimal("0.2"), fresh_days=90),
    Measure(
        "sentiment", "satisfaction", "ticket", "ratio", 180, curve((0.4, 0), (0.7, 60), (0.95, 100)), Decimal("0.15"),
        fresh_days=180,
    ),
    Measure(
        "executive_contact", "satisfaction", "contact_moment", "days", 0, curve((90, 100), (180, 60), (365, 0)),
        Decimal("0.15"), higher_is_better=False, step=15,
    ),
    Measure(
        "roi_goals", "outcomes", "roi_record", "ratio", 0, curve((0, 0), (0.5, 60), (1, 100)), Decimal("0.6"),
        fresh_days=730,
    ),
    Measure(
        "output_against_before", "outcomes", "usage_reading", "ratio", 90,
        curve((0.6, 0), (0.9, 60), (1, 80), (1.1, 100)), Decimal("0.4"), fresh_days=45,
    ),
    Measure(
        "voices", "relationship", "contact_moment", "count", 180, curve((0, 0), (1, 40), (2, 75), (3, 100)),
        Decimal("0.3"),
    ),
    Measure("champion", "relationship", "contact", "count", 0, curve((0, 30), (1, 100)), Decimal("0.3")),
    _LAST_CONTACT,
    Measure("paid_on_time", "commercial", "ledger_entry", "ratio", 365, _SHARE, Decimal("0.4"), fresh_days=365),
    Measure("orders_growth", "commercial", "ledger_entry", "ratio", 365, _GROWTH, Decimal("0.3"), fresh_days=365),
    Measure(
        "has_contract", "commercial", "coverage", "ratio", 0, curve((0, 20), (0.5, 70), (1, 100)), Decimal("0.3")
    ),
)  # fmt: skip


@dataclass(frozen=True)
class HealthPolicy:
    """How a score is made and read.

    Green from `green` up, yellow from `yellow` up, red below it: nothing lies between (CT-08). With less than
    `min_coverage` of the weight known there is no score. A better tier counts after `days_to_rise` dates in a row, a
    worse one after `days_to_fall`. Hours and days of grace are the promises that "on time" is held against. A late
    fact is worked back at most `rescore_days`.
    """

    policy_name: ClassVar[str] = "health.score"

    dimensions: tuple[Dimension, ...] = DIMENSIONS
    measures: tuple[Measure, ...] = MEASURES
    preset: str = "full"
    green: Decimal = Decimal(80)
    yellow: Decimal = Decimal(60)
    min_coverage: Decimal = Decimal("0.5")
    days_to_rise: int = 7
    days_to_fall: int = 1
    critical_hours: int = 24
    normal_hours: int = 72
    payment_grace_days: int = 7
    before_days: int = 365
    rescore_days: int = 35

    def tier_of(self, score: Decimal) -> Tier:
        """The tier of a score; each lower bound belongs to the better tier."""
        if score >= self.green:
            return Tier.GREEN
        return Tier.YELLOW if score >= self.yellow else Tier.RED

    @cached_property
    def parts(self) -> "tuple[tuple[Dimension, tuple[Measure, ...]], ...]":
        """Each dimension with its measures."""
        return tuple((d, tuple(m for m in self.measures if m.dimension == d.key)) for d in self.dimensions)

    @cached_property
    def card(self) -> Card:
        """This policy made ready for scoring."""
        return ready(self)

    def window(self, key: str, default: int) -> int:
        """How many days a measure looks back; the default where this card does not use it."""
        return next((m.window_days for m in self.measures if m.key == key and m.window_days), default)


QUICK_DIMENSIONS = (
    Dimension("satisfaction", Decimal("0.34")),
    Dimension("commercial", Decimal("0.33")),
    Dimension("relationship", Decimal("0.33")),
)
QUICK_MEASURES = (
    Measure(
        "support_tickets", "satisfaction", "ticket", "count", 90, curve((0, 100), (2, 80), (5, 40), (10, 0)),
        Decimal(1), higher_is_better=False,
    ),
    Measure(
        "recent_orders", "commercial", "parts_order", "days", 0, curve((90, 100), (180, 70), (365, 20), (540, 0)),
        Decimal(1), higher_is_better=False, step=30,
    ),
    _LAST_CONTACT,
)  # fmt: skip


def quick() -> HealthPolicy:
    """The card to begin with: support tickets, recent orders, last contact (HS-11)."""
    return HealthPolicy(dimensions=QUICK_DIMENSIONS, measures=QUICK_MEASURES, preset="quick")
