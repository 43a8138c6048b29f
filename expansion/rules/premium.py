"""A low level of contract and regular downtime: a candidate for a higher one (CO-10), with the sum of W-04. Pure."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import ClassVar

from core.calendar import add_months
from expansion.rules.cover import Span
from expansion.rules.episodes import Episode, stretches

GONE, CALMER, HIGHER = "machine_gone", "calmer", "higher_level"
CENT = Decimal("0.01")


@dataclass(frozen=True)
class PremiumPolicy:
    """`stops` breakdowns within `window_months` on a contract of at most the `basic_rung` of the ladder of levels."""

    policy_name: ClassVar[str] = "expansion.premium"

    active: bool = True
    stops: int = 3
    window_months: int = 12
    basic_rung: int = 1


@dataclass(frozen=True, slots=True)
class Stop:
    """A breakdown, with the hours the machine stood still where somebody wrote them down."""

    on: date
    hours: Decimal | None = None


@dataclass(slots=True)
class PremiumFacts:
    """A machine with its contracts and breakdowns. `cost_hour` is what an hour costs this customer by its own word."""

    id: int
    account_id: int
    owner_id: int
    known_on: date
    counted: bool = True
    taken_out_on: date | None = None
    spans: tuple[Span, ...] = ()
    stops: tuple[Stop, ...] = ()
    cost_hour: Decimal | None = None


def premium(facts: PremiumFacts, policy: PremiumPolicy) -> list[Episode]:
    """One episode per stretch in which a machine at a low level stops regularly."""
    if not facts.counted:
        return []
    days = {stop.on for stop in facts.stops}
    days |= {_leaves(stop, policy) for stop in facts.stops}
    days |= {day for span in facts.spans for day in (span.starts_on, span.until) if day is not None}
    days |= {facts.taken_out_on} if facts.taken_out_on else set()

    def holds(day: date) -> bool:
        left = facts.taken_out_on is not None and facts.taken_out_on <= day
        low = _low(facts, day, policy) is not None
        return not left and low and len(_within(facts, day, policy)) >= policy.stops

    return [_episode(facts, begun, over, policy) for begun, over in stretches(days, holds)]


def _leaves(stop: Stop, policy: PremiumPolicy) -> date:
    """The first day on which a stop no longer counts."""
    return add_months(stop.on, policy.window_months) + timedelta(days=1)


def _within(facts: PremiumFacts, day: date, policy: PremiumPolicy) -> list[Stop]:
    return [stop for stop in facts.stops if stop.on <= day < _leaves(stop, policy)]


def _low(facts: PremiumFacts, day: date, policy: PremiumPolicy) -> Span | None:
    """The contract of that day, if it is the best one and low enough."""
    running = [span for span in facts.spans if span.runs(day) and span.rung is not None]
    best = max(running, key=lambda span: span.rung or 0, default=None)
    return best if best is not None and (best.rung or 0) <= policy.basic_rung else None


def _episode(facts: PremiumFacts, begun: date, over: date | None, policy: PremiumPolicy) -> Episode:
    span, stops = _low(facts, begun, policy), _within(facts, begun, policy)
    hours = sum((stop.hours for stop in stops if stop.hours is not None), Decimal(0))
    extra = extra_price(span)
    seen = {
        "stops": len(stops),
        "months": policy.window_months,
        "hours": str(hours),
        "known_stops": sum(stop.hours is not None for stop in stops),
        "cost_hour": None if facts.cost_hour is None else str(facts.cost_hour),
        "extra": None if extra is None else str(extra),
        "level": span.level if span else "",
        "next_level": span.next_level if span else "",
    }
    return Episode(
        f"PREMIUM.{begun.isoformat()}", begun, begun, over, _why(facts, over, policy), extra,
        "level_step" if extra is not None else "", seen, facts.id,
    )  # fmt: skip


def extra_price(span: Span | None) -> Decimal | None:
    """What a year of the next level costs more than this one pays now; its list price where that is not known."""
    if span is None or span.next_price is None:
        return None
    paid = span.annual if span.annual is not None else span.list_price
    return None if paid is None else max(span.next_price - paid, Decimal(0)).quantize(CENT)


def _why(facts: PremiumFacts, over: date | None, policy: PremiumPolicy) -> str:
    if over is None:
        return ""
    if over == facts.taken_out_on:
        return GONE
    return HIGHER if _low(facts, over, policy) is None else CALMER
