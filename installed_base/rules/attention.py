"""Which machines get proactive attention and which are served when they ask (IB-06, IB-07). Pure."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import ClassVar

ENTERPRISE, MID_MARKET = "enterprise", "mid_market"


class Attention(StrEnum):
    PROACTIVE = "proactive"
    REACTIVE = "reactive"


class Weight(StrEnum):
    """What speaks for attention, the heaviest first."""

    HIGH_VALUE = "high_value"
    STRATEGIC = "strategic"
    ENTERPRISE = "enterprise"
    SOME_VALUE = "some_value"
    MID_MARKET = "mid_market"
    CONTRACT = "contract"
    AGE = "age"


@dataclass(frozen=True)
class AttentionPolicy:
    """Points for what a machine is worth, whose it is, whether it has a contract, and whether its end is near.

    Values are in the reporting currency. From `proactive_from` points on a machine is attended to before it asks.
    """

    policy_name: ClassVar[str] = "installed_base.attention"

    high_value: Decimal = Decimal(250_000)
    some_value: Decimal = Decimal(75_000)
    high_value_points: int = 2
    some_value_points: int = 1
    strategic_points: int = 2
    enterprise_points: int = 2
    mid_market_points: int = 1
    contract_points: int = 1
    age_points: int = 1
    proactive_from: int = 4

    def points(self, weight: Weight) -> int:
        found: int = getattr(self, f"{weight.value}_points")
        return found


@dataclass(frozen=True, slots=True)
class Weighed:
    """The class of a machine with what decided it. `rank` orders machines of any class."""

    attention: Attention
    points: int
    weights: tuple[Weight, ...]
    value: Decimal | None

    @property
    def rank(self) -> tuple[int, Decimal]:
        """Points, and between equals what it is worth; a machine of unknown value stands behind."""
        return self.points, self.value if self.value is not None else Decimal(-1)


def weigh(
    *, value: Decimal | None, strategic: bool, segment: str, covered: bool, near_end: bool, policy: AttentionPolicy
) -> Weighed:
    """The attention a machine deserves. A strategic customer counts once, also where its segment is large."""
    found = (
        _of_value(value, policy),
        Weight.STRATEGIC if strategic else _OF_SEGMENT.get(segment),
        Weight.CONTRACT if covered else None,
        Weight.AGE if near_end else None,
    )
    weights = tuple(weight for weight in found if weight is not None)
    points = sum(policy.points(weight) for weight in weights)
    attention = Attention.PROACTIVE if points >= policy.proactive_from else Attention.REACTIVE
    return Weighed(attention, points, weights, value)


_OF_SEGMENT = {ENTERPRISE: Weight.ENTERPRISE, MID_MARKET: Weight.MID_MARKET}


def _of_value(value: Decimal | None, policy: AttentionPolicy) -> Weight | None:
    if value is None or value < policy.some_value:
        return None
    return Weight.HIGH_VALUE if value >= policy.high_value else Weight.SOME_VALUE
