"""From rows to the drawings of `core.charts`: words formatted and translated here, geometry there."""

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any

from django.utils import formats
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from core import display
from core.calendar import add_months
from core.charts.bars import Bar, Bars, Part, draw_bars
from core.charts.lines import Life, Span, draw_contracts, draw_life
from dashboards.queries.account import YEARS_SHOWN, Revenue
from dashboards.rules import LifeLine
from installed_base.models.orders import Stream

CONTRACTS_DRAWN = 8
# Streams from the foot of a bar upwards, each in its shade; machines come on top because they come in lumps.
STREAMS = (
    ((Stream.SERVICE_CONTRACT,), "s2"),
    ((Stream.PARTS,), "s3"),
    ((Stream.UPGRADE, Stream.TRAINING, Stream.CONSULTANCY, Stream.OTHER), "s5"),
    ((Stream.MACHINE, Stream.REPLACEMENT), "s1"),
)


def life(line: LifeLine | None, expected: float = 12, width: float = 170) -> SafeString:
    """Age on its line; unknown is an empty line that says so."""
    if line is None:
        return draw_life(Life(None, expected, "unknown", (expected,), title=_("Age unknown"), width=width))
    years = (line.upgrade_on, line.conversation_on, line.ends_on)
    whole = round(line.life_years, 2)
    ticks = tuple(round(line.share(day) * whole, 2) for day in years)
    return _lived(round(line.years, 1), whole, line.status, ticks, width, get_language() or "")


@lru_cache(maxsize=4000)
def _lived(
    years: float, whole: float, status: str, ticks: tuple[float, ...], width: float, _language: str
) -> SafeString:
    """Machines of the same age, to a tenth of a year, look the same in one language."""
    words = {"age": display.number(years, 1), "life": display.number(whole)}
    title = _("%(age)s of %(life)s years") % words
    return draw_life(Life(years, whole, status, ticks, title=title, width=width))


def contracts(terms: Iterable[Any], on: date, sees_prices: bool) -> SafeString | None:
    """The last terms on a line of years, the running ones in front; nothing to draw without terms."""
    shown = sorted(terms, key=lambda term: (not term.running, -term.starts_on.toordinal()))[:CONTRACTS_DRAWN]
    if not shown:
        return None
    first = max(min(term.starts_on.year for term in shown), on.year - 4)
    last = min(max([(term.ends_on or on).year for term in shown] + [on.year + 1]), on.year + 4)
    spans = [_span(term, on, last, sees_prices) for term in shown]
    return draw_contracts(spans, on, title=_("Contracts"), first_year=first, last_year=last)


def _span(term: Any, on: date, last_year: int, sees_prices: bool) -> Span:
    ends_on = min(filter(None, (term.terminated_on, term.ends_on)), default=date(last_year + 1, 6, 1))
    if term.running and ends_on < on:
        ends_on = date(last_year + 1, 6, 1)
    label = str(term.level or term.contract.title or _("Contract"))[:24]
    kind = "current" if term.running else "planned" if term.starts_on > on else "past"
    value = display.money_short(term.annual_value_reporting) if sees_prices and term.annual_value_reporting else ""
    return Span(term.contract.number[:12], term.starts_on, max(ends_on, term.starts_on), label, value, kind)


def revenue(found: Revenue, on: date) -> SafeString | None:
    """Bars of the last years by stream, in thousands; the names stand beside the last one."""
    if not found.years:
        return None
    years = range(on.year - YEARS_SHOWN + 1, on.year + 1)
    bars = tuple(_bar(year, found.years.get(year, {}), year == on.year) for year in years)
    return draw_bars(Bars(bars, _("Revenue by stream and year"), named=len(bars) - 1, width=590, height=200))


def _bar(year: int, streams: dict[str, Decimal], named: bool) -> Bar:
    amounts = [(keys, kind, _sum(streams, keys)) for keys, kind in STREAMS]
    parts = tuple(Part(max(float(amount), 0.0), kind, _name(keys) if named else "") for keys, kind, amount in amounts)
    total = sum((amount for _keys, _kind, amount in amounts), Decimal(0))
    return Bar(str(year), parts, display.money_short(total) if total else "")


def _sum(streams: dict[str, Decimal], keys: Iterable[str]) -> Decimal:
    return sum((streams.get(key, Decimal(0)) for key in keys), Decimal(0))


def _name(streams: tuple[Stream, ...]) -> str:
    return str(_("Other") if len(streams) > 2 else streams[0].label)


def run_hours(hours: Mapping[date, Decimal], on: date) -> SafeString | None:
    """Hours run in each of the last thirteen months; nothing to draw without readings."""
    if not hours:
        return None
    months = [add_months(on.replace(day=1), -back) for back in range(12, -1, -1)]
    bars = tuple(_month(month, hours.get(month, Decimal(0))) for month in months)
    return draw_bars(Bars(bars, _("Hours run per month"), width=590, height=150))


def _month(month: date, hours: Decimal) -> Bar:
    name = formats.date_format(month, "M")
    return Bar(name, (Part(float(hours), "s2"),), display.number(hours) if hours else "")
