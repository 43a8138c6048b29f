"""Moments as systems write them: a date with a time of day and, perhaps, a zone. Pure."""

import re
from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from core.importing.dates import DateStyle, read_date
from core.importing.problems import BadValue

_PARTS = re.compile(
    r"^(?P<day>.*?\d)(?:[T ]+(?P<time>\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?)(?: ?(?P<zone>Z|[+-]\d{2}(?::?\d{2})?))?)?$",
    re.IGNORECASE,
)


def read_moment(text: str, style: DateStyle, zone: ZoneInfo | None) -> datetime | None:
    """The moment in UTC; None for a placeholder date. Raises BadValue.

    What carries no offset of its own is local time of `zone`; a date alone is its midnight. An hour that the clock
    skipped is no moment; of an hour that the clock showed twice, the first is meant.
    """
    found = _by_clock(text, style.formats) or _as_written(text, style)
    return _placed(found, zone) if found else None


def _by_clock(text: str, formats: tuple[str, ...]) -> datetime | None:
    """Read in one of the forms that have a time of day, as strptime knows them."""
    for form in formats:
        if "%H" in form or "%I" in form:
            try:
                return datetime.strptime(text, form)
            except ValueError:
                continue
    return None


def _as_written(text: str, style: DateStyle) -> datetime | None:
    parts = _PARTS.match(text)
    if not parts:
        raise BadValue(_("is not a moment"))
    day = read_date(parts["day"], style)
    if not day:
        return None
    if day[1] != "day":
        raise BadValue(_("is not a moment: it names no day"))
    clock = _clock(parts["time"] or "0:00", (parts["zone"] or "").upper())
    return datetime.combine(day[0], clock)


def _clock(text: str, zone: str) -> time:
    whole, _mark, fraction = text.replace(",", ".").partition(".")
    padded = whole.rjust(8 if whole.count(":") == 2 else 5, "0")
    offset = f"{zone}:00" if len(zone) == 3 else zone
    try:
        return time.fromisoformat(padded + (f".{fraction[:6]:0<6}" if fraction else "") + offset)
    except ValueError as wrong:
        raise BadValue(_("is no time that exists")) from wrong


def _placed(moment: datetime, zone: ZoneInfo | None) -> datetime:
    if moment.tzinfo:
        return moment.astimezone(UTC)
    if zone is None:
        raise BadValue(_("names no time zone: state timezone in [file]"))
    found = moment.replace(tzinfo=zone).astimezone(UTC)
    if found.astimezone(zone).replace(tzinfo=None) != moment:
        raise BadValue(_("does not exist in %(zone)s: the clock was put forward") % {"zone": zone.key})
    return found
