"""Dates as people and systems write them. Pure: text in, a date with its precision out, or the reason why not."""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.utils.translation import gettext as _

from core.importing.problems import BadValue

EARLIEST, LATEST = 1950, 2100
_EXCEL_BEGINS = date(1899, 12, 30)
_ISO = re.compile(r"^(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[T ]\d{1,2}:\d{2}.*)?$")
_COMPACT = re.compile(r"^(\d{4})(\d{2})(\d{2})$")
_MONTH = re.compile(r"^(\d{4})-(\d{1,2})$")
_YEAR = re.compile(r"^(\d{4})(?:\.0)?$")
_NUMERIC = re.compile(r"^(\d{1,2})[-/. ](\d{1,2})[-/. ](\d{4}|\d{2})(?:[ T]\d{1,2}:\d{2}.*)?$")
_NAMED = re.compile(r"^(?:(\d{1,2})\.?[ -])?([^\W\d]+)\.?(?:[ -](\d{1,2})(?:st|nd|rd|th)?,?(?= \d))?[ -](\d{4}|\d{2})$")
# English, Dutch, German, French, Spanish and Italian by their first letters; the longer ones first.
_MONTH_NAMES = (
    ("jan", "gen", "ene", "jän"),
    ("feb", "fév", "fev"),
    ("mar", "mrt", "maa", "mär", "mae"),
    ("apr", "avr", "abr"),
    ("may", "mei", "mai", "mag"),
    ("jun", "juin", "giu"),
    ("jul", "juil", "lug"),
    ("aug", "aoû", "aou", "ago"),
    ("sep", "set"),
    ("oct", "okt", "ott"),
    ("nov",),
    ("dec", "dez", "déc", "dic"),
)


@dataclass(frozen=True)
class DateStyle:
    """`formats` as strptime knows them, or "iso", "year", "excel"; empty means: as written, if that is unambiguous.

    `day_first` decides 1-2-2026; None is "not stated". Dates of a year up to `placeholder_through` or from
    `placeholder_from` mean "no date".
    """

    formats: tuple[str, ...] = ()
    day_first: bool | None = None
    placeholder_through: int | None = None
    placeholder_from: int | None = None


def read_date(text: str, style: DateStyle = DateStyle()) -> tuple[date, str] | None:
    """The date and how exactly it is known ("day", "month", "year"); None for a placeholder. Raises BadValue.

    A time of day is left out: the date is taken as it is written. A year or month alone means its first day.
    """
    try:
        found = _by_formats(text, style.formats) if style.formats else _as_written(text, style.day_first)
    except ValueError as wrong:
        if isinstance(wrong, BadValue):
            raise
        raise BadValue(_("is no date that exists")) from wrong
    if found is None:
        raise BadValue(_expected(style))
    if _is_placeholder(found[0].year, style):
        return None
    if not EARLIEST <= found[0].year <= LATEST:
        raise BadValue(_("lies outside the years 1950 to 2100"))
    return found


def _expected(style: DateStyle) -> str:
    if style.formats:
        return _("is not a date in the form %(forms)s") % {"forms": _(" or ").join(style.formats)}
    return _("is not a date")


def _is_placeholder(year: int, style: DateStyle) -> bool:
    early, late = style.placeholder_through, style.placeholder_from
    return (early is not None and year <= early) or (late is not None and year >= late)


def _by_formats(text: str, formats: tuple[str, ...]) -> tuple[date, str] | None:
    for form in formats:
        found = _by_format(text, form)
        if found:
            return found
    return None


def _by_format(text: str, form: str) -> tuple[date, str] | None:
    if form == "iso":
        return _iso(text)
    if form in ("year", "%Y"):
        match = _YEAR.match(text)
        return (date(int(match[1]), 1, 1), "year") if match else None
    if form == "excel":
        return (
            (_EXCEL_BEGINS + timedelta(days=int(float(text))), "day") if re.match(r"^\d{2,6}(\.\d+)?$", text) else None
        )
    try:
        return datetime.strptime(text, form).date(), _precision(form)
    except ValueError:
        return None


def _precision(form: str) -> str:
    if re.search(r"%[djcxD]", form):
        return "day"
    return "month" if re.search(r"%[mbB]", form) else "year"


def _iso(text: str) -> tuple[date, str] | None:
    match = _ISO.match(text) or _COMPACT.match(text)
    if match:
        return date(int(match[1]), int(match[2]), int(match[3])), "day"
    match = _MONTH.match(text)
    return (date(int(match[1]), int(match[2]), 1), "month") if match else None


def _as_written(text: str, day_first: bool | None) -> tuple[date, str] | None:
    match = _YEAR.match(text)
    if match:
        return date(int(match[1]), 1, 1), "year"
    return _iso(text) or _numeric(text, day_first) or _named(text)


def _numeric(text: str, day_first: bool | None) -> tuple[date, str] | None:
    match = _NUMERIC.match(text)
    if not match:
        return None
    first, second = int(match[1]), int(match[2])
    if len(match[3]) == 2 and day_first is None:
        raise BadValue(_("is ambiguous: state day_first or dates in the mapping"))
    if day_first is None:
        day_first = _order_of(first, second)
    day, month = (first, second) if day_first else (second, first)
    return date(_year(match[3]), month, day), "day"


def _order_of(first: int, second: int) -> bool:
    if first > 12 or first == second:
        return True
    if second > 12:
        return False
    raise BadValue(_("is ambiguous, day or month first: state day_first in the mapping"))


def _year(text: str) -> int:
    year = int(text)
    return year if len(text) == 4 else 2000 + year if year < 70 else 1900 + year


def _named(text: str) -> tuple[date, str] | None:
    match = _NAMED.match(text.lower())
    month = _month(match[2]) if match else 0
    if not match or not month or (match[1] and match[3]):
        return None
    day = match[1] or match[3]
    return date(_year(match[4]), month, int(day or 1)), "day" if day else "month"


def _month(word: str) -> int:
    for number, beginnings in enumerate(_MONTH_NAMES, 1):
        if any(word.startswith(b) for b in beginnings):
            return number
    return 0
