"""The only reader of the system clock.

It is called at the edge (views, API, tasks, commands); inward, time travels as `on` (a date) or `at` (a moment).
In a sandbox installation the clock may stand some days and minutes beside the real one.
"""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings


def now() -> datetime:
    """The present moment, aware, in UTC."""
    moment = datetime.now(UTC)
    if not settings.SANDBOX:
        return moment
    return moment + timedelta(days=settings.CLOCK_OFFSET_DAYS, minutes=settings.CLOCK_OFFSET_MINUTES)


def today() -> date:
    """The business date of the organisation, read in its own time zone."""
    return now().astimezone(ZoneInfo(settings.ORGANISATION_TIME_ZONE)).date()
