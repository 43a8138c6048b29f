"""Date arithmetic of firing.md, Calendar: always from an immutable anchor, never from a previous result. Pure."""

from calendar import monthrange
from datetime import date, timedelta

# As far back as anything here is known: "it was always so".
BEGINNING = date(1900, 1, 1)


def add_months(anchor: date, months: int) -> date:
    """`anchor` plus whole months, clamped to the last day of the month: 31 January + 1 is 28 or 29 February."""
    index = anchor.year * 12 + anchor.month - 1 + months
    year, month = divmod(index, 12)
    # Every month has 28 days; only beyond them its length has to be asked.
    day = anchor.day if anchor.day <= 28 else min(anchor.day, monthrange(year, month + 1)[1])
    return date(year, month + 1, day)


def anniversary(anchor: date, years: int) -> date:
    """The nth anniversary; that of 29 February is 28 February in common years."""
    return add_months(anchor, 12 * years)


def latest_anchor(on: date, months: int) -> date:
    """The latest day whose `add_months(day, months)` is on or before `on`: the bound by which an age is looked up."""
    if (on + timedelta(days=1)).day != 1:
        return add_months(on, -months)
    first = add_months(on.replace(day=1), -months)
    return add_months(first, 1) - timedelta(days=1)


def full_years(since: date, on: date) -> int:
    """Completed years by anniversaries; negative before `since`."""
    years = on.year - since.year
    return years if anniversary(since, years) <= on else years - 1


def inclusive_end(starts_on: date, months: int) -> date:
    """The last day of a term of whole months: the day before the anniversary of its start.

    If that anniversary day does not exist, the last day of that month: a term of a year from 29 February 2028 ends on
    28 February 2029.
    """
    following = add_months(starts_on, months)
    return following if following.day < starts_on.day else following - timedelta(days=1)


def whole_months(starts_on: date, ends_on: date) -> int | None:
    """How many whole months a term with both days included lasts, or None."""
    months = (ends_on.year - starts_on.year) * 12 + ends_on.month - starts_on.month
    for candidate in (months, months + 1):
        if candidate > 0 and inclusive_end(starts_on, candidate) == ends_on:
            return candidate
    return None
