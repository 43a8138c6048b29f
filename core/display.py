"""Numbers, money and dates as the reader writes them.

Every function takes a value and returns text in the language that is active (en, nl); `None` gives an en dash,
because missing is not zero. Views use these for sentences and chart labels, templates through `core.templatetags.show`.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import formats
from django.utils.dates import MONTHS_3
from django.utils.translation import get_language, gettext, ngettext

Number = Decimal | int | float
MISSING = "–"
MINUS = "−"
SIGNS = {"EUR": "€", "USD": "$", "GBP": "£", "JPY": "¥"}
_STEPS = ((Decimal(10) ** 9, "bn"), (Decimal(10) ** 6, "M"), (Decimal(10) ** 3, "k"))
_DUTCH_SIGNS = str.maketrans(",.", ".,")
_DUTCH_STEPS = {"bn": "\u00a0mld", "M": "\u00a0mln", "k": "k"}


def as_decimal(value: object) -> Decimal | None:
    """The value as a Decimal, or None where it is no number."""
    if value is None or value == "":
        return None
    try:
        return value if isinstance(value, Decimal) else Decimal(str(value))
    except InvalidOperation:
        return None


def number(value: object, decimals: int = 0) -> str:
    """1,234.5 in English, 1.234,5 in Dutch; the sign of a negative number is a true minus."""
    amount = as_decimal(value)
    if amount is None:
        return MISSING
    rounded = amount.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)
    text = f"{abs(rounded):,.{max(decimals, 0)}f}"
    text = text.translate(_DUTCH_SIGNS) if _dutch() else text
    return f"{MINUS if rounded < 0 else ''}{text}"


def signed(value: object, decimals: int = 0) -> str:
    """A change: +2, −8, or ±0."""
    amount = as_decimal(value)
    if amount is None:
        return MISSING
    text = number(amount, decimals)
    if text.startswith(MINUS):
        return text
    return f"±{text}" if round(amount, decimals) == 0 else f"+{text}"


def percent(value: object, decimals: int = 1) -> str:
    """A ratio (0.934) as 93.4%; a last zero behind the point is left out."""
    ratio = as_decimal(value)
    if ratio is None:
        return MISSING
    hundredfold = (ratio * 100).quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)
    whole = hundredfold == hundredfold.to_integral_value()
    return f"{number(hundredfold, 0 if whole else decimals)}%"


def _with_sign(text: str, currency: str) -> str:
    sign = SIGNS.get(currency, f"{currency}\u00a0")
    gap = "\u00a0" if _dutch() and currency in SIGNS else ""
    bare = text.removeprefix(MINUS)
    return f"{MINUS if text.startswith(MINUS) else ''}{sign}{gap}{bare}"


def money(value: object, currency: str = "EUR", decimals: int = 0) -> str:
    """€214,000 in English, € 214.000 in Dutch; whole units unless decimals are asked for."""
    if as_decimal(value) is None:
        return MISSING
    return _with_sign(number(value, decimals), currency or "EUR")


def money_short(value: object, currency: str = "EUR") -> str:
    """Three figures at most: €41.2M, €930k, €8,400 below ten thousand."""
    amount = as_decimal(value)
    if amount is None:
        return MISSING
    step, unit = _step(abs(amount))
    if not unit:
        return money(amount, currency)
    scaled = amount / step
    text = number(scaled, 0 if unit == "k" else 2 if abs(scaled) < 10 else 1)
    return _with_sign(text, currency or "EUR") + (_DUTCH_STEPS[unit] if _dutch() else unit)


def _step(amount: Decimal) -> tuple[Decimal, str]:
    if amount < 10_000:
        return Decimal(1), ""
    # 999,600 reads as €1.00M, not €1000k
    return next(((step, unit) for step, unit in _STEPS if amount >= step * Decimal("0.9995")), (Decimal(1), ""))


def _dutch() -> bool:
    return (get_language() or "en").startswith("nl")


def _local(value: datetime) -> datetime:
    return value.astimezone(ZoneInfo(settings.ORGANISATION_TIME_ZONE)) if value.tzinfo else value


def _as_date(value: date | datetime) -> date:
    if isinstance(value, datetime):
        return _local(value).date()
    return value


def _month(on: date) -> str:
    short = str(MONTHS_3[on.month])
    return short.rstrip(".") if _dutch() else short.capitalize()


def day(value: date | datetime | None) -> str:
    """18 Jan 2027; in Dutch 18 jan 2027."""
    if value is None:
        return MISSING
    on = _as_date(value)
    return f"{on.day}\u00a0{_month(on)}\u00a0{on.year}"


def day_short(value: date | datetime | None) -> str:
    """18 Jan, where the year is clear from its place."""
    if value is None:
        return MISSING
    on = _as_date(value)
    return f"{on.day}\u00a0{_month(on)}"


def day_long(value: date | datetime | None) -> str:
    """18 January 2027, for sentences."""
    return MISSING if value is None else formats.date_format(_as_date(value), "j F Y")


def weekday(value: date | datetime | None) -> str:
    """Tue 24 Nov, for work of the coming weeks."""
    if value is None:
        return MISSING
    return f"{formats.date_format(_as_date(value), 'D')}\u00a0{day_short(value)}"


def weekday_long(value: date | datetime | None) -> str:
    """Saturday 21 November 2026, for heads."""
    return MISSING if value is None else formats.date_format(_as_date(value), "l j F Y")


def moment(value: datetime | None) -> str:
    """21 Nov 2026, 14:05 in the time zone of the organisation."""
    if value is None:
        return MISSING
    local = _local(value)
    return f"{day(local)}, {local:%H:%M}"


def ago(value: date | datetime | None, on: date) -> str:
    """Where a date lies as seen from `on`: 9 days ago, yesterday, in 58 days; from 100 days months, then years."""
    if value is None:
        return gettext("never")
    days = (on - _as_date(value)).days
    if days in (-1, 0, 1):
        return {-1: gettext("tomorrow"), 0: gettext("today"), 1: gettext("yesterday")}[days]
    span = duration(abs(days))
    return gettext("%(span)s ago") % {"span": span} if days > 0 else gettext("in %(span)s") % {"span": span}


def duration(days: int) -> str:
    """A number of days in words: 58 days, 5 months (from 100 days), 3 years (from 730)."""
    if days < 100:
        return ngettext("%(count)s day", "%(count)s days", days) % {"count": number(days)}
    if days < 730:
        months = round(days / 30.4375)
        return ngettext("%(count)s month", "%(count)s months", months) % {"count": months}
    years = int(days / 365.25)
    return ngettext("%(count)s year", "%(count)s years", years) % {"count": years}


def initials(name: str) -> str:
    """Marloes de Wit gives MW: first letter of the first and the last word."""
    words = [word for word in name.replace("-", " ").split() if word[0].isalnum()]
    if not words:
        return "?"
    return (words[0][0] + (words[-1][0] if len(words) > 1 else "")).upper()
