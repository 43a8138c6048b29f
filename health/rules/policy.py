"""What health is made of: measures, curves, weights, tiers (HS-01..08, CT-08). All of it data. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property
from typing import Any, ClassVar

from health.rules.card import Card, ready
from health.rules.defaults import DIMENSIONS, MEASURES, QUICK_DIMENSIONS, QUICK_MEASURES
from health.rules.measure import Curve, Dimension, Measure, curve
from health.rules.own_card import CARDS, STANDARD, OwnCard, card_for
from health.rules.problem import Problem
from health.rules.tier import Tier
from health.rules.validity import problems_of

__all__ = ["Curve", "Dimension", "HealthPolicy", "Measure", "OwnCard", "curve", "quick"]


@dataclass(frozen=True)
class HealthPolicy:
    """How a score is made and read.

    Green from `green` up, yellow from `yellow` up, red below it: nothing lies between (CT-08). With less than
    `min_coverage` of the weight known there is no score. A better tier counts after `days_to_rise` dates in a row, a
    worse one after `days_to_fall`. Hours and days of grace are the promises that "on time" is held against. A late
    fact is worked back at most `rescore_days`. The first of `cards` that fits an account judges it, else the standard
    one; in ramp-up is an account whose oldest machine in service has been live for less than `ramp_up_days`.
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
    cards: tuple[OwnCard, ...] = CARDS
    ramp_up_days: int = 90

    def problems(self) -> tuple[Problem, ...]:
        """What stands in the way of publishing it; empty for one that can be."""
        return problems_of(self)

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
        """The standard card, made ready for scoring."""
        return ready(self)

    @cached_property
    def own_cards(self) -> dict[str, Card]:
        """The cards of their own, made ready, by their keys."""
        return {card.key: ready(self._on(card), card.key) for card in self.cards}

    def card_of(self, readings: Mapping[str, Any]) -> Card:
        """The card that judges an account with these readings."""
        key = card_for(self.cards, readings) if self.cards else STANDARD
        return self.own_cards[key] if key else self.card

    def _on(self, card: OwnCard) -> "HealthPolicy":
        """This policy with the dimensions of one card, and without what it leaves out."""
        sides = {d.key for d in card.dimensions}
        measures = tuple(m for m in self.measures if m.dimension in sides and m.key not in card.without)
        return replace(self, dimensions=card.dimensions, measures=measures, cards=())

    def window(self, key: str, default: int) -> int:
        """How many days a measure looks back; the default where this card does not use it."""
        return next((m.window_days for m in self.measures if m.key == key and m.window_days), default)


def quick() -> HealthPolicy:
    """The card to begin with: support tickets, recent orders, last contact (HS-11)."""
    return HealthPolicy(dimensions=QUICK_DIMENSIONS, measures=QUICK_MEASURES, preset="quick", cards=())
