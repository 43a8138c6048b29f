"""What should have fired, found by walking through every single day. Written apart from the product's rules.

Nothing here is shared with them but the facts: dates are walked, not computed, and every day is looked at.
"""

from dataclasses import dataclass
from datetime import date, timedelta

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Contract:
    """The facts of one term, for the oracle. Notice in days; `every_months` where it goes on tacitly."""

    starts_on: date
    ends_on: date | None
    known_on: date
    notice_days: int = 0
    every_months: int = 0


def month_days(year: int, month: int) -> int:
    return (date(year + month // 12, month % 12 + 1, 1) - DAY).day


def months_later(day: date, months: int) -> date:
    """Month by month on the calendar's page, the day kept as far as the month has it."""
    year, month = day.year, day.month
    for _ in range(abs(months)):
        month += 1 if months > 0 else -1
        if month in (0, 13):
            year, month = (year + 1, 1) if month == 13 else (year - 1, 12)
    return date(year, month, min(day.day, month_days(year, month)))


def ends(contract: Contract, until: date) -> list[date]:
    """The days on which a term comes up, ever until then. One for a term that ends, many for one that goes on."""
    if contract.ends_on is not None and not contract.every_months:
        return [contract.ends_on]
    found: list[date] = []
    number = 0 if contract.ends_on else 1
    while True:
        end = _end(contract, number)
        if end > until + 800 * DAY:
            return found
        found.append(end)
        number += 1


def _end(contract: Contract, number: int) -> date:
    if contract.ends_on is None:
        return months_later(contract.starts_on, 12 * number)
    return months_later(contract.ends_on, contract.every_months * number)


def milestone_keys(
    contract: Contract, through: date, leads: tuple[int, ...] = (90, 60, 30, 0)
) -> set[tuple[int, date]]:
    """(days before, T) of every milestone that has fallen due by then, found by looking at each day in turn."""
    goes_on = contract.ends_on is None or contract.every_months > 0
    coming = [(end, end - contract.notice_days * DAY) for end in ends(contract, through)]
    found: set[tuple[int, date]] = set()
    before: date | None = None
    for end, last_day in coming:
        if not goes_on or end >= contract.known_on:
            for lead in leads:
                due = last_day - lead * DAY
                if due <= through and not (before and due <= before):
                    found.add((lead, last_day))
        before = last_day
    return found


def reached_by_walking(installed_on: date, through: date, life_years: int = 12) -> list[tuple[str, date]]:
    """The age rungs of a machine, by counting its birthdays day after day."""
    wanted = {5: "upgrade", life_years - 2: "replacement", life_years: "end_of_life"}
    found, years, day = [], 0, installed_on
    while day <= through:
        if day > installed_on and _is_birthday(installed_on, day):
            years += 1
            if years in wanted:
                found.append((wanted[years], day))
        day += DAY
    return found


def _is_birthday(born: date, day: date) -> bool:
    if born.month == 2 and born.day == 29:
        return day.month == 2 and day.day == month_days(day.year, 2)
    return (day.month, day.day) == (born.month, born.day)
