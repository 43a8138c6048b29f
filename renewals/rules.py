"""When a renewal is worked, and where it stands in the queue. Pure."""

from datetime import date, timedelta
from enum import Enum


class Bucket(Enum):
    """Where an open renewal stands, by the days left to its decision."""

    OVERDUE = "overdue"
    T30 = "t30"
    T60 = "t60"
    T90 = "t90"
    LATER = "later"


_DAYS: dict[Bucket, tuple[int | None, int | None]] = {
    Bucket.OVERDUE: (None, -1),
    Bucket.T30: (0, 30),
    Bucket.T60: (31, 60),
    Bucket.T90: (61, 90),
    Bucket.LATER: (91, None),
}


def bounds(of: Bucket, on: date) -> tuple[date | None, date | None]:
    """First and last `decides_on` of a bucket on that date; None where it has no bound."""
    first, last = _DAYS[of]
    return _plus(on, first), _plus(on, last)


def _plus(on: date, days: int | None) -> date | None:
    return None if days is None else on + timedelta(days=days)


def bucket(decides_on: date, on: date) -> Bucket:
    left = (decides_on - on).days
    return next(b for b, (_first, last) in _DAYS.items() if last is None or left <= last)
