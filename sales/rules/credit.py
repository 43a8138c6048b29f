"""Who is credited with a won deal, and for how much (EX-27, EX-29). Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

WHOLE = Decimal(1)
# Shares are kept to a hundredth of a per cent.
PLACES = Decimal("0.0001")


@dataclass(frozen=True)
class Share:
    """What one person is credited with, between 0 and 1, in which role."""

    user_id: int
    role: str
    share: Decimal


def is_whole(shares: Sequence[Share]) -> bool:
    """Shares add up to exactly 100 %; no shares at all are nobody's credit, which is allowed."""
    return not shares or sum((s.share for s in shares), Decimal(0)) == WHOLE


def first_twice(shares: Sequence[Share]) -> Share | None:
    """The first share of somebody who has one already."""
    seen: set[int] = set()
    for one in shares:
        if one.user_id in seen:
            return one
        seen.add(one.user_id)
    return None


def first_out_of_range(shares: Sequence[Share]) -> Share | None:
    """The first share that is nothing, more than all, or finer than is kept."""
    return next((s for s in shares if not 0 < s.share <= WHOLE or s.share != s.share.quantize(PLACES)), None)
