"""Parts that will be worn in three months, from what the machine runs (PA-05). Pure."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import ClassVar

from expansion.rules.capacity import Month
from expansion.rules.episodes import Episode, earlier

GONE, ORDERED = "machine_gone", "ordered"
CENT = Decimal("0.01")


@dataclass(frozen=True)
class WearPolicy:
    """A part is asked about `ahead_months` before it is worn, at the pace of the last `pace_months`."""

    policy_name: ClassVar[str] = "expansion.parts_due"

    active: bool = True
    ahead_months: int = 3
    pace_months: int = 3


@dataclass(frozen=True, slots=True)
class WornPart:
    """A part that was put on a machine: after `wear_hours` of running it is worn. `orders` are its days of order."""

    product_id: int
    name: str
    wear_hours: Decimal
    orders: tuple[date, ...]
    price: Decimal | None = None


@dataclass(slots=True)
class WearFacts:
    """A machine with what it ran, month by month, and its parts that wear."""

    id: int
    account_id: int
    owner_id: int
    known_on: date
    counted: bool = True
    taken_out_on: date | None = None
    months: tuple[Month, ...] = ()
    parts: tuple[WornPart, ...] = ()


def parts_due(facts: WearFacts, policy: WearPolicy) -> list[Episode]:
    """One episode per part and order of it: asked at the first of the month in which it is worn soon enough."""
    if not facts.counted:
        return []
    ran = {_index(m.first): m.run_hours or Decimal(0) for m in facts.months}
    return [
        e
        for part in facts.parts
        for i, ordered in enumerate(part.orders)
        if (e := _episode(facts, ran, part, ordered, _next(part, i), policy)) is not None
    ]


def _index(day: date) -> int:
    """Months count in a row, so that the one before is one less."""
    return day.year * 12 + day.month - 1


def _next(part: WornPart, i: int) -> date | None:
    return part.orders[i + 1] if i + 1 < len(part.orders) else None


def _episode(
    facts: WearFacts, ran: dict[int, Decimal], part: WornPart, ordered: date, again: date | None, policy: WearPolicy
) -> Episode | None:
    over_on = earlier(again, facts.taken_out_on)
    found = _worn_soon(ran, part, ordered, over_on, policy)
    if found is None:
        return None
    due_on, used = found
    gone = "" if over_on is None else ORDERED if over_on == again else GONE
    seen = {
        "part": part.name,
        "used": str(used.quantize(Decimal(1))),
        "wear_hours": f"{part.wear_hours.normalize():f}",
        "ordered_on": ordered.isoformat(),
        "months": policy.ahead_months,
    }
    return Episode(
        f"WEAR.{part.product_id}.{ordered.isoformat()}", due_on, ordered, over_on, gone, part.price,
        "part_price" if part.price is not None else "", seen, facts.id,
    )  # fmt: skip


def _worn_soon(
    ran: dict[int, Decimal], part: WornPart, ordered: date, over_on: date | None, policy: WearPolicy
) -> tuple[date, Decimal] | None:
    """The first of the months at which what is left lasts no longer than that, and the hours used until then.

    None where that is not before `over_on`.
    """
    month, nothing = _index(ordered), Decimal(0)
    length = monthrange(ordered.year, ordered.month)[1]
    used = ran.get(month, nothing) * (length - ordered.day) / length
    last = max(ran, default=-1)
    if over_on is not None:
        last = min(last, _index(over_on - timedelta(days=1)) - 1)
    while month <= last:
        month += 1
        pace = _run(ran, month - policy.pace_months, month)
        if pace > 0 and part.wear_hours - used <= pace / policy.pace_months * policy.ahead_months:
            return date(month // 12, month % 12 + 1, 1), used
        used += ran.get(month, nothing)
    return None


@dataclass(frozen=True, slots=True)
class Wearing:
    """When a part that was ordered last on a day will be worn, at the pace of the machine."""

    part: WornPart
    ordered_on: date
    used: Decimal
    worn_on: date

    @property
    def left(self) -> Decimal:
        """Hours until then; below nothing where it is worn already."""
        return self.part.wear_hours - self.used


def wearing(facts: WearFacts, on: date, policy: WearPolicy) -> list[Wearing]:
    """The parts of a machine that wear, the soonest first, as of a day. None of a machine that does not run: at no pace
    nothing is ever worn."""
    if not facts.counted or (facts.taken_out_on is not None and facts.taken_out_on <= on):
        return []
    ran = {_index(m.first): m.run_hours or Decimal(0) for m in facts.months if m.first <= on}
    pace = _run(ran, _index(on) - policy.pace_months, _index(on))
    a_day = pace / policy.pace_months * 12 / 365
    if a_day <= 0:
        return []
    found = []
    for part in facts.parts:
        ordered = max((day for day in part.orders if day <= on), default=None)
        if ordered is not None:
            used = _used(ran, ordered, on, a_day)
            days = int(max(part.wear_hours - used, Decimal(0)) / a_day)
            found.append(Wearing(part, ordered, used, on + timedelta(days=days)))
    return sorted(found, key=lambda w: (w.worn_on, w.part.product_id))


def _run(ran: dict[int, Decimal], first: int, before: int) -> Decimal:
    """Hours run from a month up to, and without, a later one."""
    return sum((ran.get(month, Decimal(0)) for month in range(first, before)), Decimal(0))


def _used(ran: dict[int, Decimal], ordered: date, on: date, a_day: Decimal) -> Decimal:
    """Hours run since the order: what was left of its month, whole months, and of the month that runs its days at the
    pace of now, because its readings are not all in."""
    month, this_month = _index(ordered), _index(on)
    if month == this_month:
        return a_day * (on - ordered).days
    length = monthrange(ordered.year, ordered.month)[1]
    used = ran.get(month, Decimal(0)) * (length - ordered.day) / length
    return used + _run(ran, month + 1, this_month) + a_day * on.day
