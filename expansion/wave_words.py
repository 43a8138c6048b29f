"""What the replacement wave says: its sentences, its two drawings and its table."""

from collections.abc import Callable
from datetime import date
from typing import Any

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.charts.bars import Bar, Bars, Part, draw_bars
from core.display import money, money_short, number, percent
from expansion.queries.wave import Sums, Wave
from expansion.rules.wave import LATER, PAST, UNKNOWN, key_of

Address = Callable[[str], str]
UNITS, EUROS = "units", "euros"


def machines(n: int) -> str:
    return ngettext("%(n)s machine", "%(n)s machines", n) % {"n": number(n)}


def standfirst(wave: Wave, currency: str) -> SafeString:
    ahead, past = wave.ahead, wave.apart[PAST]
    if not wave.all.units:
        return format_html("{}", _("No machine stands in the field that answers to this."))
    return format_html(
        _("End of life within ten years: {ahead}, worth {worth} new. Past it already: {past}."),
        ahead=format_html("<b>{}</b>", machines(ahead.units)),
        worth=format_html("<b>{}</b>", money_short(ahead.value, currency)),
        past=format_html("<b>{}</b>", machines(past.units)),
    )


def finding(wave: Wave) -> str:
    """The year in which the wave is highest."""
    years = {year: sums.units for year, sums in wave.years.items() if sums.units}
    if not years:
        return _("No end of life within ten years")
    year = max(years, key=lambda y: (years[y], -y))
    return _("The wave is highest in %(year)s: %(machines)s") % {"year": year, "machines": machines(years[year])}


def by_quarter(wave: Wave, by: str, address: Address, currency: str) -> SafeString:
    bars = tuple(_bar(f"Q{(q.month + 2) // 3}", key_of(q), s, by, address, currency) for q, s in wave.quarters.items())
    return draw_bars(Bars(bars, finding(wave), width=1240, height=230, groups=_groups(list(wave.quarters))))


def by_year(wave: Wave, by: str, address: Address, currency: str) -> SafeString:
    """For a phone: a bar for each year."""
    bars = tuple(_bar(f"{y % 100:02}", str(y), s, by, address, currency) for y, s in wave.years.items())
    return draw_bars(Bars(bars, finding(wave), width=360, height=190))


def _bar(name: str, key: str, sums: Sums, by: str, address: Address, currency: str) -> Bar:
    talking, total = (sums.talking, sums.units) if by == UNITS else (sums.talking_value, sums.value)
    shown = number(total) if by == UNITS else money_short(sums.value, currency).removeprefix("€").strip()
    parts = (Part(float(talking), "s1"), Part(float(total - talking), "pale"))
    return Bar(name, parts, shown if total else "", href=address(key) if sums.units else "")


def _groups(quarters: list[date]) -> tuple[tuple[int, int, str], ...]:
    """The years under the quarters, each from its first to its last."""
    found: dict[int, list[int]] = {}
    for place, quarter in enumerate(quarters):
        found.setdefault(quarter.year, []).append(place)
    return tuple((p[0], p[-1], str(year) if len(p) > 1 else f"’{year % 100:02}") for year, p in found.items())


def rows(wave: Wave, address: Address) -> list[dict[str, Any]]:
    """The table: what stands past its life, year by year, what comes later, and what has no date."""
    apart = {PAST: _("Past its life"), LATER: _("Later"), UNKNOWN: _("No date known")}
    lines = [(PAST, apart[PAST], wave.apart[PAST])]
    lines += [(str(year), str(year), sums) for year, sums in wave.years.items()]
    lines += [(key, apart[key], wave.apart[key]) for key in (LATER, UNKNOWN)]
    return [
        {"name": name, "sums": sums, "url": address(key) if sums.units else "", "machines": machines(sums.units)}
        | {"share": percent(sums.share, 0) if sums.share is not None else ""}
        for key, name, sums in lines
    ]


def title(key: str) -> str:
    words = {PAST: _("Past their expected life"), LATER: _("End of life later than ten years"),
             UNKNOWN: _("Without an installation date")}  # fmt: skip
    return words.get(key) or _("End of life in %(when)s") % {"when": key.replace("-", " ")}


def counted(sums: Sums, currency: str) -> str:
    """How many machines stand behind a bar, and what they are worth new."""
    said = machines(sums.units)
    return f"{said}, {money(sums.value, currency)}" if sums.value else said
