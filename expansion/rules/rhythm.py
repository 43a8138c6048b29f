"""How a machine or a customer orders parts: the own interval, the next order, the trend (PA-04, PA-07). Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from itertools import pairwise
from statistics import median

from core.calendar import add_months
from expansion.rules.parts import Ordered, RhythmPolicy

# A year that differs by less is level.
LEVEL_BAND = Decimal("0.10")
# From so many days of ordering on, the interval between them says something.
FEWEST = 3


class Trend(StrEnum):
    MORE = "more"
    LEVEL = "level"
    FEWER = "fewer"


@dataclass(frozen=True)
class Rhythm:
    """Days of ordering so far. `usual_days` and `next_on` are empty where there are too few to tell; `trend` where the
    year before had none, or an amount is unknown."""

    orders: int
    last_on: date
    usual_days: int | None
    next_on: date | None
    late: bool
    now: Decimal
    before: Decimal
    trend: Trend | None

    def overdue(self, on: date) -> bool:
        """Whether the day on which the next order was to be expected has passed."""
        return self.next_on is not None and self.next_on < on


def rhythm(orders: Sequence[Ordered], on: date, policy: RhythmPolicy) -> Rhythm | None:
    """The rhythm as of a day; None where nothing was ordered by then."""
    known = [order for order in orders if order.on <= on]
    if not known:
        return None
    last = known[-1].on
    usual = int(median((b.on - a.on).days for a, b in pairwise(known))) if len(known) >= FEWEST else None
    now, before = _year(known, on), _year(known, add_months(on, -12))
    return Rhythm(
        orders=len(known),
        last_on=last,
        usual_days=usual,
        next_on=last + timedelta(days=usual) if usual is not None else None,
        late=len(known) >= policy.orders and usual is not None and on > _latest(last, usual, policy),
        now=now,
        before=before,
        trend=_trend(now, before),
    )


def _latest(last: date, usual: int, policy: RhythmPolicy) -> date:
    """The last day on which an order is still in its rhythm."""
    return last + timedelta(days=max(policy.least_days, int(usual * policy.times)))


def _year(orders: Sequence[Ordered], until: date) -> Decimal:
    since = add_months(until, -12)
    return sum((o.amount for o in orders if o.amount is not None and since < o.on <= until), Decimal(0))


def _trend(now: Decimal, before: Decimal) -> Trend | None:
    if before <= 0:
        return None
    if abs(now - before) <= before * LEVEL_BAND:
        return Trend.LEVEL
    return Trend.MORE if now > before else Trend.FEWER
