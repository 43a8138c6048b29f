"""Which segment an account belongs in, and who should own it: dedicated, pooled or hybrid (SG-01..05). Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from enum import StrEnum
from typing import ClassVar

ENTERPRISE, MID_MARKET, SMALL = "enterprise", "mid_market", "small"


@dataclass(frozen=True)
class Ratio:
    """How many accounts of a segment one CS manager looks after: from `least` to `most`."""

    segment: str
    least: int
    most: int


@dataclass(frozen=True)
class SegmentPolicy:
    """Cuts by what an account is worth a year, in the reporting currency: the larger of its contracts and of what was
    invoiced for service, parts and the like. An account within `margin_percent` of a cut stays where it is.

    `ratios` are SG-05; the long tail has no upper end there, twice its lower one is our choice. A manager whose
    accounts together fill more than one whole load has too many (CT-21).
    """

    policy_name: ClassVar[str] = "health.segments"

    enterprise_from: Decimal = Decimal(100_000)
    mid_market_from: Decimal = Decimal(25_000)
    margin_percent: int = 10
    ratios: tuple[Ratio, ...] = (Ratio(ENTERPRISE, 10, 20), Ratio(MID_MARKET, 30, 50), Ratio(SMALL, 100, 200))

    def ratio(self, segment: str) -> Ratio:
        """The ratio of a segment; one that nobody named counts as mid-market."""
        named = {ratio.segment: ratio for ratio in self.ratios}
        return named.get(segment) or named.get(MID_MARKET) or Ratio(segment, 30, 50)


class Model(StrEnum):
    """Who owns accounts: a person each by segment, a pool for all, or persons for the top and a pool for the rest."""

    DEDICATED = "dedicated"
    POOLED = "pooled"
    HYBRID = "hybrid"


@dataclass(frozen=True)
class OwnershipPolicy:
    """The ownership model. Red and strategic accounts have a person of their own in every model (SG-02)."""

    policy_name: ClassVar[str] = "health.ownership"

    model: str = Model.DEDICATED.value
    top_percent: int = 20
    dedicated_segments: tuple[str, ...] = (ENTERPRISE, MID_MARKET)


def segment_for(value: Decimal, present: str, policy: SegmentPolicy) -> str:
    """The segment of a value; close to a cut, the present one stays."""
    plain = _plain(value, policy)
    margin = Decimal(policy.margin_percent) / 100
    near = {_plain(value * (1 + margin), policy), _plain(value * (1 - margin), policy)}
    return present if present in near else plain


def _plain(value: Decimal, policy: SegmentPolicy) -> str:
    if value >= policy.enterprise_from:
        return ENTERPRISE
    return MID_MARKET if value >= policy.mid_market_from else SMALL


@dataclass(frozen=True, slots=True)
class Weight:
    """An account as it weighs on its owner. `value` None: not known. `pooled` where its owner is a team."""

    id: int
    owner_id: int
    pooled: bool
    segment: str
    value: Decimal | None = None
    red: bool = False
    strategic: bool = False


def load_of(segments: Mapping[str, int], policy: SegmentPolicy) -> Decimal:
    """How full a manager is with so many accounts of each segment: 1 is a whole load."""
    return sum((Decimal(n) / policy.ratio(segment).most for segment, n in segments.items()), Decimal(0))


class Why(StrEnum):
    """Why an account should have another owner."""

    RED = "red"
    STRATEGIC = "strategic"
    TOP = "top"
    SEGMENT = "segment"
    POOL = "pool"


@dataclass(frozen=True, slots=True)
class Proposal:
    account_id: int
    from_id: int
    to_id: int
    why: Why


def dedicated(accounts: Sequence[Weight], policy: OwnershipPolicy) -> dict[int, Why]:
    """The accounts that should have a person of their own, and why."""
    found = {a.id: Why.RED if a.red else Why.STRATEGIC for a in accounts if a.red or a.strategic}
    if policy.model == Model.HYBRID:
        known = sorted((a for a in accounts if a.value is not None), key=lambda a: (-(a.value or 0), a.id))
        top = int((Decimal(len(accounts)) * policy.top_percent / 100).to_integral_value(ROUND_CEILING))
        found |= {a.id: Why.TOP for a in known[:top] if a.id not in found}
    if policy.model == Model.DEDICATED:
        found |= {a.id: Why.SEGMENT for a in accounts if a.segment in policy.dedicated_segments and a.id not in found}
    return found


def propose(
    accounts: Sequence[Weight],
    managers: Iterable[int],
    pool: int | None,
    policy: OwnershipPolicy,
    segments: SegmentPolicy,
) -> list[Proposal]:
    """Who should own what: a person for those in a pool that should have one, the pool for those that should not.

    The dearest first; each goes to the manager with most room, the lower id where two are alike. Without a pool nobody
    is sent there.
    """
    own = dedicated(accounts, policy)
    counts: dict[int, dict[str, int]] = {manager: {} for manager in managers}
    for account in accounts:
        if account.owner_id in counts:
            _add(counts[account.owner_id], account.segment)
    found = []
    for account in sorted(accounts, key=lambda a: (-(a.value or 0), a.id)):
        to = _wanted(account, own, counts, pool, segments)
        if to is not None:
            found.append(Proposal(account.id, account.owner_id, to, own.get(account.id, Why.POOL)))
            if to in counts:
                _add(counts[to], account.segment)
    return found


def _wanted(
    account: Weight, own: Mapping[int, Why], counts: Mapping[int, Mapping[str, int]], pool: int | None,
    policy: SegmentPolicy,
) -> int | None:  # fmt: skip
    if account.id in own:
        free = min(counts, key=lambda m: (load_of(counts[m], policy), m), default=None)
        return free if account.pooled else None
    return pool if pool is not None and not account.pooled and account.owner_id in counts else None


def _add(counted: dict[str, int], segment: str) -> None:
    counted[segment] = counted.get(segment, 0) + 1
