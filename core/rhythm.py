"""When a page is due by mail: every working day, on a weekday, on the first working day of a month or a quarter. Pure.

A period is named by the day on which it is due, so a catch-up of ten missed days is one mail: that of the latest. A day
of `closed`, the public holidays, is no working day; a weekday stays that weekday.
"""

from collections.abc import Container
from datetime import date, timedelta
from enum import StrEnum

DAY = timedelta(days=1)
MONDAY, SUNDAY = 1, 7
FRIDAY = 5
NEVER: frozenset[date] = frozenset()


class Rhythm(StrEnum):
    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY = "monthly"
    QUARTERLY = "quarterly"


def latest_due(rhythm: Rhythm, on: date, weekday: int | None = None, closed: Container[date] = NEVER) -> date:
    """The last day on or before `on` on which a mail is due. `weekday` counts from 1, Monday, to 7."""
    if rhythm is Rhythm.WEEKLY:
        return on - timedelta(days=(on.isoweekday() - (weekday or MONDAY)) % 7)
    if rhythm is Rhythm.DAILY:
        return _working_day(on, closed, -DAY)
    months = 1 if rhythm is Rhythm.MONTHLY else 3
    begins = on.replace(month=on.month - (on.month - 1) % months, day=1)
    due = _working_day(begins, closed, DAY)
    return due if due <= on else latest_due(rhythm, begins - DAY, closed=closed)


def next_due(rhythm: Rhythm, on: date, weekday: int | None = None, closed: Container[date] = NEVER) -> date:
    """The first day after `on` on which a mail is due."""
    day = on + DAY
    while latest_due(rhythm, day, weekday, closed) != day:
        day += DAY
    return day


def _working_day(day: date, closed: Container[date], step: timedelta) -> date:
    """That day, or the first working day that way from it."""
    while day.isoweekday() > FRIDAY or day in closed:
        day += step
    return day


def dues(on: date, closed: Container[date] = NEVER) -> list[tuple[Rhythm, int | None, date]]:
    """Of every rhythm and weekday the latest day on which it was due."""
    weekly = [(Rhythm.WEEKLY, day, latest_due(Rhythm.WEEKLY, on, day)) for day in range(MONDAY, SUNDAY + 1)]
    others = (Rhythm.DAILY, Rhythm.MONTHLY, Rhythm.QUARTERLY)
    return [*((rhythm, None, latest_due(rhythm, on, closed=closed)) for rhythm in others), *weekly]
