"""What readings tell of a machine that just started: whether it stands still, whether its output rises. Pure."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

from health.rules.adoption import AdoptionPolicy
from health.rules.red_flags import Use


class Reading(NamedTuple):
    """Hours run and output over `days` days of which `on` is the last."""

    on: date
    days: int
    run_hours: Decimal | None
    output: Decimal | None


def use_of(readings: Sequence[Reading], policy: AdoptionPolicy, on: date) -> Use:
    """Of readings in the order of their days, up to the day."""
    half = timedelta(days=policy.rising_days)
    return Use(
        stands_since=_stands_since(readings),
        lately=_a_day(readings, on - half, on),
        before=_a_day(readings, on - 2 * half, on - half),
    )


def _stands_since(readings: Sequence[Reading]) -> date | None:
    """The first day of the last stretch of readings that tell of no hour run."""
    since = None
    for reading in reversed(readings):
        if reading.run_hours is None or reading.run_hours > 0:
            break
        since = reading.on - timedelta(days=reading.days - 1)
    return since


def _a_day(readings: Sequence[Reading], after: date, until: date) -> Decimal | None:
    """Output per day of the readings that end in (after, until]; None without any."""
    told = [r for r in readings if after < r.on <= until and r.output is not None]
    days = sum(r.days for r in told)
    return sum((r.output or Decimal(0) for r in told), Decimal(0)) / days if days else None
