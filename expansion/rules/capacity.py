"""A machine that runs above its capacity month after month (EX-10, W-05, CT-24). Pure."""

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import ClassVar

from core.calendar import add_months
from expansion.rules.episodes import Episode, earlier

GONE, EASED = "machine_gone", "eased"
PERCENT = Decimal("0.1")


@dataclass(frozen=True)
class CapacityPolicy:
    """Above `percent` of capacity in `months` calendar months in a row, each with readings of `covered_days` days."""

    policy_name: ClassVar[str] = "expansion.capacity"

    active: bool = True
    percent: Decimal = Decimal(80)
    months: int = 3
    covered_days: int = 20


@dataclass(frozen=True, slots=True)
class Month:
    """What a machine did in a calendar month: hours, units, and the days that its readings cover.

    Hours of a meter are differences within one epoch: a meter that was reset or replaced begins at nothing.
    """

    first: date
    days: int
    run_hours: Decimal | None = None
    available_hours: Decimal | None = None
    output: Decimal | None = None


@dataclass(slots=True)
class CapacityFacts:
    """A machine with its months. `ceiling` is how many units a month its product can make, where that is known."""

    id: int
    account_id: int
    owner_id: int
    known_on: date
    counted: bool = True
    taken_out_on: date | None = None
    months: tuple[Month, ...] = ()
    ceiling: Decimal | None = None
    price: Decimal | None = None


def used_percent(month: Month, ceiling: Decimal | None, covered_days: int = 1) -> Decimal | None:
    """How much of its capacity a machine used in a month: units against the ceiling, else hours against hours.

    8,000 units of a ceiling of 9,500 are 84.2 % (W-05). A ceiling counts for the days that the readings cover. Unknown
    where too few days are covered.
    """
    if month.days < covered_days:
        return None
    if ceiling and month.output is not None:
        length = monthrange(month.first.year, month.first.month)[1]
        return month.output * 100 / (ceiling * min(month.days, length) / length)
    if month.run_hours is not None and month.available_hours:
        return month.run_hours * 100 / month.available_hours
    return None


def capacity(facts: CapacityFacts, policy: CapacityPolicy) -> list[Episode]:
    """One episode per run of months above the limit, from the day after the last month that makes it long enough.

    It is over on the first day after a month that is not above it, or that nobody knows.
    """
    if not facts.counted:
        return []
    return [e for run in _runs(facts, policy) if (e := _episode(facts, run, policy)) is not None]


def _runs(facts: CapacityFacts, policy: CapacityPolicy) -> list[list[tuple[Month, Decimal]]]:
    """Months in a row above the limit, with how much each used."""
    found: list[list[tuple[Month, Decimal]]] = []
    for month in sorted(facts.months, key=lambda m: m.first):
        used = used_percent(month, facts.ceiling, policy.covered_days)
        if used is None or used <= policy.percent:
            continue
        if found and add_months(found[-1][-1][0].first, 1) == month.first:
            found[-1].append((month, used))
        else:
            found.append([(month, used)])
    return found


def _episode(
    facts: CapacityFacts, run: Sequence[tuple[Month, Decimal]], policy: CapacityPolicy
) -> Episode | None:  # fmt: skip
    if len(run) < policy.months:
        return None
    sustained = run[: policy.months]
    due_on = add_months(sustained[-1][0].first, 1)
    eased = add_months(run[-1][0].first, 2)
    over_on = earlier(eased, facts.taken_out_on)
    if over_on is not None and over_on <= due_on:
        return None
    used = sum((share for _, share in sustained), Decimal(0)) / len(sustained)
    seen = {
        "percent": str(used.quantize(PERCENT)),
        "months": policy.months,
        "limit": str(policy.percent),
        "output": _mean([month.output for month, _ in sustained]) if facts.ceiling else None,
        "ceiling": None if facts.ceiling is None else f"{facts.ceiling.normalize():f}",
    }
    first = run[0][0].first
    return Episode(
        f"USAGE.{first:%Y-%m}", due_on, first, over_on, GONE if over_on == facts.taken_out_on else EASED, facts.price,
        "list_price" if facts.price is not None else "", seen, facts.id,
    )  # fmt: skip


def _mean(amounts: Sequence[Decimal | None]) -> str | None:
    known = [amount for amount in amounts if amount is not None]
    return str(round(sum(known, Decimal(0)) / len(known))) if known else None
