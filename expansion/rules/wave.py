"""The replacement wave: quarters over ten years, and what lies before, behind and beside them (EX-45, CT-01). Pure."""

import re
from dataclasses import dataclass
from datetime import date

from core.calendar import add_months

YEARS = 10
PAST, LATER, UNKNOWN = "past", "later", "unknown"
APART = (PAST, LATER, UNKNOWN)
_KEY = re.compile(r"(\d{4})(?:-Q([1-4]))?")


def quarter_of(on: date) -> date:
    """The first day of the quarter of a day."""
    return date(on.year, 3 * ((on.month - 1) // 3) + 1, 1)


def quarters(on: date) -> list[date]:
    """First days of the quarters of the wave, beginning with the one that runs."""
    first = quarter_of(on)
    return [add_months(first, 3 * n) for n in range(4 * YEARS)]


def ends(on: date) -> date:
    """The first day after the wave."""
    return add_months(quarter_of(on), 12 * YEARS)


def key_of(quarter: date) -> str:
    return f"{quarter.year}-Q{(quarter.month + 2) // 3}"


def bucket_of(ends_on: date | None, on: date) -> str:
    """Where a machine stands whose expected life ends on that day; None where nobody knows."""
    if ends_on is None:
        return UNKNOWN
    if ends_on <= on:
        return PAST
    return LATER if ends_on >= ends(on) else key_of(quarter_of(ends_on))


@dataclass(frozen=True)
class Stretch:
    """A quarter or a year of the wave by its name, and the names of the quarters in it."""

    key: str
    buckets: tuple[str, ...]


def stretch(key: str, on: date) -> Stretch | None:
    """What a name in an address means: 2028-Q1, 2028, past, later, unknown; None where it is no part of the wave."""
    if key in APART:
        return Stretch(key, (key,))
    found = _KEY.fullmatch(key)
    if found is None:
        return None
    own = [key_of(q) for q in quarters(on)]
    buckets = tuple(name for name in own if name == key or (not found[2] and name.startswith(f"{key}-")))
    return Stretch(key, buckets) if buckets else None
