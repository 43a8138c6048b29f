"""The health of a group out of that of its members (G-15). Pure."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from health.rules.policy import HealthPolicy
from health.rules.tier import Tier

_CENT, _THOUSANDTH = Decimal("0.01"), Decimal("0.001")


@dataclass(frozen=True, slots=True)
class Member:
    """One account of a group on a day: its score and tier, and what it is worth a year; None where nobody knows."""

    account: int
    score: Decimal | None
    tier: Tier
    worth: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """`score` is the mean of the known members by what they are worth, `coverage` (0 to 1) how much of the worth is
    known. `weakest` is the member that costs the group most; None where nothing costs anything."""

    score: Decimal | None
    tier: Tier
    coverage: Decimal
    tiers: Mapping[Tier, int]
    members: int
    weakest: Member | None


def roll_up(members: Sequence[Member], policy: HealthPolicy) -> Group:
    """The mean of the scores, weighted by the annual value of the contracts in force.

    A member without a value weighs as much as the least of those that have one; where none has one, all weigh the
    same. Members without a score count for nothing and make the group less known; with less known than the policy asks
    for there is no score. A mean hides the worst: the weakest member is told beside it.
    """
    weights = _weights(members)
    whole = sum(weights, Decimal(0))
    known = [(m, w) for m, w in zip(members, weights, strict=True) if m.score is not None]
    share = sum((w for _, w in known), Decimal(0))
    coverage = (share / whole).quantize(_THOUSANDTH, ROUND_HALF_UP) if whole else Decimal(0)
    score = None
    if share and coverage >= policy.min_coverage:
        earned = sum((m.score * w for m, w in known if m.score is not None), Decimal(0))
        score = (earned / share).quantize(_CENT, ROUND_HALF_UP)
    return Group(
        score=score,
        tier=Tier.UNKNOWN if score is None else policy.tier_of(score),
        coverage=coverage,
        tiers=Counter(m.tier for m in members),
        members=len(members),
        weakest=_weakest(known),
    )


def _weights(members: Sequence[Member]) -> list[Decimal]:
    least = min((m.worth for m in members if m.worth), default=Decimal(1))
    return [m.worth or least for m in members]


def _weakest(known: Sequence[tuple[Member, Decimal]]) -> Member | None:
    """Whose missing points weigh most."""
    costs = [((100 - m.score) * w, -m.account, m) for m, w in known if m.score is not None and m.score < 100]
    return max(costs)[2] if costs else None
