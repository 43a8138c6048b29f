"""Parts no longer ordered: a silent customer, a machine out of rhythm, a falling year (PA-07..11). Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from statistics import median
from typing import ClassVar

from core.calendar import add_months
from expansion.rules.episodes import Episode, earlier, total

GONE, ORDERED, GREW, LONG_AGO = "machine_gone", "ordered", "grew", "long_ago"
CENT = Decimal("0.01")


@dataclass(frozen=True)
class PartsSilencePolicy:
    """A customer with at least `orders` orders of parts is silent after `months` without one (CT-29)."""

    policy_name: ClassVar[str] = "expansion.parts_silence"

    active: bool = True
    months: int = 6
    orders: int = 2


@dataclass(frozen=True)
class RhythmPolicy:
    """A machine with at least `orders` orders is late at `times` its own median interval, and never before
    `least_days` after its last order (CT-29: our guess)."""

    policy_name: ClassVar[str] = "expansion.order_rhythm"

    active: bool = True
    times: Decimal = Decimal(2)
    orders: int = 4
    least_days: int = 60


@dataclass(frozen=True)
class PartsDropPolicy:
    """At the start of a quarter, parts of the year before it are `percent` below those of the year before that, which
    were at least `least_value` in the reporting currency (PA-09)."""

    policy_name: ClassVar[str] = "expansion.parts_drop"

    active: bool = True
    percent: Decimal = Decimal(25)
    least_value: Decimal = Decimal(5000)


@dataclass(frozen=True, slots=True)
class Ordered:
    """The parts orders of one day, with their amount in the reporting currency where it is known."""

    on: date
    amount: Decimal | None = None


@dataclass(slots=True)
class OrderFacts:
    """A customer, or one machine, with its days of ordering. `gone_on` is the day its last machine left."""

    id: int
    account_id: int
    owner_id: int
    known_on: date
    orders: tuple[Ordered, ...] = ()
    gone_on: date | None = None
    counted: bool = True


def parts_silence(facts: OrderFacts, policy: PartsSilencePolicy) -> list[Episode]:
    """One episode per silence, over when they order again."""
    found = []
    for i, order in enumerate(facts.orders):
        due_on, over_on = add_months(order.on, policy.months), _over(facts, i)
        if i + 1 >= policy.orders and (over_on is None or over_on > due_on):
            found.append(_silence(facts, "SILENCE", i, due_on, {"months": policy.months}, None))
    return found


def order_rhythm(facts: OrderFacts, policy: RhythmPolicy) -> list[Episode]:
    """One episode per order that did not come in the machine's own rhythm: the median of the intervals before it."""
    found = []
    for i, order in enumerate(facts.orders if facts.counted else ()):
        over_on, soonest = _over(facts, i), order.on + timedelta(days=policy.least_days)
        # Most orders are followed in time whatever the rhythm was: the median is worked out for the others alone.
        if i + 1 < policy.orders or (over_on is not None and over_on <= soonest):
            continue
        middle = _middle(facts.orders[: i + 1])
        due_on = max(soonest, order.on + timedelta(days=int(middle * float(policy.times))))
        if over_on is None or over_on > due_on:
            found.append(_silence(facts, "RHYTHM", i, due_on, {"days": int(middle)}, facts.id))
    return found


def _over(facts: OrderFacts, i: int) -> date | None:
    """The first day on which the silence after an order is over: the next order, or the last machine gone."""
    following = facts.orders[i + 1].on if i + 1 < len(facts.orders) else None
    return earlier(following, facts.gone_on)


def _middle(orders: Sequence[Ordered]) -> float:
    """The median interval in days between these orders; 0 for one."""
    intervals = [(b.on - a.on).days for a, b in pairwise(orders)]
    return float(median(intervals)) if intervals else 0.0


def _silence(facts: OrderFacts, word: str, i: int, due_on: date, seen: dict[str, int], asset: int | None) -> Episode:
    last = facts.orders[i].on
    over_on = _over(facts, i)
    gone = "" if over_on is None else GONE if over_on == facts.gone_on else ORDERED
    year = _between(facts.orders, add_months(last, -12), last)
    said = {"last_on": last.isoformat(), **seen}
    key = f"{word}.{last.isoformat()}"
    return Episode(key, due_on, last, over_on, gone, year, "year_of_parts" if year is not None else "", said, asset)


def _between(orders: Sequence[Ordered], after: date, until: date) -> Decimal | None:
    return total([o.amount for o in orders if after < o.on <= until])


def parts_drop(facts: OrderFacts, policy: PartsDropPolicy) -> list[Episode]:
    """One episode per row of quarters in which the year was that much below the year before it."""
    found: list[Episode] = []
    run: list[tuple[date, Decimal, Decimal]] = []
    for quarter in _quarters(facts.orders):
        before, now = _year(facts.orders, quarter, 12), _year(facts.orders, quarter, 0)
        if before >= policy.least_value and now < before * (100 - policy.percent) / 100:
            run.append((quarter, before, now))
        elif run:
            over_on = earlier(quarter, facts.gone_on)
            why = GREW if before >= policy.least_value else LONG_AGO
            found.append(_drop(run[0], over_on, why if over_on == quarter else GONE))
            run = []
    # Without another order both years are empty in the end, so every row of quarters was closed above.
    return [e for e in found if e.over_on is None or e.over_on > e.due_on]


def _quarters(orders: Sequence[Ordered]) -> list[date]:
    """First days of quarters, from two years of orders on, until the last order is two years old."""
    if not orders:
        return []
    first, last = add_months(orders[0].on.replace(day=1), 24), add_months(orders[-1].on, 27)
    day = date(first.year, 3 * ((first.month - 1) // 3) + 1, 1)
    found = []
    while day <= last:
        if day >= first:
            found.append(day)
        day = add_months(day, 3)
    return found


def _year(orders: Sequence[Ordered], quarter: date, months_back: int) -> Decimal:
    until = add_months(quarter, -months_back)
    since = add_months(until, -12)
    return sum((o.amount for o in orders if o.amount is not None and since <= o.on < until), Decimal(0))


def _drop(first: tuple[date, Decimal, Decimal], over_on: date | None, gone: str) -> Episode:
    quarter, before, now = first
    down = ((before - now) * 100 / before).quantize(Decimal(1))
    seen = {"before": str(before.quantize(CENT)), "now": str(now.quantize(CENT)), "percent": str(down)}
    return Episode(
        f"PARTSDOWN.{quarter.isoformat()}", quarter, quarter, over_on, gone, (before - now).quantize(CENT),
        "lost_parts", seen,
    )  # fmt: skip
