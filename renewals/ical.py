"""A person's renewals as an iCalendar file (RFC 5545): all-day events with a stable UID."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from django.utils.translation import gettext as _
from icalendar import Calendar, Event

from renewals.queries.own_days import OwnDay

MIME = "text/calendar; charset=utf-8"
REFRESH = timedelta(hours=6)


def calendar_file(days: Iterable[OwnDay], *, at: datetime, host: str, url_of: Callable[[int], str]) -> bytes:
    """The file. `host` makes the UIDs ours; they name the renewal and the milestone, not the date, so that an event
    moves with its contract. `at` is the moment of reading."""
    file = Calendar()
    file.add("prodid", "-//Bowtie//Renewals//EN")
    file.add("version", "2.0")
    file.add("method", "PUBLISH")
    file.add("x-wr-calname", _("Renewals"))
    file.add("refresh-interval", REFRESH, parameters={"value": "DURATION"})
    file.add("x-published-ttl", "PT6H")
    for day in days:
        file.add_component(_event(day, at, host, url_of(day.renewal)))
    return bytes(file.to_ical())


def _event(day: OwnDay, at: datetime, host: str, url: str) -> Event:
    event = Event()
    event.add("uid", f"renewal-{day.renewal}-{day.days}@{host}")
    event.add("dtstamp", at)
    event.add("dtstart", day.on)
    event.add("dtend", day.on + timedelta(days=1))
    event.add("summary", _words(day))
    event.add("description", _("Contract %(contract)s") % {"contract": day.contract} + f"\n{url}")
    event.add("url", url)
    event.add("transp", "TRANSPARENT")
    return event


def _words(day: OwnDay) -> str:
    if day.days == 0:
        return _("%(account)s: last day to decide") % {"account": day.account}
    return _("%(account)s: renewal T-%(days)s") % {"account": day.account, "days": day.days}
