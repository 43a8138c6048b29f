"""The day at the edge: reads the clock, says no where an operator must decide, and runs the rooms' triggers."""

from datetime import date

from django.conf import settings
from django.db import connection
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from bowtie.schedule import TRIGGERS
from core import clock
from core.metrics import take_today
from playbooks import day
from playbooks.day import Report
from playbooks.rules import GapTooLong

LARGEST_SKEW_SECONDS = 120


class Refused(Exception):
    """A sentence for an operator: why the day was not run."""


def run_day(*, on: date | None = None, through: date | None = None, audit: bool = False) -> Report:
    """Run the day for the clock's today, or for a date that somebody names. Raises Refused with a sentence.

    Dates after today are for demo, tests and trying out: an installation in production refuses them, because they
    would silence the days in between. The day ends with the stored figures that its pages read.
    """
    _check_future(through or on)
    if on is None and through is None:
        _check_clock()
    try:
        triggers = [import_string(path) for path in TRIGGERS]
        report = day.run(triggers, on=on or min(clock.today(), through or date.max), through=through, audit=audit)
    except GapTooLong as gap:
        sentence = _("The last completed day is %(completed)s; %(on)s is too far ahead to go there unasked.")
        hint = _("Run `manage.py run_day --through %(on)s` to do every day in between.")
        words = {"completed": gap.completed, "on": gap.on}
        raise Refused(f"{sentence % words} {hint % words}") from gap
    take_today(on=report.on)
    return report


def _check_future(last: date | None) -> None:
    if last is not None and settings.PRODUCTION and last > clock.today():
        raise Refused(
            _("%(day)s is in the future, and this installation is in production: only a day that has come is run.")
            % {"day": last}
        )


def clock_skew() -> float:
    """By how many seconds our clock differs from the database's; 0 for one moved on purpose, in a sandbox."""
    if settings.SANDBOX and (settings.CLOCK_OFFSET_DAYS or settings.CLOCK_OFFSET_MINUTES):
        return 0.0
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXTRACT(EPOCH FROM clock_timestamp() - %s::timestamptz)", [clock.now()])
        return abs(float(cursor.fetchone()[0]))


def _check_clock() -> None:
    skew = clock_skew()
    if skew > LARGEST_SKEW_SECONDS:
        raise Refused(
            _("The clock differs from the database's by %(seconds)d seconds. Set it right, or name the day with --on.")
            % {"seconds": skew}
        )
